/**
 * Keys that tell whether two secrets are the same, and nothing else: 64 bits of an HMAC whose own key is made anew in
 * every process and never leaves it. They live in bounded memory (correlation/tables), never in records.
 */
import { createHmac, randomBytes } from 'node:crypto';

/** Words of a key; nothing that leaves the sensor may depend on them. */
export interface SecretKey {
  readonly high: number;
  readonly low: number;
}

const hmacKey = randomBytes(32);

/** Key of the bytes `memory[from .. to)`; undefined for none. */
export function secretKey(memory: Uint8Array, from: number, to: number): SecretKey | undefined {
  if (to <= from) return undefined;
  const digest = createHmac('sha256', hmacKey).update(memory.subarray(from, to)).digest();
  return { high: digest.readInt32LE(0), low: digest.readInt32LE(4) };
}
