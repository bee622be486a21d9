import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runNode } from './support.ts';

it('the example of the README prints what the README says', () => {
  const file = new URL('README.md', import.meta.resolve('hyperscan-js'));
  const [, example, printed] =
    /```js\n([^]*?)```[^]*?```\n([^]*?)```/.exec(readFileSync(fileURLToPath(file), 'utf8')) ?? [];
  assert.ok(example !== undefined && printed !== undefined);
  const result = runNode(example);
  assert.equal(result.status, 0, String(result.stderr));
  assert.equal(result.stdout, printed);
});
