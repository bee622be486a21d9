/** Does a message of HTTP/1.1 begin at these bytes? For the probe, and for reading on behind a loss. */

/** Methods that are enough by themselves: those that move files, and what browsers ask before. */
const COMMON_METHODS = ['PUT ', 'GET ', 'POST ', 'HEAD ', 'OPTIONS '].map((text) =>
  Buffer.from(text, 'latin1'),
);
/** As many letters as a head is read with. */
const MAX_METHOD = 32;
const VERSION = Buffer.from(' HTTP/1.', 'latin1');
const STATUS = Buffer.from('HTTP/1.', 'latin1');
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const DELETE = 0x7f;

/** By byte: may it stand in a method (RFC 9110 section 5.6.2)? */
const IS_TOKEN = new Uint8Array(256);
for (const char of Buffer.from(
  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
)) {
  IS_TOKEN[char] = 1;
}

/**
 * Of the first bytes of a client; undefined when more are needed. Behind empty lines, which servers pass over (RFC 9112
 * section 2.2), and of any method when its line names the version: servers refuse what they do not know, and read on.
 */
export function isHttpRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean | undefined {
  const end = offset + length;
  const start = skipEmptyLines(bytes, offset, end);
  // Empty lines alone: what begins with white space may be XML as well, and is looked at as such.
  if (start === end) return false;
  return hasCommonMethod(bytes, start, end) || hasRequestLine(bytes, start, end);
}

/** A whole request line of a common method. */
export function startsRequest(bytes: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length;
  const start = skipEmptyLines(bytes, offset, end);
  if (!hasCommonMethod(bytes, start, end)) return false;
  for (let at = start; at < end && bytes[at] !== LF; at++) {
    if (at + VERSION.length <= end && isAt(bytes, at, VERSION, VERSION.length)) return true;
  }
  return false;
}

/** The beginning of a status line. */
export function startsResponse(bytes: Uint8Array, offset: number, length: number): boolean {
  return length > STATUS.length && isAt(bytes, offset, STATUS, STATUS.length);
}

function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
  return at;
}

function hasCommonMethod(bytes: Uint8Array, start: number, end: number): boolean {
  for (const method of COMMON_METHODS) {
    if (method.length <= end - start && isAt(bytes, start, method, method.length)) return true;
  }
  return false;
}

/** A method, a space, and the version before the line ends, all of it text. Most other protocols fail at once. */
function hasRequestLine(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  let at = start;
  while (at < end && IS_TOKEN[bytes[at] as number] === 1) at++;
  if (at === start || at - start > MAX_METHOD) return false;
  if (at === end) return undefined;
  if (bytes[at] !== SPACE) return false;
  for (at++; at < end; at++) {
    const byte = bytes[at] as number;
    if ((byte < SPACE && byte !== TAB) || byte === DELETE) return false;
    const isVersion = byte === SPACE && at + VERSION.length <= end;
    if (isVersion && isAt(bytes, at, VERSION, VERSION.length)) return true;
  }
  return undefined;
}

function isAt(bytes: Uint8Array, offset: number, text: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[offset + i] !== text[i]) return false;
  return true;
}
