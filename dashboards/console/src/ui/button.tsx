import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface ButtonProps {
  readonly onClick?: (event: MouseEvent) => void;
  readonly children?: ComponentChildren;
  readonly icon?: IconName;
  /** Name for screen readers, and the tooltip, where the button shows an icon only. */
  readonly label?: string;
  /** Key that does the same, shown in the tooltip. */
  readonly keys?: string;
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly small?: boolean;
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly class?: string;
}

export function Button(props: ButtonProps): JSX.Element {
  const { children, icon, label, keys, kind = 'plain', small = false, type = 'button' } = props;
  const title = keys === undefined ? label : `${label ?? ''} (${keys})`.trim();
  return (
    <button
      type={type}
      class={['button', kind, small && 'small', children === undefined && 'square', props.class]
        .filter(Boolean)
        .join(' ')}
      onClick={props.onClick}
      disabled={props.disabled}
      title={title}
      aria-label={children === undefined ? label : undefined}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-keyshortcuts={keys}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}
