/**
 * The whole pipeline on the capture: read, decode, reassemble, tokenize, match with all shipped rules and detectors,
 * build records. Sinks as in `read`: SQLite and EVE; once without them, once without stateful detection too. Each in a process of its own, as it is used;
 * start-up included. When Suricata is installed and its rules are given (STANZAWATCH_SURICATA=folder with suricata.yaml
 * and rules50.rules), it runs on the same file, alternating.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchRow } from './main.ts';

const ROUNDS = 3;
const main = join(process.cwd(), 'build', 'sensor', 'main.js');

interface Summary {
  readonly packets: number;
}

export function bench({ capturePath }: { capturePath: string }): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-bench-'));
  const megabytes = statSync(capturePath).size / 1e6;
  const peer = process.env['STANZAWATCH_SURICATA'];
  const summaryFile = join(folder, 'summary.json');
  const read = (...sinks: string[]): number =>
    seconds(process.execPath, [
      main,
      'read',
      capturePath,
      '-l',
      folder,
      '--summary-json',
      summaryFile,
      ...sinks,
    ]);
  const best = { stored: Infinity, bare: Infinity, stateless: Infinity, peer: Infinity };
  try {
    read('--db', 'none', '--eve', 'none');
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of [
        'stanzawatch.db',
        'stanzawatch.db-wal',
        'stanzawatch.db-shm',
        'eve.json',
      ]) {
        rmSync(join(folder, name), { force: true });
      }
      best.stored = Math.min(best.stored, read());
      best.bare = Math.min(best.bare, read('--db', 'none', '--eve', 'none'));
      const off = ['--set', 'detection.stateful=false'];
      best.stateless = Math.min(best.stateless, read('--db', 'none', '--eve', 'none', ...off));
      if (peer === undefined) continue;
      rmSync(join(folder, 'eve.json'), { force: true });
      const args = [
        '-c',
        join(peer, 'suricata.yaml'),
        '-S',
        join(peer, 'rules50.rules'),
        '-r',
        capturePath,
        '-l',
        folder,
        '--runmode',
        'single',
      ];
      best.peer = Math.min(best.peer, seconds('suricata', args));
    }
    const { packets } = JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary;
    const row = (name: string, time: number, note = ''): BenchRow => ({
      name,
      mbPerSec: megabytes / time,
      packetsPerSec: packets / time,
      note,
    });
    const rows = [
      row('whole pipeline, no sink', best.bare, 'process start included'),
      row(
        'the same, stateful detection off',
        best.stateless,
        `it takes ${Math.round(100 * (1 - best.stateless / best.bare))} % of the throughput`,
      ),
      row('whole pipeline, SQLite and EVE', best.stored, 'process start included'),
    ];
    if (peer !== undefined)
      rows.push(
        row(
          'Suricata, 50 rules',
          best.peer,
          `we are at ${(best.peer / best.bare).toFixed(2)} of it`,
        ),
      );
    return Promise.resolve(rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function seconds(command: string, args: readonly string[]): number {
  const start = performance.now();
  const run = spawnSync(command, args, { stdio: 'ignore' });
  if (run.status !== 0) throw new Error(`${command} ended with ${run.status ?? run.signal ?? ''}`);
  return (performance.now() - start) / 1000;
}
