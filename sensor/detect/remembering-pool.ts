/**
 * Expressions for the text of files: many rules ask the same of one window (numbers with a check digit are searched by
 * a dozen), so what was found there is kept until the next window.
 */
import { MATCH_WORDS } from 'hyperscan-js';
import type { ExpressionStore, MatchTerm } from '../rules/index.ts';
import { DigitGroups, MAX_DIGIT_TEXT, digitRunOf, type DigitRun } from './digit-runs.ts';
import { ExpressionPool } from './expression-pool.ts';
import type { LookKeeper } from './group-verifier.ts';
import type { Screen } from './validator.ts';

/** Longer results are not kept. */
const KEPT_MATCHES = 16_384;

const NO_WORDS = new Uint32Array(0);
/** Results whose memory is kept for the next window. */
const SPARE_RESULTS = 8;

/** What was found; its arrays are larger than that and used again. */
interface Result {
  count: number;
  out: Uint32Array<ArrayBuffer>;
  /** What a screen said of each match. */
  screen: Screen | undefined;
  looks: Uint32Array;
}

export class RememberingPool extends ExpressionPool implements LookKeeper {
  readonly #known = new Map<string, Result>();
  readonly #spare: Result[] = [];
  /** Where scans write; `out` may be a kept result. */
  #own: Uint32Array<ArrayBuffer> = this.out;
  readonly #groups = new DigitGroups();
  /** Expressions that are read by hand; undefined for those that are not. */
  readonly #digitRuns = new Map<MatchTerm, DigitRun | undefined>();
  readonly #most: number;

  constructor(store: ExpressionStore, maxMatches: number) {
    super(store, maxMatches);
    this.#most = maxMatches;
  }

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
    const digits = length <= MAX_DIGIT_TEXT ? this.#digitRunOf(term) : undefined;
    const count =
      digits === undefined
        ? super.scan(term, memory, offset, length)
        : this.#readDigits(digits, memory, offset, length);
    this.#own = this.out;
    // A result that was cut short is none.
    if (count <= Math.min(KEPT_MATCHES, this.#most)) this.#known.set(key, this.#resultOf(count));
    return count;
  }

  looksOf(
    term: MatchTerm,
    text: Uint8Array,
    offset: number,
    screen: Screen,
  ): Uint32Array | undefined {
    const known = this.#known.get(keyOf(term, offset, text.length));
    if (known === undefined) return undefined;
    if (known.screen !== screen) {
      known.screen = screen;
      if (known.looks.length < known.count) known.looks = new Uint32Array(2 * known.count);
      for (let i = 0; i < known.count; i++) {
        const at = i * MATCH_WORDS;
        known.looks[i] = screen.look(
          text,
          known.out[at + 2] as number,
          known.out[at + 3] as number,
        );
      }
    }
    return known.looks;
  }

  /** Another window, or other memory. */
  forget(): void {
    for (const result of this.#known.values()) {
      if (this.#spare.length < SPARE_RESULTS) this.#spare.push(result);
    }
    this.#known.clear();
    this.#groups.forget();
  }

  override letGo(): void {
    this.forget();
    super.letGo();
  }

  /** The latest result, kept. */
  #resultOf(count: number): Result {
    const words = count * MATCH_WORDS;
    const result = this.#spare.pop() ?? {
      ...{ count: 0, out: NO_WORDS, screen: undefined, looks: NO_WORDS },
    };
    result.count = count;
    result.screen = undefined;
    if (result.out.length < words) result.out = new Uint32Array(2 * words);
    result.out.set(this.out.subarray(0, words));
    return result;
  }

  #digitRunOf(term: MatchTerm): DigitRun | undefined {
    let run = this.#digitRuns.get(term);
    if (run === undefined && !this.#digitRuns.has(term)) {
      run = digitRunOf(term.expression, term.pcreFlags);
      this.#digitRuns.set(term, run);
    }
    return run;
  }

  #readDigits(run: DigitRun, memory: Uint8Array, offset: number, length: number): number {
    this.#groups.read(memory, offset, length);
    const most = Math.min(this.#groups.count, this.#most) * MATCH_WORDS;
    if (most > this.out.length) this.out = new Uint32Array(most);
    return this.#groups.find(run, this.out);
  }
}

function keyOf(term: MatchTerm, offset: number, length: number): string {
  return `${offset} ${length} ${term.pcreFlags} ${term.expression}`;
}
