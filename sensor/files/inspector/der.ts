/** Keys in binary: ASN.1 structures of private keys and certificates, and packets of OpenPGP. */
import { u16 } from '../../core/index.ts';
import { hasAt } from './bytes.ts';
import type { KnownType } from './magic-table.ts';

const SEQUENCE = 0x30;
const RSA_OR_EC_OID = [
  '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01',
  '\x06\x07\x2a\x86\x48\xce\x3d\x02\x01',
];

export function keyType(bytes: Uint8Array): KnownType | undefined {
  return derType(bytes) ?? pgpType(bytes);
}

function derType(bytes: Uint8Array): KnownType | undefined {
  if (bytes[0] !== SEQUENCE || bytes.length < 40) return undefined;
  const form = bytes[1] as number;
  const body = form < 0x80 ? 2 : form === 0x81 ? 3 : form === 0x82 ? 4 : -1;
  if (body === -1) return undefined;
  const length = form < 0x80 ? form : form === 0x81 ? (bytes[2] as number) : u16(bytes, 2);
  // Beyond a few bytes of padding the length must be that of the file, unless that was cut.
  if (body + length + 16 < bytes.length) return undefined;
  if (hasAt(bytes, body, '\x02\x01\x03\x30'))
    return key('PKCS #12 key store', 'application/x-pkcs12');
  if (hasAt(bytes, body, '\x02\x01\0\x30')) {
    const at = body + 5;
    if (RSA_OR_EC_OID.some((oid) => hasAt(bytes, at, oid)))
      return key('PKCS #8 private key', 'application/pkcs8');
  }
  if (hasAt(bytes, body, '\x02\x01\0\x02\x82') || hasAt(bytes, body, '\x02\x01\0\x02\x81'))
    return key('RSA private key', 'application/x-pkcs1');
  if (hasAt(bytes, body, '\x02\x01\x01\x04')) return key('EC private key', 'application/x-sec1');
  if (hasAt(bytes, body, '\x30\x82') && hasAt(bytes, body + 4, '\xa0\x03\x02\x01'))
    return {
      magic: 'X.509 certificate',
      mime: 'application/pkix-cert',
      group: 'unknown',
      form: 'runs',
    };
  if (hasAt(bytes, body, '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03'))
    return {
      magic: 'CMS encrypted data',
      mime: 'application/pkcs7-mime',
      group: 'encrypted',
      form: 'plain',
    };
  return undefined;
}

function key(magic: string, mime: string): KnownType {
  return { magic, mime, group: 'key', form: 'plain' };
}

const TAG_PKESK = 1;
const TAG_SKESK = 3;
const TAG_SECRET_KEY = 5;
const TAG_PUBLIC_KEY = 6;

/** First packet of RFC 4880 section 4.2, with the version its kind must have. */
function pgpType(bytes: Uint8Array): KnownType | undefined {
  const head = bytes[0] as number;
  if (bytes.length < 20 || (head & 0x80) === 0) return undefined;
  const isNew = (head & 0x40) !== 0;
  const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f;
  const lengthType = head & 3;
  if (!isNew && lengthType === 3) return undefined;
  const first = bytes[1] as number;
  const lengthBytes = isNew ? (first < 192 ? 1 : first < 224 ? 2 : 5) : 1 << lengthType;
  const length = isNew
    ? first < 192
      ? first
      : ((first - 192) << 8) + (bytes[2] as number) + 192
    : lengthBytes === 1
      ? first
      : u16(bytes, lengthBytes === 2 ? 1 : 3);
  const body = 1 + lengthBytes;
  const version = bytes[body];
  const algorithm = bytes[body + (tag === TAG_PKESK ? 9 : 5)] as number;
  const isAlgorithm = (algorithm >= 1 && algorithm <= 3) || (algorithm >= 16 && algorithm <= 27);
  const encrypted = {
    mime: 'application/pgp-encrypted',
    group: 'encrypted',
    form: 'plain',
  } as const;
  const keys = { mime: 'application/pgp-keys', form: 'plain' } as const;
  if (tag === TAG_PKESK && version === 3 && isAlgorithm && length >= 40 && length < 1100)
    return { magic: 'PGP message', ...encrypted };
  const cipher = bytes[body + 1] as number;
  const specifier = bytes[body + 2] as number;
  if (
    tag === TAG_SKESK &&
    version === 4 &&
    cipher >= 1 &&
    cipher <= 13 &&
    specifier <= 3 &&
    length <= 60
  )
    return { magic: 'PGP message, by password', ...encrypted };
  if (version !== 4 || !isAlgorithm || length < 50) return undefined;
  if (tag === TAG_SECRET_KEY) return { magic: 'PGP secret key', group: 'key', ...keys };
  if (tag === TAG_PUBLIC_KEY) return { magic: 'PGP public key', group: 'unknown', ...keys };
  return undefined;
}
