/**
 * Expressions one by one, for verification: where exactly does this pcre match in this text?
 * Each gets a database of its own on first use, with start offsets; the least recently used ones
 * are closed when there are too many.
 */
import { Database, FLAG, MATCH_WORDS, Scanner } from 'hyperscan-js';
import { pcreFlagBits, type MatchTerm } from '../rules/index.ts';

/** Databases kept open; a small one costs some 10 KiB with its scratch space. */
const MAX_OPEN = 1024;
const FIRST_MATCHES = 256;

interface Open {
  readonly database: Database;
  readonly scanner: Scanner;
}

export class ExpressionPool {
  /** Matches of the last scan: quads of [0, 0, from, to], offsets in the region, `to` ascending. */
  out = new Uint32Array(MATCH_WORDS * FIRST_MATCHES);
  readonly #maxMatches: number;
  /** By flags and expression; in order of last use. */
  readonly #open = new Map<string, Open>();
  readonly #keys = new Map<MatchTerm, string>();
  readonly #region = new Uint32Array(3);

  constructor(maxMatches: number) {
    this.#maxMatches = maxMatches;
  }

  /**
   * All ends of matches in `memory[offset .. offset + length)`, each with the leftmost start for
   * it, in `out`. More than the limit are cut: then the count returned is above the limit.
   */
  scan(term: MatchTerm, memory: Uint8Array, offset: number, length: number): number {
    const { scanner } = this.#get(term);
    this.#region[1] = offset;
    this.#region[2] = length;
    let count = scanner.scanRegions(memory, this.#region, 1, this.out);
    if (count * MATCH_WORDS > this.out.length && this.out.length < this.#maxMatches * MATCH_WORDS) {
      this.out = new Uint32Array(Math.min(count, this.#maxMatches) * MATCH_WORDS);
      count = scanner.scanRegions(memory, this.#region, 1, this.out);
    }
    this.#order(Math.min(count, this.out.length / MATCH_WORDS));
    return count;
  }

  close(): void {
    for (const open of this.#open.values()) closeOpen(open);
    this.#open.clear();
  }

  #get(term: MatchTerm): Open {
    const key = this.#key(term);
    let open = this.#open.get(key);
    if (open === undefined) {
      if (this.#open.size >= MAX_OPEN) this.#closeOldest();
      const flags = pcreFlagBits(term.pcreFlags) | FLAG.somLeftmost;
      const database = Database.compile([{ expression: term.expression, id: 0, flags }]);
      open = { database, scanner: new Scanner([database]) };
    } else this.#open.delete(key);
    this.#open.set(key, open);
    return open;
  }

  #key(term: MatchTerm): string {
    let key = this.#keys.get(term);
    if (key === undefined) {
      key = `${term.pcreFlags}/${term.expression}`;
      this.#keys.set(term, key);
    }
    return key;
  }

  #closeOldest(): void {
    for (const [key, open] of this.#open) {
      closeOpen(open);
      this.#open.delete(key);
      return;
    }
  }

  /** libhs reports one expression's matches by their ends, in practice; it is cheap to be sure. */
  #order(count: number): void {
    const { out } = this;
    for (let i = 1; i < count; i++) {
      const at = i * MATCH_WORDS;
      const from = out[at + 2] as number;
      const to = out[at + 3] as number;
      let place = at;
      while (place > 0 && (out[place - 1] as number) > to) {
        out[place + 2] = out[place - 2] as number;
        out[place + 3] = out[place - 1] as number;
        place -= MATCH_WORDS;
      }
      out[place + 2] = from;
      out[place + 3] = to;
    }
  }
}

function closeOpen({ database, scanner }: Open): void {
  scanner.close();
  database.close();
}
