/**
 * Rule text in Suricata's syntax as coloured pieces. Reads any text: what is no rule comes back as plain pieces, and the
 * pieces joined are always the text.
 */

export type RuleTokenKind =
  | 'action'
  | 'proto'
  | 'address'
  | 'arrow'
  | 'punct'
  | 'keyword'
  | 'buffer'
  | 'string'
  | 'bytes'
  | 'number'
  | 'negation'
  | 'value'
  | 'comment'
  | 'space';

export interface RuleToken {
  readonly kind: RuleTokenKind;
  readonly text: string;
}

const ACTIONS: ReadonlySet<string> = new Set(['alert', 'pass', 'drop', 'reject']);
/** Buffers that do not say so by a dot in their name. */
const BUFFERS: ReadonlySet<string> = new Set(['stream']);
const BUFFER_PREFIX = /^(?:xmpp|file)\./;
/** Options that change the content or pcre before them, shown on its line. */
const MODIFIERS: ReadonlySet<string> = new Set([
  ...['nocase', 'offset', 'depth', 'distance', 'within', 'startswith', 'endswith'],
  ...['bsize', 'fast_pattern', 'luhn', 'iban', 'verhoeff', 'mod11'],
]);

/** The pieces of a text of one rule, or of several lines of rules and comments. */
export function ruleTokens(text: string): RuleToken[] {
  const tokens: RuleToken[] = [];
  const reader = new Reader(text, tokens);
  while (!reader.isAtEnd) readLine(reader);
  return tokens;
}

/** One rule as lines to show: the header, then an option a line with what modifies it; spaces between options go. */
export function ruleLines(text: string): RuleToken[][] {
  const lines: RuleToken[][] = [];
  let line: RuleToken[] = [];
  let isInside = false;
  const breakLine = (): void => {
    if (line.length > 0) lines.push(line);
    line = [];
  };
  for (const token of ruleTokens(text.trim())) {
    const { kind, text: part } = token;
    const before = line.at(-1);
    if (kind === 'space') {
      const isBetween = before === undefined || (isInside && isPunct(before, ';('));
      if (!isInside && part.includes('\n')) breakLine();
      else if (!isBetween) line.push({ kind, text: ' ' });
      continue;
    }
    const isOption = isInside && (before === undefined || isPunct(before, ';('));
    if (isOption && MODIFIERS.has(part) && isPunct(before, ';')) {
      line.push({ kind: 'space', text: ' ' });
    } else if (isOption) breakLine();
    line.push(token);
    // The header ends with the first bracket; brackets of addresses are square.
    if (!isInside && isPunct(token, '(')) isInside = true;
    else if (isInside && isOption && isPunct(token, ')')) {
      isInside = false;
      breakLine();
    }
  }
  breakLine();
  return lines;
}

function isPunct(token: RuleToken | undefined, chars: string): boolean {
  return token?.kind === 'punct' && chars.includes(token.text);
}

/** A place in the text, and the tokens read so far. */
class Reader {
  readonly #text: string;
  readonly #tokens: RuleToken[];
  #at = 0;

  constructor(text: string, tokens: RuleToken[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get next(): string {
    return this.#text[this.#at] ?? '';
  }

  /** What `pattern` (sticky) matches here, as a token; false and nothing read where it does not. */
  take(pattern: RegExp, kind: RuleTokenKind | ((text: string) => RuleTokenKind)): boolean {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0] ?? '';
    if (text === '') return false;
    this.#at += text.length;
    this.#tokens.push({ kind: typeof kind === 'string' ? kind : kind(text), text });
    return true;
  }
}

const SPACE = /\s+/y;
const COMMENT = /#[^\n]*/y;
const ARROW = /->|<>/y;
const WORD = /[^\s()#;:,!"]+/y;
const OPEN = /\(/y;
const CLOSE = /\)/y;
const NAME = /[A-Za-z_][\w.-]*/y;
const COLON = /:/y;
const SEMICOLON = /;/y;
const COMMA = /,/y;
const NOT = /!/y;
/** A string with the hex of a content apart; a line may end before its quote. */
const QUOTE = /"/y;
const STRING = /(?:\\[^\n]|[^"\\|\n])+/y;
const HEX = /\|[0-9A-Fa-f\s]*\|/y;
const ANY = /[^]/y;

/** To the end of a rule, or of a line that is none. */
function readLine(reader: Reader): void {
  let words = 0;
  while (!reader.isAtEnd) {
    if (reader.take(SPACE, 'space')) continue;
    if (reader.take(COMMENT, 'comment')) return;
    if (reader.take(OPEN, 'punct')) {
      readOptions(reader);
      return;
    }
    if (reader.take(ARROW, 'arrow')) continue;
    const place = words;
    if (reader.take(WORD, (text) => headerKind(text, place))) {
      words += 1;
      continue;
    }
    reader.take(ANY, 'punct');
  }
}

function headerKind(text: string, place: number): RuleTokenKind {
  if (place === 0) return ACTIONS.has(text) ? 'action' : 'value';
  return place === 1 ? 'proto' : 'address';
}

function readOptions(reader: Reader): void {
  while (!reader.isAtEnd) {
    if (reader.take(SPACE, 'space')) continue;
    if (reader.take(CLOSE, 'punct')) return;
    if (reader.take(SEMICOLON, 'punct')) continue;
    if (reader.take(NAME, optionKind)) {
      reader.take(SPACE, 'space');
      if (reader.take(COLON, 'punct')) readValue(reader);
      continue;
    }
    reader.take(ANY, 'punct');
  }
}

function optionKind(name: string): RuleTokenKind {
  const isBuffer = (BUFFER_PREFIX.test(name) && name !== 'xmpp.event') || BUFFERS.has(name);
  return isBuffer ? 'buffer' : 'keyword';
}

/** To the semicolon, which belongs to the value only inside quotes or behind a backslash. */
function readValue(reader: Reader): void {
  while (!reader.isAtEnd && reader.next !== ';') {
    if (reader.take(SPACE, 'space')) continue;
    if (reader.take(NOT, 'negation')) continue;
    if (reader.take(COMMA, 'punct')) continue;
    if (reader.next === '"') readString(reader);
    else if (!reader.take(/(?:\\[^\n]|[^\s;,!"\\])+/y, valueKind)) reader.take(ANY, 'value');
  }
}

function readString(reader: Reader): void {
  reader.take(QUOTE, 'string');
  while (!reader.isAtEnd && reader.next !== '"' && reader.next !== '\n') {
    if (reader.take(STRING, 'string')) continue;
    if (reader.take(HEX, 'bytes')) continue;
    reader.take(ANY, 'string');
  }
  reader.take(QUOTE, 'string');
}

function valueKind(text: string): RuleTokenKind {
  return /^[<>=]*-?\d+$/.test(text) ? 'number' : 'value';
}
