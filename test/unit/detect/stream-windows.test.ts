/** The windows of many streams in one bounded memory, against a model that keeps everything. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StreamWindows } from '../../../sensor/detect/stream-windows.ts';

const WINDOW = 32;
const FLOWS = 12;

/** Small seeded generator: the same run every time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('stream windows', () => {
  it('hold the latest bytes of every stream that still has its slot', () => {
    const random = generator(7);
    const windows = new StreamWindows(WINDOW, 8 * 2 * WINDOW, 0);
    /** Bytes since the slot was taken, by half; slots by half, as told. */
    const runs = new Map<number, number[]>();
    const halfOf = new Map<number, number>();
    let lost = 0;
    windows.onLost = (slot) => {
      lost++;
      runs.delete(halfOf.get(slot) ?? -1);
    };
    for (let step = 0; step < 20_000; step++) {
      const flow = random(FLOWS);
      const direction = random(2) as 0 | 1;
      const half = 2 * flow + direction;
      if (random(50) === 0) {
        windows.forget(flow, direction);
        runs.delete(half);
        assert.equal(windows.find(flow, direction), -1);
        continue;
      }
      const bytes = Uint8Array.from({ length: 1 + random(WINDOW) }, () => random(256));
      const slot = windows.append(flow, direction, bytes);
      halfOf.set(slot, half);
      const run = [...(runs.get(half) ?? []), ...bytes];
      runs.set(half, run);
      const used = windows.used[slot] ?? 0;
      const at = windows.offset(slot);
      assert.equal(windows.find(flow, direction), slot);
      assert.equal((windows.base[slot] ?? 0) + used, run.length);
      assert.ok(used >= Math.min(run.length, WINDOW + bytes.length), `${used} of ${run.length}`);
      assert.deepEqual(Array.from(windows.memory.subarray(at, at + used)), run.slice(-used));
      assert.ok(runs.size <= 8);
    }
    assert.ok(lost > 100);
    assert.equal(windows.memory.length, 8 * 2 * WINDOW);
  });

  it('know the start of a stream, once', () => {
    const windows = new StreamWindows(WINDOW, 0, 0);
    const byte = Uint8Array.of(1);
    windows.open(1000);
    assert.equal(windows.isStart[windows.append(1000, 1, byte)], 1);
    windows.forget(1000, 1);
    assert.equal(windows.isStart[windows.append(1000, 1, byte)], 0);
    assert.equal(windows.isStart[windows.append(3, 0, byte)], 0);
    // Its slot was needed elsewhere before its first byte came.
    windows.append(4, 0, byte);
    assert.equal(windows.isStart[windows.append(1000, 0, byte)], 1);
    windows.forget(5000, 0);
  });

  it('count what else is kept for each slot', () => {
    const windows = new StreamWindows(WINDOW, 8 * 2 * WINDOW, 6 * WINDOW);
    const byte = Uint8Array.of(1);
    let lost = 0;
    windows.onLost = () => {
      lost++;
    };
    for (let flow = 0; flow < 5; flow++) windows.append(flow, 0, byte);
    assert.equal(lost, 3);
  });
});
