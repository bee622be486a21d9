/** A rule while its keywords are being read, and the small readers every keyword uses. */
import { bufferId } from '../core/index.ts';
import type { Classtype } from './classification.ts';
import type { DatasetStore } from './datasets.ts';
import type { ExpressionStore } from './expression-store.ts';
import { RuleError } from './problems.ts';
import type { Piece } from './rule-text.ts';
import type {
  AddressMatch,
  AddressQuery,
  BitChange,
  BitTest,
  DatasetTerm,
  FiringRate,
  MatchTerm,
  PortMatch,
  Rule,
  SizeTerm,
  Threshold,
  ValidateTerm,
} from './types.ts';

const STREAM = bufferId('stream');

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A content or pcre whose modifiers are still to come. */
export interface MatchDraft {
  readonly term: Mutable<MatchTerm>;
  /** Offset of its keyword in the rule. */
  readonly at: number;
}

export interface OtherDraft {
  readonly term: SizeTerm | ValidateTerm | DatasetTerm;
  readonly at: number;
}

export type TermDraft = MatchDraft | OtherDraft;

export function isMatch(draft: TermDraft | undefined): draft is MatchDraft {
  return draft !== undefined && (draft.term.kind === 'content' || draft.term.kind === 'pcre');
}

/** What the header says. */
export interface RuleHeader {
  readonly action: Rule['action'];
  readonly proto: Rule['proto'];
  readonly src: AddressMatch;
  readonly srcPort: PortMatch;
  readonly dst: AddressMatch;
  readonly dstPort: PortMatch;
  readonly bidirectional: boolean;
}

export class RuleDraft {
  /** Undefined when the header is broken: the keywords are still read, for their own mistakes. */
  readonly header: RuleHeader | undefined;
  /** Where each keyword was first given. */
  readonly seen = new Map<string, number>();
  msg: string | undefined;
  sid: number | undefined;
  gid = 1;
  rev = 1;
  classtype: { name: string; info: Classtype } | undefined;
  priority: number | undefined;
  readonly references: string[] = [];
  readonly metadata = new Map<string, string[]>();
  flow = { toServer: false, toClient: false, established: false };
  readonly events: number[] = [];
  readonly terms: TermDraft[] = [];
  readonly addressQueries: AddressQuery[] = [];
  threshold: Threshold | undefined;
  detectionFilter: FiringRate | undefined;
  /** Each with the offset of its keyword. */
  readonly bitTests: { readonly test: BitTest; readonly at: number }[] = [];
  readonly bitChanges: BitChange[] = [];
  noalert = false;
  target: Rule['target'];
  /** What `requires` names and the sensor lacks: then nothing else was read. */
  unmet: string | undefined;
  #buffer: number | undefined;
  #addressSide: AddressQuery['side'] | undefined;
  #group = -1;

  constructor(header: RuleHeader | undefined) {
    this.header = header;
  }

  /** A sticky buffer was named: what follows is matched there, together, in one region. */
  openBuffer(buffer: number): void {
    this.#buffer = buffer;
    this.#addressSide = undefined;
    this.#group++;
  }

  /** `ip.src` or `ip.dst` was named: what follows asks lists about that address. */
  openAddress(side: AddressQuery['side']): void {
    this.#addressSide = side;
  }

  /** The address that was named last, unless a buffer was named since. */
  get addressSide(): AddressQuery['side'] | undefined {
    return this.#addressSide;
  }

