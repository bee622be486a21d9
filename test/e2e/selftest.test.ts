import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../support/run-cli.ts';

describe('selftest', () => {
  it('fires every detection, and no near miss', async () => {
    const { status, out } = await runCommand('selftest');
    assert.match(out, /^(\d+)\/\1 detections fired\n$/);
    assert.equal(status, 0);
  });
});
