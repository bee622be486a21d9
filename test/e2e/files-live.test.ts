/**
 * Live, the inspector answers while packets go on, and large files are judged a piece at a time between them. What is
 * told in the end is what a replay tells that waits for everything, also where flows were closed and rules replaced
 * meanwhile.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { SensorRecord } from '../../sensor/alert/index.ts';
import { packetTime } from '../../sensor/core/index.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { createPipeline } from '../../sensor/pipeline.ts';
import { readSegments, type CapturedSegment } from '../support/captured-tcp.ts';
import { LINK } from '../support/packets.ts';
import { shippedRules } from '../support/replay.ts';

const FOLDER = join(process.cwd(), 'fixtures', 'pcap', 'files');
const ORIGIN = { interfaceName: 'm0', fileName: '' };
const ROADS = ['proxy', 'direct', 'ibb', 'upload'] as const;
/** Longer than any inspection of these files takes. */
const PATIENCE_MS = 60_000;

async function play(
  segments: readonly CapturedSegment[],
  { isLive, replaces = false }: { isLive: boolean; replaces?: boolean },
): Promise<SensorRecord[]> {
  const records: SensorRecord[] = [];
  const overrides = ['sensor_name=test', 'output.sqlite.enabled=false', 'output.eve.file="-"'];
  const pipeline = createPipeline({
    config: loadConfig({ file: undefined, overrides }),
    ruleSet: shippedRules(),
    emit: (record) => records.push(record),
    isLive,
  });
  segments.forEach(({ bytes, tsUsec }, i) => {
    const { length } = bytes;
    const time = packetTime(tsUsec);
    pipeline.packets.packet(bytes, 0, length, length, time, LINK.ethernet, ORIGIN, i + 1);
  });
  if (replaces) pipeline.replaceRules(shippedRules());
  const end = Date.now() + PATIENCE_MS;
  while (isLive && pipeline.filesInWork > 0 && Date.now() < end) {
    await pause(2);
    pipeline.settle();
  }
  assert.equal(pipeline.filesInWork, 0);
  pipeline.shutdown();
  return records;
}

/** Files and what was found in them: the same whatever came when. */
function told(records: readonly SensorRecord[]): string[] {
  return records
    .flatMap((each) => {
      if (each.kind === 'file') return [JSON.stringify(each.record)];
      if (each.kind !== 'alert' || each.record.alert.context['file_id'] === undefined) return [];
      // The packet in work when the judgement came is another one, and each pipeline here has a key of its own.
      const { alert, xmpp, flow, evidence, alertId, tsUsec, srcIp, destIp } = each.record;
      const shown = evidence?.matches.map(({ masked }) => masked);
      return [JSON.stringify([alertId, tsUsec, srcIp, destIp, alert, xmpp, flow, shown])];
    })
    .sort();
}

describe('files in a live sensor', () => {
  for (const road of ROADS) {
    it(`${road}: what is told is what a replay tells`, async () => {
      const segments = await readSegments(join(FOLDER, `${road}.pcap.gz`));
      const wanted = told(await play(segments, { isLive: false }));
      assert.ok(wanted.length > 1);
      assert.deepEqual(told(await play(segments, { isLive: true })), wanted);
      assert.deepEqual(told(await play(segments, { isLive: true, replaces: true })), wanted);
    });
  }
});
