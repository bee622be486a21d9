/** Packs: made beside the sensor, given up and gone on with, let go with their alerts; stores without them answer, too. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SensorRecord } from '../../../sensor/alert/index.ts';
import { setLogWriter } from '../../../sensor/core/index.ts';
import type { AlertFilter } from '../../../sensor/output/sqlite/alert-filter.ts';
import { alertGroups, alertTimeline } from '../../../sensor/output/sqlite/alert-groups.ts';
import { alertPage, topAlerts, type TopKey } from '../../../sensor/output/sqlite/alert-queries.ts';
import { MIGRATIONS } from '../../../sensor/output/sqlite/migrations/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { AlertPacks } from '../../../sensor/output/sqlite/packs/alert-packs.ts';
import { BlobCache } from '../../../sensor/output/sqlite/packs/blob-cache.ts';
import { NameHash } from '../../../sensor/output/sqlite/packs/name-hash.ts';
import { packScan, packedTop } from '../../../sensor/output/sqlite/packs/pack-counts.ts';
import { PackKeeper } from '../../../sensor/output/sqlite/packs/pack-keeper.ts';
import {
  PackMaker,
  dropLeftPack,
  duePacks,
} from '../../../sensor/output/sqlite/packs/pack-maker.ts';
import { packState } from '../../../sensor/output/sqlite/packs/pack-state.ts';
import { SoughtText, TextsBuilder } from '../../../sensor/output/sqlite/packs/pack-texts.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { StoreReader } from '../../../sensor/output/sqlite/store-reader.ts';
import { StoreWriter } from '../../../sensor/output/sqlite/store-writer.ts';
import { SECOND, T0 } from '../alert/sample.ts';
import { alerts, openSink, rowsOf, testFolder } from './store-bench.ts';

const dir = testFolder();
/** Two packs, and some alerts of a third. */
const MANY = alerts(2 * 4096 + 50);
const PACKS = 'SELECT pack FROM alert_packs WHERE made > 0 ORDER BY pack';
const FILTER: AlertFilter = { sinceUsec: T0, untilUsec: T0 + 10_000 * SECOND, limit: 20 };

function fill(path: string, records: readonly SensorRecord[] = MANY): Database.Database {
  const db = openStore(path);
  new RecordWriter(db).write(records);
  return db;
}

function packAll(db: Database.Database): void {
  const maker = new PackMaker(db);
  for (const pack of duePacks(db)) maker.make(pack);
}

function answers(path: string): unknown[] {
  const reader = new StoreReader(path);
  try {
    return [
      alertGroups(reader, FILTER),
      alertTimeline(reader, FILTER),
      topAlerts(reader, 'jid', FILTER),
      topAlerts(reader, 'signature', FILTER),
      alertPage(reader, { ...FILTER, text: 'alice' }),
      alertGroups(reader, { ...FILTER, not: [{ ip: '203.0.113.9' }] }),
      alertPage(reader, { ...FILTER, text: 'alice', not: [{ detection: 'none' }] }),
      alertPage(reader, { ...FILTER, text: 'never written' }),
      alertGroups(reader, { ...FILTER, text: 'alice' }),
      alertGroups(reader, { ...FILTER, text: 'a' }),
      alertGroups(reader, { ...FILTER, not: [{ text: 'alice' }] }),
    ];
  } finally {
    reader.close();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, 'it never came');
    await sleep(10);
  }
}

