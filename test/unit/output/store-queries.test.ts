/** Questions that count and connect: groups, timeline, surroundings, who talks to whom, figures over time, news. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AlertRecord, SensorRecord, Severity } from '../../../sensor/alert/index.ts';
import { alertGroups, alertTimeline } from '../../../sensor/output/sqlite/alert-groups.ts';
import { alertPage, findAlert, topAlerts } from '../../../sensor/output/sqlite/alert-queries.ts';
import { alertSurroundings } from '../../../sensor/output/sqlite/around.ts';
import { talkGraph } from '../../../sensor/output/sqlite/graph.ts';
import { alertNews } from '../../../sensor/output/sqlite/news.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { statsBetween } from '../../../sensor/output/sqlite/stats.ts';
import { StoreReader } from '../../../sensor/output/sqlite/store-reader.ts';
import { StoreWriter } from '../../../sensor/output/sqlite/store-writer.ts';
import { triageNews } from '../../../sensor/output/sqlite/triage-news.ts';
import {
  SECOND,
  T0,
  alertRecord,
  campaignRecord,
  fileRecord,
  sessionRecord,
  statsRecord,
} from '../alert/sample.ts';
import { alerts, testFolder } from './store-bench.ts';

const dir = testFolder();
const HOUR = 3600 * SECOND;

function readerOf(name: string, records: readonly SensorRecord[], sql = ''): StoreReader {
  const path = join(dir, name);
  const db = openStore(path);
  new RecordWriter(db).write(records);
  db.exec(sql);
  db.close();
  return new StoreReader(path);
}

interface Spec {
  readonly sid: number;
  readonly severity?: Severity;
  readonly count?: number;
  readonly atHours: number;
  readonly gid?: number;
}

function alertOf(
  { sid, severity = 2, count = 1, atHours, gid = 1 }: Spec,
  i: number,
): SensorRecord {
  const tsUsec = T0 + atHours * HOUR;
  const record: AlertRecord = {
    ...alertRecord,
    ...{ alertId: i.toString(16).padStart(32, '0'), tsUsec },
    alert: { ...alertRecord.alert, ...{ gid, sid, severity, count }, signature: `SIG ${sid}` },
  };
  return { kind: 'alert', record };
}

const SPECS: readonly Spec[] = [
  { sid: 10, atHours: 0 },
  { sid: 10, atHours: 1, count: 7, severity: 1 },
  { sid: 10, atHours: 23.9 },
  { sid: 20, atHours: 5 },
  { sid: 20, atHours: 5.5, severity: 3 },
  { sid: 30, atHours: 12, severity: 4 },
  { sid: 30, atHours: 12, severity: 4, gid: 2 },
];

describe('alertGroups()', () => {
  const triaged = `
    INSERT INTO alert_triage SELECT alert_id, 'acknowledged', 1, 'ann', '' FROM alerts WHERE id = 1;
    INSERT INTO alert_triage SELECT alert_id, 'closed', 1, 'ann', '' FROM alerts WHERE id IN (4, 5);`;
  const reader = readerOf('groups.db', SPECS.map(alertOf), triaged);

  it('has a line for each signature, the most severe first, with what was made of its alerts', () => {
    const window = { sinceUsec: T0, untilUsec: T0 + 24 * HOUR };
    const groups = alertGroups(reader, window);
    assert.deepEqual([groups.alerts, groups.bucketUsec, groups.sinceUsec], [7, HOUR, T0]);
    assert.deepEqual(
      groups.items.map(({ gid, sid, severity, alerts: rows, count }) => [
        gid,
        sid,
        severity,
        rows,
        count,
      ]),
      [
        [1, 10, 1, 3, 9],
        [1, 20, 2, 2, 2],
        [1, 30, 4, 1, 1],
        [2, 30, 4, 1, 1],
      ],
    );
    const [first, second] = groups.items;
    assert.deepEqual(first?.statuses, { new: 2, acknowledged: 1, escalated: 0, closed: 0 });
    assert.deepEqual(second?.statuses, { new: 0, acknowledged: 0, escalated: 0, closed: 2 });
    assert.deepEqual([first.firstUsec, first.lastUsec], [T0, T0 + 23.9 * HOUR]);
    const spark = new Array<number>(24).fill(0);
    assert.deepEqual(first.spark, spark.with(0, 1).with(1, 1).with(23, 1));
    assert.equal(first.latest.alertId, '2'.padStart(32, '0'));
    assert.equal(first.latest.from, 'Alice@corp.example/desk');
    assert.notEqual(first.latest.story, '');
    assert.deepEqual([first.signature, first.confidence], ['SIG 10', 'high']);
    const short = alertGroups(reader, { ...window, limit: 1 });
    assert.deepEqual([short.items.length, short.alerts], [1, 7]);
  });

  it('counts only what fits', () => {
    const open = alertGroups(reader, { statuses: ['new', 'escalated'] });
    assert.deepEqual(
      open.items.map(({ sid, alerts: rows }) => [sid, rows]),
      [
        [10, 2],
        [30, 1],
        [30, 1],
      ],
    );
    assert.equal(open.items[0]?.latest.alertId, '2'.padStart(32, '0'));
    assert.deepEqual(alertGroups(reader, { sid: 77 }).items, []);
    // Without a time, from the first alert to the last.
    assert.equal(Math.floor(open.sinceUsec / SECOND), Math.floor(T0 / SECOND));
    assert.ok(open.untilUsec <= T0 + 24 * HOUR);
  });

  it('says the same of many alerts, which it counts another way', () => {
    const many: SensorRecord[] = Array.from({ length: 2000 }, (_, i) =>
      alertOf(
        {
          sid: 1 + (i % 7),
          severity: ((i % 4) + 1) as Severity,
          atHours: i / 100,
          count: 1 + (i % 3),
        },
        i,
      ),
    );
    const few = readerOf('few.db', many);
    // As if there had been a hundred thousand alerts before.
    const lots = readerOf('lots.db', many, 'UPDATE alerts SET id = id + 200000 WHERE id > 1');
    for (const filter of [
      { sinceUsec: T0, untilUsec: T0 + 24 * HOUR },
      { sinceUsec: T0, untilUsec: T0 + 24 * HOUR, severities: [2, 3] },
      { sinceUsec: T0, untilUsec: T0 + 24 * HOUR, statuses: ['new'] as const },
    ]) {
      assert.deepEqual(alertGroups(lots, filter), alertGroups(few, filter));
      assert.deepEqual(alertTimeline(lots, filter), alertTimeline(few, filter));
    }
    few.close();
    lots.close();
  });
});

describe('alertTimeline()', () => {
  it('counts by time and severity', () => {
    const reader = readerOf('timeline.db', SPECS.map(alertOf));
    const timeline = alertTimeline(reader, { sinceUsec: T0, untilUsec: T0 + 96 * HOUR });
    assert.deepEqual([timeline.sinceUsec, timeline.bucketUsec], [T0, HOUR]);
    assert.equal(timeline.buckets.length, 96);
    assert.deepEqual(timeline.buckets[0], [0, 1, 0, 0]);
    assert.deepEqual(timeline.buckets[1], [1, 0, 0, 0]);
    assert.deepEqual(timeline.buckets[5], [0, 1, 1, 0]);
    assert.deepEqual(timeline.buckets[12], [0, 0, 0, 2]);
    const empty = alertTimeline(readerOf('empty.db', []), {});
    assert.equal(
      empty.buckets.flat().reduce((a, b) => a + b),
      0,
    );
  });
});

describe('alertSurroundings()', () => {
  it('finds session, file, campaign and the alerts that belong together, without the one asked for', () => {
    const file = { ...fileRecord, fileId: 'abcd1234' };
    const incident = {
      ...{ name: 'n', firings: 1, lastUsec: T0, contributors: [], contributorCount: 0 },
      campaignId: campaignRecord.campaignId,
    };
    const context = { file_id: file.fileId };
    const reader = readerOf('around.db', [
      ...alerts(25),
      ...alerts(1, { incident, alert: { ...alertRecord.alert, context } }, 50),
      ...alerts(1, { incident, communityId: '1:other', xmpp: undefined }, 51),
      {
        kind: 'session',
        record: {
          ...sessionRecord,
          communityId: alertRecord.communityId,
          startUsec: T0 - HOUR,
          endUsec: T0 + HOUR,
        },
      },
      {
        kind: 'session',
        record: {
          ...sessionRecord,
          communityId: alertRecord.communityId,
          startUsec: T0 + 2 * HOUR,
          endUsec: T0 + 3 * HOUR,
        },
      },
      { kind: 'file', record: file },
      { kind: 'campaign', record: campaignRecord },
    ]);
    const [alert] = alertPage(reader, { fileId: file.fileId }).items;
    assert.ok(alert !== undefined);
    const around = alertSurroundings(reader, alert);
    assert.equal(around.session?.startUsec, T0 - HOUR);
    assert.equal(around.file?.fileId, file.fileId);
    assert.equal(around.campaign?.campaignId, campaignRecord.campaignId);
    assert.equal(around.sameCampaign.length, 1);
    for (const related of [around.sameSender, around.sameFlow]) {
      assert.equal(related.length, 20);
      assert.ok(related.every(({ alertId }) => alertId !== alert.alertId));
    }
    const bare = findAlert(reader, '2');
    assert.ok(bare !== undefined);
    const nothing = { ...bare, communityId: '', campaignId: '', xmpp: undefined, context: {} };
    assert.deepEqual(alertSurroundings(reader, nothing), {
      ...{ session: undefined, file: undefined, campaign: undefined },
      ...{ sameSender: [], sameFlow: [], sameCampaign: [] },
    });
  });
});

describe('talkGraph()', () => {
  const between = (
    from: string,
    to: string,
    i: number,
    changes: Partial<AlertRecord> = {},
  ): SensorRecord => {
    assert.ok(alertRecord.xmpp !== undefined);
    const xmpp = { ...alertRecord.xmpp, from, to };
    return {
      kind: 'alert',
      record: { ...alertRecord, alertId: i.toString(16).padStart(32, '0'), xmpp, ...changes },
    };
  };

  it('draws an account with those it has to do with', () => {
    const reader = readerOf('graph.db', [
      between('Alice@corp.example/desk', 'bob@corp.example', 1),
      between('alice@corp.example', 'bob@corp.example/x', 2),
      between('carol@corp.example', 'alice@corp.example', 3),
      between('dave@corp.example', 'erin@corp.example', 4),
      {
        kind: 'file',
        record: { ...fileRecord, from: 'alice@corp.example/a', to: 'bob@corp.example/b' },
      },
      { kind: 'session', record: sessionRecord },
    ]);
    const { nodes, edges, isCut } = talkGraph(reader, { jid: 'ALICE@corp.example/desk' });
    assert.equal(isCut, false);
    const [focus] = nodes;
    assert.deepEqual(
      [focus?.id, focus?.isFocus, focus?.kind, focus?.alerts],
      ['alice@corp.example', true, 'account', 3],
    );
    const ids = nodes.map(({ id }) => id);
    assert.ok(ids.includes('bob@corp.example') && ids.includes('carol@corp.example'));
    assert.ok(!ids.includes('dave@corp.example'));
    assert.equal(nodes.find(({ id }) => id === 'corp.example')?.kind, 'server');
    assert.equal(nodes.find(({ id }) => id === '192.0.2.10')?.kind, 'address');
    const edge = edges.find(
      ({ from, to }) => from === 'alice@corp.example' && to === 'bob@corp.example',
    );
    assert.deepEqual(
      [edge?.alerts, edge?.files, edge?.severity, edge?.detections],
      [2, 1, 2, ['dlp-pan']],
    );
    const late = talkGraph(reader, { jid: 'alice@corp.example', sinceUsec: T0 + HOUR });
    assert.equal(
      late.edges.reduce((sum, { alerts: count }) => sum + count, 0),
      0,
    );
  });

  it('draws a campaign with all who took part, and shows the sixty most active', () => {
    const contributors = Array.from({ length: 80 }, (_, i) => `spam${i}@far.example`);
    const incident = {
      ...{ name: 'n', firings: 80, lastUsec: T0, contributors, contributorCount: 80 },
      campaignId: campaignRecord.campaignId,
    };
    const reader = readerOf('campaign.db', [
      between('spam0@far.example', 'bob@corp.example', 1, { incident }),
    ]);
    const { nodes, edges, isCut } = talkGraph(reader, { campaignId: campaignRecord.campaignId });
    assert.deepEqual([nodes.length, isCut], [60, true]);
    assert.ok(edges.every(({ to }) => to === 'bob@corp.example'));
    assert.deepEqual(talkGraph(reader, { jid: 'nobody@x.example' }), {
      nodes: [],
      edges: [],
      isCut: false,
    });
  });

  it('draws those that one account wrote to as reached, whether the account is named or not', () => {
    const reached = ['bob@corp.example', 'carol@corp.example', 'Dave@corp.example'];
    const incident = {
      ...{ name: 'n', firings: 3, lastUsec: T0, contributorCount: 3 },
      campaignId: campaignRecord.campaignId,
    };
    const [spammer, to] = ['spam@far.example', 'bob@corp.example'];
    for (const [i, contributors] of [reached, [spammer, ...reached]].entries()) {
      const reader = readerOf(`fanout${i}.db`, [
        between(`${spammer}/x`, to, 1, { incident: { ...incident, contributors } }),
      ]);
      const { edges } = talkGraph(reader, { campaignId: campaignRecord.campaignId });
      assert.deepEqual(edges.map(({ from, to: other }) => [from, other]).sort(), [
        [spammer, 'bob@corp.example'],
        [spammer, 'carol@corp.example'],
        [spammer, 'dave@corp.example'],
      ]);
    }
  });

  it('keeps names of servers whole that have a slash, so that they are found by them', () => {
    const name = "'><SVG/onload=x data-y>";
    const reader = readerOf('slash.db', [between(name, 'bob@corp.example', 1)]);
    const [top] = topAlerts(reader, 'jid', {});
    assert.equal(top?.key, name.toLowerCase());
    assert.equal(alertPage(reader, { jid: top.key }).items.length, 1);
    const { nodes } = talkGraph(reader, { jid: name });
    assert.deepEqual(
      nodes.map(({ id }) => id),
      [name.toLowerCase(), 'bob@corp.example'],
    );
  });
});

describe('statsBetween()', () => {
  const at = (
    seconds: number,
    packets: number,
    uptimeSeconds = seconds,
    sensor = 's',
  ): SensorRecord => ({
    kind: 'stats',
    record: {
      ...statsRecord,
      ...{ tsUsec: T0 + seconds * SECOND, uptimeSeconds, sensor },
      counters: {
        ...{
          capturePackets: packets,
          captureBytes: packets * 100,
          captureDroppedKernel: packets / 10,
        },
        ...{ flowsActive: 5, tcpSeenBytes: packets * 99, tcpGapBytes: packets },
        stanzasMessageToServer: packets / 2,
      },
    },
  });

  it('makes rates of counters, and of a sensor that started again what it counted since', () => {
    const reader = readerOf('stats.db', [
      at(0, 1000),
      at(10, 3000),
      at(20, 500, 5),
      at(30, 500, 15),
    ]);
    const { points } = statsBetween(reader, T0, T0 + HOUR);
    assert.deepEqual(
      points.map(({ tsUsec, packetsPerSecond }) => [(tsUsec - T0) / SECOND, packetsPerSecond]),
      [
        [10, 200],
        [20, 100],
        [30, 0],
      ],
    );
    assert.deepEqual(points[0], {
      ...{ tsUsec: T0 + 10 * SECOND, packetsPerSecond: 200, bytesPerSecond: 20_000 },
      ...{ droppedPerSecond: 20, stanzasPerSecond: 100, flowsActive: 5, seenPercent: 99 },
    });
    assert.equal(points[2]?.seenPercent, undefined);
    assert.equal(statsBetween(reader, T0 + 10 * SECOND, T0 + 20 * SECOND).points.length, 0);
  });

  it('tells sensors apart, and gives at most 500 points with the latest among them', () => {
    const two = readerOf('two.db', [
      at(0, 10, 0, 'a'),
      at(0, 900, 0, 'b'),
      at(10, 20, 10, 'a'),
      at(10, 1000, 10, 'b'),
    ]);
    const rates = statsBetween(two, T0, T0 + HOUR).points.map((point) => point.packetsPerSecond);
    assert.deepEqual(rates, [1, 10]);
    const rows = Array.from({ length: 2003 }, (_, i) => at(i, i * 50));
    const { points } = statsBetween(readerOf('points.db', rows), T0, T0 + HOUR);
    assert.ok(points.length <= 500 && points.length > 390);
    assert.equal(points.at(-1)?.tsUsec, T0 + 2002 * SECOND);
    assert.ok(points.every(({ packetsPerSecond }) => Math.abs(packetsPerSecond - 50) < 1e-6));
  });
});

describe('alertNews()', () => {
  it('tells what appeared or grew since, once, in the order it happened', () => {
    const path = join(dir, 'news.db');
    const db = openStore(path);
    const writer = new RecordWriter(db);
    writer.write(alerts(3));
    const reader = new StoreReader(path);
    const start = alertNews(reader, undefined);
    assert.deepEqual(start.alerts, []);
    assert.deepEqual(alertNews(reader, start.cursor), start);
    writer.write(alerts(2, {}, 3));
    writer.write([
      {
        kind: 'alert_update',
        record: {
          ...alertRecord,
          alertId: '1'.padStart(32, '0'),
          alert: { ...alertRecord.alert, count: 99 },
        },
      },
    ]);
    // Read again, nothing new.
    writer.write(alerts(2, {}, 3));
    const { alerts: news, cursor } = alertNews(reader, start.cursor);
    assert.deepEqual(
      news.map(({ alertId, count, isUpdate }) => [alertId.replace(/^0+/, ''), count, isUpdate]),
      [
        ['3', alertRecord.alert.count, false],
        ['4', alertRecord.alert.count, false],
        ['1', 99, true],
      ],
    );
    assert.deepEqual(alertNews(reader, cursor), { alerts: [], cursor });
    writer.write(alerts(1200, {}, 100));
    let place = cursor;
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      const page = alertNews(reader, place);
      for (const { alertId } of page.alerts) seen.add(alertId);
      place = page.cursor;
    }
    assert.equal(seen.size, 1200);
    assert.throws(() => alertNews(reader, 'x'), { code: 'USAGE' });
    reader.close();
    db.close();
  });

  it('begins with the first alert of a store that was empty', () => {
    const path = join(dir, 'first-news.db');
    const db = openStore(path);
    const reader = new StoreReader(path);
    const { cursor } = alertNews(reader, undefined);
    new RecordWriter(db).write(alerts(1));
    assert.deepEqual(
      alertNews(reader, cursor).alerts.map(({ isUpdate }) => isUpdate),
      [false],
    );
    reader.close();
    db.close();
  });
});

describe('triageNews()', () => {
  const idOf = (n: number): string => n.toString(16).padStart(32, '0');

  it('tells what was triaged since, once, what was done alike together', () => {
    const path = join(dir, 'triage-news.db');
    const db = openStore(path);
    new RecordWriter(db).write(alerts(1200));
    const desk = new StoreWriter(path);
    desk.triage(idOf(0), { status: 'closed' }, 'before');
    const reader = new StoreReader(path);
    const start = triageNews(reader, undefined);
    assert.deepEqual(start, { changes: [], untold: 0, cursor: 1 });
    assert.deepEqual(triageNews(reader, start.cursor), start);
    desk.triageSlice([idOf(1), idOf(2)], { status: 'acknowledged' }, 'alice');
    desk.triage(idOf(1), { comment: 'her phone' }, 'alice');
    desk.triage(idOf(2), { status: 'closed' }, 'bob');
    const { changes, untold, cursor } = triageNews(reader, start.cursor);
    assert.deepEqual(
      changes.map(({ alertIds, entry: { status, actor, comment } }) => [
        alertIds.map(Number),
        ...[status, actor, comment],
      ]),
      [
        [[1, 2], 'acknowledged', 'alice', ''],
        [[1], 'acknowledged', 'alice', 'her phone'],
        [[2], 'closed', 'bob', ''],
      ],
    );
    assert.equal(untold, 0);
    assert.deepEqual(triageNews(reader, cursor), { changes: [], untold: 0, cursor });
    // So many at once are only counted.
    const many = Array.from({ length: 1001 }, (_, n) => idOf(n + 100));
    desk.triageSlice(many, { status: 'closed' }, 'bob');
    const counted = triageNews(reader, cursor);
    assert.deepEqual(counted, { changes: [], untold: 1001, cursor: cursor + 1001 });
    // The latest rows go with their alerts, and their numbers come again.
    db.exec(`DELETE FROM alerts WHERE alert_id >= '${idOf(100)}'`);
    const behind = triageNews(reader, counted.cursor);
    assert.deepEqual(behind, { changes: [], untold: 0, cursor });
    desk.triage(idOf(3), { status: 'escalated' }, 'carol');
    assert.deepEqual(
      triageNews(reader, behind.cursor).changes.map(({ alertIds }) => alertIds),
      [[idOf(3)]],
    );
    reader.close();
    desk.close();
    db.close();
  });
});
