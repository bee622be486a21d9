/**
 * What packs answer is what a scan of the alerts answers: over stores with alerts that grow, are triaged, are removed and
 * come after their pack, for any filter.
 */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AlertRecord, SensorRecord, Severity } from '../../sensor/alert/index.ts';
import { TRIAGE_STATUSES } from '../../sensor/core/index.ts';
import type { AlertFilter, AlertMatch } from '../../sensor/output/sqlite/alert-filter.ts';
import { alertGroups, alertTimeline } from '../../sensor/output/sqlite/alert-groups.ts';
import {
  TOP_KEYS,
  alertIds,
  alertPage,
  countFirings,
  topAlerts,
} from '../../sensor/output/sqlite/alert-queries.ts';
import { openStore } from '../../sensor/output/sqlite/open-store.ts';
import { AlertPacks } from '../../sensor/output/sqlite/packs/alert-packs.ts';
import { PackMaker, dropLeftPack, duePacks } from '../../sensor/output/sqlite/packs/pack-maker.ts';
import { RecordWriter } from '../../sensor/output/sqlite/record-writer.ts';
import { StoreReader } from '../../sensor/output/sqlite/store-reader.ts';
import { SECOND, T0, alertRecord } from '../unit/alert/sample.ts';
import { testFolder } from '../unit/output/store-bench.ts';

const dir = testFolder();
const HOUR = 3600 * SECOND;
const JIDS = [
  ...['', 'alice@corp.example/desk', 'Bob@corp.example', 'eve@evil.example/x', 'corp.example'],
];
const TEXTS = [
  ...['', 'prize winner', 'PRIZE', 'pri ze', '100% sure_ly', 'Ünïcode ünïcode', '密码是', '密'],
  ...['\u{1f600}\u{1f601}', '\ufffe\uffff\ufffd', 'a'.repeat(5000) + 'needle', '\ud800 half', 'zz'],
  ...[
    '  --prize  winner--',
    'a prize; a prize winner.',
    'no\0thing a prize',
    'x1-y2 x1-y22',
    '..',
    '-',
  ],
];
/** Alerts lie so far apart that a few of them fill several packs. */
const STRIDE = 97;

const alertArb = fc.record({
  hours: fc.integer({ min: 0, max: 400 }),
  lasts: fc.integer({ min: 0, max: 50 }),
  sid: fc.integer({ min: 1, max: 5 }),
  gid: fc.integer({ min: 1, max: 2 }),
  severity: fc.integer({ min: 1, max: 4 }),
  count: fc.constantFrom(1, 1, 2, 70_000),
  detection: fc.constantFrom('dlp-card', 'dlp-iban', 'spim-flood'),
  category: fc.constantFrom('', 'Data leak', 'data LEAK', 'Spam'),
  classtype: fc.constantFrom('data-loss', 'spam'),
  from: fc.constantFrom(...JIDS),
  to: fc.constantFrom(...JIDS),
  srcIp: fc.constantFrom('', '192.0.2.1', '192.0.2.2', '2001:db8::1'),
  text: fc.constantFrom(...TEXTS),
  summary: fc.constantFrom(...TEXTS),
  campaignId: fc.constantFrom('', 'c1', 'c2'),
  fileId: fc.constantFrom('', 'f1'),
  communityId: fc.constantFrom('', '1:abc=', '1:ABC='),
});
type Spec = typeof alertArb extends fc.Arbitrary<infer Value> ? Value : never;

