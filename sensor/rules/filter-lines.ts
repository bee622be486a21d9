/**
 * The lines of enable.conf, disable.conf and modify.conf, in the format of suricata-update, so that the files of a
 * site that has them already can be used as they are:
 *
 *     1580010                                sid, gid:sid or gid:sid:rev; several with commas
 *     re:legacy.auth                         an expression anywhere in the rule, without regard to case
 *     group:policy.rules, group:spim*        file name, with or without .rules; * ? [abc]
 *     filename:*signatures/xml.rules         the same for the whole path
 *     metadata:confidence low                one key and its value, without regard to case
 *     *                                      every rule
 *
 *     1580010 "seconds 86400" "seconds 3600"            modify.conf: which rules, expression, replacement
 *     modifysid 1580010 "priority:2" | "priority:3"     the same in the words of Oinkmaster
 *     metadata-add re:jabber team chat                  a further metadata entry
 */
import { basename } from 'node:path';
import { splitPiece } from './draft.ts';
import { RuleError } from './problems.ts';
import type { Piece } from './rule-text.ts';

/** What a line may ask of a rule. */
export interface RuleFacts {
  readonly gid: number;
  /** 0 when the rule has none that can be read. */
  readonly sid: number;
  readonly rev: number;
  readonly file: string;
  readonly text: string;
  /** Lower case. */
  readonly metadata: ReadonlyMap<string, readonly string[]>;
}

/** Which rules a line is about. */
export type RuleMatcher =
  | { readonly kind: 'ids'; readonly ids: readonly RuleId[] }
  | { readonly kind: 'test'; readonly test: (facts: RuleFacts) => boolean };

export interface RuleId {
  readonly gid: number;
  readonly sid: number;
  readonly rev: number | undefined;
}

/** A line of modify.conf: which rules, and what becomes of their text. */
export interface RuleModification {
  readonly matcher: RuleMatcher;
  readonly change: (text: string) => string;
}

const MAX_EXPRESSION_CHARS = 1024;
const MAX_REPLACEMENT_CHARS = 1024;

/** Which rules a word of these files stands for. Throws RuleError with the offset in the line. */
export function parseMatcher(word: Piece): RuleMatcher {
  const { text } = word;
  const behind = (prefix: string): Piece => ({
    text: text.slice(prefix.length).trim(),
    at: word.at + prefix.length,
  });
  if (text === '*') return { kind: 'test', test: () => true };
  if (text.startsWith('re:')) {
    const { expression } = parseExpression(behind('re:'), 'i');
    return { kind: 'test', test: (facts) => expression.test(facts.text) };
  }
  if (text.startsWith('filename:')) {
    const glob = parseGlob(behind('filename:'));
    return { kind: 'test', test: ({ file }) => glob.test(file) };
  }
  if (text.startsWith('group:')) return parseGroup(behind('group:'));
  if (text.startsWith('metadata:')) return parseMetadata(behind('metadata:'));
  if (/^[\d\s:,]+$/.test(text))
    return { kind: 'ids', ids: splitPiece(word, ',').map((item) => parseId(item)) };
  if (text.endsWith('.rules')) return parseGroup(word);
  throw new RuleError(
    word.at,
    `"${text.slice(0, 64)}" does not say which rules are meant`,
    'write a sid, gid:sid, re:EXPRESSION, group:FILE.rules, filename:PATH, metadata:KEY VALUE or *',
  );
}

function parseId(item: Piece): RuleId {
  const match = /^(?:(\d{1,10}):)?(\d{1,10})(?::(\d{1,10}))?$/.exec(item.text.replace(/\s+/g, ''));
  if (match === null) {
    throw new RuleError(item.at, `"${item.text}" is no sid`, 'write SID, GID:SID or GID:SID:REV');
  }
  const [, gid, sid, rev] = match;
  return {
    gid: gid === undefined ? 1 : Number(gid),
    sid: Number(sid),
    rev: rev === undefined ? undefined : Number(rev),
  };
}

function parseGroup(name: Piece): RuleMatcher {
  const glob = parseGlob(name);
  return {
    kind: 'test',
    test: ({ file }) => {
      const base = basename(file);
      return glob.test(base) || glob.test(base.replace(/\.[^.]*$/, ''));
    },
  };
}

function parseMetadata(entry: Piece): RuleMatcher {
  const match = /^(\S+)\s+(.+)$/.exec(entry.text.toLowerCase());
  if (match === null) {
    const hint = 'for example metadata:confidence low';
    throw new RuleError(entry.at, 'metadata: needs a key and a value', hint);
  }
  const [, key = '', value = ''] = match;
  return {
    kind: 'test',
    test: ({ metadata }) => metadata.get(key)?.includes(value) ?? false,
  };
}

