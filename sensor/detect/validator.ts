/**
 * Contract of validators: checks that an expression cannot express (check digits, decodable
 * parts, entropy). A rule asks for one with `luhn;`, `iban;` or `validate:NAME ARGUMENT;` and it
 * judges the bytes of the content or pcre match directly before it.
 */

/**
 * Is `text[start..end)` really what the expression took it for? `text` is decoded UTF-8 of the
 * whole buffer region, so a validator may look around the match, but never past `text.length`.
 * `argument` is what follows the name in the rule, '' when nothing does.
 *
 * For a pcre it is asked about every end offset the expression matches at, each with the leftmost
 * start for that end (libhs reports no other): text before the real value may be included where
 * the expression allows it, so a validator for grouped digits tries the groups inside as well.
 *
 * Called on traffic: it never throws, and its work is bounded by `end - start` plus a constant. It
 * keeps nothing but an answer about the same `text` object, which is made anew for each search.
 */
export interface Validator {
  (text: Uint8Array, start: number, end: number, argument: string): boolean;
  /** For a validator that many rules ask about the same matches, each with another argument. */
  readonly screen?: Screen;
}

/**
 * One look at a match for all arguments at once. It may be kept for other rules as long as the text is the same, so
 * it costs less than a full check and never says no where the validator says yes.
 */
export interface Screen {
  /** Of the bits of `wanted` those of the arguments with which the validator may accept `text[start..end)`. */
  look(text: Uint8Array, start: number, end: number, wanted: number): number;
  /** Bit of an argument; 0 when `look` says nothing about it. */
  bitOf(argument: string): number;
}

/** Validators by the name a rule uses. */
export type ValidatorTable = ReadonlyMap<string, Validator>;
