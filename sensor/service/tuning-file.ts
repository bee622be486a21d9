/**
 * A threshold.config or disable.conf that console and command line write, and an operator may read and edit: lines as
 * Suricata has them, who, when and why as comments above. What was taken back stays as a comment: the file is its
 * own history.
 *
 *     #@ t3f9a01bc added 2026-11-21T20:31:05.123Z anna: scanner of the security team
 *     suppress gen_id 1, sig_id 1580010, track by_src, ip 192.0.2.7
 *     #@ t77b2e410 added 2026-11-20T09:00:00.000Z bob: too loud
 *     #@ t77b2e410 removed 2026-11-21T08:00:00.000Z anna: fixed in rev 3
 *     #- threshold gen_id 1, sig_id 1550030, type limit, track by_src, count 1, seconds 3600
 *
 * Lines without a comment above were written by hand and are entries all the same; a line somebody put a `#` before is
 * one that was taken back by hand. All else is left as it is.
 */
import type { TuningEntry } from '../api/index.ts';
import { OperatorError, sha256 } from '../core/index.ts';
import type { TuningKind } from './tuning-line.ts';

/** An entry, and the lines of the file it is made of, its comments included. */
interface Placed {
  readonly entry: TuningEntry;
  readonly first: number;
  readonly last: number;
}

/** Who did something, when and why. */
export interface Deed {
  readonly tsUsec: number;
  readonly actor: string;
  readonly reason: string;
}

interface Fact extends Deed {
  readonly id: string;
  readonly what: 'added' | 'removed';
}

const HEADER: Readonly<Record<TuningKind, string>> = {
  threshold: '# What was tuned from the console or by "stanzawatch rules tune", in the format of',
  disable: '# What was disabled from the console or by "stanzawatch rules tune", in the format of',
};
const FORMAT: Readonly<Record<TuningKind, string>> = {
  threshold: '# threshold.config. It may be edited: see signatures/README.md.',
  disable: '# disable.conf. It may be edited: see signatures/README.md.',
};
const FACT = /^#@ (\S+) (added|removed) (\S+) ([^\s:]+):(?: (.*))?$/;
const REMOVED = '#- ';
/** A file this long was not written by analysts. */
const MAX_CHARS = 4 * 1024 * 1024;

export class TuningFile {
  readonly #kind: TuningKind;
  readonly #lines: readonly string[];
  readonly #placed: readonly Placed[];

  /** `text`: '' for a file that is not there yet; `mtimeUsec`: time of entries that name none. */
  constructor(kind: TuningKind, text: string, mtimeUsec = 0) {
    this.#kind = kind;
    this.#lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    this.#placed = readEntries(kind, this.#lines, mtimeUsec);
  }

  /** In the order of the file. */
  get entries(): readonly TuningEntry[] {
    return this.#placed.map(({ entry }) => entry);
  }

  /** The text with a line more. Throws OperatorError USAGE when the file is too long. */
  withLine(id: string, line: string, deed: Deed): string {
    const head = this.#lines.length === 0 ? [HEADER[this.#kind], FORMAT[this.#kind], '#'] : [];
    return this.#joined([...head, ...this.#lines, factLine({ id, what: 'added', ...deed }), line]);
  }

  /** The text with an active entry turned into a comment. */
  without(id: string, deed: Deed): string {
    const placed = this.#placed.find(({ entry }) => entry.id === id && entry.isActive);
    if (placed === undefined) throw new RangeError(`No active entry is called ${id}`);
    const { first, last, entry } = placed;
    return this.#joined([
      ...this.#lines.slice(0, first),
      factLine({ ...entry, what: 'added' }),
      factLine({ id, what: 'removed', ...deed }),
      REMOVED + entry.line,
      ...this.#lines.slice(last + 1),
    ]);
  }

  #joined(lines: readonly string[]): string {
    const text = `${lines.join('\n')}\n`;
    if (text.length <= MAX_CHARS) return text;
    const hint = `take what was removed long ago (lines that begin with ${REMOVED.trim()}) out of it`;
    throw new OperatorError('USAGE', 'The file of tuned rules is too long', hint);
  }
}

