/** Golden files: what users rely on, kept as text. A change is made with UPDATE_GOLDEN=1 and reviewed as code. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Compares with `test/golden/NAME`; with UPDATE_GOLDEN=1 in the environment, writes it instead. */
export function expectGolden(name: string, actual: string): void {
  const path = join(process.cwd(), 'test', 'golden', name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  assert.equal(actual, readFileSync(path, 'utf8'), `${name} differs; see UPDATE_GOLDEN=1`);
}
