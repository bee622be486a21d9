/** What the rules found in the text of a file, gathered over all windows and parts. */
import type { RuleTerm } from '../rules/index.ts';
import type { CompiledRule } from './plan.ts';

/** A stretch of a region of the file. */
export interface FileSpan {
  readonly region: number;
  readonly start: number;
  readonly end: number;
}

/** Values that are told apart; beyond them the count is a lower bound. */
const MAX_DISTINCT = 65_536;
const decoder = new TextDecoder('latin1');

/** Validators that chance passes now and then: they weigh digits, not words. */
const CHECK_DIGITS: ReadonlySet<string> = new Set([
  ...['pan', 'luhn', 'iban', 'verhoeff', 'mod11', 'national-id', 'check-digit'],
]);

/** The hits of one rule. */
export class RuleHits {
  readonly compiled: CompiledRule;
  /** How many places its check digits were asked about. */
  checked = 0;
  times = 0;
  /** Where it matched first: what it is about there. */
  first: FileSpan | undefined;
  /** Values, as they compare: without separators and case. */
  readonly values = new Set<string>();
  /** Is it about numbers with a check digit? */
  readonly hasCheckDigits: boolean;

  constructor(compiled: CompiledRule) {
    this.compiled = compiled;
    this.hasCheckDigits = compiled.rule.terms.some(isCheckDigit);
  }

  /** A place at which it matched. */
  add(text: Uint8Array, span: FileSpan): void {
    this.times++;
    this.first ??= span;
    if (this.values.size >= MAX_DISTINCT) return;
    this.values.add(
      decoder
        .decode(text.subarray(span.start, span.end))
        .replace(/[\s./-]+/g, '')
        .toLowerCase(),
    );
  }
}

function isCheckDigit(term: RuleTerm): boolean {
  return term.kind === 'validate' && CHECK_DIGITS.has(term.validator);
}

/** Where the secrets of a file stand: what must not be shown. */
export class FileSecrets {
  readonly spans: FileSpan[] = [];
  /** There are more: nothing may be shown. */
  isPartial = false;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(span: FileSpan): void {
    if (this.spans.length < this.#most) this.spans.push(span);
    else this.isPartial = true;
  }
}
