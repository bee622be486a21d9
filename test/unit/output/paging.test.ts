/** Cursors: every list page by page, and what comes back from outside. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Page } from '../../../sensor/core/index.ts';
import type { SensorRecord } from '../../../sensor/alert/index.ts';
import { alertPage } from '../../../sensor/output/sqlite/alert-queries.ts';
import { AlertConditions, type AlertFilter } from '../../../sensor/output/sqlite/alert-filter.ts';
import { cursorOf } from '../../../sensor/output/sqlite/cursor.ts';
import {
  auditPage,
  campaignPage,
  exposurePage,
  filePage,
  identityPage,
  sessionPage,
} from '../../../sensor/output/sqlite/lists.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { StoreReader } from '../../../sensor/output/sqlite/store-reader.ts';
import {
  SECOND,
  T0,
  alertRecord,
  campaignRecord,
  fileRecord,
  sessionRecord,
} from '../alert/sample.ts';
import { alerts, testFolder } from './store-bench.ts';

const dir = testFolder();
const ROWS = 23;

/** Several rows share a second, and some the microsecond. */
function timeOf(i: number): number {
  return T0 + Math.floor(i / 5) * SECOND + (i % 5 < 2 ? 0 : i * 100);
}

function everything(): SensorRecord[] {
  return Array.from({ length: ROWS }, (_, i): SensorRecord[] => {
    const tsUsec = timeOf(i);
    const hex = i.toString(16).padStart(2, '0');
    const session = {
      ...sessionRecord,
      communityId: `1:s${i}`,
      jid: `user${i}@corp.example/desk`,
      user: `user${i}`,
      logins: [],
    };
    return [
      ...alerts(1, { tsUsec }, i),
      { kind: 'session', record: { ...session, tsUsec, startUsec: tsUsec, endUsec: tsUsec } },
      { kind: 'file', record: { ...fileRecord, fileId: `${hex}ff`, tsUsec } },
      {
        kind: 'campaign',
        record: { ...campaignRecord, campaignId: `${hex}campaign`, lastUsec: tsUsec },
      },
      {
        kind: 'audit',
        record: { tsUsec, actor: 'a', action: 'x', object: `object ${i}`, detail: { n: i } },
      },
    ];
  }).flat();
}

const path = join(dir, 'pages.db');
const db = openStore(path);
new RecordWriter(db).write(everything());
const reader = new StoreReader(path);

type Lister = (filter: { limit?: number; cursor?: string }) => Page<object>;

const LISTS: Readonly<Record<string, Lister>> = {
  alerts: (filter) => alertPage(reader, filter),
  'alerts of either end': (filter) => alertPage(reader, { ...filter, jid: 'corp.example' }),
  'alerts of severities': (filter) => alertPage(reader, { ...filter, severities: [1, 2, 3, 4] }),
  'open alerts': (filter) => alertPage(reader, { ...filter, statuses: ['new', 'escalated'] }),
  sessions: (filter) => sessionPage(reader, filter),
  files: (filter) => filePage(reader, filter),
  identities: (filter) => identityPage(reader, filter),
  exposures: (filter) => exposurePage(reader, filter),
  campaigns: (filter) => campaignPage(reader, filter),
  audit: (filter) => auditPage(reader, filter),
};

function pages(list: Lister, limit: number): object[][] {
  const found: object[][] = [];
  let cursor: string | undefined;
  do {
    const page = list(cursor === undefined ? { limit } : { limit, cursor });
    found.push([...page.items]);
    cursor = page.next;
    assert.ok(found.length <= ROWS + 1, 'pages do not end');
  } while (cursor !== undefined);
  return found;
}

describe('pages', () => {
  for (const [name, list] of Object.entries(LISTS)) {
    it(`of ${name} give every row once, in the order of the whole`, () => {
      const all = list({ limit: 1000 });
      assert.equal(all.items.length, ROWS);
      assert.equal(all.next, undefined);
      for (const limit of [1, 4, ROWS - 1, ROWS]) {
        const found = pages(list, limit);
        assert.deepEqual(found.flat(), all.items);
        assert.equal(found.length, Math.ceil(ROWS / limit));
      }
    });

    it(`of ${name} refuse cursors that are not theirs`, () => {
      const foreign = cursorOf('another', [1, 2]);
      const short = cursorOf(name.split(' ')[0] ?? '', []);
      for (const cursor of [
        ...['', ' ', 'x', '%%%', 'W10', foreign, short, 'A'.repeat(5000)],
        Buffer.from('["alerts","1; DROP TABLE alerts",2]').toString('base64url'),
        Buffer.from('["alerts",1e999,null]').toString('base64url'),
        Buffer.from('{"0":"alerts"}').toString('base64url'),
      ]) {
        assert.throws(() => list({ cursor }), { code: 'USAGE', message: /cursor/ });
      }
    });
  }

  it('go on where they were when alerts come, and one that grew shows at the top', () => {
    const before = alertPage(reader, { limit: 5 });
    const grown = {
      ...alertRecord,
      alertId: '3'.padStart(32, '0'),
      tsUsec: timeOf(3),
      alert: { ...alertRecord.alert, count: 50 },
      incident: {
        ...{ name: 'n', firings: 50, lastUsec: T0 + 500 * SECOND },
        ...{ contributors: [], contributorCount: 0 },
      },
    };
    new RecordWriter(db).write([
      { kind: 'alert_update', record: grown },
      ...alerts(4, { tsUsec: T0 + 400 * SECOND }, 100),
    ]);
    const seen = new Set(before.items.map(({ alertId }) => alertId));
    let cursor = before.next;
    while (cursor !== undefined) {
      const page: ReturnType<typeof alertPage> = alertPage(reader, { limit: 5, cursor });
      for (const { alertId } of page.items) {
        assert.ok(!seen.has(alertId), `${alertId} twice`);
        seen.add(alertId);
      }
      cursor = page.next;
    }
    // All that were there, but the one that moved up before it was reached.
    assert.equal(seen.size, ROWS - 1);
    assert.equal(alertPage(reader, { limit: 1 }).items[0]?.alertId, grown.alertId);
  });

  it('need no sort of all that fit: an index gives every list in its order', () => {
    const filters: readonly AlertFilter[] = [
      {},
      { sinceUsec: T0 },
      { statuses: ['new', 'escalated'], sinceUsec: T0 },
      { jid: 'a@b.example', severities: [1, 2], sinceUsec: T0 },
      { ip: '192.0.2.1', sid: 5, untilUsec: T0 },
      { detection: 'dlp-*', sinceUsec: T0 },
      { campaignId: 'c', text: 'x' },
      { communityId: '1:x', category: 'c' },
    ];
    for (const filter of filters) {
      for (const plan of plansOf(filter)) {
        assert.doesNotMatch(plan, /USE TEMP B-TREE FOR ORDER BY|SCAN a$/, JSON.stringify(filter));
      }
    }
  });
});

function plansOf(filter: AlertFilter): string[] {
  const conditions = new AlertConditions(filter, () => ['dlp-pan', 'dlp-iban']);
  return conditions.branches.flatMap(({ where, values }) =>
    reader
      .all<{ detail: string }>(
        `EXPLAIN QUERY PLAN SELECT a.id FROM alerts a${where} ORDER BY a.last_time DESC, a.last_ts_us DESC, a.id DESC LIMIT 5`,
        values,
      )
      .map(({ detail }) => detail),
  );
}
