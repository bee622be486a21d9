/**
 * The second reader of `parser-diff`: `sax`, told to go on after every error, over carelessly decoded text. It
 * reads one first-level element as a forgiving endpoint would: the last of repeated attributes counts, a declaration
 * in the middle begins a new document, entities nobody declared stay as they are.
 */
import sax, { type SAXParser } from 'sax';
import { decodeLoosely } from './loose-utf8.ts';
import { plainEnds } from './plain-ends.ts';

/** A first-level element as one reader saw it. Attributes it does not have are ''. */
export interface ReadElement {
  /** Local name. */
  name: string;
  from: string;
  to: string;
  type: string;
  id: string;
  isComplete: boolean;
}

/** Characters handed to the parser at once: between two pieces it can be stopped. */
const PIECE = 32;
/** First-level elements found in one that are worth remembering: two are one too many. */
const MAX_ELEMENTS = 8;
/** Errors cost most: an exception object each, and an end tag can cause one for every open element. */
const MAX_ERRORS = 256;
const MAX_DEPTH = 128;
/** What an error, and a parser, cost in terms of bytes read. */
const ERROR_BYTES = 32;
const PARSER_BYTES = 512;
const ELEMENT_BYTES = 32;
/** Longest declaration of markup: `<!DOCTYPE`. The parser looks at all of a longer one anew with each character. */
const MAX_DECLARATION = 16;
/** The stream itself: elements at the next depth are of the first level. */
const HEADER = 'stream:stream';
const STREAM_ENDED = -1;
const COMPARED = ['from', 'to', 'type', 'id'] as const;

export class LooseReader {
  /** First-level elements of the last reading, at most 8. */
  readonly elements: ReadElement[] = [];
  /** The last reading ended early: too deep, or too many errors. */
  isCut = false;
  /** What the last reading cost, in bytes of ordinary text. */
  cost = 0;
  readonly #values = new Map<string, string>();
  #attributes: object = {};
  #errors = 0;
  #tags = 0;
  #depth = 0;
  /** Depth of the stream: elements begun there are of the first level. A declaration abandons what is open. */
  #floor = 0;

  /** Read the bytes of one element. */
  read(bytes: Uint8Array, offset: number, length: number): void {
    this.#begin();
    const parser = this.#open();
    const text = plainEnds(decodeLoosely(bytes, offset, length));
    for (let at = 0; at < text.length && !this.isCut; at += PIECE) {
      this.#write(parser, text.slice(at, at + PIECE));
    }
    this.cost = PARSER_BYTES + length + ERROR_BYTES * this.#errors + ELEMENT_BYTES * this.#tags;
  }

  #begin(): void {
    this.elements.length = 0;
    this.isCut = false;
    this.#errors = 0;
    this.#tags = 0;
    this.#depth = 0;
    this.#floor = 1;
    this.#values.clear();
  }

  #open(): SAXParser {
    const options = { position: false, strictEntities: true, unquotedAttributeValues: true };
    const parser = new sax.SAXParser(true, options);
    // Without a prototype: names every object has are no entities.
    parser.ENTITIES = Object.assign(Object.create(null) as object, XML_ENTITIES);
    parser.onerror = () => {
      this.#forgive(parser);
    };
    parser.onopentagstart = ({ attributes }) => {
      this.#attributes = attributes;
      this.#values.clear();
    };
    parser.onattribute = ({ name, value }) => {
      // The parser keeps the first of repeated attributes: let it forget, and the last one counts.
      Reflect.deleteProperty(this.#attributes, name);
      if (this.#depth === this.#floor) this.#values.set(name, value);
    };
    parser.onopentag = ({ name }) => {
      this.#onStart(name);
    };
    parser.onclosetag = () => {
      this.#onEnd();
    };
    parser.onprocessinginstruction = ({ name }) => {
      if (name.toLowerCase() === 'xml') this.#reset();
    };
    parser.write(`<${HEADER}>`);
    return parser;
  }

  #write(parser: SAXParser, text: string): void {
    try {
      parser.write(text);
      const { sgmlDecl = '' } = parser as ParserState;
      if (sgmlDecl.length > MAX_DECLARATION) this.isCut = true;
    } catch {
      // Its own bug on this input: what it has read until here still counts.
      this.isCut = true;
    }
  }

  #forgive(parser: SAXParser): void {
    // Its type does not know that this is how to go on.
    (parser as { error: Error | null }).error = null;
    if (++this.#errors >= MAX_ERRORS) this.isCut = true;
  }

  #onStart(name: string): void {
    const isFirstLevel = this.#depth === this.#floor;
    this.#depth++;
    this.#tags++;
    if (this.#depth > MAX_DEPTH) this.isCut = true;
    if (!isFirstLevel) return;
    if (name === HEADER && this.#floor > 1) {
      this.#floor = this.#depth;
      return;
    }
    if (this.elements.length >= MAX_ELEMENTS) return;
    const element: ReadElement = {
      ...{ name: localName(name), from: '', to: '', type: '', id: '' },
      isComplete: false,
    };
    for (const key of COMPARED) element[key] = this.#values.get(key) ?? '';
    this.elements.push(element);
  }

  #onEnd(): void {
    this.#depth--;
    const last = this.elements.at(-1);
    if (this.#depth === this.#floor && last !== undefined) last.isComplete = true;
    if (this.#depth === 0) this.#floor = STREAM_ENDED;
    else if (this.#depth < this.#floor) this.#floor = this.#depth;
  }

  /** A declaration: what is open is dropped without a word, the next element is of the first level again. */
  #reset(): void {
    if (this.elements.at(-1)?.isComplete === false) this.elements.pop();
    this.#floor = this.#depth;
  }
}

/** State of the parser that its type does not show. */
interface ParserState {
  readonly sgmlDecl?: string;
}

const XML_ENTITIES = { amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" };

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
