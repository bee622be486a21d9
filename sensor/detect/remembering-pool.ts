/**
 * Expressions for the text of files: many rules ask the same of one window (numbers with a check digit are searched by
 * a dozen), so what was found there is kept until the next window.
 */
import { MATCH_WORDS } from 'hyperscan-js';
import type { MatchTerm } from '../rules/index.ts';
import { ExpressionPool } from './expression-pool.ts';

/** Longer results are not kept. */
const KEPT_MATCHES = 16_384;

interface Result {
  readonly count: number;
  readonly out: Uint32Array<ArrayBuffer>;
}

export class RememberingPool extends ExpressionPool {
  readonly #known = new Map<string, Result>();
  /** Where scans write; `out` may be a kept result. */
  #own: Uint32Array<ArrayBuffer> = this.out;

  override workOf(term: MatchTerm, offset: number, length: number): number {
    return this.#known.has(keyOf(term, offset, length)) ? 0 : length;
  }

  override scan(term: MatchTerm, memory: Uint8Array, offset: number, length: number): number {
    const key = keyOf(term, offset, length);
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.out = known.out;
      return known.count;
    }
    this.out = this.#own;
    const count = super.scan(term, memory, offset, length);
    this.#own = this.out;
    if (count <= KEPT_MATCHES) {
      this.#known.set(key, { count, out: this.out.slice(0, count * MATCH_WORDS) });
    }
    return count;
  }

  /** Another window, or other memory. */
  forget(): void {
    this.#known.clear();
  }

  override letGo(): void {
    this.forget();
    super.letGo();
  }
}

function keyOf(term: MatchTerm, offset: number, length: number): string {
  return `${offset} ${length} ${term.pcreFlags} ${term.expression}`;
}
