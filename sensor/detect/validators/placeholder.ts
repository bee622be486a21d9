/** Samples that documentation and templates put where a secret would stand. */
import { includesNocase, isAlphanumeric, isDigit, isWord, lowerCase, wordList } from './bytes.ts';

const DASH = 0x2d;

/** Words that real keys do not contain by chance. */
const WORDS = wordList(
  ...['example', 'placeholder', 'sample', 'dummy', 'your_', 'your-', 'yourtoken', 'yourkey'],
  ...['changeme', 'change-me', 'change_me', 'redacted', 'insert', 'replace', 'fake', '...', '***'],
  ...['todo', 'foobar', '${', '{{', '%s', '…', 'tokenhere', 'stringhere', 'keyhere', 'secrethere'],
);

/** A character repeated, or characters counted up, this often are no key. */
const REPEAT = 6;
const SEQUENCE = 10;
/** A part of a token this long is its key. */
const KEY_BYTES = 20;

/** Bytes of a token that are looked at. */
const MAX_BYTES = 512;

/**
 * `validate:not-placeholder;` : the match holds no sample word, no `XXXXXX`, no `abcdefghij` or
 * `0123456789`, and is not written as `<token>` or `${TOKEN}`.
 */
export function notPlaceholder(text: Uint8Array, start: number, end: number): boolean {
  // An open repeat matches at every end inside the token: all of the token is judged each time.
  const limit = Math.min(text.length, start + MAX_BYTES);
  let stop = Math.min(end, limit);
  while (stop < limit && (isWord(text[stop]) || text[stop] === DASH)) stop++;
  let same = 1;
  let rising = 1;
  for (let i = start + 1; i < stop; i++) {
    const byte = lowerCase(text[i] as number);
    const before = lowerCase(text[i - 1] as number);
    same = byte === before ? same + 1 : 1;
    const follows = byte === before + 1 || (byte === 0x30 && before === 0x39);
    rising = follows && isAlphanumeric(byte) ? rising + 1 : 1;
    if (same >= REPEAT) return false;
    if (rising < SEQUENCE) continue;
    if (!isNumberBeforeKey(text, i, stop)) return false;
    rising = 1;
  }
  for (const word of WORDS) if (includesNocase(text, start, stop, word)) return false;
  return !(text[start - 1] === 0x3c && text[stop] === 0x3e);
}

/** Is this a digit of an account number, with the key itself behind it (`xoxb-123456789012-...`)? */
function isNumberBeforeKey(text: Uint8Array, at: number, stop: number): boolean {
  let end = at;
  while (end < stop && isDigit(text[end])) end++;
  return end > at && text[end] === DASH && stop - end > KEY_BYTES;
}