function readEntries(kind: TuningKind, lines: readonly string[], mtimeUsec: number): Placed[] {
  const placed: Placed[] = [];
  const ids = new Set<string>();
  let facts: Fact[] = [];
  for (let at = 0; at < lines.length; at++) {
    const text = (lines[at] ?? '').trim();
    const fact = factOf(text);
    if (fact !== undefined) {
      facts.push(fact);
      continue;
    }
    const isActive = !text.startsWith('#');
    const first = at - facts.length;
    let line = isActive ? text : text.replace(/^#-?\s*/, '');
    while (isActive && line.endsWith('\\') && at + 1 < lines.length) {
      line = line.slice(0, -1) + (lines[++at] ?? '').trim();
    }
    if (line !== '' && (isActive || facts.length > 0)) {
      const entry = entryOf(kind, line, facts, { isActive, mtimeUsec, ids });
      ids.add(entry.id);
      placed.push({ entry, first, last: at });
    }
    facts = [];
  }
  return placed;
}

function entryOf(
  kind: TuningKind,
  line: string,
  facts: readonly Fact[],
  { isActive, mtimeUsec, ids }: { isActive: boolean; mtimeUsec: number; ids: Set<string> },
): TuningEntry {
  const added = facts.findLast(({ what }) => what === 'added');
  const removed = isActive ? undefined : facts.findLast(({ what }) => what === 'removed');
  const remark = kind === 'disable' ? / #(.*)/s.exec(line)?.[1]?.trim() : undefined;
  return {
    id: freeId(added?.id ?? `l${sha256(`${kind} ${line}`, 'hex').slice(0, 8)}`, ids),
    tsUsec: added?.tsUsec ?? mtimeUsec,
    actor: added?.actor ?? '',
    ...meaningOf(kind, line),
    line,
    reason: added?.reason ?? remark ?? '',
    isActive,
    ...(removed === undefined
      ? {}
      : { removed: { tsUsec: removed.tsUsec, actor: removed.actor, reason: removed.reason } }),
  };
}

/** Copied lines have the same id until they are told apart. */
function freeId(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  for (let n = 2; ; n++) if (!taken.has(`${id}-${n}`)) return `${id}-${n}`;
}

/** What a line does to which rule; sid 0 for lines about several, which only hands write. */
function meaningOf(kind: TuningKind, line: string): Pick<TuningEntry, 'action' | 'gid' | 'sid'> {
  if (kind === 'disable') {
    const match = /^(?:(\d{1,10}):)?(\d{1,10})(?::\d{1,10})?(?:\s|$)/.exec(line);
    return { action: 'disable', gid: Number(match?.[1] ?? 1), sid: Number(match?.[2] ?? 0) };
  }
  const match = /^\w+\s+gen_id\s+(\d{1,10})\s*,\s*sig_id\s+(\d{1,10})/.exec(line);
  const action = line.startsWith('suppress') ? 'suppress' : 'threshold';
  return { action, gid: Number(match?.[1] ?? 0), sid: Number(match?.[2] ?? 0) };
}

function factLine({ id, what, tsUsec, actor, reason }: Fact): string {
  const time = new Date(Math.floor(tsUsec / 1000)).toISOString();
  const who = actor === '' ? '-' : encode(actor, /[\s:]|^-$/g);
  return `#@ ${id} ${what} ${time} ${who}: ${encode(reason, /^\s|\s$/g)}`;
}

function factOf(text: string): Fact | undefined {
  const [, id = '', what = '', time = '', actor = '', reason = ''] = FACT.exec(text) ?? [];
  const ms = Date.parse(time);
  if (id === '' || Number.isNaN(ms)) return undefined;
  return {
    id,
    what: what === 'added' ? 'added' : 'removed',
    tsUsec: ms * 1000,
    actor: actor === '-' ? '' : decode(actor),
    reason: decode(reason),
  };
}

/** Everything that could end a line, hide in it or turn it around is written as `\u{...}`; so is what `also` says. */
function encode(text: string, also: RegExp): string {
  const hex = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  return text.replace(/[\\\p{C}\p{Zl}\p{Zp}]/gu, hex).replace(also, hex);
}

function decode(text: string): string {
  return text.replace(/\\u\{([\da-f]{1,6})\}/g, (whole, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
