/** Lists: many different values of one kind in a text, not one value that is repeated. */
import { MAX_VALUE_BYTES, VALUE_READERS, valueKey, type ValueReader } from './values.ts';

/** How far behind a match values are counted, in bytes. Lists that are thinner than that are no lists. */
const LOOK_AHEAD = 16 * 1024;
const MAX_WANTED = 64;

interface Wanted {
  readonly count: number;
  readonly read: ValueReader;
}

/** By argument: there are as many as rules. */
const parsed = new Map<string, Wanted | undefined>();
const keys = new Float64Array(MAX_WANTED);

/**
 * The answer for the text that was asked about last. It holds for matches before `answeredTo`: a list of a
 * thousand values is asked about a thousand times, and counted once.
 */
let answeredText: Uint8Array | undefined;
let answeredArgument = '';
let answeredTo = 0;
let answer = false;

/** What is wrong with the argument; undefined when nothing is. */
export function distinctProblem(argument: string): string | undefined {
  if (parse(argument) !== undefined) return undefined;
  const kinds = Object.keys(VALUE_READERS).join(', ');
  return `Validator distinct takes how many (2 to ${MAX_WANTED}) and of what (${kinds}), not '${argument}'`;
}

function parse(argument: string): Wanted | undefined {
  const [, count, kind = ''] = /^(\d{1,2}) ([a-z]+)$/.exec(argument) ?? [];
  const read = Object.hasOwn(VALUE_READERS, kind) ? VALUE_READERS[kind] : undefined;
  const number = Number(count);
  if (read === undefined || number < 2 || number > MAX_WANTED) return undefined;
  return { count: number, read };
}

/**
 * `validate:distinct 10 email;` : from the match on there are so many different addresses (`email`, in
 * either case), telephone numbers with their country (`phone`) or payment cards (`card`), as digits.
 *
 * Every match that takes part in the list passes, to its end: what it matched is masked. Each byte is
 * counted at most twice, however many matches there are: where the look-ahead held too few values, the next
 * count begins half a look-ahead further on.
 */
export function distinct(text: Uint8Array, start: number, _end: number, argument: string): boolean {
  if (text === answeredText && argument === answeredArgument && start < answeredTo) {
    if (answer) answeredTo = Math.max(answeredTo, start + LOOK_AHEAD);
    return answer;
  }
  let wanted = parsed.get(argument);
  if (wanted === undefined) {
    wanted = parse(argument);
    if (wanted === undefined) return false;
    parsed.set(argument, wanted);
  }
  const to = Math.min(text.length, start + LOOK_AHEAD);
  answeredText = text;
  answeredArgument = argument;
  answer = holdsDistinct(text, start, to, wanted);
  // What is too few up to the end of the text is too few for each match behind this one.
  if (answer) answeredTo = start + LOOK_AHEAD;
  else answeredTo = to === text.length ? to + MAX_VALUE_BYTES : start + LOOK_AHEAD / 2;
  return answer;
}

function holdsDistinct(text: Uint8Array, from: number, to: number, wanted: Wanted): boolean {
  let count = 0;
  for (let at = wanted.read(text, from, to); at >= 0; at = wanted.read(text, at, to)) {
    const key = valueKey[0] as number;
    let i = 0;
    while (i < count && keys[i] !== key) i++;
    if (i < count) continue;
    keys[count++] = key;
    if (count === wanted.count) return true;
  }
  return false;
}
