import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { limitValues, loadConfig, storeFile } from '../../sensor/config/index.ts';
import { StoreClient } from '../../sensor/output/index.ts';
import { ReplayStats } from '../../sensor/replay-stats.ts';
import { runCommand } from '../support/run-cli.ts';

const T0 = 1_700_000_000_000_000;
const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

/** Moments of samples, seconds behind T0. */
function samplesOf(packets: Iterable<number>): number[] {
  const samples: number[] = [];
  const stats = new ReplayStats((usec) => samples.push((usec - T0) / SECOND));
  for (const seconds of packets) stats.packet(T0 + Math.round(seconds * SECOND));
  return samples;
}

function* every(step: number, from: number, to: number): Generator<number> {
  for (let i = 0; from + i * step <= to; i++) yield from + i * step;
}

describe('samples of a replay', () => {
  it('begin with the first packet, are close at first and a minute apart from then on', () => {
    const samples = samplesOf(every(0.05, 0, 3600));
    assert.deepEqual(samples.slice(0, 4), [0, 0.1, 0.2, 0.3]);
    const late = samples.filter((one) => one > 700);
    assert.ok(late.length >= 48, `${late.length} of them`);
    late.slice(1).forEach((one, i) => {
      assert.equal(Math.round(one - (late[i] ?? 0)), 60);
    });
  });

  it('are bounded, however long the capture is', () => {
    const samples = samplesOf(every(30, 0, (365 * DAY) / SECOND));
    assert.ok(samples.length < 5000, String(samples.length));
    const last = samples.at(-1) ?? 0;
    assert.ok(last > (350 * DAY) / SECOND);
    const inOneDay = samples.filter((one) => one <= DAY / SECOND);
    assert.ok(inOneDay.length > 1300 && inOneDay.length < 2000, String(inOneDay.length));
  });

  it('stand at both ends of a silence', () => {
    assert.deepEqual(samplesOf([0, 0.04, 500, 500.01]), [0, 0.04, 500]);
  });

  it('of captures in any order are those of each, and of the same time those of the first', () => {
    const first = [1000, 1000.05, 1000.09];
    const second = [0, 0.05, 0.09];
    assert.deepEqual(samplesOf([...first, ...second, 0.1]), [1000, 1000.09, 0, 0.1]);
    const same = [1000, 1000.02, 1000.08];
    assert.deepEqual(samplesOf([...first, ...same, ...second]), [1000, 1000.09, 0]);
    // A little disorder is none.
    assert.deepEqual(samplesOf([0, 0.5, 0.4, 0.6]), [0, 0.5, 0.6]);
  });

  it('stop where captures jump to and fro without end', () => {
    const jumps = Array.from({ length: 3000 }, (_, i) => (3000 - i) * 100);
    assert.ok(samplesOf(jumps).length <= 600);
  });
});

describe('read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-replay-stats-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('leaves statistics over time that add up to the capture, the same each time', async () => {
    const config = loadConfig({ file: undefined, overrides: [`data_dir=${folder}`] });
    const points = async (): Promise<object[]> => {
      const { status, err } = await runCommand('read', 'fixtures/pcap/demo', '-l', folder);
      assert.equal(status, 0, err);
      const store = new StoreClient({ path: storeFile(config), limits: limitValues(config) });
      try {
        const all = await store.stats(0, Number.MAX_SAFE_INTEGER);
        let packets = 0;
        all.points.forEach(({ packetsPerSecond, tsUsec }, i) => {
          const before = all.points[i - 1];
          if (before !== undefined) packets += (packetsPerSecond * (tsUsec - before.tsUsec)) / 1e6;
        });
        assert.ok(all.points.length > 5);
        assert.ok(packets > 100 && packets < 142, String(packets));
        assert.ok(all.points.some(({ flowsActive }) => flowsActive > 0));
        assert.ok(all.points.some(({ stanzasPerSecond }) => stanzasPerSecond > 0));
        return [...all.points];
      } finally {
        await store.close();
      }
    };
    assert.deepEqual(await points(), await points());
  });
});
