/**
 * An element as its reader understands it, indented: references, CDATA and comments are gone, namespaces stand where they
 * change. Every value can be found in the print, so that what rules matched, and what is secret, can be too.
 */
import type { PlayedToken, PlayedValue } from './played-element.ts';

/** Deeper elements are not indented further: shapes of secrets look over some white space only. */
const MAX_INDENT = 10;

/** A value in the print. */
export interface PrintedValue {
  readonly value: PlayedValue;
  readonly text: string;
  /** Where it stands, in UTF-16 units; undefined where it is not printed (a namespace that changes nothing). */
  readonly start: number | undefined;
  readonly end: number;
  readonly isAttribute: boolean;
  /** The id of the stanza, or of the stream. */
  readonly isId: boolean;
}

export interface PrintedElement {
  readonly text: string;
  /** Values in the order of the tape, white space between elements left out. */
  readonly values: readonly PrintedValue[];
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `isOpen`: a stream header, whose end tag comes at the end of the stream. */
export function printElement(tokens: readonly PlayedToken[], isOpen: boolean): PrintedElement {
  const printer = new Printer(isOpen ? prefixOfFirst(tokens) : '');
  for (const [i, token] of tokens.entries()) printer.add(token, tokens[i + 1]);
  return { text: printer.finish(isOpen), values: printer.values };
}

export function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

/** How a place in the text of a value stands in the print. */
export function printedPlace({ text, start, isAttribute }: PrintedValue, at: number): number {
  return (start ?? 0) + escaped(text.slice(0, at), isAttribute).length;
}

/** The other way: how much of the text stands before a place in the print. */
export function textPlace(value: PrintedValue, place: number): number {
  const { text, start, isAttribute } = value;
  let at = 0;
  for (let printed = start ?? 0; at < text.length && printed < place; at++) {
    printed += escaped(text[at] ?? '', isAttribute).length;
  }
  return at;
}

/** UTF-16 units that so many bytes of a value are. */
export function unitsOf({ bytes }: PlayedValue, length: number): number {
  return decoder.decode(bytes.subarray(0, length)).length;
}

/** Prefix of a stream header: the element it opens is ended by that name (RFC 6120 section 4.8.5). */
function prefixOfFirst(tokens: readonly PlayedToken[]): string {
  const [first] = tokens;
  if (first?.kind !== 'start') return '';
  for (const token of tokens.slice(1)) {
    if (token.kind === 'start') break;
    if (token.kind !== 'declaration' || token.prefix === '') continue;
    if (decoder.decode(token.value.bytes) === first.namespace) return token.prefix;
  }
  return '';
}

class Printer {
  readonly values: PrintedValue[] = [];
  readonly #prefix: string;
  #text = '';
  /** Names of open elements with the namespace in force in them, and whether they have children. */
  readonly #open: { name: string; namespace: string; hasElements: boolean }[] = [];
  #isTagOpen = false;
  /** The latest text stands on a line of its own. */
  #isInline = false;

  /** `prefix`: of the first element. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  add(token: PlayedToken, next: PlayedToken | undefined): void {
    switch (token.kind) {
      case 'start':
        this.#start(token.name, token.namespace);
        break;
      case 'attribute':
        this.#text += ` ${token.name}='`;
        this.#value(token.value, true, token.name === 'id' && this.#open.length === 1);
        this.#text += "'";
        break;
      case 'declaration':
        this.values.push({
          ...{ value: token.value, text: decoder.decode(token.value.bytes) },
          ...{ start: undefined, end: 0, isAttribute: true, isId: false },
        });
        break;
      case 'text':
        this.#words(token.value, next);
        break;
      case 'end':
        this.#end();
        break;
    }
  }

  finish(isOpen: boolean): string {
    this.#closeTag();
    while (!isOpen && this.#open.length > 0) this.#end('…');
    return this.#text;
  }

  #start(name: string, namespace: string): void {
    this.#closeTag();
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.hasElements = true;
    if (this.#text !== '') this.#line(this.#open.length);
    const prefix = parent === undefined ? this.#prefix : '';
    this.#text += prefix === '' ? `<${name}` : `<${prefix}:${name}`;
    if (namespace !== (parent?.namespace ?? '') && namespace !== '') {
      const declared = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
      this.#text += ` ${declared}='${escaped(namespace, true)}'`;
    }
    this.#open.push({ name, namespace, hasElements: false });
    this.#isTagOpen = true;
    this.#isInline = false;
  }

  #words(value: PlayedValue, next: PlayedToken | undefined): void {
    const text = decoder.decode(value.bytes);
    if (isBlank(text)) return;
    this.#closeTag();
    const parent = this.#open.at(-1);
    this.#isInline = parent?.hasElements !== true && next?.kind === 'end';
    if (!this.#isInline) {
      this.#line(this.#open.length);
      if (parent !== undefined) parent.hasElements = true;
    }
    this.#value(value, false, false);
  }

  #value(value: PlayedValue, isAttribute: boolean, isId: boolean): void {
    const text = decoder.decode(value.bytes);
    const start = this.#text.length;
    this.#text += escaped(text, isAttribute);
    this.values.push({ value, text, start, end: this.#text.length, isAttribute, isId });
  }

  /** `mark`: it never ended. */
  #end(mark = ''): void {
    const element = this.#open.pop();
    if (element === undefined) return;
    if (this.#isTagOpen && mark === '') {
      this.#text += '/>';
      this.#isTagOpen = false;
      return;
    }
    this.#closeTag();
    if (!this.#isInline || element.hasElements) this.#line(this.#open.length);
    this.#isInline = false;
    this.#text += mark === '' ? `</${element.name}>` : mark;
  }

  #closeTag(): void {
    if (this.#isTagOpen) this.#text += '>';
    this.#isTagOpen = false;
  }

  #line(depth: number): void {
    this.#text += `\n${'  '.repeat(Math.min(depth, MAX_INDENT))}`;
  }
}

function escaped(text: string, isAttribute: boolean): string {
  const plain = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return isAttribute ? plain.replaceAll("'", '&apos;') : plain;
}
