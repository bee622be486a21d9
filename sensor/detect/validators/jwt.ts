/** JSON Web Tokens (RFC 7519): do the parts decode to what they must be? */
import { indexOfByte, isWord } from './bytes.ts';

/** A header longer than this is not read. */
const MAX_HEADER = 4096;

const DOT = 0x2e;

/**
 * `validate:jwt;` : the match is HEADER.PAYLOAD.SIGNATURE, header and payload are base64url of JSON
 * objects and the header names an `alg`.
 * `validate:jwt signed;` : and it is signed. `validate:jwt unsigned;` : and it is not (alg none).
 */
export function jwt(text: Uint8Array, start: number, end: number, argument: string): boolean {
  // Expressions match at every end inside the signature: only the whole token is looked at.
  if (isWord(text[end]) || text[end] === 0x2d) return false;
  const firstDot = indexOfByte(text, DOT, start, Math.min(end, start + MAX_HEADER));
  if (firstDot < 0 || !startsObject(text, start) || !startsObject(text, firstDot + 1)) return false;
  const secondDot = indexOfByte(text, DOT, firstDot + 1, end);
  if (secondDot < 0) return false;

  const alg = algorithm(text, start, firstDot);
  if (alg === undefined) return false;
  const isUnsigned = alg.toLowerCase() === 'none' || secondDot + 1 === end;
  if (argument === 'signed') return !isUnsigned;
  if (argument === 'unsigned') return isUnsigned;
  return true;
}

/** base64url of `{"` begins with `ey`, that of a brace and white space with `ew`. */
function startsObject(text: Uint8Array, at: number): boolean {
  return text[at] === 0x65 && (text[at + 1] === 0x79 || text[at + 1] === 0x77);
}

/** `alg` of the header; undefined when it is no JWT header. Only text that begins right gets here. */
function algorithm(text: Uint8Array, start: number, end: number): string | undefined {
  const encoded = Buffer.from(text.subarray(start, end)).toString('latin1');
  try {
    const header: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    if (typeof header !== 'object' || header === null || !('alg' in header)) return undefined;
    return typeof header.alg === 'string' ? header.alg : undefined;
  } catch {
    return undefined;
  }
}
