import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_FLOW, type SensorRecord } from '../../sensor/alert/index.ts';
import { Counters, defaultLimits, thresholdValues } from '../../sensor/core/index.ts';
import type { FlowFacts } from '../../sensor/flow/index.ts';
import { FileWork } from '../../sensor/file-work.ts';

const flows: Pick<FlowFacts, 'endpoints' | 'info' | 'hasGap'> = {
  endpoints: () => undefined,
  info: () => NO_FLOW,
  hasGap: () => false,
};

/** A hundred files of one byte, none of which is judged. */
function hundredFiles(isLive: boolean): {
  work: FileWork;
  told: SensorRecord[];
  counters: Counters;
} {
  const told: SensorRecord[] = [];
  const counters = new Counters();
  const work = new FileWork({
    sensorName: 'test',
    counters,
    limits: { ...defaultLimits(), filesInspectJobs: 2 },
    thresholds: thresholdValues(),
    flows: flows as FlowFacts,
    sessionOf: () => undefined,
    detect: () => assert.fail('nothing is judged here'),
    teller: { raiseOnFlow: () => undefined },
    origin: () => ({ interfaceName: '', fileName: '', packetNumber: 0 }),
    emit: (record) => told.push(record),
    isLive,
    store: undefined,
    onTransfer: () => undefined,
  });
  const place = { flow: 1, direction: 0, tsUsec: 1e15 } as const;
  for (let i = 0; i < 100; i++) {
    const start = { road: 'inline', place, expectedBytes: -1, hasStart: true } as const;
    const file = work.files.ledger.open(undefined, start);
    file.data(new Uint8Array([i]), 0, 1);
    file.end('', place);
  }
  return { work, told, counters };
}

describe('files that end faster than they are judged', () => {
  it('wait within bounds; of those beyond, what is known is told at once', () => {
    const { work, told, counters } = hundredFiles(true);
    assert.equal(counters.get('filesInspectRefused'), 98);
    assert.equal(work.pending, 8);
    assert.equal(work.bytes, 2);
    assert.equal(told.length, 92);
    for (const { kind, record } of told) {
      assert.equal(kind, 'file');
      assert.ok('inspected' in record && record.inspected === 'none' && record.isComplete);
    }
  });

  it('are all looked into where packets wait', () => {
    const { work, told, counters } = hundredFiles(false);
    assert.equal(counters.get('filesInspectRefused'), 0);
    assert.deepEqual([work.pending, work.bytes, told.length], [100, 100, 0]);
  });
});
