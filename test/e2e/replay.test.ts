/**
 * A replay is deterministic: reading the same captures again, in another process and with another number of workers
 * configured, writes the same EVE, byte for byte. Keys of tables are seeded by process, so two are needed.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const FIXTURES = join(process.cwd(), 'fixtures', 'pcap');
const MINUTE_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-replay-'));
after(() => {
  rmSync(folder, { recursive: true });
});

/** What a run of `read` writes as EVE. All runs share a data folder: the key of evidence hashes lies there. */
function eveOf(capture: string, run: string, args: readonly string[]): string {
  const file = join(folder, `${capture.replaceAll('/', '-')}.${run}.json`);
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...[MAIN, 'read', join(FIXTURES, capture)],
      ...['-l', join(folder, 'data'), '--eve', file],
      ...['--set', 'output.sqlite.enabled=false', ...args],
    ],
    { encoding: 'utf8', timeout: 2 * MINUTE_MS },
  );
  assert.equal(status, 0, stderr);
  return readFileSync(file, 'utf8');
}

describe('reading the same again', () => {
  for (const capture of ['servers', 'selftest', 'demo/incident.pcap.gz']) {
    it(`writes the same bytes: ${capture}`, () => {
      const first = eveOf(capture, 'first', ['--set', 'capture.workers=1']);
      assert.ok(first.includes('"event_type":"alert"'));
      const again = eveOf(capture, 'again', ['--set', 'capture.workers=3']);
      // Not assert.equal: the difference of megabytes would take minutes to print.
      assert.ok(
        again === first,
        `${capture}: EVE differs at byte ${firstDifference(first, again)}`,
      );
    });
  }
});

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