  /**
   * Buffer and group for the term of `keyword`. Without a sticky buffer a tcp rule matches the
   * reassembled stream, any other rule is wrong.
   */
  place(keyword: Piece): { buffer: number; group: number } {
    if (this.#addressSide !== undefined) {
      throw new RuleError(
        keyword.at,
        `${keyword.text} cannot look at ip.${this.#addressSide}`,
        'it takes dataset and datarep; write other addresses in the header of the rule',
      );
    }
    if (this.#buffer !== undefined) return { buffer: this.#buffer, group: this.#group };
    if (this.header?.proto === 'tcp') {
      this.openBuffer(STREAM);
      return { buffer: STREAM, group: this.#group };
    }
    throw new RuleError(
      keyword.at,
      `${keyword.text} stands before any sticky buffer`,
      'name the buffer first, for example: xmpp.body; content:"...";',
    );
  }

  /** The content before a modifier. */
  lastContent(keyword: Piece): MatchDraft {
    const last = this.terms.findLast(isMatch);
    if (last?.term.kind !== 'content') {
      throw new RuleError(keyword.at, `${keyword.text} has no content before it`);
    }
    return last;
  }

  /** The content or pcre before a keyword that takes either. */
  lastMatch(keyword: Piece): MatchDraft {
    const last = this.terms.findLast(isMatch);
    if (last === undefined) {
      throw new RuleError(keyword.at, `${keyword.text} has no content or pcre before it`);
    }
    return last;
  }
}

/** What keywords may look up. */
export interface RuleContext {
  readonly classtypes: ReadonlyMap<string, Classtype>;
  /** Reference type in lower case -> URL prefix. */
  readonly references: ReadonlyMap<string, string>;
  readonly datasets: Pick<DatasetStore, 'open'>;
  /** What is wrong with `validate:NAME ARGUMENT;`, or undefined when it is sound. */
  validatorProblem(name: string, argument: string): string | undefined;
  readonly expressions: Pick<ExpressionStore, 'problem' | 'hasStarts'>;
  /** File the rule stands in. */
  readonly file: string;
}

/** One keyword of the language. */
export interface Keyword {
  readonly value: 'none' | 'required' | 'optional';
  /** May stand more than once in a rule. */
  readonly isRepeatable: boolean;
  /** `value.text` is '' when none was given. Throws RuleError. */
  apply(draft: RuleDraft, value: Piece, name: Piece, context: RuleContext): void;
}

export type KeywordTable = Readonly<Record<string, Keyword>>;

/** A whole number from `min` to `max`. */
export function parseInteger(piece: Piece, what: string, min: number, max: number): number {
  const value = /^[+-]?\d{1,15}$/.test(piece.text) ? Number(piece.text) : Number.NaN;
  if (Number.isNaN(value)) {
    const hint = /^[a-z_]\w*$/i.test(piece.text)
      ? 'variables made by byte_extract are not supported yet; write the number'
      : undefined;
    throw new RuleError(piece.at, `${what} must be a whole number, found "${piece.text}"`, hint);
  }
  if (value < min || value > max) {
    throw new RuleError(piece.at, `${what} ${piece.text} is outside ${min} to ${max}`);
  }
  return value;
}

/** Parts between separators, trimmed, each with its offset. */
export function splitPiece(piece: Piece, separator: string): Piece[] {
  let at = piece.at;
  return piece.text.split(separator).map((text) => {
    const part = { text: text.trim(), at: at + text.length - text.trimStart().length };
    at += text.length + separator.length;
    return part;
  });
}

/** First word and the rest. */
export function splitWord(piece: Piece): { word: Piece; rest: Piece } {
  const space = piece.text.search(/\s/);
  if (space < 0) {
    const end = { text: '', at: piece.at + piece.text.length };
    return { word: piece, rest: end };
  }
  const rest = piece.text.slice(space);
  return {
    word: { text: piece.text.slice(0, space), at: piece.at },
    rest: { text: rest.trim(), at: piece.at + space + rest.length - rest.trimStart().length },
  };
}

/** The inside of `"..."` or `!"..."`, escapes untouched. */
export function parseQuoted(value: Piece, keyword: string): { negated: boolean; inner: Piece } {
  const negated = value.text.startsWith('!');
  const body = negated ? value.text.slice(1).trimStart() : value.text;
  const at = value.at + value.text.length - body.length;
  if (body.length < 2 || !body.startsWith('"') || !body.endsWith('"')) {
    throw new RuleError(
      value.at,
      `Value of ${keyword} must stand in double quotes`,
      `write ${keyword}:"..."; and escape a quotation mark inside as \\"`,
    );
  }
  const inner = { text: body.slice(1, -1), at: at + 1 };
  for (let i = 0; i < inner.text.length; i++) {
    if (inner.text[i] === '\\') i++;
    else if (inner.text[i] === '"') {
      throw new RuleError(inner.at + i, 'Quotation mark inside quotes', 'escape it as \\"');
    }
  }
  return { negated, inner };
}
