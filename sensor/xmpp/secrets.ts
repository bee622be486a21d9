/**
 * Scrubbing: passwords, digests and tokens are overwritten with '*' in the tokenizer's memory,
 * in the decoded text and in the raw bytes, before any other code sees the element. Both directions,
 * because servers echo: ejabberd sends a refused jabber:iq:auth back with the password in it.
 *
 * It fails closed: where the raw bytes do not line up with the tape (broken or cut elements),
 * everything behind the first start tag is overwritten; so it is where a broken construct may have
 * swallowed the start tag of such an element, and its content stands there as text.
 */
import {
  ELEMENT_FLAG,
  NAMESPACES,
  TOKEN,
  TOKEN_WORDS,
  type TapeInfo,
  type XmlTokenizer,
} from '../xml/index.ts';
import { NAME, NS } from './ids.ts';
import { type TapeReader } from './tape.ts';

const STAR = 0x2a;
const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

/** Namespaces that have elements with secrets: the others are passed over at once. */
const SECRET_NAMESPACES = [
  NS.sasl,
  NS.sasl2,
  NS.fast,
  NS.iqAuth,
  NS.register,
  NS.component,
  NS.componentConnect,
  NS.data,
];
const mayHoldSecrets = new Uint8Array(NAMESPACES.length);
for (const ns of SECRET_NAMESPACES) mayHoldSecrets[ns] = 1;

/** The same as they stand in the raw bytes; forms hold secrets only together with one of these. */
const SECRET_WORDS = SECRET_NAMESPACES.filter((ns) => ns !== NS.data).map((ns) =>
  Buffer.from(NAMESPACES[ns] as string),
);

/** What of an element is secret. */
const SECRET = { none: 0, content: 1, attributes: 2 } as const;

/** Elements of one stanza that may be marked; a stanza with more is overwritten as a whole. */
const MAX_MARKS = 256;

/** Data form fields that hold passwords: registration and the commands of XEP-0133. */
const PASSWORD_FIELD = /passw|secret/i;

export class Scrubber {
  readonly #memory: Uint8Array;
  readonly #tape: TapeReader;
  readonly #decode: (offset: number, length: number) => string;
  // Marked elements: which start tag of the raw bytes (counted from 0), and what of it.
  readonly #ordinals = new Int32Array(MAX_MARKS);
  readonly #kinds = new Uint8Array(MAX_MARKS);
  #marks = 0;

  constructor(
    tokenizer: XmlTokenizer,
    tape: TapeReader,
    decode: (offset: number, length: number) => string,
  ) {
    for (const ns of SECRET_NAMESPACES) tokenizer.watchNamespace(ns);
    this.#memory = tokenizer.memory;
    this.#tape = tape;
    this.#decode = decode;
  }

  /**
   * Overwrite the secrets of the element on the tape. `isTorn`: it is broken or holds a document type declaration,
   * so that a tag may stand in it that is none to the reader.
   * @returns true when there was one.
   */
  scrub(info: TapeInfo, isTorn: boolean): boolean {
    if ((info.flags & ELEMENT_FLAG.watched) === 0 && !isTorn) return false;
    const tape = this.#tape;
    let marks = 0;
    let ordinal = -1;
    const { words, base, count } = tape;
    for (let i = 0; i < count; i++) {
      const at = base + i * TOKEN_WORDS;
      if (words[at] !== TOKEN.start) continue;
      ordinal++;
      const ns = words[at + 2] as number;
      if (mayHoldSecrets[ns] === 0) continue;
      const kind = this.#secretOf(i, ns, words[at + 1] as number);
      if (kind === SECRET.none) continue;
      this.#scrubText(i, kind);
      if (marks < MAX_MARKS) {
        this.#ordinals[marks] = ordinal;
        this.#kinds[marks] = kind;
      }
      marks++;
    }
    if (marks === 0) return isTorn && this.#scrubTorn(info);
    this.#marks = marks;
    const isWhole = (info.flags & (ELEMENT_FLAG.broken | ELEMENT_FLAG.capped)) === 0;
    if (!isWhole || marks > MAX_MARKS || !this.#scrubRaw(info, ordinal + 1)) {
      this.#scrubAllRaw(info);
    }
    return true;
  }