describe('packs of alerts', () => {
  it('are made beside the sink, and questions have the same answers', async () => {
    const path = join(dir, 'sink.db');
    const sink = openSink(path);
    for (let start = 0; start < MANY.length; start += 1024) {
      sink.write(MANY.slice(start, start + 1024));
    }
    const before = answers(path);
    await until(() => rowsOf(path, PACKS).length > 0);
    await sink.close();
    assert.deepEqual(answers(path), before);
    // Those that were left are made at the next start.
    const again = openSink(path);
    await until(() => rowsOf(path, PACKS).length === 2);
    await again.close();
    assert.deepEqual(rowsOf(path, PACKS), [{ pack: 0 }, { pack: 1 }]);
    assert.deepEqual(answers(path), before);
  });

  for (const schema of [4, 5]) {
    it(`are not needed: a store of schema ${schema} is read and triaged as it is, and gets them at the next start`, async () => {
      const path = join(dir, `old${schema}.db`);
      const db = openStore(path, MIGRATIONS.slice(0, schema));
      new RecordWriter(db).write(MANY);
      // What schema 5 packed has less in it than questions look for.
      if (schema === 5) db.exec('INSERT INTO alert_packs VALUES (0, 1, 0, 0), (1, 1, 0, 0)');
      db.close();
      const before = answers(path);
      const writer = new StoreWriter(path);
      const id = '1'.padStart(32, '0');
      assert.equal(writer.triage(id, { status: 'closed' }, 'ann').status, 'closed');
      writer.close();
      const triaged = answers(path);
      assert.notDeepEqual(triaged, before);
      const version = 'SELECT max(version) AS v FROM schema_migrations';
      assert.deepEqual(rowsOf(path, version), [{ v: schema }]);
      const sink = openSink(path);
      await until(() => rowsOf(path, PACKS).length === 2);
      await sink.close();
      assert.deepEqual(answers(path), triaged);
    });
  }

  it('are refused for a schema that is older', () => {
    const path = join(dir, 'older.db');
    openStore(path, MIGRATIONS.slice(0, 3)).close();
    assert.throws(() => new StoreReader(path), { code: 'STORE_UNREADABLE' });
  });

  it('tell nothing of alerts that changed since, until they are made anew', () => {
    const path = join(dir, 'strays.db');
    const db = fill(path);
    packAll(db);
    assert.deepEqual(duePacks(db), []);
    const triage = db.prepare(
      `INSERT INTO alert_triage SELECT alert_id, 'closed', 1, 'ann', '' FROM alerts WHERE id BETWEEN ? AND ?`,
    );
    triage.run(100, 199);
    db.exec('DELETE FROM alerts WHERE id = 4500');
    db.exec('UPDATE alerts SET summary = summary WHERE id > 8192');
    assert.equal(db.prepare('SELECT count(*) FROM alert_strays').pluck().get(), 101);
    const reader = new StoreReader(path);
    const statuses = (): unknown => alertGroups(reader, FILTER).items[0]?.statuses;
    const expected = { new: MANY.length - 101, acknowledged: 0, escalated: 0, closed: 100 };
    assert.deepEqual(statuses(), expected);
    triage.run(200, 4300);
    // More than are read one by one.
    assert.deepEqual(duePacks(db), [0]);
    packAll(db);
    assert.deepEqual(statuses(), { ...expected, new: MANY.length - 4202, closed: 4201 });
    assert.equal(db.prepare('SELECT count(*) FROM alert_strays WHERE id < 4096').pluck().get(), 0);
    reader.close();
    db.close();
  });

  it('are made by one of two that make the same', () => {
    const path = join(dir, 'two.db');
    const db = fill(path);
    const maker = new PackMaker(db);
    // As if another process began when this one stores what it made.
    db.exec(
      `CREATE TRIGGER taken AFTER INSERT ON alert_pack_columns BEGIN
         UPDATE alert_packs SET made = -1 WHERE pack = 0;
       END`,
    );
    maker.make(0);
    assert.deepEqual(rowsOf(path, PACKS), []);
    assert.deepEqual(duePacks(db), [1, 0]);
    db.exec('DROP TRIGGER taken');
    packAll(db);
    assert.deepEqual(rowsOf(path, PACKS), [{ pack: 0 }, { pack: 1 }]);
    db.close();
  });

  it('leave a ranking to the alerts where thousands are even', () => {
    const path = join(dir, 'even.db');
    const crowd = alerts(2 * 4096).map((each, i) => {
      const { record } = each as Extract<SensorRecord, { kind: 'alert' }>;
      const from = `u${i % 3000}@crowd.example/x`;
      return {
        kind: 'alert',
        record: { ...record, xmpp: record.xmpp && { ...record.xmpp, from } },
      };
    });
    const db = fill(path, crowd as SensorRecord[]);
    const reader = new StoreReader(path);
    const top = (): unknown => topAlerts(reader, 'jid', FILTER);
    const before = top();
    packAll(db);
    assert.deepEqual(top(), before);
    const packed = (by: TopKey): unknown => {
      return reader.snapshot(() => {
        const scan = packScan(reader, FILTER, () => []);
        assert.ok(scan !== undefined);
        return packedTop(reader, scan, by, 20);
      });
    };
    assert.equal(packed('jid'), undefined);
    assert.notEqual(packed('domain'), undefined);
    reader.close();
    db.close();
  });

  it('go with their alerts', () => {
    const path = join(dir, 'gone.db');
    const db = fill(path);
    packAll(db);
    assert.equal(dropLeftPack(db), false);
    db.exec('DELETE FROM alerts WHERE id < 4096');
    assert.equal(dropLeftPack(db), true);
    assert.equal(dropLeftPack(db), false);
    const count = (table: string, where: string): unknown =>
      db.prepare(`SELECT count(*) FROM ${table} WHERE ${where}`).pluck().get();
    assert.equal(count('alert_packs', 'pack = 0'), 0);
    assert.equal(count('alert_pack_columns', 'pack = 0'), 0);
    assert.equal(count('alert_strays', 'id < 4096'), 0);
    assert.notEqual(count('alert_pack_columns', 'pack = 1'), 0);
    // The first alert of a pack is enough: nothing of it stays, and nobody packs what is left beside it.
    const before = answers(path);
    db.exec('DELETE FROM alerts WHERE id = 4096');
    assert.notDeepEqual(answers(path), before);
    assert.equal(dropLeftPack(db), true);
    for (const table of ['alert_packs', 'alert_pack_columns', 'alert_strays']) {
      assert.equal(count(table, '1'), 0, table);
    }
    assert.deepEqual(duePacks(db), []);
    db.exec('DELETE FROM alerts');
    assert.equal(dropLeftPack(db), false);
    // Row ids begin anew: the packs of before must not speak for these.
    new RecordWriter(db).write(alerts(10, {}, 90_000));
    const reader = new StoreReader(path);
    assert.equal(alertGroups(reader, {}).alerts, 10);
    reader.close();
    db.close();
  });

  it('hold no alert whose numbers are too large, which is counted all the same', () => {
    const path = join(dir, 'unfit.db');
    const db = fill(path);
    db.exec('UPDATE alerts SET count = 5000000000 WHERE id = 7');
    packAll(db);
    assert.deepEqual(db.prepare('SELECT id FROM alert_strays').pluck().all(), [7]);
    const reader = new StoreReader(path);
    assert.equal(alertGroups(reader, FILTER).items[0]?.count, 5e9 + MANY.length - 1);
    assert.equal(topAlerts(reader, 'jid', FILTER)[0]?.alerts, 5e9 + MANY.length - 1);
    reader.close();
    db.close();
  });

  it('are no help where too many alerts have none', () => {
    const path = join(dir, 'few.db');
    const db = fill(path);
    packAll(db);
    db.exec('UPDATE alerts SET id = id + 30000 WHERE id > 8192');
    const reader = new StoreReader(path);
    assert.equal(
      reader.snapshot(() => AlertPacks.open(reader)),
      undefined,
    );
    assert.equal(alertGroups(reader, FILTER).alerts, MANY.length);
    reader.close();
    db.close();
  });
});