const partsArb = fc.record({
  severities: fc.subarray([1, 2, 3, 4]),
  detection: fc.constantFrom('dlp-card', 'dlp-*', 'none-*', 'none'),
  gid: fc.integer({ min: 1, max: 2 }),
  sid: fc.integer({ min: 1, max: 6 }),
  jid: fc.constantFrom(
    'ALICE@corp.example',
    'eve@evil.example/x',
    'corp.example',
    ...['no@where.example', 'alice@corp.example/desk', 'Bob@corp.example/none'],
  ),
  campaignId: fc.constantFrom('', 'c1', 'c3'),
  fileId: fc.constantFrom('', 'f1'),
  communityId: fc.constantFrom('', '1:abc=', '1:none='),
  ip: fc.constantFrom('192.0.2.1', '192.0.2.9'),
  category: fc.constantFrom('Data leak', 'DATA LEAK', 'None', 'data-loss', 'no-class'),
  statuses: fc.subarray([...TRIAGE_STATUSES]),
  text: fc.oneof(
    fc.constantFrom(
      ...['prize', 'Prize W', 'ri', '%', '_', 'ünï', 'Ünï', '密码', '码是', '密', 'needle'],
    ),
    fc.constantFrom(
      ...['\u{1f601}', '\ufffd\ufffd', '\ud800', 'desk', 'zzz', 'zz', 'a\0b', 'SIG 3', ''],
    ),
    fc.constantFrom(
      ...['a', 'Z', ' ', '-', '.', '  ', '--', '1-y2', 'e w', 'e  w', 'prize winner', '\ufffe'],
    ),
    // Any part of what alerts say, in either case.
    fc
      .tuple(fc.constantFrom(...TEXTS, ...JIDS), fc.nat(), fc.integer({ min: 1, max: 12 }))
      .map(([whole, from, length]) => {
        const start = from % Math.max(whole.length, 1);
        return whole.slice(start, start + length).toUpperCase();
      }),
  ),
});

/** Few parts at a time: many would fit no alert. */
const matchArb: fc.Arbitrary<AlertMatch> = fc
  .tuple(partsArb, fc.uniqueArray(fc.nat({ max: 11 }), { maxLength: 2 }))
  .map(([parts, chosen]) =>
    Object.fromEntries(Object.entries(parts).filter((_, index) => chosen.includes(index))),
  );
const filterArb: fc.Arbitrary<AlertFilter> = fc
  .tuple(
    matchArb,
    fc.array(matchArb, { maxLength: 2 }),
    fc.constantFrom({}, { sinceUsec: T0 + 90 * HOUR + 1, untilUsec: T0 + 320 * HOUR + 7 }),
    fc.integer({ min: 1, max: 30 }),
  )
  .map(([match, not, times, limit]) => ({ ...match, ...times, not, limit }));

const stepArb = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), specs: fc.array(alertArb, { maxLength: 60 }) }),
  fc.record({
    kind: fc.constant('grow' as const),
    nth: fc.nat(),
    summary: fc.constantFrom(...TEXTS),
  }),
  fc.record({
    kind: fc.constant('triage' as const),
    nth: fc.nat(),
    status: fc.constantFrom(...TRIAGE_STATUSES),
  }),
  fc.record({ kind: fc.constant('remove' as const), nth: fc.nat(), isOldest: fc.boolean() }),
  fc.record({ kind: fc.constant('pack' as const) }),
  fc.record({ kind: fc.constant('again' as const), nth: fc.nat() }),
);

class Site {
  readonly path: string;
  readonly db: Database.Database;
  readonly #writer: RecordWriter;
  readonly #records: AlertRecord[] = [];

  constructor(name: string) {
    this.path = join(dir, name);
    this.db = openStore(this.path);
    this.db.pragma('synchronous = OFF');
    this.#writer = new RecordWriter(this.db);
  }

