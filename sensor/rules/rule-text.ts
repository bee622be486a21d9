/**
 * A rule file as a sequence of rules. A rule is one line, or several joined by a backslash at the
 * end of each but the last. A line that starts with `#` is a comment; one that would be a rule
 * without its `#` is a disabled rule, which enable.conf may bring back.
 */
import { RuleError, type Place } from './problems.ts';

/** One rule's text, its lines joined, and the way back from an offset to line and column. */
export class RuleText {
  readonly file: string;
  readonly text: string;
  /** Line of the first character, from 1. */
  readonly line: number;
  /** Offset in `text` at which each source line starts, ascending. */
  readonly #starts: readonly number[];

  constructor(file: string, text: string, line: number, starts: readonly number[]) {
    this.file = file;
    this.text = text;
    this.line = line;
    this.#starts = starts;
  }

  /** The same rule with other text: it keeps its file and line, columns count in the new text. */
  withText(text: string): RuleText {
    return new RuleText(this.file, text, this.line, [0]);
  }

  /** Place of the character at `offset`. */
  place(offset: number): Place {
    let index = 0;
    while (index + 1 < this.#starts.length && (this.#starts[index + 1] ?? 0) <= offset) index++;
    return {
      file: this.file,
      line: this.line + index,
      column: offset - (this.#starts[index] ?? 0) + 1,
    };
  }
}

/** What `readRules` tells about a file. */
export interface RuleTextHandler {
  onRule(rule: RuleText): void;
  /** A rule behind a `#`, its text without it. */
  onDisabled(rule: RuleText): void;
  /** A rule longer than `maxChars`; its text is not kept. */
  onTooLong(place: Place): void;
}

const DISABLED = /^#\s*(?:alert|pass|drop|reject\w*)\s+[a-z][\w-]*\s[^(]*(?:->|<>)[^(]*\(/;

/** Walk the rules of a file. Linear in the length of `text`; a rule is held only while handled. */
export function readRules(
  file: string,
  text: string,
  maxChars: number,
  handler: RuleTextHandler,
): void {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const firstLine = line;
    const parts: string[] = [];
    const starts: number[] = [];
    let length = 0;
    let isContinued = true;
    while (isContinued && at < text.length) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const contentEnd = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      const isComment = parts.length === 0 && startsWithHash(text, at, contentEnd);
      isContinued = !isComment && contentEnd > at && text.charCodeAt(contentEnd - 1) === 92;
      const partEnd = isContinued ? contentEnd - 1 : contentEnd;
      starts.push(length);
      // Only as much as may be kept: a line of gigabytes must not be copied to be refused.
      if (length <= maxChars) parts.push(text.slice(at, Math.min(partEnd, at + maxChars + 1)));
      length += partEnd - at;
      at = end + 1;
      line++;
    }
    const joined = parts.join('');
    const place = { file, line: firstLine, column: 1 };
    if (joined.trim() === '' && length <= maxChars) continue;
    if (startsWithHash(joined, 0, joined.length)) {
      if (!DISABLED.test(joined.trimStart().slice(0, 1024))) continue;
      const hash = joined.indexOf('#') + 1;
      const body = joined.slice(hash).trimStart();
      const cut = joined.length - body.length;
      handler.onDisabled(new RuleText(file, body, firstLine, [-cut]));
    } else if (length > maxChars) handler.onTooLong(place);
    else handler.onRule(new RuleText(file, joined, firstLine, starts));
  }
}

