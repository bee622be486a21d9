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
  const expected = readFileSync(path, 'utf8');
  if (actual !== expected) assert.fail(difference(name, actual.split('\n'), expected.split('\n')));
}

/** Where they part: a whole file in a message hides it. */
function difference(name: string, actual: readonly string[], expected: readonly string[]): string {
  const line = actual.findIndex((text, at) => text !== expected[at]);
  const at = line === -1 ? actual.length : line;
  const part = (lines: readonly string[], sign: string): string[] =>
    lines.slice(at, at + 5).map((text) => `${sign} ${text}`);
  return [
    `test/golden/${name} differs from line ${at + 1} on; UPDATE_GOLDEN=1 writes it anew`,
    ...part(expected, '-'),
    ...part(actual, '+'),
  ].join('\n');
}