  write(specs: readonly Spec[]): void {
    for (const spec of specs) {
      const record = recordOf(spec, this.#records.length);
      this.#records.push(record);
      this.#put({ kind: 'alert', record });
      // Apart from the one before.
      this.db.exec(
        `UPDATE alerts SET id = (SELECT ifnull(max(id), 0) + ${STRIDE} FROM alerts WHERE id <>
           (SELECT max(id) FROM alerts)) WHERE id = (SELECT max(id) FROM alerts)`,
      );
    }
  }

  grow(nth: number, summary: string): void {
    const index = nth % Math.max(this.#records.length, 1);
    const known = this.#records[index];
    if (known === undefined) return;
    const count = known.alert.count + 1;
    const record = {
      ...known,
      alert: { ...known.alert, count, context: { ...known.alert.context, summary } },
      incident: {
        ...{ name: 'x', firings: count, lastUsec: known.tsUsec + 60 * HOUR },
        ...{ contributors: ['carol@corp.example'], contributorCount: 1 },
      },
    };
    this.#records[index] = record;
    this.#put({ kind: 'alert_update', record });
  }

  triage(nth: number, status: string): void {
    this.db
      .prepare(
        `INSERT INTO alert_triage SELECT alert_id, ?, 1, 'ann', '' FROM alerts WHERE id = ?
         ON CONFLICT (alert_id) DO UPDATE SET status = excluded.status`,
      )
      .run(status, this.#idOf(nth));
  }

  remove(nth: number, isOldest: boolean): void {
    const id = this.#idOf(nth);
    // One stays: without any, the time that a question is about ends with its own moment.
    this.db
      .prepare(
        `DELETE FROM alerts WHERE id ${isOldest ? '<=' : '='} ? AND id < (SELECT max(id) FROM alerts)`,
      )
      .run(id);
    while (dropLeftPack(this.db));
  }

  pack(packs: readonly number[]): void {
    const maker = new PackMaker(this.db);
    for (const pack of packs) maker.make(pack);
  }

  #idOf(nth: number): number {
    const ids = this.db.prepare<[], number>('SELECT id FROM alerts ORDER BY id').pluck().all();
    return ids[nth % Math.max(ids.length, 1)] ?? 0;
  }

  #put(record: SensorRecord): void {
    this.#writer.write([record]);
  }
}

function recordOf(spec: Spec, serial: number): AlertRecord {
  const { xmpp, evidence } = alertRecord;
  const tsUsec = T0 + spec.hours * HOUR + serial;
  const { summary, sid, gid, category, classtype } = spec;
  return {
    ...alertRecord,
    ...{ alertId: serial.toString(16).padStart(32, '0'), tsUsec, srcIp: spec.srcIp },
    ...{ detection: spec.detection, communityId: spec.communityId },
    alert: {
      ...alertRecord.alert,
      ...{ sid, gid, category, classtype, count: spec.count, severity: spec.severity as Severity },
      signature: `SIG ${sid} of ${gid}`,
      context: { ...alertRecord.alert.context, summary, file_id: spec.fileId },
    },
    incident: {
      ...{
        name: String(serial),
        campaignId: spec.campaignId,
        firings: 1,
        lastUsec: tsUsec + spec.lasts * HOUR,
      },
      ...{ contributors: [], contributorCount: 0 },
    },
    xmpp: xmpp === undefined ? undefined : { ...xmpp, from: spec.from, to: spec.to },
    evidence: evidence === undefined ? undefined : { ...evidence, excerpt: spec.text },
  };
}

function answers(reader: StoreReader, filter: AlertFilter): unknown[] {
  const pages: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = alertPage(reader, { ...filter, cursor });
    pages.push(page.items.map(({ alertId }) => alertId));
    cursor = page.next;
  } while (cursor !== undefined);
  return [
    ...[pages, alertIds(reader, filter, 1000), countFirings(reader, filter)],
    ...[alertGroups(reader, filter), alertTimeline(reader, filter)],
    ...TOP_KEYS.map((key) => topAlerts(reader, key, filter)),
  ];
}

describe('packs', () => {
  it('answer as a scan of the alerts does', () => {
    let serial = 0;
    let packed = 0;
    fc.assert(
      fc.property(
        fc.array(alertArb, { minLength: 130, maxLength: 180 }),
        fc.array(stepArb, { maxLength: 8 }),
        fc.array(filterArb, { minLength: 6, maxLength: 6 }),
        (specs, steps, filters) => {
          const site = new Site(`site${serial++}.db`);
          site.write(specs);
          site.pack(duePacks(site.db));
          for (const step of steps) {
            if (step.kind === 'write') site.write(step.specs);
            else if (step.kind === 'grow') site.grow(step.nth, step.summary);
            else if (step.kind === 'triage') site.triage(step.nth, step.status);
            else if (step.kind === 'remove') site.remove(step.nth, step.isOldest);
            else if (step.kind === 'pack') site.pack(duePacks(site.db));
            else site.pack([step.nth % 4]);
          }
          site.db.close();
          const plain = `${site.path}.plain`;
          copyFileSync(site.path, plain);
          const emptied = new Database(plain);
          emptied.exec('DELETE FROM alert_packs');
          emptied.close();
          const [fast, slow] = [new StoreReader(site.path), new StoreReader(plain)];
          if (fast.snapshot(() => AlertPacks.open(fast)) !== undefined) packed++;
          for (const filter of filters) {
            assert.deepEqual(answers(fast, filter), answers(slow, filter));
          }
          fast.close();
          slow.close();
          for (const path of [site.path, plain]) rmSync(path);
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
    assert.ok(packed > 15, `${packed} stores had packs`);
  });
});
