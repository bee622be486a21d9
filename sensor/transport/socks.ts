/**
 * The opening of a SOCKS5 connection (RFC 1928), as file proxies of XMPP use it (XEP-0065): what each half says
 * before the bytes it carries. The halves are read each by itself, so that one alone is enough.
 */
import type { SocksRequest } from './types.ts';

const SOCKS_VERSION = 5;

const NAME_TYPE = 3;
const IPV4_TYPE = 1;
const IPV6_TYPE = 4;
const CONNECT = 1;
const LAST_COMMAND = 3;
/** Login by name and password: method and version of its messages (RFC 1929). */
const LOGIN_METHOD = 2;
const LOGIN_VERSION = 1;
/** The server takes none of the methods. */
const NO_METHOD = 0xff;
/** The last reply code of RFC 1928 section 6. */
const LAST_REPLY = 8;

/** The longest opening of a client: greeting 257, login 513, request with a name 262; a server says less. */
const MAX_OPENING = 1040;

/** Are these the first bytes of a SOCKS5 client? Undefined when more are needed. */
export function isSocksGreeting(
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean | undefined {
  if (bytes[offset] !== SOCKS_VERSION) return false;
  if (length < 2) return undefined;
  const greeting = 2 + (bytes[offset + 1] as number);
  if (greeting === 2) return false;
  if (length <= greeting) return length === greeting ? true : undefined;
  // A client waits for the answer before it goes on; one that does not must go on as SOCKS5 does.
  const next = bytes[offset + greeting];
  if (next === LOGIN_VERSION) return hasMethod(bytes, offset, LOGIN_METHOD);
  if (next !== SOCKS_VERSION) return false;
  if (length < greeting + 4) return undefined;
  const command = bytes[offset + greeting + 1] as number;
  return (
    command >= CONNECT &&
    command <= LAST_COMMAND &&
    bytes[offset + greeting + 2] === 0 &&
    isAddressType(bytes[offset + greeting + 3] as number)
  );
}

/**
 * Are these the first bytes of a SOCKS5 server whose client was not captured? Method choice and the beginning of a
 * reply that grants; undefined when more are needed.
 */
export function isSocksAnswer(
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean | undefined {
  if (bytes[offset] !== SOCKS_VERSION) return false;
  if (length < 2) return undefined;
  const method = bytes[offset + 1];
  if (method !== 0 && method !== LOGIN_METHOD) return false;
  const reply = method === 0 ? 2 : 4;
  if (length < reply + 4) return undefined;
  return (
    bytes[offset + reply] === SOCKS_VERSION &&
    bytes[offset + reply + 1] === 0 &&
    bytes[offset + reply + 2] === 0 &&
    isAddressType(bytes[offset + reply + 3] as number)
  );
}

function hasMethod(bytes: Uint8Array, offset: number, method: number): boolean {
  const count = bytes[offset + 1] as number;
  for (let i = 0; i < count; i++) if (bytes[offset + 2 + i] === method) return true;
  return false;
}

function isAddressType(type: number): boolean {
  return type === IPV4_TYPE || type === NAME_TYPE || type === IPV6_TYPE;
}

/** What a server answered. */
export interface SocksReply {
  readonly code: number;
  /** What it says it was asked for. */
  readonly request: SocksRequest;
}

/** What a whole opening said, and its bytes. */
interface Opening<T> {
  readonly length: number;
  readonly said: T;
}

/** Not SOCKS5: there is no opening to find. */
const BROKEN = 'broken';

/** The opening of one half, collected from the pieces in which it comes. */
export class SocksOpening<T> {
  readonly #read: (bytes: Uint8Array, length: number) => Opening<T> | typeof BROKEN | undefined;
  readonly #bytes = new Uint8Array(MAX_OPENING);
  #length = 0;
  /** What it said, once it is whole. */
  said: T | undefined;
  /** It cannot be read. */
  isLost = false;

  constructor(read: (bytes: Uint8Array, length: number) => Opening<T> | typeof BROKEN | undefined) {
    this.#read = read;
  }

  /** Takes bytes of the half; returns how many belong to the opening. */
  take(bytes: Uint8Array, offset: number, length: number): number {
    const before = this.#length;
    const taken = Math.min(length, MAX_OPENING - before);
    this.#bytes.set(bytes.subarray(offset, offset + taken), before);
    this.#length += taken;
    const opening = this.#read(this.#bytes, this.#length);
    if (opening === BROKEN || (opening === undefined && this.#length === MAX_OPENING)) {
      this.isLost = true;
      return taken;
    }
    if (opening === undefined) return taken;
    this.said = opening.said;
    return opening.length - before;
  }
}

/** Reads what a client says: greeting, a login perhaps, the request. */
export function readClient(
  bytes: Uint8Array,
  length: number,
): Opening<SocksRequest> | typeof BROKEN | undefined {
  if (length < 2) return bytes[0] === SOCKS_VERSION ? undefined : BROKEN;
  if (bytes[0] !== SOCKS_VERSION) return BROKEN;
  const greeting = 2 + (bytes[1] as number);
  let at = greeting;
  if (at >= length) return undefined;
  // User name and password: skipped, never kept.
  if (bytes[at] === LOGIN_VERSION) {
    if (at + 1 >= length) return undefined;
    const secretAt = at + 2 + (bytes[at + 1] as number);
    if (secretAt >= length) return undefined;
    at = secretAt + 1 + (bytes[secretAt] as number);
  }
  const address = readAddress(bytes, length, at);
  if (typeof address !== 'object') return address;
  const { end, type, host, port } = address;
  const request: SocksRequest = {
    methods: Array.from(bytes.subarray(2, greeting)),
    command: bytes[at + 1] as number,
    addressType: type,
    host,
    port,
    isFromReply: false,
  };
  return { length: end, said: request };
}

/** Reads what a server says: its choice of method, the end of a login perhaps, the reply. */
export function readServer(
  bytes: Uint8Array,
  length: number,
): Opening<SocksReply> | typeof BROKEN | undefined {
  if (length < 2) return bytes[0] === SOCKS_VERSION ? undefined : BROKEN;
  if (bytes[0] !== SOCKS_VERSION || bytes[1] === NO_METHOD) return BROKEN;
  let at = 2;
  if (at >= length) return undefined;
  if (bytes[at] === LOGIN_VERSION) {
    if (at + 1 >= length) return undefined;
    if (bytes[at + 1] !== 0) return BROKEN;
    at += 2;
  }
  const address = readAddress(bytes, length, at);
  if (typeof address !== 'object') return address;
  const { end, type, host } = address;
  const code = bytes[at + 1] as number;
  if (code > LAST_REPLY) return BROKEN;
  const request: SocksRequest = {
    methods: [bytes[1] as number],
    command: CONNECT,
    addressType: type,
    host,
    port: 0,
    isFromReply: true,
  };
  return { length: end, said: { code, request } };
}

interface Address {
  readonly end: number;
  readonly type: number;
  readonly host: string;
  readonly port: number;
}

/** Request and reply have one shape: version, command or code, a zero, address, port. */
function readAddress(
  bytes: Uint8Array,
  length: number,
  at: number,
): Address | typeof BROKEN | undefined {
  if (at >= length) return undefined;
  if (bytes[at] !== SOCKS_VERSION) return BROKEN;
  if (at + 4 >= length) return undefined;
  const type = bytes[at + 3] as number;
  if (!isAddressType(type)) return BROKEN;
  const isName = type === NAME_TYPE;
  const hostAt = at + (isName ? 5 : 4);
  const hostBytes = isName ? (bytes[at + 4] as number) : type === IPV4_TYPE ? 4 : 16;
  const end = hostAt + hostBytes + 2;
  if (end > length) return undefined;
  return {
    end,
    type,
    host: isName ? Buffer.from(bytes.subarray(hostAt, end - 2)).toString('latin1') : '',
    port: ((bytes[end - 2] as number) << 8) | (bytes[end - 1] as number),
  };
}
