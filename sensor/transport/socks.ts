/**
 * The opening of a SOCKS5 connection (RFC 1928), as file proxies of XMPP use it (XEP-0065): what the client asked
 * for and what the proxy said. Each half is read by itself, so their order does not matter. What follows the
 * opening is not read here.
 */
import type { Direction } from '../core/index.ts';
import type { SocksRequest } from './types.ts';

export const SOCKS_VERSION = 5;

const NAME_TYPE = 3;
/** The longest opening: greeting 257, login 513, request with a name 262. */
const MAX_BYTES = 1040;
const LOGIN_VERSION = 1;

/** Bytes of the address by its type, for the fixed ones. */
function addressBytes(type: number): number {
  return type === 1 ? 4 : type === 4 ? 16 : -1;
}

/** Are these the first bytes of a SOCKS5 client? Undefined when more are needed. */
export function isSocksGreeting(
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean | undefined {
  if (bytes[offset] !== SOCKS_VERSION) return false;
  if (length < 2) return undefined;
  const methods = bytes[offset + 1] as number;
  // A client waits for the answer before it goes on.
  if (methods === 0 || length > 2 + methods) return false;
  return length === 2 + methods ? true : undefined;
}

/** The opening of one connection. */
export class SocksOpening {
  readonly #client = new Uint8Array(MAX_BYTES);
  #length = 0;
  /** True when nothing more can be learned. */
  isOver = false;

  /** Bytes of one half; the request once it is whole, undefined before and behind it. */
  data(
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): SocksRequest | undefined {
    if (this.isOver || direction === 1) return undefined;
    const taken = Math.min(length, MAX_BYTES - this.#length);
    this.#client.set(bytes.subarray(offset, offset + taken), this.#length);
    this.#length += taken;
    const request = this.#read();
    if (request !== undefined || this.#length === MAX_BYTES) this.isOver = true;
    return request;
  }

  #read(): SocksRequest | undefined {
    const client = this.#client;
    const byte = (at: number): number => (at < this.#length ? (client[at] as number) : -1);
    const greeting = 2 + byte(1);
    let at = greeting;
    // User name and password (RFC 1929): skipped, never kept.
    if (byte(at) === LOGIN_VERSION) {
      if (byte(at + 1) < 0) return undefined;
      const secretAt = at + 2 + byte(at + 1);
      if (byte(secretAt) < 0) return undefined;
      at = secretAt + 1 + byte(secretAt);
    }
    if (byte(at) < 0) return undefined;
    if (byte(at) !== SOCKS_VERSION) {
      this.isOver = true;
      return undefined;
    }
    const addressType = byte(at + 3);
    if (byte(at + 4) < 0) return undefined;
    const isName = addressType === NAME_TYPE;
    const hostAt = at + (isName ? 5 : 4);
    const hostBytes = isName ? byte(at + 4) : addressBytes(addressType);
    const end = hostAt + hostBytes + 2;
    if (hostBytes < 0) this.isOver = true;
    if (hostBytes < 0 || end > this.#length) return undefined;
    return {
      methods: Array.from(client.subarray(2, greeting)),
      command: byte(at + 1),
      addressType,
      host: isName ? Buffer.from(client.subarray(hostAt, end - 2)).toString('latin1') : '',
      port: (byte(end - 2) << 8) | byte(end - 1),
      isFromReply: false,
    };
  }
}
