/**
 * `validate:host external;` : the match names a machine outside: a public address, or a name with a
 * dot that is no name of a local network. `validate:host internal;` : a private or local address.
 *
 * Links to shares and pictures inside a company are daily work; the same link to the outside gives the
 * user's password hash away. The host is the run of name characters the match ends in.
 */
import { equalsNocase, isDigit, isWord, wordList } from './bytes.ts';

const DOT = 0x2e;
const DASH = 0x2d;
const MAX_HOST_BYTES = 253;

/** Last labels that never reach beyond a site (RFC 6762 appendix G, RFC 8375, RFC 6761). */
const LOCAL_TLDS = wordList(
  ...['local', 'localdomain', 'localhost', 'lan', 'home', 'corp', 'intranet', 'internal'],
  ...['private', 'arpa', 'invalid', 'workgroup'],
);

export function host(text: Uint8Array, start: number, end: number, argument: string): boolean {
  let to = end;
  while (to < text.length && to - start < MAX_HOST_BYTES * 2 && isHostByte(text[to])) to++;
  while (to > start && text[to - 1] === DOT) to--;
  let from = to;
  while (from > start && to - from <= MAX_HOST_BYTES && isHostByte(text[from - 1])) from--;
  if (to === from || to - from > MAX_HOST_BYTES) return false;
  const address = readIpv4(text, from, to);
  if (address >= 0) return isPrivate(address) === (argument === 'internal');
  return argument === 'external' && isPublicName(text, from, to);
}

function isHostByte(byte: number | undefined): boolean {
  return isWord(byte) || byte === DOT || byte === DASH;
}

/** The address in `text[from..to)` as a number, or -1. */
function readIpv4(text: Uint8Array, from: number, to: number): number {
  let address = 0;
  let part = -1;
  let parts = 0;
  for (let i = from; i <= to; i++) {
    const byte = i < to ? (text[i] as number) : DOT;
    if (isDigit(byte)) {
      part = (part < 0 ? 0 : part) * 10 + byte - 0x30;
      if (part > 255) return -1;
    } else if (byte === DOT && part >= 0) {
      address = address * 256 + part;
      parts++;
      part = -1;
    } else {
      return -1;
    }
  }
  return parts === 4 ? address : -1;
}

/** First and last address of each block that does not leave a site (RFC 6890). */
const PRIVATE: readonly (readonly [number, number])[] = [
  [0x00000000, 0x00ffffff],
  [0x0a000000, 0x0affffff],
  [0x64400000, 0x647fffff],
  [0x7f000000, 0x7fffffff],
  [0xa9fe0000, 0xa9feffff],
  [0xac100000, 0xac1fffff],
  [0xc0a80000, 0xc0a8ffff],
  [0xe0000000, 0xffffffff],
];

function isPrivate(address: number): boolean {
  for (const [first, last] of PRIVATE) if (address >= first && address <= last) return true;
  return false;
}

/** At least two labels, the last one of two letters or more and no local one. */
function isPublicName(text: Uint8Array, from: number, to: number): boolean {
  let dot = to - 1;
  while (dot >= from && text[dot] !== DOT) dot--;
  if (dot <= from || to - dot < 3) return false;
  for (let i = dot + 1; i < to; i++) if (isDigit(text[i]) || text[i] === 0x5f) return false;
  if (isTemplate(text, from, to)) return false;
  for (const tld of LOCAL_TLDS) if (equalsNocase(text, dot + 1, to, tld)) return false;
  return true;
}

/** `192.168.1.xxx`: an address somebody left a gap in, not a name. */
function isTemplate(text: Uint8Array, from: number, to: number): boolean {
  let dots = 0;
  for (let i = from; i < to; i++) {
    if (text[i] === DOT) dots++;
    else if (!isDigit(text[i])) break;
  }
  return dots >= 2;
}
