/**
 * Who is signed in. The token stands in sessionStorage: it ends with the tab, is sent in a header only and never
 * stands in a URL.
 */
import { computed, signal } from '@preact/signals';
import type { Me, Role } from '../../../sensor/api/contract.ts';

const KEY = 'stanzawatch.token';
const WHO_KEY = 'stanzawatch.who';
const RANKS: Readonly<Record<Role, number>> = { viewer: 0, analyst: 1, admin: 2 };

export const token = signal(kept(KEY));
/**
 * Until the server says it again the tab remembers who it was: a page that is loaded anew asks for the right range, shows
 * the right buttons and obeys the right keys at once. What a role may do the server decides.
 */
export const me = signal(keptMe());
/** Why the user has to sign in again; '' at the first time. */
export const signOutReason = signal('');

export const isSignedIn = computed(() => token.value !== '');

/** A sensor captures behind this console; false over a store alone. */
export const isLive = computed(() => me.value?.isLive ?? true);

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
  keep(WHO_KEY, JSON.stringify(who));
  me.value = who;
}

export function signOut(reason = ''): void {
  keep(KEY, '');
  keep(WHO_KEY, '');
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

/** This page wrote it, so it is whole; a tab that has outlived an update of the sensor may hold less. */
function keptMe(): Me | undefined {
  try {
    const who = JSON.parse(kept(WHO_KEY)) as Me;
    return who.role in RANKS ? who : undefined;
  } catch {
    return undefined;
  }
}

function kept(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
