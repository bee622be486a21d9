/** Does a message of HTTP/1.1 begin at these bytes? For the probe, and for reading on behind a loss. */

/** Methods with which a connection may begin that is read: those that move files, and what browsers ask before. */
const FIRST_METHODS = ['PUT ', 'GET ', 'POST ', 'HEAD ', 'OPTIONS '].map((text) =>
  Buffer.from(text, 'latin1'),
);
const VERSION = Buffer.from(' HTTP/1.', 'latin1');
const STATUS = Buffer.from('HTTP/1.', 'latin1');
const LF = 0x0a;

/** Of the first bytes of a client; undefined when more are needed. */
export function isHttpMethod(
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean | undefined {
  let isOpen = false;
  for (const method of FIRST_METHODS) {
    const common = Math.min(length, method.length);
    if (!isAt(bytes, offset, method, common)) continue;
    if (common === method.length) return true;
    isOpen = true;
  }
  return isOpen ? undefined : false;
}

/** A whole request line. */
export function startsRequest(bytes: Uint8Array, offset: number, length: number): boolean {
  if (isHttpMethod(bytes, offset, length) !== true) return false;
  const end = offset + length;
  for (let at = offset; at < end && bytes[at] !== LF; at++) {
    if (at + VERSION.length <= end && isAt(bytes, at, VERSION, VERSION.length)) return true;
  }
  return false;
}

/** The beginning of a status line. */
export function startsResponse(bytes: Uint8Array, offset: number, length: number): boolean {
  return length > STATUS.length && isAt(bytes, offset, STATUS, STATUS.length);
}

function isAt(bytes: Uint8Array, offset: number, text: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[offset + i] !== text[i]) return false;
  return true;
}
