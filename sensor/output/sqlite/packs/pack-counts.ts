/** Alerts counted in packs: the inbox, the timeline and the rankings, each as a scan of the alerts would have it. */
import { TRIAGE_STATUSES, type TopRow, type TriageStatus } from '../../../core/index.ts';
import type { AlertFilter, DetectionsOf } from '../alert-filter.ts';
import type { TopKey } from '../alert-queries.ts';
import type { StoreReader } from '../store-reader.ts';
import { AlertPacks, UnfitAlert, type OpenPack } from './alert-packs.ts';
import { KeyTable } from './key-table.ts';
import { NAME_COLUMNS, PACK_ALERTS, type KeyColumn, type NameColumn } from './pack-columns.ts';
import { PackFilter } from './pack-filter.ts';
import { Tally } from './tally.ts';

export interface Window {
  readonly sinceUsec: number;
  readonly untilUsec: number;
  readonly bucketUsec: number;
}

/** Alerts of one signature. */
export interface Group {
  readonly gid: number;
  readonly sid: number;
  severity: number;
  alerts: number;
  count: number;
  firstUsec: number;
  lastUsec: number;
  readonly statuses: Record<TriageStatus, number>;
  readonly spark: number[];
}

/** Alerts of severity 1 to 4. */
export type Counts = [number, number, number, number];

const PACKED_TOP: Readonly<Record<TopKey, NameColumn | 'signature'>> = {
  jid: 'from',
  domain: 'fromDomain',
  ip: 'source',
  signature: 'signature',
  category: 'category',
};

/** More names than this are not looked up one by one to put those in order that have the same counts. */
const MAX_EVEN = 1000;

/** Packs that a question with this filter can be counted in. */
export interface PackScan {
  readonly packs: AlertPacks;
  readonly filter: PackFilter;
  readonly sinceUsec: number;
}

/** Within a snapshot, and good in it only; undefined when the question has to be answered from the alerts. */
export function packScan(
  reader: StoreReader,
  filter: AlertFilter,
  detectionsOf: DetectionsOf,
): PackScan | undefined {
  const packs = AlertPacks.open(reader);
  if (packs === undefined) return undefined;
  return {
    packs,
    filter: new PackFilter(filter, packs.hash, detectionsOf),
    sinceUsec: filter.sinceUsec ?? 0,
  };
}

/** What `count` makes of all packs; undefined when there is an alert that packs cannot hold. */
export function counted<Result>(count: () => Result): Result | undefined {
  try {
    return count();
  } catch (error) {
    if (error instanceof UnfitAlert) return undefined;
    throw error;
  }
}

export function packedGroups(scan: PackScan, window: Window, buckets: number): Group[] {
  const table = new KeyTable();
  const tally = new Tally();
  const groups: Group[] = [];
  for (const [{ columns }, mask] of masks(scan)) {
    const { index, keys } = columns.keys('signature');
    const [last, first] = [columns.times('last'), columns.times('first')];
    const [severity, status] = [columns.bytes('severity'), columns.bytes('status')];
    const count = columns.counts();
    const numbers = new Int32Array(keys.length / 2).fill(-1);
    for (let i = 0; i < PACK_ALERTS; i++) {
      if (mask[i] === 0) continue;
      const key = index[i] as number;
      let number = numbers[key] as number;
      if (number < 0) {
        const [sid, gid] = [keys[key * 2] as number, keys[key * 2 + 1] as number];
        number = numbers[key] = table.numberOf(sid, gid);
        groups[number] ??= newGroup(sid, gid, buckets);
        tally.reserve(table.size);
      }
      const usec = last[i] as number;
      tally.add(number, count[i] as number, severity[i] as number, first[i] as number, usec);
      const { spark, statuses } = groups[number] as Group;
      const bucket = bucketOf(usec, window, buckets);
      spark[bucket] = (spark[bucket] as number) + 1;
      const change = status[i] as number;
      if (change !== 0) statuses[TRIAGE_STATUSES[change] ?? 'new']++;
    }
  }
  groups.forEach((group, number) => {
    group.alerts = tally.alerts[number] ?? 0;
    group.count = tally.firings[number] ?? 0;
    group.severity = tally.severity[number] ?? 0;
    group.firstUsec = tally.first[number] ?? 0;
    group.lastUsec = tally.last[number] ?? 0;
    const { statuses } = group;
    statuses.new = group.alerts - statuses.acknowledged - statuses.escalated - statuses.closed;
  });
  return groups;
}

function newGroup(sid: number, gid: number, buckets: number): Group {
  return {
    ...{ gid, sid, severity: 0, alerts: 0, count: 0, firstUsec: 0, lastUsec: 0 },
    statuses: { new: 0, acknowledged: 0, escalated: 0, closed: 0 },
    spark: new Array<number>(buckets).fill(0),
  };
}

