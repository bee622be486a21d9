/** Kept packets have an end: by age where a console is served over them, by size while they are written. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig } from '../../sensor/config/index.ts';
import { setLogWriter } from '../../sensor/core/index.ts';
import { serveStore } from '../../sensor/serve-store.ts';
import { runCommand } from '../support/run-cli.ts';

const CAPTURE = join('fixtures', 'pcap', 'demo', 'incident.pcap.gz');
const ENDINGS = ['.pcapng', '.idx'];
const PATIENCE_MS = 60_000;

describe('packets of alerts in a data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-expiry-'));
  before(() => {
    setLogWriter(() => undefined);
  });
  after(() => {
    setLogWriter((line) => process.stderr.write(line));
    rmSync(folder, { recursive: true });
  });

  async function replay(data: string, ...args: string[]): Promise<void> {
    const { status, err } = await runCommand('read', CAPTURE, '-l', data, ...args);
    assert.equal(status, 0, err);
  }

  it('are deleted by `serve` when they are too old, and only then', async () => {
    const data = join(folder, 'aged');
    await replay(data);
    const spool = join(data, 'packets');
    const kept = readdirSync(spool).sort();
    assert.equal(kept.length, ENDINGS.length, kept.join(' '));
    const stem = (kept[0] ?? '').replace(/\.\w+$/, '');
    const nowSeconds = Date.now() / 1000;
    for (const [old, days] of [
      // In order of names, so that the young one was judged when the old one is gone.
      ['20200101T000000000Z-0-000001', 1],
      ['20200101T000000000Z-0-000002', 3],
    ] as const) {
      for (const ending of ENDINGS) {
        copyFileSync(join(spool, stem + ending), join(spool, old + ending));
        utimesSync(join(spool, old + ending), nowSeconds, nowSeconds - days * 86_400);
      }
    }
    const server = await serveStore(
      loadConfig({
        file: undefined,
        overrides: [`data_dir=${data}`, 'http.listen=127.0.0.1:0', 'packets.max_days=2'],
      }),
      'test',
    );
    try {
      const gone = ENDINGS.map((ending) => join(spool, `20200101T000000000Z-0-000002${ending}`));
      for (const end = performance.now() + PATIENCE_MS; gone.some((path) => existsSync(path));) {
        assert.ok(performance.now() < end, 'what is older than two days goes');
        await pause(20);
      }
      const young = ENDINGS.map((ending) => `20200101T000000000Z-0-000001${ending}`);
      assert.deepEqual(readdirSync(spool).sort(), [...young, ...kept].sort());
    } finally {
      await server.close();
    }
  });

  it('take no more room than they are given, the latest stay', async () => {
    const roomy = join(folder, 'roomy');
    const tight = join(folder, 'tight');
    const maxBytes = 20_000;
    await replay(roomy);
    await replay(tight, '--set', `packets.max_bytes=${maxBytes}`);
    assert.ok(bytesOf(join(roomy, 'packets')) > maxBytes, 'there is more than has room');
    assert.ok(bytesOf(join(tight, 'packets')) <= maxBytes);
    const last = await runCommand('alerts', 'list', '--json', '--limit', '1', '-l', tight);
    const [alert] = JSON.parse(last.out) as { alertId: string }[];
    const out = join(folder, 'last.pcapng');
    const exported = await runCommand(
      ...['alerts', 'export', '--format', 'pcap', '-o', out, '-l', tight],
      alert?.alertId ?? '',
    );
    assert.equal(exported.status, 0, exported.err);
    assert.ok(statSync(out).size > 0);
  });
});

function bytesOf(spool: string): number {
  return readdirSync(spool).reduce((sum, name) => sum + statSync(join(spool, name)).size, 0);
}
