/** Community ID version 1 (corelight/community-id-spec): one name for a flow in every tool. */
import { createHash } from 'node:crypto';
import { isIpv4 } from '../core/index.ts';

const PROTOCOL_TCP = 6;

/**
 * Id of a TCP flow; both directions give the same. Addresses are `words[at .. at+4)` as in
 * core/ip.ts; `seed` is 0 to 65535 and must be the same in all tools.
 */
export function communityId(
  words: Int32Array,
  addressA: number,
  portA: number,
  addressB: number,
  portB: number,
  seed = 0,
): string {
  const a = endpoint(words, addressA);
  const b = endpoint(words, addressB);
  const order = Buffer.compare(a, b) || portA - portB;
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(order <= 0 ? portA : portB, 0);
  ports.writeUInt16BE(order <= 0 ? portB : portA, 2);
  const hash = createHash('sha1')
    .update(Uint8Array.of(seed >>> 8, seed & 255))
    .update(order <= 0 ? a : b)
    .update(order <= 0 ? b : a)
    .update(Uint8Array.of(PROTOCOL_TCP, 0))
    .update(ports);
  return `1:${hash.digest('base64')}`;
}

/** Address as bytes in network order: four or sixteen. */
function endpoint(words: Int32Array, at: number): Buffer {
  const bytes = Buffer.alloc(16);
  for (let i = 0; i < 4; i++) bytes.writeInt32BE(words[at + i] as number, i * 4);
  const isV4 = isIpv4(words[at] as number, words[at + 1] as number, words[at + 2] as number);
  return isV4 ? bytes.subarray(12) : bytes;
}
