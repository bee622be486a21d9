/**
 * What a rule costs on ordinary traffic: how often it is looked at closer. An estimate for authors, made with a
 * sample of everyday stanzas; the bench measures what a whole set costs.
 */
import {
  bufferName,
  isAboutFilesOnly,
  matchText,
  type ExpressionStore,
  type MatchTerm,
  type Rule,
} from '../rules/index.ts';
import { ExpressionPool } from './expression-pool.ts';
import { chooseFastPattern } from './fast-pattern.ts';
import { lowerCase } from './plan.ts';
import { findBytes } from './search.ts';

/** A stanza as its buffers. */
export type SampleStanza = readonly { readonly buffer: number; readonly bytes: Uint8Array }[];

export type CostLevel = 'cheap' | 'moderate' | 'costly';

export interface RuleCost {
  readonly level: CostLevel;
  /** What selects the stanzas the rule is checked on, and how many of the sample those are. */
  readonly reason: string;
}

/** Share of everyday stanzas above which a rule that is checked on them is no longer cheap. */
const COSTLY_SHARE = 0.1;
/** Shorter fixed text is found everywhere sooner or later. */
const GOOD_LITERAL = 3;
/** A pcre that long is rare without any fixed text (card numbers). */
const LONG_MATCH = 8;

export class CostEstimator {
  readonly #pool: ExpressionPool;
  readonly #sample: readonly SampleStanza[];

  constructor(expressions: ExpressionStore, sample: readonly SampleStanza[]) {
    this.#pool = new ExpressionPool(expressions, 1);
    this.#sample = sample;
  }

  close(): void {
    this.#pool.close();
  }

  estimate(rule: Rule): RuleCost {
    if (rule.events.length > 0) {
      return { level: 'cheap', reason: 'looked at only when one of its events is raised' };
    }
    if (isAboutFilesOnly(rule)) {
      return { level: 'cheap', reason: 'looked at only when a file has come' };
    }
    const fast = chooseFastPattern(rule);
    if (fast !== undefined) return this.#selected(fast);
    const list = rule.terms.find((term) => term.kind === 'dataset' && term.command === 'isset');
    if (list?.kind === 'dataset') {
      const reason = `looked up: ${bufferName(list.buffer)} is asked for in dataset ${list.dataset}`;
      return { level: 'cheap', reason };
    }
    return this.#always(rule);
  }

  #selected(fast: MatchTerm): RuleCost {
    const name = bufferName(fast.buffer);
    const shown = `fast pattern ${matchText(fast)} on ${name}`;
    const isShort = fast.literalLength < GOOD_LITERAL && fast.minLength < LONG_MATCH;
    if (name === 'stream') {
      const level = isShort ? 'costly' : 'moderate';
      return { level, reason: `${shown}: searched in every byte of the flows its header names` };
    }
    const found = this.#count((stanza) =>
      stanza.some(({ buffer, bytes }) => buffer === fast.buffer && this.#occurs(fast, bytes)),
    );
    const reason = `${shown}: in ${found} of ${this.#sample.length} everyday stanzas`;
    if (found > COSTLY_SHARE * this.#sample.length) return { level: 'costly', reason };
    if (found > 0) return { level: 'moderate', reason };
    const present = this.#count((stanza) => stanza.some(({ buffer }) => buffer === fast.buffer));
    const isRare = present <= COSTLY_SHARE * this.#sample.length;
    if (!isShort || isRare) return { level: 'cheap', reason };
    return { level: 'moderate', reason: `${reason}, but it has fewer than 3 fixed bytes` };
  }

  /** Checked wherever its buffers are. */
  #always({ terms }: Rule): RuleCost {
    const buffers = new Set(terms.map(({ buffer }) => buffer));
    const found = this.#count((stanza) =>
      [...buffers].every((wanted) => stanza.some(({ buffer }) => buffer === wanted)),
    );
    const names = [...buffers].map(bufferName).join(' and ');
    const where = names === '' ? '' : ` with ${names}`;
    const reason = `nothing selects it: checked on every stanza${where}, ${found} of ${this.#sample.length} everyday ones`;
    return { level: found > COSTLY_SHARE * this.#sample.length ? 'costly' : 'moderate', reason };
  }

  #count(holds: (stanza: SampleStanza) => boolean): number {
    return this.#sample.filter(holds).length;
  }

  #occurs(term: MatchTerm, bytes: Uint8Array): boolean {
    if (term.kind === 'pcre') return this.#pool.scan(term, bytes, 0, bytes.length) > 0;
    const needle = term.nocase ? lowerCase(term.bytes) : term.bytes;
    return findBytes(bytes, needle, term.nocase, 0, bytes.length - needle.length) >= 0;
  }
}
