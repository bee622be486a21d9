import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { StarterLink } from '../../sensor/starter-link.ts';

describe('StarterLink', () => {
  let starter: StarterLink | undefined;

  afterEach(() => {
    starter?.close();
  });

  it('starts workers, each with a line of its own, and tells how they end', async () => {
    starter = StarterLink.open();
    const [first, second] = await Promise.all([starter.start(), starter.start()]);
    const firstClosed = once(first.line.resume(), 'close');
    first.kill();
    assert.equal(await first.ended, 'SIGKILL');
    await firstClosed;
    assert.ok(!second.line.destroyed, 'the line of the other closed');
    // A worker whose supervisor died ends by itself.
    second.line.destroy();
    assert.equal(await second.ended, 'SIGKILL');
  });

  it('takes its workers with it, and starts none afterwards', async () => {
    starter = StarterLink.open();
    const worker = await starter.start();
    const closed = once(worker.line.resume(), 'close');
    starter.close();
    await closed;
    await assert.rejects(starter.start(), /gone/);
  });
});
