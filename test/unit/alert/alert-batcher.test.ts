import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters, defaultLimits } from '../../../sensor/core/index.ts';
import { AlertBatcher, type SensorRecord } from '../../../sensor/alert/index.ts';
import { alertOf, alertRecord, anomalyRecord } from './sample.ts';

interface Bench {
  readonly batcher: AlertBatcher;
  readonly counters: Counters;
  readonly batches: (readonly SensorRecord[])[];
}

function bench(alertQueue = 100, alertBatchRecords = 2, alertBatchesInFlight = 1): Bench {
  const batches: (readonly SensorRecord[])[] = [];
  const counters = new Counters();
  const batcher = new AlertBatcher({
    counters,
    limits: { ...defaultLimits(), alertQueue, alertBatchRecords, alertBatchesInFlight },
    send: (batch) => batches.push(batch),
  });
  return { batcher, counters, batches };
}

const anomaly: SensorRecord = { kind: 'anomaly', record: anomalyRecord };

function policy(sid: number, flowId: number): SensorRecord {
  return alertOf({
    flowId,
    detection: 'pol-plaintext-session',
    evidence: undefined,
    alert: { ...alertRecord.alert, sid },
  });
}

/** [sid, flow, count] of the alerts, [0] for other records. */
function shape(batch: readonly SensorRecord[] | undefined): number[][] | undefined {
  return batch?.map((entry) =>
    entry.kind === 'alert'
      ? [entry.record.alert.sid, entry.record.flowId, entry.record.alert.count]
      : [0],
  );
}

describe('AlertBatcher', () => {
  it('sends full batches at once and the rest on flush', () => {
    const { batcher, batches } = bench(100, 2, 4);
    for (let i = 0; i < 5; i++) batcher.add(alertOf({}));
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [2, 2],
    );
    batcher.flush();
    assert.equal(batches.length, 3);
    assert.equal(batcher.queued, 0);
    assert.equal(batcher.isDrained, false);
    for (let i = 0; i < 3; i++) batcher.acknowledge();
    assert.equal(batcher.isDrained, true);
  });

  it('takes an acknowledgement within the call: sinks in the same process', () => {
    const sizes: number[] = [];
    const batcher: AlertBatcher = new AlertBatcher({
      counters: new Counters(),
      limits: { ...defaultLimits(), alertQueue: 10, alertBatchRecords: 3, alertBatchesInFlight: 1 },
      send: (batch) => {
        sizes.push(batch.length);
        batcher.acknowledge();
      },
    });
    for (let i = 0; i < 10; i++) batcher.add(alertOf({}));
    batcher.flush();
    assert.deepEqual(sizes, [3, 3, 3, 1]);
    assert.equal(batcher.isDrained, true);
  });

  it('folds repeats about sessions and flows as soon as credit is gone', () => {
    const { batcher, counters, batches } = bench(100, 2, 1);
    batcher.add(anomaly);
    batcher.add(anomaly);
    for (const flow of [1, 1, 2, 1]) batcher.add(policy(7, flow));
    assert.equal(batcher.queued, 2);
    assert.equal(counters.get('alertsFolded'), 2);
    batcher.acknowledge();
    assert.deepEqual(shape(batches[1]), [
      [7, 1, 3],
      [7, 2, 1],
    ]);
  });

  it('keeps alerts on content apart while there is room, and folds them when there is none', () => {
    const { batcher, batches } = bench(4, 2, 1);
    batcher.add(anomaly);
    batcher.add(anomaly);
    for (let i = 0; i < 4; i++) batcher.add(alertOf({ flowId: 1 }));
    assert.equal(batcher.queued, 4);
    batcher.add(alertOf({ flowId: 1 }));
    batcher.add(alertOf({ flowId: 9 }));
    assert.equal(batcher.queued, 4);
    batcher.acknowledge();
    batcher.acknowledge();
    assert.deepEqual(
      batches.slice(1).flatMap((batch) => shape(batch) ?? []),
      [
        [1560001, 1, 1],
        [1560001, 1, 1],
        [1560001, 1, 1],
        [1560001, 1, 3],
      ],
    );
  });

  it('gives up other records for alerts, oldest first, and counts them', () => {
    const { batcher, counters, batches } = bench(2, 2, 1);
    batcher.add(anomaly);
    batcher.add(anomaly);
    batcher.add(anomaly);
    batcher.add(anomaly);
    batcher.add(anomaly);
    assert.equal(counters.get('recordsDropped'), 1);
    batcher.add(policy(1, 1));
    batcher.add(policy(2, 1));
    assert.equal(counters.get('recordsDropped'), 3);
    assert.equal(batcher.queued, 2);
    batcher.acknowledge();
    assert.deepEqual(shape(batches[1]), [
      [1, 1, 1],
      [2, 1, 1],
    ]);
  });

  it('adds up counts that are above one already', () => {
    const { batcher, batches } = bench(100, 1, 1);
    batcher.add(anomaly);
    const counted = { ...alertRecord.alert, count: 5 };
    for (let i = 0; i < 2; i++) {
      batcher.add(alertOf({ detection: 'sasl-brute', evidence: undefined, alert: counted }));
    }
    batcher.acknowledge();
    assert.deepEqual(shape(batches[1]), [[1560001, 4711, 10]]);
  });
});
