/** tar: ustar, GNU and pax long names. Sizes are checked against what is there; what is cut off is said to be. */
import { hasAt, latin1 } from './bytes.ts';
import type { Examination, Member } from './examination.ts';

const BLOCK = 512;
const LINK_NAME = 0x4c;
const PAX = 0x78;
const PAX_GLOBAL = 0x67;
const DIRECTORY = 0x35;
/** A long name or pax header that is longer is none. */
const NAME_BYTES = 8192;

/** A header is one when its checksum says so: 8 bytes of octal digits over the rest, taken as blanks. */
export function isTarHeader(bytes: Uint8Array, at: number): boolean {
  if (at + BLOCK > bytes.length) return false;
  const told = octal(bytes, at + 148, 8);
  if (told <= 0) return false;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (bytes[at + i] as number);
  return sum === told;
}

export function* tarMembers(exam: Examination, bytes: Uint8Array): Generator<Member> {
  let at = 0;
  let longName = '';
  while (at + BLOCK <= bytes.length) {
    if (bytes[at] === 0) return;
    if (!isTarHeader(bytes, at)) {
      exam.sign('malformed', 'tar header with a wrong checksum');
      return;
    }
    const size = sizeOf(bytes, at + 124);
    if (size < 0) {
      exam.sign('malformed', 'tar member with a size that is no number');
      return;
    }
    const kind = bytes[at + 156] as number;
    const start = at + BLOCK;
    const end = Math.min(bytes.length, start + size);
    const body = bytes.subarray(start, end);
    if (kind === LINK_NAME)
      longName = latin1(body, 0, Math.min(size, NAME_BYTES)).replace(/\0.*$/s, '');
    else if (kind === PAX) longName = paxPath(body) ?? longName;
    else if (kind !== PAX_GLOBAL) {
      const name = longName !== '' ? longName : nameOf(bytes, at);
      longName = '';
      if (kind !== DIRECTORY && (size > 0 || !name.endsWith('/')))
        yield { name, bytes: body, size, isWhole: body.length === size };
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function nameOf(bytes: Uint8Array, at: number): string {
  const name = text(bytes, at, 100);
  const prefix = hasAt(bytes, at + 257, 'ustar\0') ? text(bytes, at + 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(bytes: Uint8Array, at: number, length: number): string {
  const zero = bytes.subarray(at, at + length).indexOf(0);
  return Buffer.from(bytes.subarray(at, at + (zero === -1 ? length : zero))).toString('utf8');
}

function paxPath(body: Uint8Array): string | undefined {
  const words = Buffer.from(body.subarray(0, NAME_BYTES)).toString('utf8');
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(words)?.[1];
}

/** Octal digits, or (GNU) a number of 95 bits behind a set first bit; -1 when it is neither. */
function sizeOf(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if ((first & 0x80) === 0) return octal(bytes, at, 12);
  if (first !== 0x80) return -1;
  let value = 0;
  for (let i = 1; i < 12; i++) value = value * 256 + (bytes[at + i] as number);
  return value;
}

function octal(bytes: Uint8Array, at: number, length: number): number {
  const digits = latin1(bytes, at, at + length)
    .replace(/[\0 ]+$/, '')
    .trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : -1;
}
