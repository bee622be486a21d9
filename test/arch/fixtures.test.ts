import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { ROOT } from './tree.ts';

it('every fixture stands in fixtures/README.md with its hash', () => {
  const run = spawnSync(process.execPath, [join(ROOT, 'fixtures', 'provenance.mjs')], {
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
});
