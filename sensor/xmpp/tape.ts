/** Reads the tokenizer's tape by element: integers in, integers out, nothing allocated. */
import { TOKEN, TOKEN_WORDS, type TapeInfo } from '../xml/index.ts';

const COLON = 0x3a;

/**
 * A view of the tape of one first-level element. Elements, attributes and texts are named by their
 * token index; -1 means there is none. Valid while the tokenizer's callback runs.
 */
export class TapeReader {
  readonly memory: Uint8Array;
  count = 0;
  /** The tape itself, for loops that cannot afford a call per word. */
  words: Int32Array = new Int32Array(0);
  base = 0;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  load(tape: TapeInfo): void {
    this.words = tape.words;
    this.base = tape.tapeBase;
    this.count = tape.tokenCount;
  }

  /** Word `k` of token `i`. */
  word(i: number, k: number): number {
    return this.words[this.base + i * TOKEN_WORDS + k] as number;
  }

  kind(i: number): number {
    return this.word(i, 0);
  }

  name(i: number): number {
    return this.word(i, 1);
  }

  ns(i: number): number {
    return this.word(i, 2);
  }

  is(i: number, ns: number, name: number): boolean {
    return this.word(i, 2) === ns && this.word(i, 1) === name;
  }

  /** Offset and length of a START's or ATTR's name, an ATTR's or TEXT's value, in `memory`. */
  nameOffset(i: number): number {
    return this.word(i, 3);
  }

  nameLength(i: number): number {
    return this.word(i, 4);
  }

  valueOffset(i: number): number {
    return this.word(i, 5);
  }

  valueLength(i: number): number {
    return this.word(i, 6);
  }

  /** Index of the END of element `i`, or `count` when the element never ended. */
  end(i: number): number {
    const end = this.word(i, 7);
    return end > i && end < this.count ? end : this.count;
  }

  /** The unprefixed attribute `name` of element `i`, or -1. */
  attr(i: number, name: number): number {
    for (let at = i + 1; at < this.count; at++) {
      const kind = this.kind(at);
      if (kind === TOKEN.attr) {
        if (this.name(at) === name && this.isPlain(at)) return at;
      } else if (kind !== TOKEN.nsdecl) {
        return -1;
      }
    }
    return -1;
  }

  /**
   * Has attribute `i` no prefix? A prefix bound to an unknown namespace has id 0 as well, but its name
   * stands behind a colon: names point into the text of the tag.
   */
  isPlain(i: number): boolean {
    return this.ns(i) === 0 && this.memory[this.nameOffset(i) - 1] !== COLON;
  }

  /** First child element, or -1. */
  firstChild(i: number): number {
    return this.#elementFrom(i + 1, this.end(i));
  }

  /** Next sibling of element `i` inside `parent`, or -1. */
  nextSibling(i: number, parent: number): number {
    return this.#elementFrom(this.end(i) + 1, this.end(parent));
  }

  /** First child with this name, or -1. */
  child(i: number, ns: number, name: number): number {
    for (let at = this.firstChild(i); at >= 0; at = this.nextSibling(at, i)) {
      if (this.is(at, ns, name)) return at;
    }
    return -1;
  }

  /** First child in this namespace, or -1. */
  childInNs(i: number, ns: number): number {
    for (let at = this.firstChild(i); at >= 0; at = this.nextSibling(at, i)) {
      if (this.ns(at) === ns) return at;
    }
    return -1;
  }

  /** First TEXT directly inside element `i`, or -1. */
  text(i: number): number {
    const end = this.end(i);
    for (let at = i + 1; at < end; at++) {
      const kind = this.kind(at);
      if (kind === TOKEN.text) return at;
      if (kind === TOKEN.start) at = this.end(at);
    }
    return -1;
  }

  #elementFrom(from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const kind = this.kind(at);
      if (kind === TOKEN.start) return at;
      if (kind === TOKEN.end) return -1;
    }
    return -1;
  }
}
