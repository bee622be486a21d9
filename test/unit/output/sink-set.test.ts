import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OperatorError, setLogWriter } from '../../../sensor/core/index.ts';
import type { RecordSink, SensorRecord } from '../../../sensor/alert/index.ts';
import { SinkSet } from '../../../sensor/output/index.ts';
import { alertOf } from '../alert/sample.ts';

class TestSink implements RecordSink {
  readonly name: string;
  readonly received: SensorRecord[] = [];
  readonly calls: string[] = [];
  problem: string | undefined;
  fault: Error | undefined;

  constructor(name: string) {
    this.name = name;
  }

  write(records: readonly SensorRecord[]): void {
    if (this.fault !== undefined) throw this.fault;
    this.received.push(...records);
  }

  flush(): Promise<void> {
    this.calls.push('flush');
    return this.fault === undefined ? Promise.resolve() : Promise.reject(this.fault);
  }

  close(): Promise<void> {
    this.calls.push('close');
    return this.fault === undefined ? Promise.resolve() : Promise.reject(this.fault);
  }

  reopen(): void {
    this.calls.push('reopen');
  }
}

describe('SinkSet', () => {
  const logged: string[] = [];
  before(() => {
    setLogWriter((line) => logged.push(line));
  });
  after(() => {
    setLogWriter((line) => process.stderr.write(line));
  });

  it('hands every batch to every sink', () => {
    const sinks = [new TestSink('a'), new TestSink('b')];
    const set = new SinkSet(sinks);
    set.write([alertOf({})]);
    set.reopen();
    assert.deepEqual(
      sinks.map((sink) => [sink.received.length, sink.calls]),
      [
        [1, ['reopen']],
        [1, ['reopen']],
      ],
    );
    assert.equal(set.problem, undefined);
  });

  it('lets one sink fail alone, says so once, and forgets it when it works again', () => {
    const bad = new TestSink('bad');
    const good = new TestSink('good');
    const set = new SinkSet([bad, good]);
    bad.fault = new Error('broken');
    set.write([alertOf({})]);
    set.write([alertOf({})]);
    assert.equal(good.received.length, 2);
    assert.deepEqual(set.problems, [{ sink: 'bad', problem: 'broken' }]);
    assert.equal(logged.filter((line) => line.includes('broken')).length, 1);
    bad.fault = undefined;
    set.write([alertOf({})]);
    assert.deepEqual(set.problems, []);
  });

  it('reports the problems sinks have', () => {
    const full = new TestSink('eve');
    full.problem = 'disk full';
    const set = new SinkSet([full, new TestSink('sqlite')]);
    assert.equal(set.problem, 'eve: disk full');
  });

  it('flushes and closes all, whatever fails, and then rejects with the code of the failure', async () => {
    const bad = new TestSink('bad');
    const good = new TestSink('good');
    bad.fault = new OperatorError('EVE_UNWRITABLE', 'no space');
    const set = new SinkSet([bad, good]);
    await assert.rejects(set.flush(), { code: 'EVE_UNWRITABLE', message: 'no space' });
    await assert.rejects(set.close(), { code: 'EVE_UNWRITABLE' });
    assert.deepEqual(good.calls, ['flush', 'close']);
    good.fault = new OperatorError('STORE_LOCKED', 'locked');
    await assert.rejects(set.flush(), { code: 'EVE_UNWRITABLE', message: 'no space; locked' });
  });
});
