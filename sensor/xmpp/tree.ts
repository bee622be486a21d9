/** The tree of the element in hand as other rooms see it: the tape, with texts decoded on request. */
import type { StringCache } from './string-cache.ts';
import type { TapeReader } from './tape.ts';
import type { StanzaTree } from './types.ts';

const MAX_VALUE_BYTES = 1024;

export class Tree implements StanzaTree {
  readonly #tape: TapeReader;
  readonly #strings: StringCache;

  constructor(tape: TapeReader, strings: StringCache) {
    this.#tape = tape;
    this.#strings = strings;
  }

  get isEmpty(): boolean {
    return this.#tape.count === 0;
  }

  ns(element: number): number {
    return this.#tape.ns(element);
  }

  name(element: number): number {
    return this.#tape.name(element);
  }

  is(element: number, ns: number, name: number): boolean {
    return this.#tape.is(element, ns, name);
  }

  firstChild(element: number): number {
    return this.#tape.firstChild(element);
  }

  nextSibling(element: number, parent: number): number {
    return this.#tape.nextSibling(element, parent);
  }

  child(element: number, ns: number, name: number): number {
    return this.#tape.child(element, ns, name);
  }

  childInNs(element: number, ns: number): number {
    return this.#tape.childInNs(element, ns);
  }

  attr(element: number, name: number): number {
    return this.#tape.attr(element, name);
  }

  text(element: number): number {
    return this.#tape.text(element);
  }

  valueOffset(token: number): number {
    return this.#tape.valueOffset(token);
  }

  valueLength(token: number): number {
    return this.#tape.valueLength(token);
  }

  value(token: number): string {
    if (token < 0) return '';
    const length = Math.min(this.#tape.valueLength(token), MAX_VALUE_BYTES);
    return this.#strings.get(this.#tape.valueOffset(token), length);
  }

  attrValue(element: number, name: number): string {
    return this.value(this.#tape.attr(element, name));
  }

  textOf(element: number): string {
    return this.value(this.#tape.text(element));
  }

  localName(element: number): string {
    const length = Math.min(this.#tape.nameLength(element), MAX_VALUE_BYTES);
    return this.#strings.get(this.#tape.nameOffset(element), length);
  }

  namespace(element: number): string {
    const length = Math.min(this.#tape.word(element, 6), MAX_VALUE_BYTES);
    return this.#strings.get(this.#tape.word(element, 5), length);
  }
}