  #secretOf(i: number, ns: number, name: number): number {
    switch (ns) {
      case NS.sasl:
        return name === NAME.auth ||
          name === NAME.response ||
          name === NAME.challenge ||
          name === NAME.success
          ? SECRET.content
          : SECRET.none;
      case NS.sasl2:
        return name === NAME.initialResponse ||
          name === NAME.additionalData ||
          name === NAME.response ||
          name === NAME.challenge
          ? SECRET.content
          : SECRET.none;
      case NS.fast:
        return name === NAME.token ? SECRET.attributes : SECRET.none;
      case NS.iqAuth:
        // Anything in the query but the names: password, digest, token, hash.
        return name === NAME.query || name === NAME.username || name === NAME.resource
          ? SECRET.none
          : SECRET.content;
      case NS.register:
        return name === NAME.password || name === NAME.key ? SECRET.content : SECRET.none;
      case NS.component:
      case NS.componentConnect:
        return name === NAME.handshake ? SECRET.content : SECRET.none;
      case NS.data:
        return name === NAME.field && this.#isPasswordField(i) ? SECRET.content : SECRET.none;
      default:
        return SECRET.none;
    }
  }

  /** Only in registration and commands: elsewhere (room configuration) detection may want to see it. */
  #isPasswordField(i: number): boolean {
    const tape = this.#tape;
    if (tape.childInNs(0, NS.register) < 0 && tape.childInNs(0, NS.commands) < 0) return false;
    const name = tape.attr(i, NAME.var);
    if (name < 0) return false;
    const length = tape.valueLength(name);
    return PASSWORD_FIELD.test(this.#decode(tape.valueOffset(name), length > 256 ? 256 : length));
  }

  /** The decoded text. */
  #scrubText(i: number, kind: number): void {
    const tape = this.#tape;
    const end = kind === SECRET.content ? tape.end(i) : tape.count;
    for (let at = i + 1; at < end; at++) {
      const token = tape.kind(at);
      if (kind === SECRET.attributes ? token === TOKEN.attr : token === TOKEN.text) {
        const from = tape.valueOffset(at);
        this.#memory.fill(STAR, from, from + tape.valueLength(at));
      } else if (kind === SECRET.attributes && token !== TOKEN.nsdecl) {
        break;
      }
    }
  }

  /**
   * Walk the raw bytes tag by tag and overwrite the content or the attribute values of the marked
   * ones. @returns false when the tags found are not the `tags` elements of the tape.
   */
  #scrubRaw(info: TapeInfo, tags: number): boolean {
    const memory = this.#memory;
    const end = info.rawOffset + info.rawLength;
    let at = info.rawOffset;
    let ordinal = -1;
    let depth = 0;
    let mark = 0;
    let secretDepth = -1;
    let secretFrom = 0;
    while (at < end) {
      if (memory[at] !== LESS) {
        at++;
        continue;
      }
      const next = memory[at + 1];
      if (next === BANG || next === QUESTION) {
        at = this.#skipSpecial(at, end);
        continue;
      }
      const close = this.#tagEnd(at + 1, end);
      if (close < 0) return false;
      if (next === SLASH) {
        if (depth === secretDepth) {
          memory.fill(STAR, secretFrom, at);
          secretDepth = -1;
        }
        depth--;
      } else {
        ordinal++;
        const isEmpty = memory[close - 1] === SLASH;
        const kind =
          mark < this.#marks && this.#ordinals[mark] === ordinal
            ? (this.#kinds[mark++] as number)
            : SECRET.none;
        if (kind === SECRET.attributes) this.#scrubAttributes(at, close);
        if (!isEmpty) {
          depth++;
          if (kind === SECRET.content && secretDepth < 0) {
            secretDepth = depth;
            secretFrom = close + 1;
          }
        }
      }
      at = close + 1;
    }
    return ordinal + 1 === tags && depth === 0;
  }

  /** The '>' of the tag that started before `from`, or -1. */
  #tagEnd(from: number, end: number): number {
    let quote = 0;
    for (let i = from; i < end; i++) {
      const c = this.#memory[i];
      if (quote !== 0) {
        if (c === quote) quote = 0;
      } else if (c === QUOTE || c === APOSTROPHE) {
        quote = c;
      } else if (c === GREATER) {
        return i;
      }
    }
    return -1;
  }

  /** Behind a comment, CDATA section or processing instruction. */
  #skipSpecial(at: number, end: number): number {
    const memory = this.#memory;
    let terminator = '>';
    if (memory[at + 1] === QUESTION) terminator = '?>';
    else if (memory[at + 2] === 0x2d) terminator = '-->';
    else if (memory[at + 2] === 0x5b) terminator = ']]>';
    for (let i = at + 2; i + terminator.length <= end; i++) {
      let k = 0;
      while (k < terminator.length && memory[i + k] === terminator.charCodeAt(k)) k++;
      if (k === terminator.length) return i + k;
    }
    return end;
  }

  #scrubAttributes(from: number, to: number): void {
    let quote = 0;
    for (let i = from; i < to; i++) {
      const c = this.#memory[i];
      if (quote === 0) {
        if (c === QUOTE || c === APOSTROPHE) quote = c;
      } else if (c === quote) {
        quote = 0;
      } else {
        this.#memory[i] = STAR;
      }
    }
  }

  /** No secret stands on the tape, but the bytes name a namespace that has some: all text may be one. */
  #scrubTorn(info: TapeInfo): boolean {
    const { rawOffset, rawLength } = info;
    const memory = this.#memory;
    const raw = Buffer.from(memory.buffer, memory.byteOffset + rawOffset, rawLength);
    if (!SECRET_WORDS.some((word) => raw.includes(word))) return false;
    this.#scrubText(0, SECRET.content);
    this.#scrubAllRaw(info);
    return true;
  }

  #scrubAllRaw(info: TapeInfo): void {
    const end = info.rawOffset + info.rawLength;
    const close = this.#tagEnd(info.rawOffset + 1, end);
    this.#memory.fill(STAR, close < 0 ? info.rawOffset : close + 1, end);
  }
}
