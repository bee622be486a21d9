/** Runs the tokenizer and writes down what it says, free of addresses, for comparison. */
import { defaultLimits, eventName, type LimitValues } from '../../sensor/core/index.ts';
import {
  createTokenizer,
  ELEMENT_FLAG,
  TEXT_FLAG,
  TOKEN,
  TOKEN_WORDS,
  type TapeInfo,
  type XmlTokenizer,
} from '../../sensor/xml/index.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** UTF-16 (units of 2 bytes) or UTF-32 of a text, with a byte order mark when `mark` is set. */
export function wide(text: string, unit: 2 | 4, big: boolean, mark: boolean): Uint8Array {
  const whole = mark ? `\ufeff${text}` : text;
  const units: number[] = [];
  if (unit === 4) for (const point of whole) units.push(point.codePointAt(0) ?? 0);
  else for (let i = 0; i < whole.length; i++) units.push(whole.charCodeAt(i));
  const out = new DataView(new ArrayBuffer(units.length * unit));
  for (const [i, value] of units.entries()) {
    if (unit === 4) out.setUint32(i * 4, value, !big);
    else out.setUint16(i * 2, value, !big);
  }
  return new Uint8Array(out.buffer);
}

/** One call of the handler. */
export interface Said {
  readonly half: number;
  readonly kind: 'header' | 'element' | 'end' | 'event';
  /** Event name, or the tape written as markup. */
  readonly text: string;
  readonly serial: number;
  readonly offset: number;
  readonly flags: number;
  readonly detail: string;
}

/** An element of the tape as a tree; names are `{namespace}local`. */
export interface TreeNode {
  readonly name: string;
  readonly attrs: Record<string, string>;
  readonly children: (TreeNode | string)[];
}

function flagNames(flags: number, names: Readonly<Record<string, number>>): string {
  return Object.entries(names)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join('|');
}

/** A flow table this small keeps the memory of test tokenizers small. */
export function testLimits(changes: Partial<LimitValues> = {}): LimitValues {
  return { ...defaultLimits(), flowTableFlows: 4096, ...changes };
}

export class XmlRecorder {
  readonly tokenizer: XmlTokenizer;
  said: Said[] = [];
  trees: TreeNode[] = [];
  /** Called for each first-level element and header, to ask things of the tokenizer. */
  onElement: ((half: number, name: string, flags: number) => void) | undefined;
  keepTrees = false;
  quiet = false;

  constructor(limits: LimitValues = testLimits()) {
    this.tokenizer = createTokenizer(limits, {
      streamHeader: (half, tape, wasOpen, hadDeclaration) => {
        const detail = `${wasOpen ? 'again' : 'first'} ${hadDeclaration ? 'declared' : 'bare'}`;
        this.#say(half, 'header', this.#markup(tape), tape.serial, 0, tape.flags, detail);
        this.onElement?.(half, this.#rootName(tape), tape.flags);
      },
      element: (half, tape) => {
        if (this.keepTrees) this.trees.push(this.#tree(tape));
        const detail =
          `${flagNames(tape.flags, ELEMENT_FLAG)} elements=${tape.elementCount} ` +
          `depth=${tape.maxDepth} wire=${tape.wireLength} raw=${tape.rawLength}`;
        this.#say(half, 'element', this.#markup(tape), tape.serial, 0, tape.flags, detail);
        this.onElement?.(half, this.#rootName(tape), tape.flags);
      },
      streamEnd: (half) => {
        this.#say(half, 'end', '', 0, 0, 0, '');
      },
      event: (half, event, serial, offset, tape) => {
        this.#say(half, 'event', eventName(event), serial, offset, 0, this.#startOf(tape));
      },
    });
  }

  #say(
    half: number,
    kind: Said['kind'],
    text: string,
    serial: number,
    offset: number,
    flags: number,
    detail: string,
  ): void {
    if (!this.quiet) this.said.push({ half, kind, text, serial, offset, flags, detail });
  }

  #text(offset: number, length: number): string {
    const { memory } = this.tokenizer;
    if (offset < 0 || length < 0 || offset + length > memory.length) {
      throw new RangeError(`region ${offset}+${length} lies outside memory`);
    }
    return utf8.decode(memory.subarray(offset, offset + length));
  }

  #word(tape: TapeInfo, token: number, k: number): number {
    return tape.words[tape.tapeBase + token * TOKEN_WORDS + k] as number;
  }

