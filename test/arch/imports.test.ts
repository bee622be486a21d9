/**
 * The walls between the rooms: who may import whom is data, and this test is its only keeper.
 * Rooms stand in the order data flows; imports go to the left and to core/, never back.
 */
import assert from 'node:assert/strict';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { rooms, sources } from './tree.ts';

/** room -> rooms it may import (each through its index.ts). `pipeline` is the composition root. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ['core'],
  native: [],
  capture: ['core', 'decode'],
  decode: ['core'],
  reassembly: ['core'],
  flow: ['core', 'decode', 'reassembly'],
  transport: ['core', 'flow'],
  xml: ['core'],
  xmpp: ['core', 'xml'],
  rules: ['core'],
  detect: ['core', 'rules', 'xmpp'],
  correlation: ['core', 'xml', 'xmpp', 'rules', 'detect'],
  files: ['core', 'xml', 'xmpp', 'rules', 'detect', 'correlation', 'transport'],
  alert: ['core', 'correlation', 'detect', 'flow', 'rules', 'xmpp'],
  output: ['core', 'alert'],
  packets: ['core', 'flow', 'capture', 'decode'],
  api: ['core', 'alert', 'output'],
  // What an analyst asks for beyond rows: it plays rules and packets anew, so it needs what the root needs.
  service: [
    ...[
      'core',
      'config',
      'capture',
      'decode',
      'flow',
      'transport',
      'xml',
      'xmpp',
      'rules',
      'detect',
    ],
    ...['correlation', 'files', 'alert', 'packets', 'output', 'api'],
  ],
  // What is wrong with a machine: of most rooms it asks in a process of its own, so that nothing need load.
  doctor: ['core', 'config', 'decode', 'capture', 'rules', 'detect', 'output'],
  cli: [
    ...['core', 'config', 'alert', 'output', 'rules', 'capture', 'packets', 'api', 'service'],
    'doctor',
  ],
};

/**
 * Files directly in sensor/ wire rooms together: they may import any room but cli/, and only cli/, service/, doctor/
 * and each other may import them.
 */
const ROOT_IMPORTS: readonly string[] = Object.keys(ALLOWED).filter((room) => room !== 'cli');

/** Packages only one place may touch (style.md section 3.1, "Who may touch what"). */
const OWNERS: readonly [pattern: RegExp, owner: RegExp][] = [
  [/from 'better-sqlite3'/, /^output\/sqlite\//],
  [/from 'prom-client'/, /^output\/metrics\//],
  [/from 'fastify'|from '@fastify\//, /^api\//],
  [/from 'pcap'|require\('pcap'\)/, /^capture\//],
  [/from 'hyperscan-js'/, /^(detect|rules)\//],
  [/from 'commander'/, /^cli\//],
  [/from 'yaml'/, /^(config|rules)\//],
  [/process\.exit\(/, /^(cli\/|main\.ts)/],
  [/process\.argv/, /^(cli\/|main\.ts)/],
  [/\bconsole\.\w/, /^$/],
];

interface Import {
  readonly from: string;
  readonly target: string;
}

/** Relative imports of a file, as paths from sensor/. */
function relativeImports(path: string, text: string): Import[] {
  return [...text.matchAll(/(?:from\s+|import\s+|import\()'(\.[^']+)'/g)].map((match) => ({
    from: path,
    target: normalize(join(dirname(path), match[1] ?? '')),
  }));
}

const files = sources().filter((file) => !file.path.includes('/assembly/'));

describe('import walls', () => {
  it('lists every room of sensor/', () => {
    assert.deepEqual([...rooms()].sort(), Object.keys(ALLOWED).sort());
  });

  it('are kept by every file: neighbours only through their door, never against the flow', () => {
    const broken: string[] = [];
    for (const file of files) {
      for (const { target } of relativeImports(file.path, file.text)) {
        const room = target.includes('/') ? (target.split('/')[0] ?? '') : '';
        if (room === file.room && room !== '') continue;
        const isRootFile = room === '';
        if (isRootFile) {
          const user = ['', 'cli', 'service', 'doctor'].includes(file.room);
          if (!user) broken.push(`${file.path} imports ${target}`);
          continue;
        }
        const allowed =
          file.path === 'main.ts'
            ? ['cli']
            : file.room === ''
              ? ROOT_IMPORTS
              : (ALLOWED[file.room] ?? []);
        if (!allowed.includes(room)) broken.push(`${file.path} imports ${room}/`);
        if (target !== `${room}/index.ts`)
          broken.push(`${file.path} imports ${target}, not the door`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('keep each package and each process-wide power in its room', () => {
    const broken = files.flatMap((file) =>
      OWNERS.filter(([pattern, owner]) => pattern.test(file.text) && !owner.test(file.path)).map(
        ([pattern]) => `${file.path} uses ${pattern.source}`,
      ),
    );
    assert.deepEqual(broken, []);
  });

  it('hold no cycle', () => {
    const done = new Set<string>();
    const visit = (room: string, path: readonly string[]): void => {
      assert.ok(!path.includes(room), `cycle: ${[...path, room].join(' -> ')}`);
      if (done.has(room)) return;
      for (const next of ALLOWED[room] ?? []) visit(next, [...path, room]);
      done.add(room);
    };
    for (const room of Object.keys(ALLOWED)) visit(room, []);
  });
});
