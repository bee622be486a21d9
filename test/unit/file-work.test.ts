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

/** Every index names this flow, which began before everything else. */
function flowsOf(flowId: number): typeof flows {
  const words = new Int32Array(4);
  return {
    endpoints: () => ({
      ...{ flowId, clientWords: words, clientPort: 1, serverWords: words, serverPort: 2 },
    }),
    info: () => ({ ...NO_FLOW, flowId, clientIp: `192.0.2.${flowId}`, startUsec: 1 }),
    hasGap: () => false,
  };
}

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

describe('the flow of a file', () => {
  function told(atEnd: Pick<FlowFacts, 'endpoints' | 'info' | 'hasGap'>): unknown {
    const state = { flows: flowsOf(7) };
    const records: SensorRecord[] = [];
    const work = new FileWork({
      sensorName: 'test',
      counters: new Counters(),
      // Nothing is looked into: what is known is told at once.
      limits: { ...defaultLimits(), filesInspectJobs: 0 },
      thresholds: thresholdValues(),
      flows: {
        endpoints: (flow: number) => state.flows.endpoints(flow),
        info: (flow: number) => state.flows.info(flow),
        hasGap: () => false,
      } as unknown as FlowFacts,
      sessionOf: () => undefined,
      detect: () => assert.fail('nothing is judged here'),
      teller: { raiseOnFlow: () => undefined },
      origin: () => ({ interfaceName: '', fileName: '', packetNumber: 0 }),
      emit: (record) => records.push(record),
      isLive: true,
      store: undefined,
      onTransfer: () => undefined,
    });
    const place = { flow: 1, direction: 0, tsUsec: 1e15 } as const;
    const start = { road: 'inline', place, expectedBytes: -1, hasStart: true } as const;
    const file = work.files.ledger.open(undefined, start);
    file.data(new Uint8Array(1), 0, 1);
    state.flows = atEnd;
    file.end('', place);
    const [only] = records;
    return only?.kind === 'file' ? [only.record.flowId, only.record.srcIp] : undefined;
  }

  it('is the one it began on, and none when that index is free or names another', () => {
    assert.deepEqual(told(flowsOf(7)), [7, '192.0.2.7']);
    // Packet time may have stepped back: the other one need not have begun later.
    assert.deepEqual(told(flowsOf(8)), [NO_FLOW.flowId, NO_FLOW.clientIp]);
    assert.deepEqual(told(flows), [NO_FLOW.flowId, NO_FLOW.clientIp]);
  });
});

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
