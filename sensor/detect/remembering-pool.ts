/**
 * Expressions for the text of files: many rules ask the same of one window (numbers with a check digit are searched by
 * a dozen), so what was found there is kept until the next window.
 */
import { MATCH_WORDS } from 'hyperscan-js';
import type { ExpressionStore, MatchTerm } from '../rules/index.ts';
import { DigitGroups, digitRunOf, type DigitRun } from './digit-runs.ts';
import { ExpressionPool } from './expression-pool.ts';
import type { LookKeeper, Looks } from './group-verifier.ts';
import type { Screen } from './validator.ts';
import { MAX_WINDOW_BYTES } from './window-reader.ts';

/** Longer results are not kept. */
const KEPT_MATCHES = 16_384;

const NO_WORDS = new Uint32Array(0);
/** Results whose memory is kept for the next window. */
const SPARE_RESULTS = 8;

/** What a screen said of the matches it did not refuse. */
interface KeptLooks extends Looks {
  count: number;
  places: Uint32Array;
  bits: Uint32Array;
  screen: Screen | undefined;
  /** Bits that were asked for. */
  asked: number;
}

/** What was found; its arrays are larger than that and used again. */
interface Result {
  count: number;
  out: Uint32Array<ArrayBuffer>;
  readonly looks: KeptLooks;
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
  /** Bits of a screen that the rules of this window are going to ask for. */
  #expected = 0;

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
    const digits = length <= MAX_WINDOW_BYTES ? this.#digitRunOf(term) : undefined;
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
    wanted: number,
  ): Looks | undefined {
    const known = this.#known.get(keyOf(term, offset, text.length));
    if (known === undefined) return undefined;
    const { looks } = known;
    if (looks.screen !== screen || (looks.asked & wanted) !== wanted) {
      this.#expected |= wanted;
      look(known, text, screen, this.#expected);
    }
    return looks;
  }

  /** Another window, or other memory. `expected`: bits of screens that rules are going to ask for there. */
  forget(expected = 0): void {
    this.#expected = expected;
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
      ...{ count: 0, out: NO_WORDS },
      looks: { count: 0, places: NO_WORDS, bits: NO_WORDS, screen: undefined, asked: 0 },
    };
    result.count = count;
    result.looks.screen = undefined;
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

function look(
  { count, out, looks }: Result,
  text: Uint8Array,
  screen: Screen,
  asked: number,
): void {
  looks.screen = screen;
  looks.asked = asked;
  if (looks.places.length < count) {
    looks.places = new Uint32Array(2 * count);
    looks.bits = new Uint32Array(2 * count);
  }
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const at = i * MATCH_WORDS;
    const bits = screen.look(text, out[at + 2] as number, out[at + 3] as number, asked);
    if (bits === 0) continue;
    looks.places[kept] = i;
    looks.bits[kept++] = bits;
  }
  looks.count = kept;
}

function keyOf(term: MatchTerm, offset: number, length: number): string {
  return `${offset} ${length} ${term.pcreFlags} ${term.expression}`;
}