export function packedTimeline(scan: PackScan, window: Window, buckets: number): Counts[] {
  const timeline = Array.from({ length: buckets }, (): Counts => [0, 0, 0, 0]);
  for (const [{ columns }, mask] of masks(scan)) {
    const last = columns.times('last');
    const severity = columns.bytes('severity');
    for (let i = 0; i < PACK_ALERTS; i++) {
      if (mask[i] === 0) continue;
      const counts = timeline[bucketOf(last[i] as number, window, buckets)];
      const at = Math.min((severity[i] as number) - 1, 3);
      if (counts !== undefined) counts[at] = (counts[at] as number) + 1;
    }
  }
  return timeline;
}

/** Firings of all that fit. */
export function packedFirings(scan: PackScan): number {
  let firings = 0;
  for (const [{ columns }, mask] of masks(scan)) {
    const count = columns.counts();
    for (let i = 0; i < PACK_ALERTS; i++) if (mask[i] === 1) firings += count[i] as number;
  }
  return firings;
}

/** What has a key, by a number of its own. */
interface Ranking {
  readonly tally: Tally;
  readonly size: number;
  /** Of each an alert that has the key. */
  readonly ids: readonly number[];
}

/**
 * `sid` is 0 unless signatures are ranked, whose `key` is left to who knows their names. Undefined when too many are even
 * at the edge, as thousands of senders of one message each are.
 */
export function packedTop(
  reader: StoreReader,
  scan: PackScan,
  by: TopKey,
  limit: number,
): (Omit<TopRow, 'sid'> & { readonly sid: number })[] | undefined {
  const column = PACKED_TOP[by];
  const isSignature = column === 'signature';
  const { tally, size, ids } = rankedBy(scan, column);
  const { firings, severity } = tally;
  const first = foremost(tally, size, limit);
  if (first.length > limit + MAX_EVEN) return undefined;
  const rows: (Omit<TopRow, 'sid'> & { readonly sid: number })[] = [];
  for (const number of first) {
    const [named] = reader.all<{ name: string | number }>(
      `SELECT a.${isSignature ? 'sid' : NAME_COLUMNS[column]} AS name FROM alerts a WHERE a.id = ?`,
      [ids[number] ?? 0],
    );
    const name = named?.name ?? '';
    rows.push({
      key: String(name),
      sid: typeof name === 'number' ? name : 0,
      alerts: firings[number] as number,
      severity: severity[number] as number,
      firstUsec: tally.first[number] as number,
      lastUsec: tally.last[number] as number,
    });
  }
  return rows
    .sort(
      (a, b) =>
        b.alerts - a.alerts ||
        a.severity - b.severity ||
        a.sid - b.sid ||
        Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
    )
    .slice(0, limit);
}

/** Those with most firings, then the gravest, in no order; more than `limit` where only names tell them apart. */
function foremost({ firings, severity }: Tally, size: number, limit: number): number[] {
  const least = firings.slice(0, size).sort()[size - limit] ?? 0;
  const even = new Uint32Array(256);
  let taken = 0;
  for (let number = 0; number < size; number++) {
    if ((firings[number] as number) > least) taken++;
    else if (firings[number] === least) {
      const at = severity[number] as number;
      even[at] = (even[at] as number) + 1;
    }
  }
  let worst = 0;
  while (taken + (even[worst] as number) < limit && worst < 255) taken += even[worst++] as number;
  const first: number[] = [];
  for (let number = 0; number < size; number++) {
    const count = firings[number] as number;
    const isFirst = count > least || (count === least && (severity[number] as number) <= worst);
    if (isFirst) first.push(number);
  }
  return first;
}

function rankedBy(scan: PackScan, column: KeyColumn): Ranking {
  const isSignature = column === 'signature';
  const table = new KeyTable();
  const tally = new Tally();
  const ids: number[] = [];
  for (const [{ columns, idAt }, mask] of masks(scan)) {
    const { index, keys } = columns.keys(column);
    const [last, first] = [columns.times('last'), columns.times('first')];
    const severity = columns.bytes('severity');
    const count = columns.counts();
    const numbers = new Int32Array(keys.length / 2).fill(-1);
    for (let i = 0; i < PACK_ALERTS; i++) {
      if (mask[i] === 0) continue;
      const key = index[i] as number;
      let number = numbers[key] as number;
      if (number < 0) {
        const [low, high] = [keys[key * 2] as number, keys[key * 2 + 1] as number];
        // Without the key: no sender, no address.
        if (!isSignature && low === 0 && high === 0) continue;
        number = numbers[key] = table.numberOf(low, isSignature ? 0 : high);
        tally.reserve(table.size);
        ids[number] ??= idAt(i);
      }
      const usec = last[i] as number;
      tally.add(number, count[i] as number, severity[i] as number, first[i] as number, usec);
    }
  }
  return { tally, size: table.size, ids };
}

/** All packs with an alert that fits, and which ones fit. */
export function* masks({ packs, filter, sinceUsec }: PackScan): Generator<[OpenPack, Uint8Array]> {
  for (const pack of packs.since(sinceUsec)) {
    const mask = filter.mask(pack);
    if (mask.includes(1)) yield [pack, mask];
  }
}

function bucketOf(usec: number, { sinceUsec, bucketUsec }: Window, buckets: number): number {
  return Math.min(Math.max(Math.floor((usec - sinceUsec) / bucketUsec), 0), buckets - 1);
}
