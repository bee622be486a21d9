import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters } from '../../../sensor/core/index.ts';
import { Key } from '../../../sensor/correlation/keys.ts';
import { LruTable } from '../../../sensor/correlation/lru-table.ts';
import { StateMemory } from '../../../sensor/correlation/state-memory.ts';

const NOW = 1_795_000_000_000_000;
const SECOND = 1e6;
const YEAR = 365 * 86400 * SECOND;

function makeTable(capacity: number, lifeSeconds = 3600, onForget?: (slot: number) => void) {
  const counters = new Counters();
  const memory = new StateMemory(counters);
  const table = new LruTable(memory, 'test', capacity, lifeSeconds, onForget);
  return { table, memory, counters };
}

/** Keys that stand in the table, the least recently used first. */
function order(table: LruTable, nowUsec = NOW): number[] {
  const found: number[] = [];
  table.forEach(nowUsec, (slot) => found.push(table.highOf(slot)));
  return found;
}

describe('LruTable', () => {
  it('finds what was claimed, with zeroed columns when it is new', () => {
    const { table } = makeTable(8);
    const count = table.uint32();
    const pair = table.float64(2);
    assert.equal(table.find(1, 2, NOW), -1);
    const slot = table.claim(1, 2, NOW);
    assert.equal(table.wasNew, true);
    assert.deepEqual(
      [count.values[slot], pair.values[2 * slot], pair.values[2 * slot + 1]],
      [0, 0, 0],
    );
    count.values[slot] = 7;
    pair.values[2 * slot + 1] = 9;
    assert.equal(table.claim(1, 2, NOW + SECOND), slot);
    assert.equal(table.wasNew, false);
    assert.deepEqual([count.values[slot], pair.values[2 * slot + 1]], [7, 9]);
    assert.equal(table.find(2, 1, NOW), -1, 'both words count');
    assert.equal(table.usedUsec(slot), NOW + SECOND);
  });

  it('forgets the entry used longest ago, and counts that', () => {
    const { table, memory, counters } = makeTable(3);
    const marks = table.uint8();
    for (const key of [1, 2, 3]) marks.values[table.claim(key, 0, NOW)] = key;
    table.claim(1, 0, NOW);
    assert.equal(table.find(2, 0, NOW) >= 0, true, 'asking is no use');
    const slot = table.claim(4, 0, NOW);
    assert.equal(marks.values[slot], 0, 'nothing of the one before');
    assert.deepEqual(order(table), [3, 1, 4]);
    assert.equal(table.count, 3);
    assert.equal(memory.report()[0]?.evictions, 1);
    assert.equal(counters.get('stateEvictions'), 1);
  });

  it('forgets in the order of use, whatever the keys are', () => {
    const shapes: readonly ((i: number) => readonly [number, number])[] = [
      (i) => [i, 0],
      (i) => [i, i << 20],
      (i) => [i, Math.imul(i, 0x9e3779b1)],
      (i) => [i, -i],
    ];
    for (const shape of shapes) {
      const { table } = makeTable(100);
      for (let i = 0; i < 1000; i++) {
        table.claim(...shape(i), NOW);
        if (i >= 50) table.claim(...shape(i - 50), NOW);
      }
      const left = order(table);
      assert.equal(left.length, 100);
      assert.deepEqual(left.slice(-2), [999, 949]);
    }
  });

  it('ends an entry that was not used for its life', () => {
    const { table } = makeTable(8, 10);
    const count = table.uint32();
    count.values[table.claim(1, 1, NOW)] = 5;
    assert.equal(table.find(1, 1, NOW + 10 * SECOND) >= 0, true);
    assert.equal(table.find(1, 1, NOW + 10 * SECOND + 1), -1);
    assert.deepEqual(order(table, NOW + 11 * SECOND), []);
    const slot = table.claim(1, 1, NOW + 11 * SECOND);
    assert.deepEqual([table.wasNew, count.values[slot], table.count], [true, 0, 1]);
  });

  it('is not upset by a clock that steps back or jumps by years', () => {
    const { table } = makeTable(8, 10);
    const count = table.uint32();
    count.values[table.claim(1, 1, NOW)] = 5;
    assert.equal(table.find(1, 1, NOW - 10 * SECOND) >= 0, true, 'a little');
    assert.equal(table.find(1, 1, NOW - YEAR), -1);
    for (const time of [NOW - YEAR, NOW + 30 * YEAR, 0, NOW]) {
      table.claim(1, 1, time);
      assert.equal(table.wasNew, true, String(time));
      assert.equal(table.count, 1);
    }
  });

  it('tells of every entry before it goes, while its columns still hold it', () => {
    const told: string[] = [];
    const { table } = makeTable(2, 10, (slot) => {
      told.push(`${table.highOf(slot)}:${count.values[slot] ?? ''}:${names.values[slot] ?? ''}`);
    });
    const count = table.uint32();
    const names = table.objects<string>();
    const put = (key: number, time: number): void => {
      const slot = table.claim(key, key, time);
      count.values[slot] = key * 10;
      names.values[slot] = `n${key}`;
    };
    put(1, NOW);
    put(2, NOW);
    put(3, NOW);
    assert.deepEqual(told, ['1:10:n1'], 'evicted');
    table.remove(table.find(2, 2, NOW));
    assert.deepEqual(told.slice(1), ['2:20:n2'], 'removed');
    put(3, NOW + 11 * SECOND);
    assert.deepEqual(told.slice(2), ['3:30:n3'], 'expired');
    assert.equal(names.values[table.find(3, 3, NOW + 11 * SECOND)], 'n3');
  });

  it('uses the slots of removed entries again, before it forgets any', () => {
    const { table, memory } = makeTable(4);
    const names = table.objects<string>();
    for (const key of [1, 2, 3, 4]) names.values[table.claim(key, key, NOW)] = 'old';
    table.remove(table.find(2, 2, NOW));
    table.remove(table.find(4, 4, NOW));
    for (const key of [5, 6]) assert.equal(names.values[table.claim(key, key, NOW)], undefined);
    assert.equal(memory.report()[0]?.evictions, 0);
    assert.deepEqual(order(table), [1, 3, 5, 6]);
  });

  it('grows to its capacity and no further, and keeps everything on the way', () => {
    const { table } = makeTable(1000);
    const values = table.uint32();
    const wide = table.uint16(3);
    const names = table.objects<string>();
    const small = table.bytes;
    for (let i = 0; i < 5000; i++) {
      const slot = table.claim(i, Math.imul(i, 77), NOW);
      values.values[slot] = i;
      wide.values[3 * slot + 2] = i & 0xffff;
      names.values[slot] = String(i);
      assert.ok(table.bytes <= table.limitBytes);
    }
    assert.ok(small < table.bytes);
    assert.equal(table.bytes, table.limitBytes);
    assert.equal(table.count, 1000);
    for (let i = 4000; i < 5000; i++) {
      const slot = table.find(i, Math.imul(i, 77), NOW);
      assert.deepEqual(
        [values.values[slot], wide.values[3 * slot + 2], names.values[slot]],
        [i, i & 0xffff, String(i)],
      );
    }
  });

  it('forgets everything at once, and works on', () => {
    const { table } = makeTable(10);
    const names = table.objects<string>();
    for (let i = 0; i < 10; i++) names.values[table.claim(i, i, NOW)] = 'x';
    table.clear();
    assert.deepEqual([table.count, table.find(3, 3, NOW), order(table)], [0, -1, []]);
    const slot = table.claim(3, 3, NOW);
    assert.deepEqual([table.wasNew, names.values[slot], table.count], [true, undefined, 1]);
  });

  it('holds at least one entry', () => {
    for (const capacity of [0, -5, 0.5, 1]) {
      const { table } = makeTable(capacity);
      table.claim(1, 1, NOW);
      table.claim(2, 2, NOW);
      assert.deepEqual(order(table), [2]);
    }
  });
});

