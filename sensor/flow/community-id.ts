/** Community ID version 1 (corelight/community-id-spec): one name for a flow in every tool. */
import { isIpv4 } from '../core/index.ts';
import { sha1 } from './sha1.ts';

const PROTOCOL_TCP = 6;

/** What is hashed: seed, both addresses, protocol, padding, both ports; at most 40 bytes. */
const block = new Uint8Array(64);
const digest = Buffer.alloc(20);

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
  const isInOrder = (compare(words, addressA, addressB) || portA - portB) <= 0;
  let end = putShort(0, seed);
  end = putAddress(end, words, isInOrder ? addressA : addressB);
  end = putAddress(end, words, isInOrder ? addressB : addressA);
  end = putShort(end, PROTOCOL_TCP << 8);
  end = putShort(end, isInOrder ? portA : portB);
  end = putShort(end, isInOrder ? portB : portA);
  sha1(block, end, digest);
  return `1:${digest.toString('base64')}`;
}

/** Order of two addresses as byte strings in network order. */
function compare(words: Int32Array, a: number, b: number): number {
  for (let i = 0; i < 4; i++) {
    const difference = ((words[a + i] as number) >>> 0) - ((words[b + i] as number) >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Four bytes of an IPv4 address, sixteen of an IPv6 address; returns where they end. */
function putAddress(start: number, words: Int32Array, at: number): number {
  const isV4 = isIpv4(words[at] as number, words[at + 1] as number, words[at + 2] as number);
  let end = start;
  for (let i = isV4 ? 3 : 0; i < 4; i++) {
    const word = words[at + i] as number;
    end = putShort(putShort(end, word >>> 16), word);
  }
  return end;
}

function putShort(at: number, value: number): number {
  block[at] = value >>> 8;
  block[at + 1] = value;
  return at + 2;
}
