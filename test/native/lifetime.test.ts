import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Database, Scanner } from 'hyperscan-js';
import { bytes, runNode } from './support.ts';

const expressions = [{ expression: 'needle', id: 5 }];
const out = new Uint32Array(16);
const regions = Uint32Array.of(0, 0, 6);

describe('close', () => {
  it('may be called twice on everything', () => {
    const database = Database.compile(expressions, { mode: 'stream' });
    const scanner = new Scanner([database]);
    const stream = scanner.openStream(0);
    assert.equal(stream.close(out), 0);
    assert.equal(stream.close(out), 0);
    scanner.close();
    scanner.close();
    database.close();
    database.close();
  });

  it('makes every later use throw and say what is closed', () => {
    const database = Database.compile(expressions);
    const streams = Database.compile(expressions, { mode: 'stream' });
    const scanner = new Scanner([database, streams]);
    const stream = scanner.openStream(1);
    const memory = bytes('needle');
    assert.equal(scanner.scanRegions(memory, regions, 1, out), 1);

    stream.close(out);
    assert.throws(() => stream.write(memory, out), /^Error: Stream is closed$/);
    assert.throws(() => stream.reset(out), /^Error: Stream is closed$/);
    scanner.close();
    for (const use of [
      () => scanner.scanRegions(memory, regions, 1, out),
      () => scanner.scan(0, memory, out),
      () => scanner.scanVector(0, [memory], out),
      () => scanner.openStream(1),
    ]) {
      assert.throws(use, /^Error: Scanner is closed$/);
    }
    database.close();
    for (const use of [
      () => database.serialize(),
      () => database.info,
      () => new Scanner([streams, database]),
    ]) {
      assert.throws(use, /^Error: Database is closed$/);
    }
    streams.close();
  });

  it('of a database leaves its scanners working, of a scanner its streams', () => {
    const database = Database.compile(expressions);
    const streams = Database.compile([{ expression: 'needle$', id: 5 }], { mode: 'stream' });
    const scanner = new Scanner([database, streams]);
    database.close();
    streams.close();
    assert.equal(scanner.scan(0, bytes('needle'), out), 1);
    const [one, two] = [scanner.openStream(1), scanner.openStream(1)];
    scanner.close();
    assert.equal(one.write(bytes('needle'), out), 0);
    assert.equal(one.close(out), 1);
    assert.equal(two.write(bytes('need'), out), 0);
    assert.equal(two.close(out), 0);
  });

  it('cannot be reached with a foreign receiver', () => {
    for (const method of ['close', 'serialize']) {
      const close = Reflect.get(Database.prototype, method) as () => void;
      assert.throws(() => {
        close.call({});
      }, TypeError);
    }
    const scan = Reflect.get(Scanner.prototype, 'scanRegions') as (...args: unknown[]) => number;
    assert.throws(() => scan.call({}, bytes('x'), regions, 1, out), TypeError);
  });
});

/** Run in a process of its own; prints how much the resident set grew, in MiB. */
const LEAK_PRELUDE = `
  import { setImmediate as turn } from 'node:timers/promises';
  import { Database, Scanner } from 'hyperscan-js';
  const MIB = 2 ** 20;
  const list = Array.from({ length: 400 }, (_, id) => ({ expression: 'key' + id + '[a-z]+' + id, id }));
  const saved = Database.compile(list, { mode: 'stream' }).serialize();
  const out = new Uint32Array(16);
  const grown = async (rounds, round) => {
    for (let i = 0; i < rounds / 4; i++) { round(); await turn(); }
    globalThis.gc?.(); await turn(); await turn();
    const before = process.memoryUsage.rss();
    for (let i = 0; i < rounds; i++) { round(); await turn(); }
    globalThis.gc?.(); await turn(); await turn();
    console.log(JSON.stringify({
      grown: (process.memoryUsage.rss() - before) / MIB,
      total: rounds * saved.length / MIB,
    }));
  };
`;

function leak(code: string, args: readonly string[]): void {
  const result = runNode(LEAK_PRELUDE + code, args);
  assert.equal(result.status, 0, String(result.stderr));
  const { grown, total } = JSON.parse(String(result.stdout)) as { grown: number; total: number };
  assert.ok(total > 200, `${total} MiB is too little to tell`);
  assert.ok(grown < total / 4, `grew by ${grown} MiB of ${total}`);
}

