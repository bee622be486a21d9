import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { Counters } from '../../sensor/core/index.ts';
import { LruTable } from '../../sensor/correlation/lru-table.ts';
import { StateMemory } from '../../sensor/correlation/state-memory.ts';

const START = 1_795_000_000_000_000;
const LIFE_SECONDS = 50;

/** The same promises, kept by a Map in order of use. */
class Model {
  readonly entries = new Map<string, { value: number; usedUsec: number }>();
  evictions = 0;
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  find(key: string, now: number): number | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && isFresh(entry.usedUsec, now) ? entry.value : undefined;
  }

  claim(key: string, now: number): number {
    const value = this.find(key, now) ?? 0;
    if (!this.entries.delete(key) && this.entries.size === this.#capacity) {
      const [oldest] = this.entries.keys();
      this.entries.delete(oldest ?? '');
      this.evictions++;
    }
    this.entries.set(key, { value, usedUsec: now });
    return value;
  }
}

function isFresh(usedUsec: number, now: number): boolean {
  return Math.abs(now - usedUsec) <= LIFE_SECONDS * 1e6;
}

interface Step {
  readonly act: 'claim' | 'find' | 'remove' | 'clear' | 'wait';
  readonly key: number;
  readonly seconds: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(
    { weight: 60, arbitrary: fc.constant('claim' as const) },
    { weight: 20, arbitrary: fc.constant('find' as const) },
    { weight: 10, arbitrary: fc.constant('remove' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
    { weight: 5, arbitrary: fc.constant('wait' as const) },
  ),
  key: fc.integer({ min: 0, max: 60 }),
  seconds: fc.oneof(
    fc.integer({ min: -60, max: 60 }),
    fc.constantFrom(-31_536_000, 31_536_000, 946_080_000),
  ),
});

describe('LruTable', () => {
  it('does what a Map in order of use does, whatever happens to it', () => {
    const capacity = fc.integer({ min: 1, max: 50 });
    const scatter = fc.constantFrom(0, 1, 0x10000, 0x9e3779b1);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), capacity, scatter, (steps, size, factor) => {
        const memory = new StateMemory(new Counters());
        const table = new LruTable(memory, 'model', size, LIFE_SECONDS);
        const values = table.uint32();
        const names = table.objects<string>();
        const model = new Model(size);
        let now = START;
        let value = 0;
        for (const { act, key, seconds } of steps) {
          const low = Math.imul(key, factor);
          const name = String(key);
          if (act === 'wait') now += seconds * 1e6;
          else if (act === 'clear') {
            table.clear();
            model.entries.clear();
          } else if (act === 'find') {
            const slot = table.find(key, low, now);
            assert.equal(slot < 0 ? undefined : values.values[slot], model.find(name, now));
          } else if (act === 'remove') {
            const slot = table.find(key, low, now);
            assert.equal(slot >= 0, model.find(name, now) !== undefined);
            if (slot < 0) continue;
            table.remove(slot);
            model.entries.delete(name);
          } else {
            const slot = table.claim(key, low, now);
            const known = model.claim(name, now);
            assert.equal(values.values[slot], known);
            assert.equal(names.values[slot], known === 0 ? undefined : name);
            values.values[slot] = ++value;
            names.values[slot] = name;
            (model.entries.get(name) ?? { value: 0 }).value = value;
          }
          assert.equal(table.count, model.entries.size);
        }
        const left: string[] = [];
        table.forEach(now, (slot) => left.push(String(table.highOf(slot))));
        const expected = [...model.entries].filter(([, entry]) => isFresh(entry.usedUsec, now));
        assert.deepEqual(
          left,
          expected.map(([key]) => key),
        );
        assert.equal(memory.report()[0]?.evictions, model.evictions);
        assert.ok(table.bytes <= table.limitBytes);
      }),
      { numRuns: 1500 },
    );
  });
});
