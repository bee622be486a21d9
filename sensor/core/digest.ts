/** SHA-256 of small inputs: names for things, look-ups in lists of hashes. */
import * as crypto from 'node:crypto';

/** Node 20.12 has it; it spares the object that `createHash` makes for every hash. */
const { hash: oneShot } = crypto as Partial<Pick<typeof crypto, 'hash'>>;

export function sha256(data: string | Uint8Array, encoding: 'hex' | 'base64'): string {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(data).digest(encoding)
    : oneShot('sha256', data, encoding);
}

/** The 32 bytes themselves. */
export function sha256Bytes(data: string | Uint8Array): Uint8Array {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(data).digest()
    : oneShot('sha256', data, 'buffer');
}
