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
 * beyond `capacity` of a kind they are only counted, and a last entry says how many.
 */
export class ProblemList {
  readonly #capacity: number;
  readonly #problems: RuleProblem[] = [];
  readonly #counts = { error: 0, warning: 0 };

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(severity: RuleProblem['severity'], place: Place, message: string, hint?: string): void {
    this.#counts[severity]++;
    if (this.#counts[severity] > this.#capacity) return;
    this.#problems.push({ severity, ...place, message, hint });
  }

  /** All problems in the order they were found. */
  list(): readonly RuleProblem[] {
    const list = [...this.#problems];
    for (const severity of ['error', 'warning'] as const) {
      const dropped = this.#counts[severity] - this.#capacity;
      if (dropped <= 0) continue;
      const message = `${dropped} further ${severity}s are not listed`;
      const hint = 'limit rules.problems; see to those above first';
      list.push({ severity, file: '', line: 0, column: 0, message, hint });
    }
    return list;
  }
}
