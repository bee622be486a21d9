/**
 * What a line of a list stands for: the keys it puts into the set, in every form the traffic may
 * show the value in. Plain ASCII lines, which most are, are taken from the file's bytes as they are.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import type { ByteSet } from './byte-set.ts';
import type { DatasetType } from './types.ts';
import { MAX_URL_CHARS, normalizeUrl } from './url.ts';
import { afterScheme, urlEnd } from './value-scan.ts';

const encoder = new TextEncoder();
const NONE: readonly Uint8Array[] = [];

/** The keys of a line; none when it is no value of this type. Addresses have keys of their own kind. */
export function datasetKeys(
  type: Exclude<DatasetType, 'ip' | 'ipv4' | 'ipv6' | 'hmac'>,
  line: string,
): readonly Uint8Array[] {
  switch (type) {
    case 'domain':
      return domainForms(line.startsWith('*.') ? line.slice(2) : line).map(encode);
    case 'jid':
      return jidForms(line).map(encode);
    case 'url':
      return urlForms(line);
    case 'string': {
      const bytes = Buffer.from(line, 'base64');
      return bytes.length > 0 && bytes.toString('base64') === line ? [bytes] : NONE;
    }
    case 'text':
      return line === '' ? NONE : [encode(line)];
    case 'md5':
      return /^[0-9a-f]{32}$/i.test(line) ? [Buffer.from(line, 'hex')] : NONE;
    case 'sha256':
    case 'rtbl':
      return /^[0-9a-f]{64}$/i.test(line) ? [Buffer.from(line, 'hex')] : NONE;
  }
}

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A host name in ASCII and in Unicode; nothing when it is none. */
export function domainForms(text: string): string[] {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name) && !name.includes('xn--')) return [name];
  if (/[\s/@?#:]/.test(name)) return [];
  const ascii = domainToASCII(name);
  if (ascii === '') return [];
  const unicode = domainToUnicode(ascii);
  return unicode === '' || unicode === ascii ? [ascii] : [ascii, unicode];
}

/** A JID with its domain in ASCII and in Unicode, small letters up to the resource. */
export function jidForms(text: string): string[] {
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const at = bare.indexOf('@');
  if (at === 0 || text.includes(' ')) return [];
  return domainForms(bare.slice(at + 1)).map(
    (domain) => bare.slice(0, at + 1).toLowerCase() + domain + text.slice(bare.length),
  );
}

function urlForms(text: string): Uint8Array[] {
  const normal = normalizeUrl(text);
  if (normal === undefined) return [];
  return [...new Set([normal.url, normal.unicodeUrl])].map((url) => {
    const bytes = encode(url);
    const from = afterScheme(bytes, 0, bytes.length);
    return bytes.subarray(from, urlEnd(bytes, from, bytes.length));
  });
}

/** Classes of bytes in plain lines. */
const CLASS = { other: 0, label: 1, dot: 2, at: 3, local: 4 } as const;
const classOf = new Uint8Array(256);
for (const byte of encode('abcdefghijklmnopqrstuvwxyz0123456789_-')) classOf[byte] = CLASS.label;
for (const byte of encode("!$%*+=?^{|}~'ABCDEFGHIJKLMNOPQRSTUVWXYZ")) classOf[byte] = CLASS.local;
classOf[0x2e] = CLASS.dot;
classOf[0x40] = CLASS.at;
const HYPHEN = 0x2d;
const HTTP = encode('http://');
const HTTPS = encode('https://');
/** Bytes of a path that stand for themselves: none that spells a link so that it is not one. */
const isPlainTail = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte++) isPlainTail[byte] = 1;
for (const byte of encode('\\[({')) isPlainTail[byte] = 0;

/**
 * Adds a line that needs no second look, straight from the file's bytes. Returns the key's index,
 * -1 when the line is not that plain: `datasetKeys` then says what it is.
 */
export function addPlainLine(
  set: ByteSet,
  type: DatasetType,
  memory: Uint8Array,
  start: number,
  end: number,
): number {
  switch (type) {
    case 'text':
      return isAscii(memory, start, end) ? set.add(memory, start, end) : -1;
    case 'domain':
      return isPlainName(memory, start, end) ? set.add(memory, start, end) : -1;
    case 'jid': {
      const at = localEnd(memory, start, end);
      return at >= 0 && isPlainName(memory, at, end) ? set.add(memory, start, end) : -1;
    }
    case 'url': {
      const host = plainHost(memory, start, end);
      return host < 0 ? -1 : set.add(memory, host, urlEnd(memory, host, end));
    }
    default:
      return -1;
  }
}

function isAscii(memory: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((memory[i] as number) >= 0x80) return false;
  return end > start;
}

/** Labels of small letters, digits, `-` and `_` between single dots; no `--`, so no punycode. */
function isPlainName(memory: Uint8Array, start: number, end: number): boolean {
  let before = 0x2e;
  for (let i = start; i < end; i++) {
    const byte = memory[i] as number;
    const kind = classOf[byte];
    if (kind === CLASS.dot ? before === 0x2e : kind !== CLASS.label) return false;
    if (byte === HYPHEN && before === HYPHEN) return false;
    before = byte;
  }
  return before !== 0x2e;
}

/** Where the domain of a plain JID starts; -1 when the localpart is not plain. */
function localEnd(memory: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const kind = classOf[memory[i] as number];
    if (kind === CLASS.at) return i > start ? i + 1 : -1;
    if (kind === CLASS.other) return -1;
  }
  return start;
}

/** Where the host of a plain URL starts; -1 when `normalizeUrl` must read it. */
function plainHost(memory: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_URL_CHARS) return -1;
  const isHttp = startsWith(memory, start, end, HTTP);
  if (!isHttp && !startsWith(memory, start, end, HTTPS)) return -1;
  const host = start + (isHttp ? HTTP.length : HTTPS.length);
  let hostEnd = host;
  let lastDot = -1;
  for (; hostEnd < end; hostEnd++) {
    const kind = classOf[memory[hostEnd] as number];
    if (kind === CLASS.dot) lastDot = hostEnd;
    else if (kind !== CLASS.label) break;
  }
  // A last label of digits would make it an address, whatever its spelling.
  const top = memory[lastDot + 1] as number;
  const isNamed = lastDot >= 0 && top >= 0x61 && top <= 0x7a;
  if (!isNamed || !isPlainName(memory, host, hostEnd)) return -1;
  const next = memory[hostEnd];
  if (hostEnd < end && next !== 0x2f && next !== 0x3f && next !== 0x23) return -1;
  for (let i = hostEnd; i < end; i++) if (isPlainTail[memory[i] as number] === 0) return -1;
  return host;
}

function startsWith(memory: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (memory[start + i] !== text[i]) return false;
  return true;
}
