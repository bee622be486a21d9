/** How the parser says that something is wrong: with a position, a reason and what to do. */
import type { RuleProblem } from './types.ts';

/** A mistake inside one rule. `at` is an offset in the rule's text; the loader adds file and line. */
export class RuleError extends Error {
  readonly at: number;
  readonly hint: string | undefined;

  constructor(at: number, message: string, hint?: string) {
    super(message);
    this.name = 'RuleError';
    this.at = at;
    this.hint = hint;
  }
}

/** Where something stands in a file; lines and columns count from 1, 0 means "the whole file". */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The problems of one load. A broken file of a million lines must not become a million objects:
 * beyond `capacity` problems are only counted, and one last entry says how many.
 */
export class ProblemList {
  readonly #capacity: number;
  readonly #problems: RuleProblem[] = [];
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(severity: RuleProblem['severity'], place: Place, message: string, hint?: string): void {
    if (this.#problems.length >= this.#capacity) {
      this.#dropped++;
      return;
    }
    this.#problems.push({ severity, ...place, message, hint });
  }

  /** All problems in the order they were found. */
  list(): readonly RuleProblem[] {
    if (this.#dropped === 0) return this.#problems;
    const last: RuleProblem = {
      severity: 'error',
      file: this.#problems.at(-1)?.file ?? '',
      line: 0,
      column: 0,
      message: `${this.#dropped} further problems are not listed`,
      hint: 'fix the ones above first',
    };
    return [...this.#problems, last];
  }
}
