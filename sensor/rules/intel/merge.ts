/**
 * An operator's list with values of an import in it. What stands above the first `#:` line is the
 * operator's own and stays as it is; what stands below belongs to imports and is written anew, by
 * source and date, without values that have expired.
 */
import { NO_BLOCK, formatExpiry, parseBlockLine, type ListBlock } from '../dataset-file.ts';

export interface MergeOptions {
  readonly source: string;
  readonly licence: string;
  readonly nowMs: number;
  /** Values of this source that are not in the import go. */
  readonly replaces: boolean;
  /** First line of a list that is new. */
  readonly title: string;
}

export interface MergedList {
  readonly text: string;
  /** Values in the list now. */
  readonly size: number;
  readonly added: number;
  /** Values that were there and got a new date. */
  readonly renewed: number;
  /** Values that were there and stay as they are. */
  readonly known: number;
  /** Values that were there and have expired. */
  readonly expired: number;
  /** Values of this source that are no longer in it. */
  readonly dropped: number;
}

/** `values`: canonical value -> when it expires. `text` is the list as it is, '' for a new one. */
export function mergeList(
  text: string,
  values: ReadonlyMap<string, number | undefined>,
  options: MergeOptions,
): MergedList {
  const { own, ownCount, ownText, imported } = readList(text);
  const today = dayOf(options.nowMs);
  const counts = { added: 0, renewed: 0, known: 0, expired: 0, dropped: 0 };
  for (const [value, block] of imported) {
    const isExpired = (block.expiresMs ?? Infinity) <= options.nowMs;
    const isGone = options.replaces && block.source === options.source && !values.has(value);
    if (!isExpired && !isGone) continue;
    imported.delete(value);
    counts[isExpired ? 'expired' : 'dropped']++;
  }
  for (const [value, expiresMs] of values) {
    const before = imported.get(value);
    const block: ListBlock = {
      source: options.source,
      imported: today,
      licence: options.licence,
      expiresMs,
    };
    if (own.has(value.toLowerCase())) counts.known++;
    else if (before === undefined) {
      counts.added++;
      imported.set(value, block);
    } else if (isRenewal(before, block)) {
      counts.renewed++;
      imported.set(value, block);
    } else counts.known++;
  }
  const head = ownText === '' ? `${options.title}\n` : ownText;
  const size = ownCount + imported.size;
  return { text: head + writeBlocks(imported), size, ...counts };
}

/** The same source has the last word; another one may only say that a value counts for longer. */
function isRenewal(before: ListBlock, now: ListBlock): boolean {
  if (before.source === now.source) {
    return before.expiresMs !== now.expiresMs || before.licence !== now.licence;
  }
  return (now.expiresMs ?? Infinity) > (before.expiresMs ?? Infinity);
}

function readList(text: string): {
  /** In small letters. */
  own: Set<string>;
  ownCount: number;
  ownText: string;
  imported: Map<string, ListBlock>;
} {
  const own = new Set<string>();
  const imported = new Map<string, ListBlock>();
  let ownText = '';
  let ownCount = 0;
  let block: ListBlock | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('#:')) {
      const parsed = parseBlockLine(line);
      // A date that is none: the values stay, without one, rather than vanish.
      block = typeof parsed === 'string' ? NO_BLOCK : parsed;
      continue;
    }
    if (block === undefined) ownText += `${raw}\n`;
    if (line === '' || line.startsWith('#')) continue;
    if (block === undefined) {
      own.add(line.toLowerCase());
      ownCount++;
    } else imported.set(line, block);
  }
  return {
    own,
    ownCount,
    ownText: ownText.trim() === '' ? '' : `${ownText.trimEnd()}\n`,
    imported,
  };
}

function writeBlocks(values: ReadonlyMap<string, ListBlock>): string {
  const blocks = new Map<string, string[]>();
  for (const [value, block] of values) {
    const key = blockText(block);
    const lines = blocks.get(key);
    if (lines === undefined) blocks.set(key, [value]);
    else lines.push(value);
  }
  return [...blocks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([block, lines]) => `${block} count=${lines.length}\n${lines.sort().join('\n')}\n`)
    .join('');
}

function blockText({ source, imported, licence, expiresMs }: ListBlock): string {
  const words = [`#: source=${source || 'unknown'}`];
  if (imported !== '') words.push(`imported=${imported}`);
  words.push(`licence=${licence || 'unknown'}`);
  if (expiresMs !== undefined) words.push(`expires=${formatExpiry(expiresMs)}`);
  return words.join(' ');
}

/** The day of a time, as lists write it. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
