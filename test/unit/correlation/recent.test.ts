import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters } from '../../../sensor/core/index.ts';
import { LruTable } from '../../../sensor/correlation/lru-table.ts';
import { DEEPEST, RecentDistinct, RecentTimes } from '../../../sensor/correlation/recent.ts';
import { StateMemory } from '../../../sensor/correlation/state-memory.ts';

const NOW = 1_795_000_000_000_000;
const SECOND = 1e6;

function makeTable(): LruTable {
  return new LruTable(new StateMemory(new Counters()), 'test', 100, 86400);
}

describe('RecentTimes', () => {
  it('counts exactly within the window, both ends included', () => {
    const table = makeTable();
    const recent = new RecentTimes(table, 5);
    const slot = table.claim(1, 1, NOW);
    const other = table.claim(2, 2, NOW);
    for (const second of [0, 10, 20, 30]) recent.add(slot, NOW + second * SECOND);
    recent.add(other, NOW);
    const within = (second: number, seconds: number): number =>
      recent.within(slot, NOW + second * SECOND, seconds);
    assert.deepEqual(
      [within(30, 60), within(30, 10), within(30, 9.9), within(90, 60)],
      [4, 2, 1, 1],
    );
    assert.equal(within(91, 60), 0);
    assert.equal(recent.within(other, NOW, 60), 1);
  });

  it('keeps the latest when there are more than it is deep', () => {
    const table = makeTable();
    const recent = new RecentTimes(table, 3);
    const slot = table.claim(1, 1, NOW);
    for (let i = 0; i < 10; i++) recent.add(slot, NOW + i * SECOND);
    assert.equal(recent.within(slot, NOW + 9 * SECOND, 1000), 3);
    assert.equal(recent.within(slot, NOW + 9 * SECOND, 1), 2);
    recent.reset(slot);
    assert.equal(recent.within(slot, NOW + 9 * SECOND, 1000), 0);
  });

  it('bears clocks that step back', () => {
    const table = makeTable();
    const recent = new RecentTimes(table, 5);
    const slot = table.claim(1, 1, NOW);
    recent.add(slot, NOW);
    recent.add(slot, NOW - 5 * SECOND);
    assert.equal(recent.within(slot, NOW - 5 * SECOND, 10), 2);
    assert.equal(recent.within(slot, NOW - 1000 * SECOND, 10), 0);
  });
});

describe('RecentDistinct', () => {
  it('counts different values once', () => {
    const table = makeTable();
    const recent = new RecentDistinct(table, 4);
    const slot = table.claim(1, 1, NOW);
    const added = [1, 2, 1, 2, 3].map((value, i) =>
      recent.add(slot, value, -value, NOW + i * SECOND),
    );
    assert.deepEqual(added, [true, true, false, false, true]);
    assert.equal(recent.within(slot, NOW + 4 * SECOND, 60), 3);
    assert.equal(recent.within(slot, NOW + 4 * SECOND, 1), 2, 'seen again counts as late');
  });

  it('forgets the value seen longest ago', () => {
    const table = makeTable();
    const recent = new RecentDistinct(table, 3);
    const slot = table.claim(1, 1, NOW);
    for (const [i, value] of [1, 2, 3, 1, 4].entries())
      recent.add(slot, value, value, NOW + i * SECOND);
    assert.equal(recent.add(slot, 1, 1, NOW + 5 * SECOND), false);
    assert.equal(recent.add(slot, 2, 2, NOW + 6 * SECOND), true);
    assert.equal(recent.within(slot, NOW + 6 * SECOND, 60), 3);
  });

  it('is never deeper than its limit', () => {
    const table = makeTable();
    assert.equal(new RecentDistinct(table, 1e9).depth, DEEPEST);
    assert.equal(new RecentTimes(table, 0).depth, 1);
  });
});