describe('Key', () => {
  it('tells names apart, and order', () => {
    const seen = new Map<string, string>();
    const note = (what: string, { high, low }: Key): void => {
      const words = `${high} ${low}`;
      assert.equal(seen.get(words), undefined, `${what} and ${seen.get(words) ?? ''}`);
      seen.set(words, what);
    };
    for (let i = 0; i < 20_000; i++) note(`text ${i}`, new Key().ofText(`user${i}@corp.example`));
    for (let i = 0; i < 20_000; i++) note(`words ${i}`, new Key().ofWords([0, 0, 0xffff, i]));
    const [a, b] = [new Key().ofText('a'), new Key().ofText('b')];
    note('pair', new Key().ofPair(a, b));
    note('pair turned', new Key().ofPair(b, a));
    note('pair of one', new Key().ofPair(a, a));
    note('empty', new Key().ofText(''));
    note('zero', new Key().ofText('\0'));
    note('two zeros', new Key().ofText('\0\0'));
  });

  it('spreads its bits: similar names fill a small table evenly', () => {
    const buckets = new Uint32Array(256);
    for (let i = 0; i < 25_600; i++) {
      const at = new Key().ofText(`192.0.2.${i}`).low & 255;
      buckets[at] = (buckets[at] as number) + 1;
    }
    assert.ok(Math.max(...buckets) < 160 && Math.min(...buckets) > 50, `${Math.max(...buckets)}`);
  });
});
