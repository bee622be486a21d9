/** Does libhs work on this machine? Asked by `doctor` before anybody relies on it. */
import { Database, Scanner, platform, version } from 'hyperscan-js';

export interface LibhsCheck {
  readonly version: string;
  readonly platform: string;
  /** A tiny pattern was found where it is, once, and not where it is not. */
  readonly matches: boolean;
}

const TEXT = 'two stanzas, one stanza';
const OTHER = 'nothing of the kind';

/** Throws what libhs throws. */
export function checkLibhs(): LibhsCheck {
  const database = Database.compile([{ expression: 'one [st]{2}anza', id: 7 }]);
  const scanner = new Scanner([database]);
  try {
    const out = new Uint32Array(16);
    const encoder = new TextEncoder();
    const found = scanner.scan(0, encoder.encode(TEXT), out);
    const isRight = found === 1 && out[1] === 7 && out[3] === TEXT.length;
    const isSilent = scanner.scan(0, encoder.encode(OTHER), out) === 0;
    return { version, platform, matches: isRight && isSilent };
  } finally {
    scanner.close();
    database.close();
  }
}
