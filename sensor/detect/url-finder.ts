/**
 * Where links stand in human text: words with a scheme, host names without one, and both in the
 * disguises people use (`hxxp`, `[.]`, `(dot)`, invisible characters). Runs on hostile text: plain
 * loops over bytes; a word becomes a string only when a sign of a link stands in it and it is not plain.
 */
import { PlainLink, WORD } from './plain-link.ts';
import { WordReader, type TakeUrl } from './url-words.ts';

/** Words are cut here: a host name or the front of a URL fits. */
const MAX_WORD_BYTES = 8192;

/** ASCII that no link holds: white space, controls, quotes, angle brackets, bar. */
const DELIMITER = byteTable((byte) => byte <= 0x20 || byte === 0x7f || isIn(byte, '"\'`<>|'));

/** Bytes that may be a sign of a link: dot, colon, brackets, first byte of an ideographic dot. */
const SIGN = byteTable((byte) => isIn(byte, '.:[({') || byte === 0xe3 || byte === 0xef);

function isIn(byte: number, chars: string): boolean {
  return chars.includes(String.fromCharCode(byte));
}

function byteTable(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));
}

/** Called with a link that is its own normal form but for the case up to `hostEnd`; false ends the search. */
export type TakePlain = (
  memory: Uint8Array,
  start: number,
  end: number,
  hostEnd: number,
) => boolean;

export class UrlFinder {
  readonly #words: WordReader;
  readonly #takePlain: TakePlain;
  readonly #plain = new PlainLink();

  constructor(take: TakeUrl, takePlain: TakePlain) {
    this.#words = new WordReader(take);
    this.#takePlain = takePlain;
  }

  /**
   * Find links in the UTF-8 text `memory[offset .. offset + length)`, looking at candidates of at most
   * `maxChars` characters together.
   * @returns characters looked at; more than `maxChars` when the search was cut short.
   */
  find(memory: Uint8Array, offset: number, length: number, maxChars: number): number {
    const end = offset + length;
    const words = this.#words;
    words.chars = 0;
    words.maxChars = maxChars;
    let floor = offset;
    for (let at = offset; at < end; at++) {
      if (SIGN[memory[at] as number] === 0 || !isSign(memory, at, floor, end)) continue;
      let from = at;
      const lowest = Math.max(floor, at - MAX_WORD_BYTES);
      while (from > lowest && DELIMITER[memory[from - 1] as number] === 0) from--;
      let to = at;
      const highest = Math.min(end, at + MAX_WORD_BYTES);
      while (to < highest && DELIMITER[memory[to] as number] === 0) to++;
      if (!this.#word(memory, from, to)) break;
      floor = to;
      at = to - 1;
    }
    return words.chars;
  }

  /** False when the search is over. */
  #word(memory: Uint8Array, from: number, to: number): boolean {
    const plain = this.#plain;
    const words = this.#words;
    const kind = plain.read(memory, from, to);
    if (kind === WORD.odd) {
      const bytes = Buffer.from(memory.buffer, memory.byteOffset + from, to - from);
      return words.read(bytes.toString('utf8'));
    }
    words.chars += plain.chars;
    if (words.chars > words.maxChars) return false;
    return kind === WORD.none || this.#takePlain(memory, plain.start, plain.end, plain.hostEnd);
  }
}

/** Is the byte at `at` really one? `floor`: where the word before ended. */
function isSign(memory: Uint8Array, at: number, floor: number, end: number): boolean {
  const byte = memory[at] as number;
  const next = at + 1 < end ? (memory[at + 1] as number) : 0x20;
  switch (byte) {
    case 0x2e: // A dot that ends a sentence is none.
      return at > floor && DELIMITER[next] === 0 && DELIMITER[memory[at - 1] as number] === 0;
    case 0x3a:
      return next === 0x2f && memory[at + 2] === 0x2f && at + 2 < end;
    case 0xe3:
    case 0xef: {
      const last = memory[at + 2];
      const isDot =
        (byte === 0xe3 && next === 0x80 && last === 0x82) ||
        (byte === 0xef && next === 0xbc && last === 0x8e) ||
        (byte === 0xef && next === 0xbd && last === 0xa1);
      return isDot && at + 2 < end;
    }
    default: // [.] (dot) {.} [:]
      return next === 0x2e || next === 0x3a || (next | 0x20) === 0x64;
  }
}