describe('PackKeeper', () => {
  /** Row ids of more alerts than are read beside packs, as a sensor that ended leaves them, written long ago. */
  function leftStore(name: string, schema?: number): string {
    const path = join(dir, name);
    const db = openStore(path, MIGRATIONS.slice(0, schema));
    new RecordWriter(db).write(alerts(50));
    db.exec('UPDATE alerts SET id = id * 2048, stored = 1');
    db.pragma('journal_mode = DELETE');
    db.close();
    return path;
  }

  async function kept(path: string, use: (keeper: PackKeeper) => Promise<void>): Promise<void> {
    const reader = new StoreReader(path);
    const keeper = new PackKeeper(path, () => Promise.resolve(packState(reader)));
    try {
      await use(keeper);
    } finally {
      await keeper.stop();
      reader.close();
      keeper.tidy();
    }
  }

  const modeOf = (path: string): unknown =>
    new Database(path, { readonly: true }).pragma('journal_mode', { simple: true });

  it('packs a store that no sensor writes, and leaves it as it was found', async () => {
    const path = leftStore('left.db');
    const before = answers(path);
    const audited = rowsOf(path, 'SELECT * FROM audit');
    await kept(path, async (keeper) => {
      assert.equal(keeper.news, undefined);
      await keeper.look();
      assert.deepEqual(keeper.news, { unpacked: 24 * 4096, problem: '', isOld: false });
      await keeper.idle();
      assert.equal(rowsOf(path, PACKS).length, 24);
      await until(() => keeper.news === undefined);
    });
    assert.deepEqual(answers(path), before);
    assert.deepEqual(rowsOf(path, 'SELECT * FROM audit'), audited);
    assert.equal(modeOf(path), 'delete');
    assert.deepEqual([existsSync(`${path}-wal`), existsSync(`${path}-shm`)], [false, false]);
  });

  it('leaves it to the sensor while one writes', async () => {
    const path = leftStore('written.db');
    const db = new Database(path);
    db.prepare('UPDATE alerts SET stored = ? WHERE id = 50 * 2048').run(
      Math.floor(Date.now() / 1000),
    );
    db.close();
    await kept(path, async (keeper) => {
      await keeper.look();
      assert.equal(keeper.news, undefined);
      await keeper.idle();
    });
    assert.deepEqual(rowsOf(path, PACKS), []);
  });

  /** A store that lets nobody make packs. */
  function refusingStore(name: string): string {
    const path = leftStore(name);
    const db = new Database(path);
    db.exec(
      `CREATE TRIGGER refused BEFORE INSERT ON alert_packs BEGIN
         SELECT RAISE(ABORT, 'attempt to write a readonly database');
       END`,
    );
    db.close();
    return path;
  }

  it('says once that it begins and why it cannot, however often it tries', async () => {
    const lines: string[] = [];
    setLogWriter((line) => void lines.push(line));
    try {
      await kept(refusingStore('refusing.db'), async (keeper) => {
        for (let tries = 0; tries < 3; tries++) {
          await keeper.look();
          await keeper.idle();
          await until(() => (keeper.news?.problem ?? '') !== '');
        }
      });
    } finally {
      setLogWriter((line) => process.stderr.write(line));
    }
    const words = lines.filter((line) => line.includes('pack'));
    assert.equal(words.length, 2, words.join(''));
    assert.match(words.join(''), /packs 98304 alerts[^]*Cannot pack alerts/);
  });

  it('says why it cannot, and that a store is too old', async () => {
    const path = refusingStore('refused.db');
    await kept(path, async (keeper) => {
      await keeper.look();
      await keeper.idle();
      await until(() => keeper.news?.problem !== '');
      const problem = 'attempt to write a readonly database';
      assert.deepEqual(keeper.news, { unpacked: 24 * 4096, problem, isOld: false });
    });
    await kept(leftStore('schema4.db', 4), async (keeper) => {
      await keeper.look();
      await keeper.idle();
      assert.deepEqual(keeper.news, { unpacked: 49 * 2048 + 1, problem: '', isOld: true });
    });
  });
});

