import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunSignals } from '../../sensor/run-signals.ts';

describe('RunSignals', () => {
  it('keeps what is asked for while the sensor starts, and obeys at once afterwards', async () => {
    const before = process.listenerCount('SIGUSR2');
    const signals = new RunSignals();
    assert.equal(process.listenerCount('SIGUSR2'), before + 1, 'the signal no longer kills');
    const done: string[] = [];
    process.emit('SIGHUP');
    process.emit('SIGUSR2');
    process.emit('SIGUSR2');
    assert.equal(done.length, 0);
    signals.serve({
      reopen: () => {
        done.push('reopen');
      },
      reload: () => {
        done.push('reload');
      },
    });
    assert.deepEqual(done, ['reopen', 'reload'], 'once each, however often it was asked');
    process.emit('SIGUSR2');
    assert.deepEqual(done, ['reopen', 'reload', 'reload']);
    process.emit('SIGTERM');
    assert.equal(await signals.ended, 0);
  });

  it('ends with the status of an interruption on INT', async () => {
    const signals = new RunSignals();
    process.emit('SIGINT');
    assert.equal(await signals.ended, 130);
  });
});