function startsWithHash(text: string, from: number, to: number): boolean {
  let i = from;
  while (i < to && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i++;
  return i < to && text.charCodeAt(i) === 35;
}

/** A piece of rule text with its offset, so that every message can point at it. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

/** One `name:value;` or `name;` of a rule. */
export interface RuleOption {
  readonly name: Piece;
  /** Value without surrounding white space; undefined when there is no colon. */
  readonly value: Piece | undefined;
}

/** The parts of a rule, before any meaning is given to them. */
export interface RuleSyntax {
  readonly action: Piece;
  readonly proto: Piece;
  readonly src: Piece;
  readonly srcPort: Piece;
  readonly direction: Piece;
  readonly dst: Piece;
  readonly dstPort: Piece;
  readonly options: readonly RuleOption[];
}

/** Take a rule apart. Throws RuleError at the first thing that is out of place. */
export function splitRule(text: string, maxOptions: number): RuleSyntax {
  const cursor = new Cursor(text);
  const action = cursor.word('an action such as alert');
  const proto = cursor.word('a protocol: xmpp or tcp');
  const src = cursor.word('a source address');
  const srcPort = cursor.word('a source port');
  const direction = cursor.word('a direction: -> or <>');
  const dst = cursor.word('a destination address');
  const dstPort = cursor.word('a destination port');
  cursor.open();
  const options: RuleOption[] = [];
  for (let option = cursor.option(); option !== undefined; option = cursor.option()) {
    if (options.length >= maxOptions) {
      throw new RuleError(option.name.at, `Rule has more than ${maxOptions} keywords`);
    }
    options.push(option);
  }
  return { action, proto, src, srcPort, direction, dst, dstPort, options };
}

class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  /** A header word: up to white space, or up to the closing bracket of a list. */
  word(what: string): Piece {
    this.#skipSpace();
    const start = this.#at;
    let depth = 0;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 91) depth++;
      else if (code === 93) depth--;
      else if (depth <= 0 && (isSpace(code) || code === 40)) break;
      this.#at++;
    }
    if (this.#at === start) {
      throw new RuleError(
        start,
        `Rule header lacks ${what}`,
        'a header reads: alert xmpp any any -> any any (...)',
      );
    }
    return { text: this.#text.slice(start, this.#at), at: start };
  }

  open(): void {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== 40) {
      throw new RuleError(this.#at, 'Rule lacks the opening parenthesis before its keywords');
    }
    this.#at++;
  }

  /** The next option, or undefined after the closing parenthesis. */
  option(): RuleOption | undefined {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text.charCodeAt(start) === 41) {
      this.#at++;
      this.#skipSpace();
      if (this.#at < this.#text.length) {
        throw new RuleError(this.#at, 'Text after the closing parenthesis of the rule');
      }
      return undefined;
    }
    if (start >= this.#text.length) {
      throw new RuleError(start, 'Rule ends without the closing parenthesis');
    }
    while (this.#at < this.#text.length && isNameChar(this.#text.charCodeAt(this.#at))) this.#at++;
    const name = { text: this.#text.slice(start, this.#at), at: start };
    if (name.text === '') {
      throw new RuleError(start, `Expected a keyword, found ${describeChar(this.#text, start)}`);
    }
    this.#skipSpace();
    const code = this.#text.charCodeAt(this.#at);
    if (code === 59) {
      this.#at++;
      return { name, value: undefined };
    }
    if (code !== 58) {
      throw new RuleError(
        this.#at,
        `Expected : or ; after ${name.text}, found ${describeChar(this.#text, this.#at)}`,
        'every keyword ends with a semicolon',
      );
    }
    this.#at++;
    return { name, value: this.#value(name) };
  }

  /** Up to the next semicolon that is neither escaped nor inside double quotes. */
  #value(name: Piece): Piece {
    this.#skipSpace();
    const start = this.#at;
    let quotedAt = -1;
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 92) this.#at++;
      else if (code === 34) quotedAt = quotedAt < 0 ? this.#at : -1;
      else if (code === 59 && quotedAt < 0) {
        const text = this.#text.slice(start, this.#at).trimEnd();
        this.#at++;
        return { text, at: start };
      }
      this.#at++;
    }
    throw quotedAt < 0
      ? new RuleError(name.at, `Value of ${name.text} does not end with a semicolon`)
      : new RuleError(quotedAt, `Quotation mark of ${name.text} is not closed`);
  }
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function isNameChar(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46
  );
}

function describeChar(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? 'the end of the rule' : `"${String.fromCodePoint(code)}"`;
}