  #rootName(tape: TapeInfo): string {
    return tape.tokenCount === 0 ? '' : this.#text(this.#word(tape, 0, 3), this.#word(tape, 0, 4));
  }

  #startOf(tape: TapeInfo): string {
    if (tape.tokenCount === 0) return '';
    let text = this.#rootName(tape);
    for (let i = 1; i < tape.tokenCount && this.#word(tape, i, 0) === TOKEN.attr; i++) {
      text += ` ${this.#text(this.#word(tape, i, 3), this.#word(tape, i, 4))}`;
    }
    return text;
  }

  /** The tape as text, with every id, flag and index; throws when the tape is not sound. */
  #markup(tape: TapeInfo): string {
    let out = '';
    const open: number[] = [];
    for (let i = 0; i < tape.tokenCount; i++) {
      const word = (k: number): number => this.#word(tape, i, k);
      const part = (k: number): string => this.#text(word(k), word(k + 1));
      switch (word(0)) {
        case TOKEN.start:
          open.push(i);
          out += `<${part(3)}:${word(1)} {${part(5)}}:${word(2)}`;
          break;
        case TOKEN.attr:
          out += ` @${part(3)}:${word(1)}:${word(2)}=${JSON.stringify(part(5))}`;
          out += `(${flagNames(word(7), TEXT_FLAG)})`;
          break;
        case TOKEN.nsdecl:
          out += ` xmlns:${part(3)}:${word(2)}=${JSON.stringify(part(5))}`;
          break;
        case TOKEN.text:
          out += ` ${JSON.stringify(part(5))}(${flagNames(word(1), TEXT_FLAG)})`;
          break;
        case TOKEN.end: {
          const start = open.pop();
          if (start !== word(1) || this.#word(tape, start, 7) !== i) {
            throw new Error(`END ${i} does not match START ${String(start)}`);
          }
          out += ' /';
          break;
        }
        default:
          throw new Error(`token ${i} is of kind ${word(0)}`);
      }
    }
    return out;
  }

  #tree(tape: TapeInfo): TreeNode {
    const top: TreeNode = { name: '', attrs: {}, children: [] };
    const stack: TreeNode[] = [top];
    for (let i = 0; i < tape.tokenCount; i++) {
      const word = (k: number): number => this.#word(tape, i, k);
      const part = (k: number): string => this.#text(word(k), word(k + 1));
      const current = stack.at(-1) as TreeNode;
      switch (word(0)) {
        case TOKEN.start: {
          const node: TreeNode = { name: `{${part(5)}}${part(3)}`, attrs: {}, children: [] };
          current.children.push(node);
          stack.push(node);
          break;
        }
        case TOKEN.attr:
          current.attrs[part(3)] ??= part(5);
          break;
        case TOKEN.text:
          current.children.push(part(5));
          break;
        case TOKEN.end:
          stack.pop();
      }
    }
    return top.children[0] as TreeNode;
  }

  /** Feeds pieces to a new half and closes it; returns what was said. */
  run(pieces: readonly Uint8Array[], midstream = false): Said[] {
    const before = this.said.length;
    const half = this.tokenizer.openHalf(midstream);
    for (const piece of pieces) this.tokenizer.feed(half, piece, 0, piece.length, 0);
    this.tokenizer.closeHalf(half);
    return this.said.splice(before);
  }

  /** Names of the events of a document, in order. */
  events(document: string | Uint8Array, midstream = false): string[] {
    const bytes = typeof document === 'string' ? bytesOf(document) : document;
    return this.run([bytes], midstream)
      .filter((said) => said.kind === 'event')
      .map((said) => said.text);
  }
}

/** What was said without the number of the half, one line each. */
export function linesOf(said: readonly Said[]): string[] {
  return said.map(
    ({ kind, text, serial, offset, detail }) => `${kind} ${serial} @${offset} ${text} [${detail}]`,
  );
}
