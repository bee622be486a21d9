/**
 * Reads a Perl-style expression and writes the one libhs gets: captures dropped, extended mode
 * worked in, UTF-8 characters spelled out as bytes. What no linear-time engine can run
 * (lookaround, back references, atomic groups, recursion) is refused here by name and position,
 * because an attacker chooses the text the expression runs on.
 *
 * Grammar: pcre2pattern(3), the part libhs supports.
 */
import {
  CONTROL_ESCAPES,
  EMPTY,
  byteLiteral,
  classRange,
  flagText,
  foldRanges,
  literal,
  refuseEscape,
  refuseGroup,
  type Part,
} from './pcre-parts.ts';
import { RuleError } from './problems.ts';
import { utf8Expression, type CodeRange } from './utf8-ranges.ts';

/** Flags that change what is read. `s` and `m` are handed to libhs and only matter there. */
export interface PcreFlags {
  readonly caseless: boolean;
  readonly extended: boolean;
}

/** What the expression is, besides its text. */
export interface PcreFacts {
  /** libhs syntax, ASCII only. */
  readonly expression: string;
  /** Positions after repeats are written out: what compiling it costs. */
  readonly size: number;
  /** Bytes of the shortest match. */
  readonly minLength: number;
  /** Longest run of fixed characters in every match (an estimate from below). */
  readonly literalLength: number;
  /** True when the text before a match can decide about it (`^`, `\b` at its start). */
  readonly startSensitive: boolean;
}

/** Most positions an expression may have: libhs needs a second for that many, four for twice as many. */
export const MAX_PCRE_SIZE = 4096;
const MAX_GROUP_DEPTH = 64;
/** Largest repeat libhs takes. */
const MAX_REPEAT = 32767;

interface Modes {
  caseless: boolean;
  extended: boolean;
}

/** Translate `source`; `at` is its offset in the rule, for messages. Throws RuleError. */
export function translatePcre(source: string, at: number, flags: PcreFlags): PcreFacts {
  const parser = new PcreParser(source, at);
  const part = parser.parse({ caseless: flags.caseless, extended: flags.extended });
  return {
    expression: part.text,
    size: part.size,
    minLength: part.min,
    literalLength: part.run,
    startSensitive: parser.startSensitive,
  };
}

class PcreParser {
  readonly #source: string;
  readonly #base: number;
  #at = 0;
  startSensitive = false;

  constructor(source: string, base: number) {
    this.#source = source;
    this.#base = base;
  }

  parse(modes: Modes): Part {
    const part = this.#alternatives(modes, false, 0);
    if (this.#at < this.#source.length)
      throw this.#error('Closing parenthesis without its opening');
    return part;
  }

  #error(message: string, hint?: string, at = this.#at): RuleError {
    return new RuleError(this.#base + at, message, hint);
  }

  #peek(offset = 0): string {
    return this.#source[this.#at + offset] ?? '';
  }

