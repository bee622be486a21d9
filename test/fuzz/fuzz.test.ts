/** A short run of every fuzz target within `npm test`; `npm run fuzz` runs longer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzTargets, runTarget } from './targets.ts';

const BUDGET_MS = 2000;
const targets = await fuzzTargets();

describe('fuzz targets', () => {
  it('cover decode, reassembly, tokenizer, rule parser and config', () => {
    const names = targets.map((target) => target.name).join(' ');
    for (const wanted of ['decode', 'reassembly', 'xml', 'rules', 'config'])
      assert.match(names, new RegExp(wanted));
  });

  for (const target of targets) {
    it(`${target.name} holds on mutated input`, () => {
      assert.ok(runTarget(target, 20261121, BUDGET_MS) > 0);
    });
  }
});
