/**
 * xmpp.path: the shape of a stanza as text, one line per element in document order:
 *
 *     /message@from@to@type
 *     /message/x
 *     /message/x/invite@to
 *
 * Local names without prefixes; attributes in the order they came, namespace declarations left out.
 * A line equal to the one before it is not repeated, so a roster is a few lines. So a rule writes
 * `content:"/x/invite@to"`, or `content:"/message/body|0a|"` for a body without attributes.
 */
import { TOKEN, TOKEN_WORDS } from '../xml/index.ts';
import { type TapeReader } from './tape.ts';

/** Deeper elements are left out. */
const MAX_DEPTH = 64;
const MAX_LINE_BYTES = 2048;

const SLASH = 0x2f;
const AT = 0x40;
const NEWLINE = 0x0a;

export class PathWriter {
  readonly #memory: Uint8Array;
  /** Where the path of the element at each depth starts, and how long it is without attributes. */
  readonly #starts = new Int32Array(MAX_DEPTH);
  readonly #lengths = new Int32Array(MAX_DEPTH);

  constructor(memory: Uint8Array) {
    this.#memory = memory;
  }

  /**
   * Write the path text of the element on the tape to `memory` from `at`, up to `end`.
   * @returns bytes written; less than the whole text when it does not fit.
   */
  write(tape: TapeReader, at: number, end: number): number {
    const memory = this.#memory;
    const { words, base, count } = tape;
    let out = at;
    let previous = at;
    let previousLength = 0;
    let depth = -1;
    for (let i = 0; i < count; i++) {
      const token = base + i * TOKEN_WORDS;
      const kind = words[token];
      if (kind === TOKEN.end) depth--;
      if (kind !== TOKEN.start) continue;
      depth++;
      if (depth >= MAX_DEPTH) continue;
      const line = out;
      const parent = depth === 0 ? 0 : (this.#lengths[depth - 1] as number);
      const nameLength = words[token + 4] as number;
      // Room for path, slash, name and line end; attributes are checked as they come.
      if (parent + nameLength + 2 > MAX_LINE_BYTES || out + parent + nameLength + 2 > end) {
        return out - at;
      }
      if (depth > 0) {
        const from = this.#starts[depth - 1] as number;
        for (let k = 0; k < parent; k++) memory[out++] = memory[from + k] as number;
      }
      memory[out++] = SLASH;
      const name = words[token + 3] as number;
      for (let k = 0; k < nameLength; k++) memory[out++] = memory[name + k] as number;
      this.#starts[depth] = line;
      this.#lengths[depth] = out - line;
      for (let k = i + 1; k < count; k++) {
        const attr = base + k * TOKEN_WORDS;
        if (words[attr] === TOKEN.nsdecl) continue;
        if (words[attr] !== TOKEN.attr) break;
        const length = words[attr + 4] as number;
        if (out - line + length + 2 > MAX_LINE_BYTES || out + length + 2 > end) break;
        memory[out++] = AT;
        const from = words[attr + 3] as number;
        for (let m = 0; m < length; m++) memory[out++] = memory[from + m] as number;
      }
      memory[out++] = NEWLINE;
      if (this.#repeats(previous, previousLength, line, out - line)) {
        // The children of this element have the same path as those of the one before it.
        this.#starts[depth] = previous;
        out = line;
      } else {
        previous = line;
        previousLength = out - line;
      }
    }
    return out - at;
  }

  #repeats(a: number, aLength: number, b: number, bLength: number): boolean {
    if (aLength !== bLength) return false;
    for (let k = 0; k < aLength; k++) {
      if (this.#memory[a + k] !== this.#memory[b + k]) return false;
    }
    return true;
  }
}
