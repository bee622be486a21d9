/** Short news in a corner, read out by screen readers; may offer to take the deed back. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Button } from './button.tsx';

interface ToastText {
  readonly text: string;
  readonly kind?: 'good' | 'bad';
  readonly action?: { readonly label: string; readonly run: () => void };
  /** How long it stays, milliseconds. */
  readonly ms?: number;
}

interface Shown extends ToastText {
  readonly id: number;
}

const STAYS_MS = 5_000;
const MOST = 3;
const toasts = signal<readonly Shown[]>([]);
let nextId = 1;

export function toast(news: ToastText): void {
  const id = nextId++;
  toasts.value = [...toasts.value, { ...news, id }].slice(-MOST);
  window.setTimeout(
    () => {
      drop(id);
    },
    news.ms ?? (news.kind === 'bad' ? 2 * STAYS_MS : STAYS_MS),
  );
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind, action }) => (
        <div key={id} class={`toast ${kind ?? ''}`}>
          <span class="grow">{text}</span>
          {action === undefined ? null : (
            <Button
              small
              kind="quiet"
              onClick={() => {
                drop(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <Button
            small
            kind="quiet"
            icon="close"
            label="Dismiss"
            onClick={() => {
              drop(id);
            }}
          />
        </div>
      ))}
    </div>
  );
}