describe('memory comes back', () => {
  it('with close, without the garbage collector', () => {
    leak(
      `await grown(1000, () => {
        const database = Database.deserialize(saved);
        const scanner = new Scanner([database]);
        const stream = scanner.openStream(0);
        stream.close(out); scanner.close(); database.close();
      });`,
      [],
    );
  });

  it('with the garbage collector, without close', () => {
    leak(
      `let count = 0;
      await grown(1000, () => {
        const scanner = new Scanner([Database.deserialize(saved)]);
        scanner.openStream(0).write(new Uint8Array(10), out);
        if (++count % 50 === 0) gc();
      });`,
      ['--expose-gc'],
    );
  });

  it('without either: the garbage collector knows of the memory outside', () => {
    leak(
      `await grown(2500, () => { new Scanner([Database.deserialize(saved)]).openStream(0); });`,
      [],
    );
  });

  it('after errors too', () => {
    leak(
      `const bad = Buffer.from(saved); bad[bad.length - 1] ^= 1;
      const block = Database.compile([list[0]]);
      const scanner = new Scanner([block]);
      let refused = 0;
      const refuse = (action) => { try { action(); } catch { refused++; } };
      await grown(1000, () => {
        refuse(() => Database.deserialize(bad));
        refuse(() => Database.compile([list[0], { expression: '(', id: 9 }]));
        refuse(() => scanner.openStream(0));
        const other = Database.deserialize(saved);
        const scanners = new Scanner([other]);
        refuse(() => scanners.scan(0, new Uint8Array(9), out));
        scanners.close(); other.close();
      });
      if (refused !== 4 * 1250) throw new Error('refused ' + refused);`,
      ['--expose-gc'],
    );
  });
});

describe('worker threads', () => {
  const module = JSON.stringify(import.meta.resolve('hyperscan-js'));
  const work = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${module}).then(({ Database, Scanner }) => {
      const database = Database.deserialize(workerData.saved);
      const scanner = new Scanner([database, Database.compile([{ expression: 'own' + workerData.n, id: 1 }])]);
      const out = new Uint32Array(16);
      const memory = Buffer.from('a needle, own' + workerData.n);
      const regions = Uint32Array.of(0, 0, memory.length, 1, 0, memory.length);
      let total = 0;
      for (let i = 0; i < 20000; i++) total += scanner.scanRegions(memory, regions, 2, out);
      parentPort.postMessage(total);
      if (workerData.n % 2 === 0) { scanner.close(); database.close(); }
    });`;

  it('each load the module and scan for themselves, beside this thread', async () => {
    const database = Database.compile(expressions);
    const saved = database.serialize();
    const workers = [0, 1, 2, 3].map(
      (n) => new Worker(work, { eval: true, workerData: { saved, n } }),
    );
    const totals = workers.map(async (worker) => {
      const [total] = (await once(worker, 'message')) as [number];
      return total;
    });
    const exits = workers.map((worker) => once(worker, 'exit'));
    const scanner = new Scanner([database]);
    for (let i = 0; i < 20_000; i++) assert.equal(scanner.scan(0, bytes('needle'), out), 1);
    assert.deepEqual(await Promise.all(totals), [40_000, 40_000, 40_000, 40_000]);
    assert.deepEqual(await Promise.all(exits), [[0], [0], [0], [0]]);
    assert.equal(scanner.scan(0, bytes('needle'), out), 1);
    scanner.close();
    database.close();
  });

  it('may be terminated in the middle of anything', async () => {
    const endless = `
      const { parentPort } = require('node:worker_threads');
      import(${module}).then(({ Database, Scanner }) => {
        const list = [{ expression: 'a+b', id: 1 }];
        const saved = Database.compile(list, { mode: 'stream' }).serialize();
        const vectored = Database.compile(list, { mode: 'vectored' });
        const out = new Uint32Array(16);
        const data = Buffer.alloc(512, 'a');
        parentPort.postMessage('started');
        for (;;) {
          const database = Database.deserialize(saved);
          const scanner = new Scanner([database, vectored, Database.compile(list)]);
          const stream = scanner.openStream(0);
          stream.write(data, out);
          stream.reset(out);
          stream.close(out);
          scanner.scanVector(1, [data, data], out);
          scanner.scan(2, data, out);
          scanner.openStream(0);
          if (database.info.mode !== 'stream' || Database.check({ expression: '(', id: 1 }) === undefined) break;
        }
      });`;
    for (let i = 0; i < 12; i++) {
      const worker = new Worker(endless, { eval: true });
      await once(worker, 'message');
      await new Promise((resolve) => setTimeout(resolve, i));
      assert.equal(await worker.terminate(), 1);
    }
  });
});
