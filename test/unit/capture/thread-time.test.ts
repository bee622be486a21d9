/** The clock of a thread goes while it works, and nothing else makes it go. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { threadTime } from '../../../sensor/capture/thread-time.ts';

describe('threadTime()', () => {
  for (const [name, clock] of [
    ['of the thread', threadTime()],
    ['of the process, where the kernel does not say', threadTime('/nowhere/schedstat')],
  ] as const) {
    it(`goes while it works, ${name}`, () => {
      const before = clock();
      // Work is counted in rounds: on a busy machine it lasts longer, and no less of it is done.
      let rounds = 0;
      while (clock() < before + 20 && rounds < 1e7) rounds++;
      assert.ok(clock() >= before + 20);
    });
  }

  it('goes where the kernel has the file and does not count', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-thread-time-'));
    const path = join(folder, 'schedstat');
    writeFileSync(path, '0 0 0\n');
    assert.ok(threadTime(path)() > 0);
    rmSync(folder, { recursive: true });
  });

  it('stands while the thread waits', async () => {
    const clock = threadTime();
    const start = performance.now();
    const before = clock();
    await pause(300);
    const waited = performance.now() - start;
    assert.ok(clock() - before < waited / 2, `${clock() - before} of ${waited} ms`);
  });
});
