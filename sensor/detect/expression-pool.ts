/**
 * Expressions one by one, for verification: where exactly does this pcre match in this text?
 * Databases come ready from rules/; each gets its scratch space on first use, and the least
 * recently used give theirs back when there are too many.
 */
import { MATCH_WORDS, Scanner } from 'hyperscan-js';
import type { ExpressionStore, MatchTerm } from '../rules/index.ts';

/** Scanners kept open; a small one costs some 10 KiB. */
const MAX_OPEN = 1024;
const FIRST_MATCHES = 256;

const NO_BYTES = new Uint8Array(0);

export class ExpressionPool {
  /** Matches of the last scan: quads of [0, 0, from, to], offsets in the region, `to` ascending. */
  out = new Uint32Array(MATCH_WORDS * FIRST_MATCHES);
  readonly #store: ExpressionStore;
  readonly #maxMatches: number;
  /** In order of last use. */
  readonly #open = new Map<MatchTerm, Scanner>();
  readonly #region = new Uint32Array(3);

  constructor(store: ExpressionStore, maxMatches: number) {
    this.#store = store;
    this.#maxMatches = maxMatches;
  }

  /** Bytes of work a scan costs. */
  workOf(_term: MatchTerm, _offset: number, length: number): number {
    return length;
  }

  /**
   * All ends of matches in `memory[offset .. offset + length)`, each with the leftmost start for
   * it, in `out`. More than the limit are cut: then the count returned is above the limit.
   */
  scan(term: MatchTerm, memory: Uint8Array, offset: number, length: number): number {
    const scanner = this.#get(term);
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

  /** Keep no memory alive that was scanned: scanners remember theirs. */
  letGo(): void {
    for (const scanner of this.#open.values()) {
      scanner.scanRegions(NO_BYTES, this.#region, 0, this.out);
    }
  }

  close(): void {
    for (const scanner of this.#open.values()) scanner.close();
    this.#open.clear();
  }

  #get(term: MatchTerm): Scanner {
    let scanner = this.#open.get(term);
    if (scanner === undefined) {
      if (this.#open.size >= MAX_OPEN) this.#closeOldest();
      scanner = new Scanner([this.#store.database(term.expression, term.pcreFlags)]);
    } else this.#open.delete(term);
    this.#open.set(term, scanner);
    return scanner;
  }

  #closeOldest(): void {
    for (const [term, scanner] of this.#open) {
      scanner.close();
      this.#open.delete(term);
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
