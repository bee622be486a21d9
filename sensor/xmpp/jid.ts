/**
 * JIDs as text: split, normalise, compare (RFC 7622). Byte checks on the packet path are in
 * jid-scan.ts; this file is for session facts, context of alerts and lookups, which change rarely.
 */
import { domainToASCII, domainToUnicode } from 'node:url';

export interface Jid {
  /** '' when there is none. */
  readonly local: string;
  readonly domain: string;
  /** '' when there is none. */
  readonly resource: string;
}

/** Longest text worth normalising: three parts of 1023 bytes and the two separators. */
const MAX_JID_CHARS = 3 * 1023 + 2;
const CACHE_ENTRIES = 4096;

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const FULL_OR_HALF_WIDTH = /[\u3000\uff01-\uffee]/g;
const NON_ASCII_SPACE = /\p{Zs}/gu;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * Split `text` into its parts, as RFC 7622 section 3.2 says: resource behind the first '/', localpart
 * before the first '@' of the rest. Nothing is checked or changed; any text gives three parts.
 */
export function splitJid(text: string): Jid {
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? '' : text.slice(slash + 1);
  const at = bare.indexOf('@');
  if (at < 0) return { local: '', domain: bare, resource };
  return { local: bare.slice(0, at), domain: bare.slice(at + 1), resource };
}

/** Everything before the resource, as written. */
export function bareJid(text: string): string {
  const slash = text.indexOf('/');
  return slash < 0 ? text : text.slice(0, slash);
}

/** The domain part, as written. */
export function domainOf(text: string): string {
  return splitJid(text).domain;
}

/**
 * Canonical domain: lower case, final dot removed, internationalised labels as U-labels
 * (RFC 7622 section 3.2). Text that IDNA refuses comes back in lower case.
 */
export function normalizeDomain(text: string): string {
  const dotless = text.endsWith('.') ? text.slice(0, -1) : text;
  const lower = dotless.toLowerCase();
  if (PRINTABLE_ASCII.test(lower) && !lower.includes('xn--')) return lower;
  if (lower.length > 1023) return lower;
  const ascii = domainToASCII(lower);
  return ascii === '' ? lower.normalize('NFC') : domainToUnicode(ascii);
}

/** Localpart by the UsernameCaseMapped profile (RFC 8265 section 3.3). */
export function normalizeLocal(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text.toLowerCase();
  const narrow = text.replace(FULL_OR_HALF_WIDTH, (wide) => wide.normalize('NFKC'));
  return narrow.toLowerCase().normalize('NFC');
}

/** Resource by the OpaqueString profile (RFC 8265 section 4.2). */
function normalizeResource(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return text.replace(NON_ASCII_SPACE, ' ').normalize('NFC');
}

const cache = new Map<string, string>();

/**
 * Canonical form of a JID, for comparing and for keys. Never fails: malformed text comes back part by
 * part as far as it goes. Answers for up to 4096 JIDs are remembered.
 */
export function normalizeJid(text: string): string {
  const known = cache.get(text);
  if (known !== undefined) return known;
  if (text.length > MAX_JID_CHARS) return text.toLowerCase();
  const { local, domain, resource } = splitJid(text);
  let canonical = normalizeDomain(domain);
  if (text.includes('@') && local !== '') canonical = `${normalizeLocal(local)}@${canonical}`;
  if (resource !== '') canonical += `/${normalizeResource(resource)}`;
  if (cache.size >= CACHE_ENTRIES) {
    const oldest = cache.keys().next();
    if (!oldest.done) cache.delete(oldest.value);
  }
  cache.set(text, canonical);
  return canonical;
}

/** Same account: equal bare JIDs after normalisation. */
export function sameBareJid(a: string, b: string): boolean {
  return normalizeJid(bareJid(a)) === normalizeJid(bareJid(b));
}

/** Is `domain` the same as `parent` or below it? Both normalised. */
export function isWithinDomain(domain: string, parent: string): boolean {
  return parent !== '' && (domain === parent || domain.endsWith(`.${parent}`));
}

/** An address literal instead of a name: some clients put it into their first stream header. */
export function isAddressLiteral(domain: string): boolean {
  return IPV4.test(domain) || domain.startsWith('[') || /^[0-9a-f]*:[0-9a-f:.]*$/i.test(domain);
}
