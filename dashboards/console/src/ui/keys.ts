/**
 * Keyboard: pages say which keys do what, one listener serves all. Keys are ignored while somebody types or a dialog
 * is open; sequences ("g i") wait a moment for their second key.
 */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface KeyBinding {
  /** As KeyboardEvent.key says it: 'j', 'Enter', '?', 'Escape', or two in a row: 'g i'. */
  readonly keys: string;
  /** For the list of keys ("Next"); '' leaves it out. */
  readonly label: string;
  readonly run: (event: KeyboardEvent) => void;
}

export interface KeyGroup {
  readonly title: string;
  readonly bindings: readonly KeyBinding[];
}

const SEQUENCE_MS = 1_200;
const groups = signal<readonly { readonly current: KeyGroup }[]>([]);
/** The first key of a sequence that waits for its second; shown in the corner. */
export const pendingKey = signal('');
let pendingTimer = 0;

/** Binds keys while the component is shown; the group mounted last wins. */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
  const holder = useRef<KeyGroup>({ title, bindings });
  holder.current = { title, bindings };
  // Whoever sees the component may press its keys: not a frame later.
  useLayoutEffect(() => {
    groups.value = [...groups.value, holder];
    return () => {
      groups.value = groups.value.filter((one) => one !== holder);
    };
  }, []);
}

/** What can be pressed now, for the help. */
export function keyGroups(): readonly KeyGroup[] {
  return groups.value
    .map((holder) => holder.current)
    .map((group) => ({ ...group, bindings: group.bindings.filter((one) => one.label !== '') }))
    .filter((group) => group.bindings.length > 0);
}

/** Listens until the returned function is called. */
export function startKeys(): () => void {
  document.addEventListener('keydown', onKey);
  return () => {
    document.removeEventListener('keydown', onKey);
  };
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event) || document.querySelector('dialog[open]') !== null) return;
  const wanted = pendingKey.value === '' ? event.key : `${pendingKey.value} ${event.key}`;
  setPending('');
  const all = [...groups.value].reverse().flatMap((holder) => holder.current.bindings);
  const hit = all.find((binding) => binding.keys === wanted);
  if (hit !== undefined) {
    // Enter and space on a focused button or link are the browser's.
    if ((event.key === 'Enter' || event.key === ' ') && isControl(event.target)) return;
    event.preventDefault();
    hit.run(event);
    return;
  }
  if (all.some((binding) => binding.keys.startsWith(`${wanted} `))) {
    event.preventDefault();
    setPending(wanted);
  }
}

function setPending(key: string): void {
  window.clearTimeout(pendingTimer);
  pendingKey.value = key;
  if (key === '') return;
  pendingTimer = window.setTimeout(() => {
    pendingKey.value = '';
  }, SEQUENCE_MS);
}

function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio'].includes(target.type);
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    target.isContentEditable
  );
}

function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest('button, a[href], summary, [role=tab]') !== null
  );
}
