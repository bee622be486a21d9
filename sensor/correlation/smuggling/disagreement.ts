/** Where two readings of one first-level element disagree, and how to say so. */
import { counted, shown } from '../words.ts';
import type { ReadElement } from './loose-reader.ts';
import { plainEnds } from './plain-ends.ts';

/** What was compared: EVE's `difference`. */
export type Difference = 'count' | 'name' | 'from' | 'to' | 'type' | 'id';

const FIELDS = ['name', 'from', 'to', 'type', 'id'] as const;
/** As much of a value as both readers surely have. */
const COMPARED_CHARS = 256;
/** Where a name ends: behind it stands what a reader took for a part of it. */
const NAME_END = /[\s<>&"'=]/;
const SHOWN_ELEMENTS = 4;

/**
 * @param isWhole the strict reader saw the element end, and the loose one had all of it
 * @returns undefined when they agree, or when too little was read to tell
 */
export function differenceOf(
  strict: ReadElement,
  loose: readonly ReadElement[],
  isWhole: boolean,
): Difference | undefined {
  const [first] = loose;
  if (isWhole && (loose.length !== 1 || first?.isComplete !== true)) return 'count';
  if (loose.length > 1) return 'count';
  if (first === undefined) return undefined;
  return FIELDS.find((field) => !isSame(strict[field], first[field]));
}

function isSame(strict: string, loose: string): boolean {
  // A reference to a character XML does not have: one reader keeps it as it is written.
  return loose.includes('&#') || normal(strict) === normal(loose);
}

/** White space in values is the one thing readers may treat differently without anybody being fooled. */
function normal(value: string): string {
  return plainEnds(value.slice(0, COMPARED_CHARS)).replace(/[\t\r\n]+/g, ' ');
}

/** "message from a@x to b@y". */
export function described({ name, from, to }: ReadElement): string {
  const sender = from === '' ? '' : ` from ${nameIn(from)}`;
  const addressee = to === '' ? '' : ` to ${nameIn(to)}`;
  return `${nameIn(name)}${sender}${addressee}`;
}

/** What a list of elements amounts to, in words. */
export function describedAll(elements: readonly ReadElement[]): string {
  if (elements.length === 0) return 'nothing';
  const some = elements.slice(0, SHOWN_ELEMENTS).map(described).join(', ');
  const [first] = elements;
  const unfinished = elements.length === 1 && first?.isComplete === false ? ' without an end' : '';
  return elements.length === 1
    ? some + unfinished
    : `${counted(elements.length, 'element')} (${some})`;
}

function nameIn(value: string): string {
  const end = value.search(NAME_END);
  return shown(end < 0 ? value : end === 0 ? '?' : value.slice(0, end));
}
