/** Short news in a corner, read out by screen readers; may offer to take the deed back. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { isSignedIn } from '../session.ts';
import { Button } from './button.tsx';

interface ToastText {
  readonly text: string;
  readonly kind?: 'good' | 'bad';
  /** Takes the deed back; the key `z` does too while the words stand there. */
  readonly undo?: () => void;
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
  // What failed because the sign-in ended is told where one signs in.
  if (news.kind === 'bad' && !isSignedIn.value) return;
  const id = nextId++;
  toasts.value = [...toasts.value, { ...news, id }].slice(-MOST);
  window.setTimeout(
    () => {
      drop(id);
    },
    news.ms ?? (news.kind === 'bad' || news.undo !== undefined ? 2 * STAYS_MS : STAYS_MS),
  );
}

/** Takes back the latest deed that still offers it. */
export function undoLast(): void {
  const last = toasts.value.findLast(({ undo }) => undo !== undefined);
  if (last === undefined) {
    toast({ text: 'There is nothing to take back' });
    return;
  }
  drop(last.id);
  last.undo?.();
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind, undo }) => (
        <div key={id} class={`toast ${kind ?? ''}`}>
          <span class="grow">{text}</span>
          {undo === undefined ? null : (
            <Button
              small
              kind="quiet"
              onClick={() => {
                drop(id);
                undo();
              }}
            >
              Undo (z)
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
