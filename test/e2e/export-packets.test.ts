/** `alerts export --format pcap` without a file: the packets go down the pipe, and nothing else does. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../../sensor/core/index.ts';
import { runCommand } from '../support/run-cli.ts';

const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const CAPTURE = join('fixtures', 'pcap', 'demo', 'incident.pcap.gz');
const MINUTE_MS = 60_000;

describe('packets of alerts on standard output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-export-'));
  const data = join(folder, 'data');
  const exported = ['alerts', 'export', '1', '--format', 'pcap', '-l', data];

  before(async () => {
    const { status, err } = await runCommand('read', CAPTURE, '-l', data);
    assert.equal(status, 0, err);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('are, byte for byte, what a file holds', async () => {
    const file = join(folder, 'one.pcapng');
    const { status, err } = await runCommand(...exported, '-o', file);
    assert.equal(status, 0, err);
    for (const more of [[], ['-o', '-']]) {
      const run = spawnSync(process.execPath, [MAIN, ...exported, ...more], {
        timeout: MINUTE_MS,
      });
      assert.equal(run.status, 0, String(run.stderr));
      assert.ok(run.stdout.equals(readFileSync(file)), `${run.stdout.length} bytes`);
      assert.match(String(run.stderr), /^standard output: \d+ bytes, packets of 1 alert\n$/);
    }
  });

  it('are refused on a terminal', async () => {
    const { status, out, err } = await runCommand(...exported);
    assert.deepEqual([status, out], [EXIT.usage, '']);
    assert.match(err, /terminal[^]*-o FILE/);
  });

  it('have a reader that went away: that is no failure', async () => {
    // The shell waits until nobody reads any more.
    const child = spawn('sh', [
      '-c',
      'read go; exec "$@"',
      'sh',
      process.execPath,
      MAIN,
      ...exported,
    ]);
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const closed = once(child.stdout, 'close');
    child.stdout.destroy();
    await closed;
    const ended = once(child, 'close');
    child.stdin.end('go\n');
    const [status] = (await ended) as [number | null];
    assert.equal(status, 0, err);
    assert.doesNotMatch(err, /EPIPE|Error|at /);
  });
});
