/** What the probes are told. */

/** Is the sensor doing its work? The answers of /readyz, each with what to do about a "no". */
export interface Readiness {
  /** Short name of what was checked: capture, rules, store. */
  readonly check: string;
  readonly isOk: boolean;
  /** In words: what is wrong and the fix, or what is right. */
  readonly text: string;
}
