/**
 * The bytes of an element as text, and which characters of it each value was made of: a secret that is written with
 * references, or cut by comments, is found where it stands.
 */
import { isBlank } from './printed-element.ts';

/** An attribute, a namespace declaration, or the text between two tags. */
export interface RawValue {
  readonly text: string;
  /** Unit i of the text was made of the raw text from starts[i] to ends[i]. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export interface RawElement {
  readonly text: string;
  /** In the order of the tape: of a tag attributes first, then declarations; undefined when it is no sound XML. */
  readonly values: readonly RawValue[] | undefined;
  /** Characters are written as references without need. */
  readonly hasOddReferences: boolean;
}

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};
/** What cannot be written otherwise in an attribute: tab, line feed, carriage return. */
const NEEDED = new Set([9, 10, 13]);

/** Valid UTF-8 as it is, other bytes as \xNN. */
export function rawText(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (!text.includes('\ufffd')) return text;
  let out = '';
  const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at] as number);
    try {
      if (length === 0 || at + length > bytes.length) throw new RangeError('no character');
      out += strict.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      out += `\\x${(bytes[at] as number).toString(16).padStart(2, '0')}`;
      at++;
    }
  }
  return out;
}

function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

export function readRaw(text: string): RawElement {
  const reader = new RawReader(text);
  const isSound = reader.read();
  return {
    text,
    values: isSound ? reader.values : undefined,
    hasOddReferences: reader.hasOddReferences,
  };
}

/** All of a text with its references read, whatever else it is. */
export function readReferences(text: string): RawValue {
  return new RawReader(text).references();
}

class ValueBuilder {
  text = '';
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(read: string, start: number, end: number): void {
    this.text += read;
    for (let unit = 0; unit < read.length; unit++) {
      this.starts.push(start);
      this.ends.push(end);
    }
  }
}

class RawReader {
  readonly values: RawValue[] = [];
  hasOddReferences = false;
  readonly #text: string;
  #words = new ValueBuilder();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** False when it is not what a tag or a reference must be. */
  read(): boolean {
    const text = this.#text;
    while (this.#at < text.length) {
      const isSound = text[this.#at] === '<' ? this.#markup() : this.#character(this.#words, false);
      if (!isSound) return false;
    }
    this.#endWords();
    return true;
  }

  references(): RawValue {
    const words = new ValueBuilder();
    while (this.#at < this.#text.length) {
      if (!this.#character(words, false)) this.#plain(words, false);
    }
    return words;
  }

  #markup(): boolean {
    const text = this.#text;
    if (text.startsWith('<!--', this.#at)) return this.#skip('-->', 4);
    if (text.startsWith('<?', this.#at)) return this.#skip('?>', 2);
    if (text.startsWith('<![CDATA[', this.#at)) return this.#cdata();
    if (text.startsWith('<!', this.#at)) return false;
    this.#endWords();
    return text.startsWith('</', this.#at) ? this.#skip('>', 2) : this.#startTag();
  }

  #skip(close: string, from: number): boolean {
    const end = this.#text.indexOf(close, this.#at + from);
    this.#at = end + close.length;
    return end >= 0;
  }

  #cdata(): boolean {
    const start = this.#at + '<![CDATA['.length;
    const end = this.#text.indexOf(']]>', start);
    if (end < 0) return false;
    this.#at = start;
    while (this.#at < end) this.#plain(this.#words, false);
    this.#at = end + 3;
    return true;
  }

  #startTag(): boolean {
    const declarations: RawValue[] = [];
    const text = this.#text;
    const name = /<[^\s/>=]+/y;
    name.lastIndex = this.#at;
    const tag = name.exec(text);
    if (tag === null) return false;
    this.#at += tag[0].length;
    for (;;) {
      const part = /\s*(?:(\/?>)|([^\s/>='"<]+)\s*=\s*(["']))/y;
      part.lastIndex = this.#at;
      const match = part.exec(text);
      if (match === null) return false;
      this.#at += match[0].length;
      const [, close, attribute = '', quote = ''] = match;
      if (close !== undefined) break;
      const value = new ValueBuilder();
      while (this.#at < text.length && text[this.#at] !== quote) {
        if (!this.#character(value, true)) return false;
      }
      if (text[this.#at] !== quote) return false;
      this.#at++;
      const isDeclaration = attribute === 'xmlns' || attribute.startsWith('xmlns:');
      (isDeclaration ? declarations : this.values).push(value);
    }
    this.values.push(...declarations);
    return true;
  }

  #character(into: ValueBuilder, isAttribute: boolean): boolean {
    if (this.#text[this.#at] !== '&') {
      this.#plain(into, isAttribute);
      return true;
    }
    const reference = /&(?:#x([0-9a-fA-F]{1,8})|#(\d{1,8})|(lt|gt|amp|quot|apos));/y;
    reference.lastIndex = this.#at;
    const match = reference.exec(this.#text);
    if (match === null) return false;
    const [whole, hexadecimal, decimal, named] = match;
    let read = NAMED[named ?? ''];
    if (read === undefined) {
      const code =
        hexadecimal === undefined ? parseInt(decimal ?? '', 10) : parseInt(hexadecimal, 16);
      if (!(code <= 0x10ffff)) return false;
      this.hasOddReferences ||= !NEEDED.has(code);
      read = String.fromCodePoint(code);
    }
    into.add(read, this.#at, this.#at + whole.length);
    this.#at += whole.length;
    return true;
  }

  /** One unit as it stands; line ends are one line feed, white space in attributes is a space (XML 1.0, 2.11 and 3.3.3). */
  #plain(into: ValueBuilder, isAttribute: boolean): void {
    const text = this.#text;
    const start = this.#at;
    let unit = text[start] ?? '';
    this.#at++;
    if (unit === '\r') {
      if (text[this.#at] === '\n') this.#at++;
      unit = '\n';
    }
    if (isAttribute && (unit === '\n' || unit === '\t')) unit = ' ';
    into.add(unit, start, this.#at);
  }

  #endWords(): void {
    if (!isBlank(this.#words.text)) this.values.push(this.#words);
    this.#words = new ValueBuilder();
  }
}
