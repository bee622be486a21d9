import type { ComponentChildren, JSX } from 'preact';
import { navigate } from '../router.ts';

interface LinkProps {
  /** Path of the console, as `href()` of the router makes it. */
  readonly to: string;
  readonly children?: ComponentChildren;
  readonly class?: string;
  readonly title?: string;
  readonly current?: boolean;
  readonly tabIndex?: number;
  /** Called before a plain click goes there. */
  readonly onGo?: () => void;
}

/** A link within the console: no page load, but a middle click opens a tab as with any link. */
export function Link({
  to,
  children,
  class: name,
  title,
  current,
  tabIndex,
  onGo,
}: LinkProps): JSX.Element {
  return (
    <a
      href={to}
      class={name}
      title={title}
      tabIndex={tabIndex}
      aria-current={current === true ? 'page' : undefined}
      onClick={(event: MouseEvent) => {
        const isPlain = !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
        if (event.button !== 0 || !isPlain) return;
        event.preventDefault();
        onGo?.();
        navigate(to);
      }}
    >
      {children}
    </a>
  );
}
