/**
 * Who is signed in. The token stands in sessionStorage: it ends with the tab, is sent in a header only and never
 * stands in a URL.
 */
import { computed, signal } from '@preact/signals';
import type { Me, Role } from '../../../sensor/api/contract.ts';

const KEY = 'stanzawatch.token';
const RANKS: Readonly<Record<Role, number>> = { viewer: 0, analyst: 1, admin: 2 };

export const token = signal(read());
export const me = signal<Me | undefined>(undefined);
/** Why the user has to sign in again; '' at the first time. */
export const signOutReason = signal('');

export const isSignedIn = computed(() => token.value !== '');

/** Does the role of the one who is signed in include this one? */
export function may(role: Role): boolean {
  return me.value !== undefined && RANKS[me.value.role] >= RANKS[role];
}

export function keepToken(value: string, who: Me): void {
  try {
    sessionStorage.setItem(KEY, value);
  } catch {
    // Without storage the sign-in lasts until the page is loaded anew.
  }
  signOutReason.value = '';
  me.value = who;
  token.value = value;
}

export function signOut(reason = ''): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
  signOutReason.value = reason;
  token.value = '';
  me.value = undefined;
}

function read(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}