  /** `hasPrefix`: at least one byte of the match surely stands before this part. */
  #alternatives(modes: Modes, hasPrefix: boolean, depth: number): Part {
    if (depth > MAX_GROUP_DEPTH) throw this.#error('Groups are nested too deeply');
    let result = this.#sequence(modes, hasPrefix, depth);
    while (this.#peek() === '|') {
      this.#at++;
      const other = this.#sequence(modes, hasPrefix, depth);
      result = {
        text: `${result.text}|${other.text}`,
        size: this.#checkedSize(result.size + other.size),
        min: Math.min(result.min, other.min),
        run: Math.min(result.run, other.run),
        isChar: false,
      };
    }
    return result;
  }

  #sequence(modes: Modes, hasPrefix: boolean, depth: number): Part {
    const texts: string[] = [];
    let size = 0;
    let min = 0;
    let run = 0;
    let longest = 0;
    while (this.#at < this.#source.length) {
      if (modes.extended && this.#skipExtended()) continue;
      const char = this.#peek();
      if (char === '|' || char === ')') break;
      const start = this.#at;
      const atom = this.#atom(modes, hasPrefix || min > 0, depth);
      if (atom === undefined) continue;
      if (modes.extended) while (this.#skipExtended());
      const part = this.#repeat(atom, start);
      texts.push(part.text);
      size = this.#checkedSize(size + part.size);
      min += part.min;
      run = part.isChar ? run + part.run : 0;
      longest = Math.max(longest, run, part.run);
    }
    return { text: texts.join(''), size, min, run: longest, isChar: false };
  }

  #checkedSize(size: number): number {
    if (size > MAX_PCRE_SIZE) {
      throw this.#error(
        `Expression is too large: more than ${MAX_PCRE_SIZE} positions once its repeats are written out`,
        'use smaller counts, or one unbounded repeat (+ or *) instead',
      );
    }
    return size;
  }

  /** White space and comments of extended mode; true when something was skipped. */
  #skipExtended(): boolean {
    const start = this.#at;
    while (/^[ \t\n\r\f\v]$/.test(this.#peek())) this.#at++;
    if (this.#peek() === '#') {
      const newline = this.#source.indexOf('\n', this.#at);
      this.#at = newline < 0 ? this.#source.length : newline + 1;
    }
    return this.#at > start;
  }

  // --- repeats ---

  #repeat(atom: Part, start: number): Part {
    const bounds = this.#bounds();
    if (bounds === undefined) return atom;
    const { low, high, text } = bounds;
    if (this.#peek() === '+') {
      throw this.#error(
        'Possessive repeats cannot be run without backtracking',
        'drop the extra +',
      );
    }
    // Lazy repeats find the same texts: every end of a match is reported anyway.
    if (this.#peek() === '?') this.#at++;
    if (low > high) throw this.#error('Repeat runs backwards', undefined, start);
    if (low > MAX_REPEAT || (high !== Infinity && high > MAX_REPEAT)) {
      throw this.#error(`Repeat count is above ${MAX_REPEAT}`, undefined, start);
    }
    const copies = high === Infinity ? Math.max(low, 1) : high;
    // libhs counts repeats of a single character class instead of writing them out.
    const isCounted = atom.size <= 1;
    return {
      text: atom.text + text,
      size: this.#checkedSize(isCounted ? 1 + Math.ceil(copies / 16) : atom.size * copies),
      min: atom.min * low,
      run: atom.run * (atom.isChar ? low : Math.min(low, 1)),
      isChar: atom.isChar && low === high,
    };
  }

  /** `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`, or undefined: then nothing was read. */
  #bounds(): { low: number; high: number; text: string } | undefined {
    const char = this.#peek();
    if (char === '*' || char === '+' || char === '?') {
      this.#at++;
      return { low: char === '+' ? 1 : 0, high: char === '?' ? 1 : Infinity, text: char };
    }
    if (char !== '{') return undefined;
    const match = /^\{(\d{1,6})(,?)(\d{0,6})\}/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (match === null) return undefined;
    const [text, low = '', comma, high = ''] = match;
    if (comma === '' && high !== '') return undefined;
    this.#at += text.length;
    return {
      low: Number(low),
      high: high !== '' ? Number(high) : comma ? Infinity : Number(low),
      text,
    };
  }

  // --- atoms ---

  /** One atom; undefined for what leaves no trace (comments, inline flags). */
  #atom(modes: Modes, hasPrefix: boolean, depth: number): Part | undefined {
    const char = this.#peek();
    switch (char) {
      case '(':
        return this.#group(modes, hasPrefix, depth);
      case '[':
        return this.#class(modes);
      case '\\':
        return this.#escape(modes, hasPrefix);
      case '.':
        this.#at++;
        return { text: '.', size: 1, min: 1, run: 0, isChar: false };
      case '^':
        this.#at++;
        if (!hasPrefix) this.startSensitive = true;
        return { ...EMPTY, text: '^' };
      case '$':
        this.#at++;
        return { ...EMPTY, text: '$' };
      case '*':
      case '+':
      case '?':
        throw this.#error(`Nothing to repeat before ${char}`);
      default: {
        const code = this.#source.codePointAt(this.#at) ?? 0;
        this.#at += code > 0xffff ? 2 : 1;
        return literal(code, modes.caseless);
      }
    }
  }

  #group(modes: Modes, hasPrefix: boolean, depth: number): Part | undefined {
    const start = this.#at;
    this.#at++;
    if (this.#peek() === '*') {
      throw this.#error('Backtracking verbs such as (*SKIP) are not supported', undefined, start);
    }
    let inner = modes;
    let open = '(?:';
    if (this.#peek() === '?') {
      this.#at++;
      const special = this.#specialGroup(modes, start);
      if (special === undefined) return undefined;
      if (special.flags !== undefined) return { ...EMPTY, text: special.flags };
      inner = special.modes;
      open = special.open;
    }
    const part = this.#alternatives({ ...inner }, hasPrefix, depth + 1);
    if (this.#peek() !== ')') throw this.#error('Group is not closed', undefined, start);
    this.#at++;
    return { ...part, text: `${open}${part.text})`, isChar: false };
  }

  /** After `(?`: what kind of group it is; undefined when nothing of it remains. */
  #specialGroup(
    modes: Modes,
    start: number,
  ): { modes: Modes; open: string; flags?: string } | undefined {
    const rest = this.#source.slice(this.#at, this.#at + 64);
    refuseGroup(rest, (message, hint) => this.#error(message, hint, start));
    if (rest.startsWith('#')) {
      const end = this.#source.indexOf(')', this.#at);
      if (end < 0) throw this.#error('Comment is not closed', undefined, start);
      this.#at = end + 1;
      return undefined;
    }
    const name = /^(?:P?<\w{1,32}>|'\w{1,32}')/.exec(rest);
    if (name !== null) {
      this.#at += name[0].length;
      return { modes, open: '(?:' };
    }
    const flags = /^([imsx]*)(?:-([imsx]+))?([:)])/.exec(rest);
    if (flags === null) throw this.#error('Unknown kind of group', undefined, start);
    const [text, on = '', off = '', end] = flags;
    this.#at += text.length;
    const changed = {
      caseless: (modes.caseless || on.includes('i')) && !off.includes('i'),
      extended: (modes.extended || on.includes('x')) && !off.includes('x'),
    };
    const kept = flagText(on, off);
    if (end === ':') return { modes: changed, open: `(?${kept}:` };
    // Flags to the end of the enclosing group: libhs has them too, all but x.
    modes.caseless = changed.caseless;
    modes.extended = changed.extended;
    return kept === '' ? undefined : { modes, open: '', flags: `(?${kept})` };
  }

  #escape(modes: Modes, hasPrefix: boolean): Part | undefined {
    const start = this.#at;
    this.#at++;
    const char = this.#peek();
    if (char === '') throw this.#error('Expression ends with a backslash', undefined, start);
    if (char === 'Q') return this.#quoted(modes);
    if (char === 'E') {
      this.#at++;
      return undefined;
    }
    if ('bBA'.includes(char)) {
      this.#at++;
      if (!hasPrefix) this.startSensitive = true;
      return { ...EMPTY, text: `\\${char}` };
    }
    if (char === 'z' || char === 'Z') {
      this.#at++;
      return { ...EMPTY, text: `\\${char}` };
    }
    if ('dDwWsShHvV'.includes(char)) {
      this.#at++;
      return { text: `\\${char}`, size: 1, min: 1, run: 0, isChar: false };
    }
    const code = this.#escapedCode(start);
    return code.isByte ? byteLiteral(code.value) : literal(code.value, modes.caseless);
  }

  /** `\Q...\E`: everything between is text. */
  #quoted(modes: Modes): Part {
    this.#at++;
    const end = this.#source.indexOf('\\E', this.#at);
    const text = this.#source.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#source.length : end + 2;
    const parts = Array.from(text, (char) => literal(char.codePointAt(0) ?? 0, modes.caseless));
    const length = parts.reduce((sum, part) => sum + part.min, 0);
    return {
      text: `(?:${parts.map((part) => part.text).join('')})`,
      size: this.#checkedSize(length),
      min: length,
      run: length,
      isChar: false,
    };
  }

  /** A character given by an escape. `\xhh` and octal are bytes, `\x{...}` is a character. */
  #escapedCode(start: number): { value: number; isByte: boolean } {
    const char = this.#peek();
    const rest = this.#source.slice(this.#at, this.#at + 16);
    const octal = /^0[0-7]{0,2}/.exec(rest);
    if (octal !== null) {
      this.#at += octal[0].length;
      return { value: Number.parseInt(octal[0], 8), isByte: true };
    }
    const hex = /^x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{0,2}))/.exec(rest);
    if (hex !== null) {
      this.#at += hex[0].length;
      const value = Number.parseInt(hex[1] ?? (hex[2] === '' ? '0' : (hex[2] ?? '0')), 16);
      if (value > 0x10ffff) throw this.#error('Character beyond U+10FFFF', undefined, start);
      return { value, isByte: hex[1] === undefined };
    }
    const control = CONTROL_ESCAPES.get(char);
    if (control !== undefined) {
      this.#at++;
      return { value: control, isByte: true };
    }
    refuseEscape(char, (message, hint) => this.#error(message, hint, start));
    const value = this.#source.codePointAt(this.#at) ?? 0;
    this.#at += value > 0xffff ? 2 : 1;
    return { value, isByte: false };
  }

  // --- classes ---

  #class(modes: Modes): Part {
    const start = this.#at;
    this.#at++;
    const isNegated = this.#peek() === '^';
    if (isNegated) this.#at++;
    const ascii: string[] = [];
    const wide: CodeRange[] = [];
    let isFirst = true;
    while (true) {
      const char = this.#peek();
      if (char === '') throw this.#error('Character class is not closed', undefined, start);
      if (char === ']' && !isFirst) break;
      isFirst = false;
      this.#classItem(ascii, wide);
    }
    this.#at++;
    if (wide.length === 0) {
      const text = `[${isNegated ? '^' : ''}${ascii.join('')}]`;
      return { text, size: 1, min: 1, run: 0, isChar: false };
    }
    if (isNegated) {
      throw this.#error(
        'Characters outside ASCII in a negated class',
        'the text is UTF-8 and a class matches one byte: list what is allowed instead',
        start,
      );
    }
    const folded = modes.caseless ? foldRanges(wide) : wide;
    if (folded === undefined) {
      const hint = 'name the letters in both cases and drop the flag, or use a smaller range';
      throw this.#error('Class has too many characters to ignore their case', hint, start);
    }
    const text = utf8Expression(folded);
    const all = ascii.length === 0 ? text : `(?:[${ascii.join('')}]|${text})`;
    const size = this.#checkedSize(4 * folded.length + 1);
    return { text: all, size, min: 1, run: 0, isChar: false };
  }

  /** One item of a class: a POSIX class, an escape such as \d, a character or a range. */
  #classItem(ascii: string[], wide: CodeRange[]): void {
    const posix = /^\[:\^?[a-z]{1,8}:\]/.exec(this.#source.slice(this.#at, this.#at + 12));
    if (posix !== null) {
      ascii.push(posix[0]);
      this.#at += posix[0].length;
      return;
    }
    if (this.#peek() === '\\' && this.#peek(1) !== '' && 'dDwWsShHvV'.includes(this.#peek(1))) {
      ascii.push(`\\${this.#peek(1)}`);
      this.#at += 2;
      return;
    }
    const start = this.#at;
    const from = this.#classChar();
    let to = from;
    if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== '') {
      this.#at++;
      to = this.#classChar();
      if (to.value < from.value) throw this.#error('Range runs backwards', undefined, start);
      if (from.value > 0x7f && from.isByte !== to.isByte) {
        throw this.#error('Range mixes a byte (\\xhh) and a character', undefined, start);
      }
    }
    // \x80 to \xff are bytes as written; characters from U+0080 on are UTF-8 sequences.
    if (to.value < 0x80 || to.isByte) ascii.push(classRange(from.value, to.value));
    else {
      if (from.value < 0x80) ascii.push(classRange(from.value, 0x7f));
      wide.push({ from: Math.max(0x80, from.value), to: to.value });
    }
  }

  #classChar(): { value: number; isByte: boolean } {
    const start = this.#at;
    if (this.#peek() === '\\') {
      this.#at++;
      if (this.#peek() === 'b') {
        this.#at++;
        return { value: 8, isByte: true };
      }
      if (this.#peek() === '') throw this.#error('Character class is not closed', undefined, start);
      return this.#escapedCode(start);
    }
    const value = this.#source.codePointAt(this.#at) ?? 0;
    this.#at += value > 0xffff ? 2 : 1;
    return { value, isByte: false };
  }
}
