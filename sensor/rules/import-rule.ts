/**
 * One rule of Suricata 5 to 7 or Snort 2 in our words. What means the same is rewritten, what has no
 * bearing on whether a rule matches is dropped, and both are noted; what would change the meaning is
 * refused with its place. The loader reads the result, so only what it would not take is seen to here.
 */
import { translateOption } from './import-keywords.ts';
import { RuleError } from './problems.ts';
import { splitRule, type Piece, type RuleOption, type RuleSyntax } from './rule-text.ts';
import { EditedText, type TextEdit } from './text-edits.ts';

const MAX_OPTIONS = 1024;

/** Names the reading end knows. */
export interface KnownNames {
  readonly classtypes: ReadonlySet<string>;
  /** In lower case. */
  readonly references: ReadonlySet<string>;
}

/** Something about a keyword, or about the header when `keyword` is ''. */
export interface ImportNote {
  /** Offset in the original rule. */
  readonly at: number;
  readonly keyword: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What a rule is called, as far as it says so. */
export interface RuleName {
  readonly sid: number | undefined;
  readonly gid: number;
  readonly rev: number;
  readonly msg: string;
}

export interface Translation {
  readonly name: RuleName;
  readonly edited: EditedText;
  readonly changes: readonly ImportNote[];
  readonly refusals: readonly ImportNote[];
  /** Where each keyword stands, ascending: to name the one a later problem is about. */
  readonly options: readonly Piece[];
}

/** Replace or drop an option, refuse the rule for it. */
export class OptionEditor {
  readonly edits: TextEdit[] = [];
  readonly changes: ImportNote[] = [];
  readonly refusals: ImportNote[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Put `text` in place of a piece. */
  replace(piece: Piece, text: string, keyword: string, message: string): void {
    this.edits.push({ start: piece.at, end: piece.at + piece.text.length, text });
    this.changes.push({ at: piece.at, keyword, message, hint: undefined });
  }

  /** Take an option out, with its semicolon and the white space behind it. */
  drop({ name, value }: RuleOption, message: string): void {
    const last = value ?? name;
    let end = this.#text.indexOf(';', last.at + last.text.length) + 1;
    while (this.#text[end] === ' ') end++;
    this.edits.push({ start: name.at, end, text: '' });
    this.changes.push({ at: name.at, keyword: name.text, message, hint: undefined });
  }

  refuse(at: number, keyword: string, message: string, hint?: string): void {
    this.refusals.push({ at, keyword, message, hint });
  }
}

export function translateRule(text: string, known: KnownNames): Translation {
  const editor = new OptionEditor(text);
  let options: Piece[] = [];
  // Of a rule that cannot be taken apart the number is a guess, for the report.
  const guess = wholeNumber(/\bsid\s*:\s*(\d+)/.exec(text)?.[1]);
  let name: RuleName = { sid: guess, gid: 1, rev: 1, msg: '' };
  const broken = text.indexOf('\ufffd');
  if (broken >= 0) {
    const hint = 'write the byte in hex: |e9|';
    editor.refuse(broken, '', 'Byte that is no UTF-8: what it stands for is not known', hint);
  }
  try {
    const syntax = splitRule(text, MAX_OPTIONS);
    options = syntax.options.map(({ name }) => name);
    name = nameOf(syntax, guess);
    translateHeader(syntax, editor);
    for (const option of syntax.options) translateOption(option, known, editor);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    editor.refuse(error.at, keywordAt(options, error.at), error.message, error.hint);
  }
  const { edits, changes, refusals } = editor;
  const edited = new EditedText(text, refusals.length > 0 ? [] : edits);
  return { name, edited, changes, refusals, options };
}

function nameOf({ options }: RuleSyntax, guess: number | undefined): RuleName {
  const value = (keyword: string): string | undefined =>
    options.find(({ name }) => name.text === keyword)?.value?.text;
  return {
    sid: wholeNumber(value('sid')) ?? guess,
    gid: wholeNumber(value('gid')) ?? 1,
    rev: wholeNumber(value('rev')) ?? 1,
    msg: value('msg')?.replace(/^"|"$/g, '').slice(0, 512) ?? '',
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The keyword an offset belongs to; '' for the header. */
export function keywordAt(options: readonly Piece[], at: number): string {
  return options.findLast((option) => option.at <= at)?.text ?? '';
}

/** An inline sensor drops what this one tells. */
const BLOCKING: ReadonlySet<string> = new Set([
  'drop',
  'sdrop',
  'block',
  'reject',
  'rejectsrc',
  'rejectdst',
  'rejectboth',
]);

function translateHeader({ action, proto }: RuleSyntax, editor: OptionEditor): void {
  if (BLOCKING.has(action.text)) {
    editor.replace(
      action,
      'alert',
      '',
      `action ${action.text} became alert: the sensor only listens`,
    );
  } else if (action.text !== 'alert' && action.text !== 'pass') {
    editor.refuse(action.at, '', `Action "${action.text.slice(0, 64)}" raises no alert`);
  }
  switch (proto.text) {
    case 'tcp':
    case 'xmpp':
      return;
    case 'ip':
      editor.replace(
        proto,
        'tcp',
        '',
        'protocol ip became tcp: XMPP streams are what is inspected',
      );
      return;
    case 'tcp-stream':
      editor.replace(
        proto,
        'tcp',
        '',
        'protocol tcp-stream became tcp, which means the stream here',
      );
      return;
    case 'tcp-pkt':
      editor.refuse(
        proto.at,
        '',
        'Protocol tcp-pkt asks about single packets',
        'the reassembled stream is inspected; write tcp',
      );
      return;
    default:
      editor.refuse(
        proto.at,
        '',
        `Protocol ${proto.text.slice(0, 64)} is not inspected`,
        'the sensor reads XMPP: rules of proto tcp and xmpp',
      );
  }
}
