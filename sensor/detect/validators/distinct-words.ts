/** Lists of words that are no sentence: recovery phrases repeat next to nothing. */
import { isLower, lowerCase } from './bytes.ts';

/** The word lists in use are distinct in their first four letters. */
const PREFIX_LETTERS = 4;
const MAX_WORDS = 64;

/** Small words of sentences that stand in no recovery list. */
const SENTENCE_WORDS: ReadonlySet<number> = new Set(
  ['the', 'and', 'for', 'with', 'are', 'was', 'but', 'not', 'from', 'have', 'they', 'your'].map(
    (word) => {
      let key = 0;
      for (let i = 0; i < word.length; i++) key = key * 256 + word.charCodeAt(i);
      return key;
    },
  ),
);

const seen = new Float64Array(MAX_WORDS);

/**
 * `validate:distinct-words 11;` : the match holds at least that many words of three letters or more that
 * differ in their first four letters, and no word that only sentences have.
 */
export function distinctWords(
  text: Uint8Array,
  start: number,
  end: number,
  argument: string,
): boolean {
  const wanted = Number(argument);
  let count = 0;
  for (let i = start; i < end;) {
    let key = 0;
    const from = i;
    while (i < end && isLower(lowerCase(text[i] as number))) {
      if (i - from < PREFIX_LETTERS) key = key * 256 + lowerCase(text[i] as number);
      i++;
    }
    if (i - from <= PREFIX_LETTERS && SENTENCE_WORDS.has(key)) return false;
    if (i - from >= 3 && count < MAX_WORDS && !isKnown(key, count)) seen[count++] = key;
    if (i === from) i++;
  }
  return count >= wanted;
}

function isKnown(key: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (seen[i] === key) return true;
  return false;
}
