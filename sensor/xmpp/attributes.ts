/**
 * xmpp.attr: what the attributes of a stanza say, as text, one line each in document order:
 *
 *     /command@node=http://jabber.org/protocol/admin#add-user
 *     /command@action=execute
 *
 * Local names of element and attribute, values decoded; namespace declarations are left out, and so
 * are `from`, `to`, `id` and `type` of the stanza itself, which have buffers of their own. A line
 * end inside a value becomes a space. So a rule writes `content:"/command@node=http://jabber.org/"`, and
 * `xmpp.path` beside it where the place of the element matters.
 */
import { TEXT_FLAG, TOKEN, TOKEN_WORDS } from '../xml/index.ts';
import { NAME } from './ids.ts';
import { type TapeReader } from './tape.ts';

/** Longer names and values are cut: one attribute must not push all others out. */
const MAX_NAME_BYTES = 128;
const MAX_VALUE_BYTES = 1024;
/** A slash, an at sign, an equals sign and a line end. */
const PUNCTUATION = 4;

const SLASH = 0x2f;
const AT = 0x40;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
const SPACE = 0x20;

export class AttributeWriter {
  readonly #memory: Uint8Array;
  #out = 0;
  /** Some value written holds a byte above 0x7f. */
  nonAscii = false;
  /** Not everything fitted. */
  capped = false;

  constructor(memory: Uint8Array) {
    this.#memory = memory;
  }

  /**
   * Write the attributes of the element on the tape to `memory` from `at`, up to `end`.
   * @returns bytes written.
   */
  write(tape: TapeReader, at: number, end: number): number {
    const { words, base, count } = tape;
    this.#out = at;
    this.nonAscii = false;
    this.capped = false;
    let element = 0;
    for (let i = 0; i < count; i++) {
      const token = base + i * TOKEN_WORDS;
      const kind = words[token];
      if (kind === TOKEN.start) {
        element = token;
      } else if (kind === TOKEN.attr) {
        const name = words[token + 1] as number;
        if (element === base && hasOwnBuffer(name) && tape.isPlain(i)) continue;
        const nameLength = Math.min(words[token + 4] as number, MAX_NAME_BYTES);
        const valueLength = Math.min(words[token + 6] as number, MAX_VALUE_BYTES);
        const elementLength = Math.min(words[element + 4] as number, MAX_NAME_BYTES);
        if (this.#out + elementLength + nameLength + valueLength + PUNCTUATION > end) {
          this.capped = true;
          break;
        }
        this.#put(SLASH);
        this.#copy(words[element + 3] as number, elementLength);
        this.#put(AT);
        this.#copy(words[token + 3] as number, nameLength);
        this.#put(EQUALS);
        this.#copy(words[token + 5] as number, valueLength);
        this.#put(NEWLINE);
        if (((words[token + 7] as number) & TEXT_FLAG.nonAscii) !== 0) this.nonAscii = true;
      }
    }
    return this.#out - at;
  }

  #put(byte: number): void {
    this.#memory[this.#out++] = byte;
  }

  #copy(from: number, length: number): void {
    const memory = this.#memory;
    let out = this.#out;
    for (let k = from; k < from + length; k++) {
      const byte = memory[k] as number;
      memory[out++] = byte === NEWLINE ? SPACE : byte;
    }
    this.#out = out;
  }
}

function hasOwnBuffer(name: number): boolean {
  return name === NAME.from || name === NAME.to || name === NAME.id || name === NAME.type;
}
