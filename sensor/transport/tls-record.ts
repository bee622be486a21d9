/** TLS at the start of a half, told from the record header (RFC 8446 section 5.1). */

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** Record types change_cipher_spec to application_data. */
const FIRST_TYPE = 0x14;
const LAST_TYPE = 0x17;
const RECORD_HEADER = 5;
const MAX_RECORD = 16384 + 2048;

/** Names of ALPN for XMPP over TLS (XEP-0368), each with its length octet. */
const ALPN = [
  Buffer.from('\x0bxmpp-client', 'latin1'),
  Buffer.from('\x0bxmpp-server', 'latin1'),
] as const;

/** Does the half begin with a ClientHello or ServerHello? Six bytes tell. */
export function isTlsHello(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < RECORD_HEADER + 1 || !isTlsRecord(bytes, offset, length)) return false;
  const message = bytes[offset + RECORD_HEADER];
  return bytes[offset] === HANDSHAKE && (message === CLIENT_HELLO || message === SERVER_HELLO);
}

/** Could more bytes make it one? */
export function mayBecomeTlsHello(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length > RECORD_HEADER) return false;
  return (
    bytes[offset] === HANDSHAKE &&
    (length < 2 || bytes[offset + 1] === 3) &&
    (length < 3 || (bytes[offset + 2] as number) <= 4)
  );
}

/** Does a record of any type begin here, as in a capture that started inside a TLS session? */
export function isTlsRecord(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < RECORD_HEADER) return false;
  const type = bytes[offset] as number;
  const size = ((bytes[offset + 3] as number) << 8) | (bytes[offset + 4] as number);
  return (
    type >= FIRST_TYPE &&
    type <= LAST_TYPE &&
    bytes[offset + 1] === 3 &&
    (bytes[offset + 2] as number) <= 4 &&
    size > 0 &&
    size <= MAX_RECORD
  );
}

/** Is the whole first record there? */
export function hasWholeRecord(bytes: Uint8Array, offset: number, length: number): boolean {
  const size = ((bytes[offset + 3] as number) << 8) | (bytes[offset + 4] as number);
  return length >= RECORD_HEADER + size;
}

/** Does the ClientHello offer XMPP as application protocol? */
export function offersXmpp(bytes: Uint8Array, offset: number, length: number): boolean {
  const hello = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
  return ALPN.some((name) => hello.includes(name));
}
