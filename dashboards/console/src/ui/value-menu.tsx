/** A value in a row with what can be done about it: only this, all but this, copy, and where it leads. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { visibleText } from '../logic/visible.ts';

export interface ValueAction {
  readonly title: string;
  readonly run: () => void;
}

interface ValueMenuProps {
  readonly value: string;
  /** What it is: "JID". */
  readonly name: string;
  readonly actions: readonly ValueAction[];
  /** How it is shown. */
  readonly children: ComponentChildren;
  readonly class?: string;
}

const EDGE = 8;

export function ValueMenu({
  value,
  name,
  actions,
  children,
  class: extra,
}: ValueMenuProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [anchor, menu] = [button.current, box.current];
    if (!isOpen || anchor === null || menu === null) return undefined;
    // Fixed, so that no cell cuts it off; near its value, and inside the window.
    const at = anchor.getBoundingClientRect();
    const left = Math.min(at.left, window.innerWidth - menu.offsetWidth - EDGE);
    const isBelow = at.bottom + menu.offsetHeight + EDGE < window.innerHeight;
    menu.style.left = `${Math.max(EDGE, left)}px`;
    menu.style.top = `${isBelow ? at.bottom + 4 : Math.max(EDGE, at.top - menu.offsetHeight - 4)}px`;
    menu.querySelector('button')?.focus();
    const close = (event: Event): void => {
      if (event.target instanceof Node && menu.contains(event.target)) return;
      setOpen(false);
    };
    window.addEventListener('scroll', close, { passive: true });
    document.addEventListener('pointerdown', close);
    return () => {
      window.removeEventListener('scroll', close);
      document.removeEventListener('pointerdown', close);
    };
  }, [isOpen]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen) return;
    event.stopPropagation();
    if (event.key === 'Escape') {
      setOpen(false);
      button.current?.focus();
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const items = [...(box.current?.querySelectorAll('button') ?? [])];
    const at = items.findIndex((item) => item === document.activeElement);
    items[(at + step + items.length) % items.length]?.focus();
  };

  return (
    <span class="value-box" onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class={`value ${extra ?? ''}`}
        title={`${name}: ${visibleText(value)}`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={(event: MouseEvent) => {
          event.stopPropagation();
          setOpen(!isOpen);
        }}
      >
        {children}
      </button>
      {isOpen ? (
        <div ref={box} class="value-menu" role="menu" aria-label={name}>
          {actions.map((action) => (
            <button
              key={action.title}
              type="button"
              role="menuitem"
              onClick={(event: MouseEvent) => {
                event.stopPropagation();
                setOpen(false);
                action.run();
              }}
            >
              {action.title}
            </button>
          ))}
        </div>
      ) : null}
    </span>
  );
}