/** A file name with `*`, `?` and `[abc]`, as in a shell. */
function parseGlob(pattern: Piece): RegExp {
  if (pattern.text === '') throw new RuleError(pattern.at, 'File name is empty');
  const source = pattern.text.replace(/\*+|\?|\[!?[^\]]+\]|[\\^$.|+(){}[\]]/g, (part) => {
    if (part.startsWith('*')) return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `\\${part}`;
  });
  return compile(`^(?:${source})$`, 's', pattern);
}

/** Python's notation, as in suricata-update: named groups and flags at the front are written differently there. */
function parseExpression(pattern: Piece, flags: string): { expression: RegExp } {
  const { text, at } = pattern;
  if (text === '') throw new RuleError(at, 'Expression is empty');
  if (text.length > MAX_EXPRESSION_CHARS) {
    throw new RuleError(at, `Expression is longer than ${MAX_EXPRESSION_CHARS} characters`);
  }
  const front = /^\(\?([ims]+)\)/.exec(text);
  const body = text
    .slice(front?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/(?<!\\)\\A/g, '^')
    .replace(/(?<!\\)\\Z/g, '$');
  const all = [...new Set(flags + (front?.[1] ?? ''))].join('');
  return { expression: compile(body, all, pattern) };
}

function compile(source: string, flags: string, { at }: Piece): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, '') : '';
    throw new RuleError(at, `Expression cannot be read: ${reason.toLowerCase()}`);
  }
}

/** A line of modify.conf. Throws RuleError with the offset in the line. */
export function parseModification(line: Piece): RuleModification {
  const words = splitWords(line);
  const [first] = words;
  if (first?.text === 'metadata-add') return parseMetadataAdd(line, words.slice(1));
  const isOinkmaster = first?.text === 'modifysid';
  const [which, from, to, ...rest] = isOinkmaster
    ? words.slice(1).filter((word, i) => i !== 2 || word.text !== '|')
    : words;
  const surplus = rest[0];
  if (which === undefined || from === undefined || to === undefined || surplus !== undefined) {
    throw new RuleError(
      surplus?.at ?? line.at,
      `Line of modify.conf has ${surplus === undefined ? 'too few' : 'too many'} parts`,
      'write SID "EXPRESSION" "REPLACEMENT", with quotation marks around spaces',
    );
  }
  const { expression } = parseExpression(from, 'g');
  const replacement = parseReplacement(to);
  return {
    matcher: parseMatcher(which),
    change: (text) => text.replace(expression, replacement),
  };
}

function parseMetadataAdd(line: Piece, words: readonly Piece[]): RuleModification {
  const [which, key, value] = words;
  if (which === undefined || key === undefined || value === undefined || words.length > 3) {
    throw new RuleError(
      line.at,
      'metadata-add needs three parts',
      'write metadata-add SID KEY VALUE',
    );
  }
  if (!/^[\w.-]+$/.test(key.text) || /[;,()"\\]/.test(value.text)) {
    throw new RuleError(key.at, 'Metadata must be a word and plain text without ; , ( ) "');
  }
  const entry = ` metadata:${key.text} ${value.text};)`;
  return { matcher: parseMatcher(which), change: (text) => text.replace(/\)\s*$/, () => entry) };
}

/** Python's replacement (`\1`, `\g<name>`) and Oinkmaster's (`${1}`) in JavaScript's notation. */
function parseReplacement(to: Piece): string {
  if (to.text.length > MAX_REPLACEMENT_CHARS) {
    throw new RuleError(to.at, `Replacement is longer than ${MAX_REPLACEMENT_CHARS} characters`);
  }
  return to.text.replace(
    /\$\{(\d{1,2})\}|\\g<(\w+)>|\\(\d{1,2})|\\(\\)|\$/g,
    (whole, oink?: string, named?: string, index?: string, slash?: string) => {
      if (slash !== undefined) return '\\';
      const group = oink ?? index ?? named;
      if (group === undefined) return whole === '$' ? '$$' : whole;
      if (!/^\d+$/.test(group)) return `$<${group}>`;
      return Number(group) === 0 ? '$&' : `$${group.padStart(2, '0')}`;
    },
  );
}

/** Words as a shell splits them: quotation marks hold spaces, a backslash takes the next character. */
function splitWords(line: Piece): Piece[] {
  const words: { text: string; at: number }[] = [];
  let word: { text: string; at: number } | undefined;
  let quote = '';
  for (let i = 0; i < line.text.length; i++) {
    const char = line.text.charAt(i);
    const next = line.text.charAt(i + 1);
    if (quote === '' && /\s/.test(char)) {
      word = undefined;
      continue;
    }
    if (word === undefined) {
      word = { text: '', at: line.at + i };
      words.push(word);
    }
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '\\' && (quote === '' || (quote === '"' && '"\\'.includes(next)))) {
      word.text += next;
      i++;
    } else word.text += char;
  }
  if (quote !== '')
    throw new RuleError(words.at(-1)?.at ?? line.at, 'Quotation mark is not closed');
  return words;
}
