/**
 * Who is signed in. The token stands in sessionStorage: it ends with the tab, is sent in a header only and never
 * stands in a URL.
 */
import { computed, signal } from '@preact/signals';
import type { Me, Role } from '../../../sensor/api/contract.ts';

const KEY = 'stanzawatch.token';
const STORE_KEY = 'stanzawatch.store';
const RANKS: Readonly<Record<Role, number>> = { viewer: 0, analyst: 1, admin: 2 };

export const token = signal(kept(KEY));
export const me = signal<Me | undefined>(undefined);
/** Why the user has to sign in again; '' at the first time. */
export const signOutReason = signal('');

export const isSignedIn = computed(() => token.value !== '');

/** Until the server says what it is, the tab remembers it, so that a reloaded page asks for the right range at once. */
const wasStore = signal(kept(STORE_KEY) !== '');
/** A sensor captures behind this console; false over a store alone. */
export const isLive = computed(() => me.value?.isLive ?? !wasStore.value);

/** Does the role of the one who is signed in include this one? */
export function may(role: Role): boolean {
  return me.value !== undefined && RANKS[me.value.role] >= RANKS[role];
}

export function keepToken(value: string, who: Me): void {
  keep(KEY, value);
  signOutReason.value = '';
  keepMe(who);
  token.value = value;
}

export function keepMe(who: Me): void {
  keep(STORE_KEY, who.isLive ? '' : '1');
  wasStore.value = !who.isLive;
  me.value = who;
}

export function signOut(reason = ''): void {
  keep(KEY, '');
  signOutReason.value = reason;
  token.value = '';
  me.value = undefined;
}

/** Without storage the sign-in lasts until the page is loaded anew. */
function keep(key: string, value: string): void {
  try {
    if (value === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // Nothing can be kept.
  }
}

function kept(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
