import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Counters, defaultLimits, setLogWriter } from '../../../sensor/core/index.ts';
import { FileStore, keptFile, type FileStoreOptions } from '../../../sensor/files/file-store.ts';

const dir = mkdtempSync(join(tmpdir(), 'stanzawatch-kept-'));
const log: string[] = [];
let stores = 0;
before(() => {
  setLogWriter((line) => log.push(line));
});
after(() => {
  rmSync(dir, { recursive: true });
});

interface Bench {
  readonly store: FileStore;
  readonly folder: string;
  readonly kept: [string, number][];
  /** Stored, refused for room, failed. */
  readonly counts: () => number[];
}

function open(changes: Partial<FileStoreOptions> = {}): Bench {
  const folder = join(dir, `data-${++stores}`, 'files');
  const kept: [string, number][] = [];
  const counters = new Counters();
  const store = new FileStore({
    folder,
    maxBytes: 1000,
    workers: 1,
    isLive: false,
    counters,
    limits: defaultLimits(),
    onKept: (sha256, bytes) => kept.push([sha256, bytes]),
    ...changes,
  });
  const counts = (): number[] => [
    counters.get('filesStored'),
    counters.get('filesStoreFull'),
    counters.get('filesStoreFailed'),
  ];
  return { store, folder: changes.folder ?? folder, kept, counts };
}

function content(size: number, fill = 1): [sha256: string, bytes: Uint8Array] {
  const bytes = new Uint8Array(size).fill(fill);
  return [createHash('sha256').update(bytes).digest('hex'), bytes];
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

for (const isLive of [false, true]) {
  describe(`FileStore, ${isLive ? 'live' : 'offline'}`, () => {
    it('keeps content by its hash, for its owner alone, once', async () => {
      const { store, folder, kept, counts } = open({ isLive });
      assert.ok(!existsSync(folder), 'made with the first file, when the sensor is no longer root');
      const [sha256, bytes] = content(300);
      for (let i = 0; i < 3; i++) store.keep(sha256, bytes);
      await store.flush();
      const path = keptFile(folder, sha256);
      assert.equal(path, join(folder, sha256.slice(0, 2), sha256.slice(2)));
      assert.deepEqual(readFileSync(path), Buffer.from(bytes));
      assert.deepEqual(
        [modeOf(path), modeOf(dirname(path)), modeOf(folder)],
        [0o600, 0o700, 0o700],
      );
      assert.deepEqual(readdirSync(dirname(path)), [sha256.slice(2)], 'nothing half written');
      assert.deepEqual(kept, [[sha256, 300]]);
      assert.deepEqual(counts(), [1, 0, 0]);
    });

    it('keeps no more than its room, what was there counted, and says so once', async () => {
      const first = open({ isLive });
      first.store.keep(...content(600, 1));
      await first.store.flush();
      log.length = 0;
      const { store, kept, counts } = open({ isLive, folder: first.folder });
      store.keep(...content(500, 2));
      store.keep(...content(400, 3));
      store.keep(...content(1, 4));
      await store.flush();
      assert.deepEqual(
        kept.map(([, bytes]) => bytes),
        [400],
        'what fits is kept',
      );
      assert.deepEqual(counts(), [1, 2, 0]);
      assert.equal(log.filter((line) => line.includes('store_bytes is used up')).length, 1);
      assert.equal(store.problem, undefined, 'that is what the operator asked for');
    });

    it('says what the disk refuses, rests, and goes on when it takes files again', async (t) => {
      const folder = join(dir, `blocked-${isLive}`);
      writeFileSync(folder, 'a file where the folder should be');
      log.length = 0;
      const { store, kept, counts } = open({ isLive, folder, retryMs: 40 });
      let nowMs = performance.now();
      t.mock.method(performance, 'now', () => nowMs);
      for (let i = 0; i < 3; i++) {
        store.keep(...content(10, i));
        await store.flush();
      }
      assert.match(store.problem ?? '', /^Cannot keep files in .*blocked/);
      assert.deepEqual(counts(), [0, 0, 3]);
      assert.equal(log.filter((line) => line.includes('Cannot keep files')).length, 1);
      rmSync(folder);
      nowMs += 40;
      store.keep(...content(1000, 9));
      await store.flush();
      assert.equal(store.problem, undefined);
      assert.equal(kept.length, 1, 'room taken in vain was given back');
    });
  });
}

describe('FileStore', () => {
  it('gives each worker its part of the room', () => {
    const { store, kept, counts } = open({ workers: 2 });
    store.keep(...content(501, 1));
    store.keep(...content(500, 2));
    assert.deepEqual([kept.length, ...counts()], [1, 1, 1, 0]);
  });

  it('holds no more for a slow disk than its limit', async () => {
    const limits = { ...defaultLimits(), filesStorePendingBytes: 100 };
    const { store, kept, counts } = open({ isLive: true, limits });
    store.keep(...content(60, 1));
    store.keep(...content(60, 2));
    await store.flush();
    store.keep(...content(60, 3));
    await store.flush();
    assert.deepEqual([kept.length, ...counts()], [2, 2, 0, 1]);
  });

  it('removes what a sensor that died left half written, not what another one writes', () => {
    const [sha256] = content(10);
    const folder = join(dir, 'parts', 'files');
    const old = `${keptFile(folder, sha256)}.1.part`;
    const young = `${keptFile(folder, sha256)}.2.part`;
    mkdirSync(dirname(old), { recursive: true });
    for (const path of [old, young]) writeFileSync(path, 'half');
    utimesSync(old, 1, 1);
    open({ folder });
    assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
  });

  it('that may not read what is there keeps nothing, and says what to do', () => {
    const folder = join(dir, 'blind', 'files');
    mkdirSync(join(folder, 'ab'), { recursive: true });
    // A way round in a circle is refused to everybody, the superuser of a test run too.
    symlinkSync('cd', join(folder, 'ab', 'cd'));
    log.length = 0;
    const { store, kept, counts } = open({ folder });
    assert.match(
      store.problem ?? '',
      /^Cannot keep files in .*ELOOP.*chown -R.*files\.store: false/,
    );
    assert.equal(log.filter((line) => line.includes('Cannot keep files')).length, 1);
    store.keep(...content(10));
    assert.deepEqual([kept.length, ...counts()], [0, 0, 0, 1]);
    assert.match(store.problem ?? '', /chown/);
  });

  it('counts only folders of its own', () => {
    const folder = join(dir, 'mounted', 'files');
    mkdirSync(join(folder, 'lost+found'), { recursive: true });
    writeFileSync(join(folder, 'lost+found', 'x'), new Uint8Array(900));
    const { store, kept } = open({ folder });
    store.keep(...content(1000));
    assert.equal(kept.length, 1);
  });

  it('keeps nothing of an empty file', () => {
    const { store, folder, counts } = open();
    store.keep(...content(0));
    assert.deepEqual([existsSync(folder), ...counts()], [false, 0, 0, 0]);
  });
});
