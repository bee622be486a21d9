/** The bundled self-test capture is the one the cases make. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildSelftest, formatList } from '../../../fixtures/pcap/selftest/capture.ts';

const folder = join(process.cwd(), 'fixtures', 'pcap', 'selftest');

describe('the self-test capture', () => {
  const { pcap, listed } = buildSelftest();
  it('is up to date (node build/fixtures/pcap/selftest/make.js renews it)', () => {
    const bundled = gunzipSync(readFileSync(join(folder, 'cases.pcap.gz')));
    assert.ok(bundled.equals(pcap), 'cases.pcap.gz differs from what the cases make');
    assert.equal(readFileSync(join(folder, 'cases.json'), 'utf8'), formatList(listed));
  });
  it('plays one case after the other, at least a day apart', () => {
    const starts = listed.map(({ from }) => from);
    assert.ok(starts.every((from, i) => i === 0 || from - (starts[i - 1] ?? 0) > 86_400));
    assert.ok(listed.some(({ fires }) => fires));
    assert.ok(listed.some(({ fires }) => !fires));
  });
});
