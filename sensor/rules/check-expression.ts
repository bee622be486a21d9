/** Asks libhs whether it can run an expression, with start offsets, as the verifier will. */
import { Database, FLAG } from 'hyperscan-js';

/** libhs flags for the pcre flags `i`, `s` and `m`. */
export function pcreFlagBits(pcreFlags: string): number {
  return (
    (pcreFlags.includes('i') ? FLAG.caseless : 0) |
    (pcreFlags.includes('s') ? FLAG.dotall : 0) |
    (pcreFlags.includes('m') ? FLAG.multiline : 0)
  );
}

/** Its reason when it cannot, else undefined. */
export function checkExpression(expression: string, pcreFlags: string): string | undefined {
  return Database.check({
    expression,
    id: 0,
    flags: pcreFlagBits(pcreFlags) | FLAG.somLeftmost,
  });
}
