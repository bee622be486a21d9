/**
 * Who logs in: the name inside a SASL payload. Passwords are never turned into text: payloads are
 * decoded in the tokenizer's scratch space, only the name is copied out (and a key that tells equal passwords,
 * secret-key.ts), and both the base64 and the decoded bytes are overwritten before anything else can read them.
 */

import { secretKey, type SecretKey } from './secret-key.ts';

/** Value of each base64 character; 255 is none. */
const BASE64 = new Uint8Array(256).fill(255);
{
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let i = 0; i < alphabet.length; i++) BASE64[alphabet.charCodeAt(i)] = i;
  BASE64['-'.charCodeAt(0)] = 62;
  BASE64['_'.charCodeAt(0)] = 63;
}

/**
 * Decode base64 from `memory[offset ..]` to `memory[to ..]`; characters outside the alphabet are
 * skipped, as lenient servers do. @returns bytes written, at most `room`.
 */
export function decodeBase64(
  memory: Uint8Array,
  offset: number,
  length: number,
  to: number,
  room: number,
): number {
  let bits = 0;
  let count = 0;
  let out = 0;
  for (let i = offset; i < offset + length && out < room; i++) {
    const value = BASE64[memory[i] as number] as number;
    if (value === 255) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      memory[to + out++] = (bits >> count) & 0xff;
    }
  }
  return out;
}

/** Longest user name worth keeping, in bytes. */
const MAX_NAME_BYTES = 1023;

function textOf(bytes: Uint8Array, from: number, to: number): string {
  const end = Math.min(to, from + MAX_NAME_BYTES);
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('utf8');
}

function indexOf(bytes: Uint8Array, byte: number, from: number, end: number): number {
  for (let i = from; i < end; i++) if (bytes[i] === byte) return i;
  return -1;
}

export interface LoginName {
  /** Who the password belongs to; '' when the payload does not say. */
  readonly user: string;
  /** Who the session shall be, when that is named; PLAIN and SCRAM. */
  readonly authzid: string;
  /** Of the password, for mechanisms that send it as it is; of SCRAM's client nonce. */
  readonly passwordKey?: SecretKey | undefined;
  readonly nonceKey?: SecretKey | undefined;
  /** Of the nonces of both sides, in SCRAM's second message: no other exchange has the same. */
  readonly exchangeKey?: SecretKey | undefined;
}

/** A payload that names nobody. */
export const NOBODY: LoginName = { user: '', authzid: '' };

/** SCRAM and GS2: `n,a=authzid,n=user,r=...`; commas and equal signs in names are escaped. */
function scramName(bytes: Uint8Array, offset: number, end: number): LoginName {
  let authzid = '';
  let user = '';
  for (let i = offset; i >= 0 && i < end;) {
    const comma = indexOf(bytes, 0x2c, i, end);
    const stop = comma < 0 ? end : comma;
    // Fields of their own; the first field is the GS2 flag and never has this shape.
    if (i > offset && bytes[i + 1] === 0x3d) {
      if (bytes[i] === 0x61) authzid = saslName(bytes, i + 2, stop);
      else if (bytes[i] === 0x6e) user = saslName(bytes, i + 2, stop);
      else if (bytes[i] === 0x72) {
        const key = secretKey(bytes, i + 2, stop);
        // Behind the name stands the client's nonce, in its second message both nonces.
        return user === '' ? { ...NOBODY, exchangeKey: key } : { user, authzid, nonceKey: key };
      }
    }
    if (comma < 0) break;
    i = comma + 1;
  }
  return user === '' ? NOBODY : { user, authzid };
}

function saslName(bytes: Uint8Array, from: number, to: number): string {
  return textOf(bytes, from, to).replaceAll('=2C', ',').replaceAll('=3D', '=');
}

const OAUTH_USER = /(?:^|,)a=([^,]+)/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const USERNAME = Buffer.from('username="');

/** DIGEST-MD5: the directive username="..."; the others, the digest among them, are not read. */
function digestName(bytes: Uint8Array, offset: number, end: number): LoginName {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + offset, end - offset);
  const found = view.indexOf(USERNAME);
  if (found < 0) return NOBODY;
  const from = offset + found + USERNAME.length;
  let to = from;
  while (to < end && bytes[to] !== QUOTE) to += bytes[to] === BACKSLASH ? 2 : 1;
  const user = textOf(bytes, from, Math.min(to, end)).replaceAll(/\\(.)/g, '$1');
  return { user, authzid: '' };
}

/**
 * Name in a decoded payload of the client, `bytes[offset .. offset + length)`.
 * `mechanism` in upper case; mechanisms that name nobody give ''.
 */
export function loginName(
  mechanism: string,
  bytes: Uint8Array,
  offset: number,
  length: number,
): LoginName {
  const end = offset + length;
  if (length === 0) return NOBODY;
  if (mechanism === 'PLAIN' || mechanism === 'X-OAUTH2' || mechanism === 'X-GOOGLE-TOKEN') {
    const first = indexOf(bytes, 0, offset, end);
    if (first < 0) return NOBODY;
    const second = indexOf(bytes, 0, first + 1, end);
    const isPassword = second >= 0 && mechanism === 'PLAIN';
    return {
      user: second < 0 ? '' : textOf(bytes, first + 1, second),
      authzid: textOf(bytes, offset, first),
      passwordKey: isPassword ? secretKey(bytes, second + 1, end) : undefined,
    };
  }
  if (mechanism.startsWith('SCRAM-')) return scramName(bytes, offset, end);
  if (mechanism.startsWith('HT-')) {
    const zero = indexOf(bytes, 0, offset, end);
    return { user: zero < 0 ? '' : textOf(bytes, offset, zero), authzid: '' };
  }
  switch (mechanism) {
    case 'LOGIN':
    case 'EXTERNAL':
      return { user: textOf(bytes, offset, end), authzid: '' };
    case 'CRAM-MD5': {
      let space = end - 1;
      while (space > offset && bytes[space] !== 0x20) space--;
      return { user: textOf(bytes, offset, space), authzid: '' };
    }
    case 'DIGEST-MD5':
      return digestName(bytes, offset, end);
    case 'OAUTHBEARER': {
      // The GS2 header ends at the first U+0001; the token stands behind it.
      const header = indexOf(bytes, 1, offset, end);
      const found = header < 0 ? null : OAUTH_USER.exec(textOf(bytes, offset, header));
      return { user: found?.[1] ?? '', authzid: '' };
    }
    default:
      return NOBODY;
  }
}

/** Does this mechanism send the password itself? */
export function sendsPassword(mechanism: string): boolean {
  return mechanism === 'PLAIN' || mechanism === 'LOGIN';
}