describe('BlobCache', () => {
  it('gives away what was used longest ago, and nothing that the question at hand used', () => {
    const cache = new BlobCache(100);
    let reads = 0;
    const ask = (...names: readonly string[]): number => {
      cache.nextQuestion();
      reads = 0;
      for (const name of names) {
        cache.blob(name, () => {
          reads++;
          return new Uint8Array(40);
        });
      }
      assert.ok(cache.bytes <= 100);
      return reads;
    };
    assert.equal(ask('a', 'b', 'c'), 3);
    // The third found no room: the first two stay.
    assert.equal(ask('a', 'b', 'c'), 1);
    assert.equal(ask('b'), 0);
    assert.equal(ask('d'), 1);
    assert.equal(ask('b', 'd'), 0);
    assert.equal(ask('a'), 1);
    cache.nextQuestion();
    assert.equal(cache.blob('large', () => new Uint8Array(200)).length, 200);
    assert.ok(cache.bytes <= 100);
  });
});

describe('SoughtText', () => {
  /** Places of the texts that have it. */
  function placesOf(sought: string, texts: readonly string[]): number[] {
    const builder = new TextsBuilder();
    texts.forEach((text, place) => {
      builder.add(place, ['', text, '', '', '', '']);
    });
    const blobs = new Map(builder.blobs());
    const places = new SoughtText(sought).placesIn((name) => blobs.get(name) ?? new Uint8Array());
    return [...places.entries()].flatMap(([place, has]) => (has === 1 ? [place] : []));
  }

  it('is found within a word, in either case of ASCII and in no other', () => {
    const texts = ['a prize', 'PRIZES won', 'priz e', 'Ünique', 'ünique', ''];
    assert.deepEqual(placesOf('Rize', texts), [0, 1]);
    assert.deepEqual(placesOf('z', texts), [0, 1, 2]);
    assert.deepEqual(placesOf('ünI', texts), [4]);
  });

  it('is found over the ends of words, with the signs between them', () => {
    const texts = ['x1-y2 x1-y22.', 'x1 -y2', 'ax1-y2', 'y2 x1-', '-- --x1'];
    assert.deepEqual(placesOf('1-y2', texts), [0, 2]);
    assert.deepEqual(placesOf('2 x1-', texts), [0, 3]);
    assert.deepEqual(placesOf('1-y2 x1-y2', texts), [0]);
    assert.deepEqual(placesOf('1-y22.', texts), [0]);
    assert.deepEqual(placesOf('-', texts), [0, 1, 2, 3, 4]);
    assert.deepEqual(placesOf('- --x', texts), [4]);
  });

  it('is not found where it would begin in one text and end in another', () => {
    assert.deepEqual(placesOf('one two', ['one ', 'two', 'one two']), [2]);
  });

  it('is not told of texts that are too long, or of more words than a pack has room for', () => {
    const builder = new TextsBuilder();
    builder.add(0, ['', 'x'.repeat(5000), '', '', '', '']);
    let words = 0;
    for (let place = 1; place < 100; place++) {
      const text = Array.from({ length: 1000 }, () => (words++).toString(36)).join(' ');
      builder.add(place, ['', text.slice(0, 4096), '', '', '', '']);
    }
    const untold = new Map(builder.blobs()).get('untold') ?? new Uint8Array();
    assert.deepEqual([untold[0], untold[1]], [0, 0]);
    assert.ok(untold.length > 20 && untold.length < 100, `${untold.length / 2} alerts`);
  });
});

describe('NameHash', () => {
  it('depends on name and salt, and is zero for no name only', () => {
    const seen = new Set<string>();
    for (const salt of [
      { low: 0, high: 0 },
      { low: 1, high: 2 },
    ]) {
      const hash = new NameHash(salt);
      for (let i = 0; i < 2000; i++) {
        hash.hash(`${'user@corp.example'.slice(0, 4 + (i % 13))}${i}`);
        seen.add(`${hash.low} ${hash.high}`);
      }
      hash.hash('');
      assert.deepEqual([hash.low, hash.high], [0, 0]);
    }
    assert.equal(seen.size, 4000);
    assert.ok(!seen.has('0 0'));
  });
});
