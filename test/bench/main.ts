/**
 * `npm run bench [-- CAPTURE [SMALL_CAPTURE]]`: prints one table of all rows, each a ratio within this run.
 * Without arguments a capture is made from the generator in fixtures/ (see test/bench/NOTES.md).
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { benchCapture } from './capture-file.ts';

export interface BenchRow {
  readonly name: string;
  readonly mbPerSec: number;
  readonly packetsPerSec?: number;
  readonly note?: string;
}

interface BenchModule {
  bench(context: { capturePath: string; smallCapturePath: string }): Promise<BenchRow[]>;
}

/** Order of the table: as data flows. */
const ORDER = [
  'capture',
  'decode',
  'flow',
  'xml',
  'xmpp',
  'hyperscan',
  'detect',
  'correlation',
  'files',
  'alert',
  'lists',
  'output',
  'store-queries',
  'pipeline',
  'transfer',
];

const folder = dirname(fileURLToPath(import.meta.url));
const only = process.argv.find((arg) => arg.startsWith('--only='))?.slice('--only='.length);
const paths = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const capturePath = paths[0] ?? benchCapture(100);
const smallCapturePath = paths[1] ?? capturePath;
process.stdout.write(
  `capture: ${(statSync(capturePath).size / 1e6).toFixed(0)} MB, Node ${process.version}\n\n`,
);

const files = readdirSync(folder).filter((file) => file.endsWith('.bench.js'));
files.sort(
  (a, b) =>
    ORDER.indexOf(a.slice(0, -'.bench.js'.length)) - ORDER.indexOf(b.slice(0, -'.bench.js'.length)),
);
process.stdout.write(
  `| ${'what'.padEnd(58)} | ${'MB/s'.padStart(8)} | ${'k packets/s'.padStart(11)} | note\n`,
);
process.stdout.write(`|${'-'.repeat(60)}|${'-'.repeat(10)}|${'-'.repeat(13)}|------\n`);
for (const file of files) {
  if (only !== undefined && !file.startsWith(only)) continue;
  const module = (await import(pathToFileURL(join(folder, file)).href)) as BenchModule;
  for (const row of await module.bench({ capturePath, smallCapturePath })) {
    const packets = row.packetsPerSec === undefined ? '' : (row.packetsPerSec / 1000).toFixed(0);
    process.stdout.write(
      `| ${row.name.padEnd(58)} | ${row.mbPerSec.toFixed(0).padStart(8)} | ${packets.padStart(11)} | ${row.note ?? ''}\n`,
    );
  }
}
