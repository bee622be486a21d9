/** The bundled self-test captures are those the cases make. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildSelftest, formatList } from '../../../fixtures/pcap/selftest/capture.ts';

const folder = join(process.cwd(), 'fixtures', 'pcap', 'selftest');

describe('the self-test captures', () => {
  const { captures, listed } = buildSelftest();
  it('are up to date (node build/fixtures/pcap/selftest/make.js renews them)', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.gz'));
    assert.deepEqual(files.sort(), [...captures.keys()].sort());
    for (const [name, pcap] of captures) {
      const bundled = gunzipSync(readFileSync(join(folder, name)));
      assert.ok(bundled.equals(pcap), `${name} differs from what the cases make`);
    }
    assert.equal(readFileSync(join(folder, 'cases.json'), 'utf8'), formatList(listed));
  });
  it('play one case after the other, at least a day apart, before the year 2106', () => {
    for (const name of captures.keys()) {
      const starts = listed.filter(({ capture }) => capture === name).map(({ from }) => from);
      assert.ok(starts.every((from, i) => i === 0 || from - (starts[i - 1] ?? 0) > 86_400));
      assert.ok((starts.at(-1) ?? Infinity) < 2 ** 32 - 86_400);
    }
    assert.ok(listed.some(({ fires }) => fires));
    assert.ok(listed.some(({ fires }) => !fires));
  });
});
