/**
 * Compiles what runs as WebAssembly: the tokenizer (xml/assembly), the stanza reader (xmpp/assembly), which
 * shares its memory, and what reads windows of text (detect/assembly). `node sensor/xml/build-wasm.mjs [build]` puts each beside the compiled files
 * of its room in that build folder (or the folder whose sensor/xml is named). Does nothing for a module
 * that is newer than every source. WAT=1 also writes the text form.
 */
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);
const sensor = resolve(dirname(script), '..');
const root = resolve(sensor, '..');
const build = resolve(process.argv[2] ?? join(root, 'build')).replace(/[\\/]sensor[\\/]xml$/, '');

const MODULES = [
  {
    room: 'xml',
    target: join(build, 'sensor/xml/tokenizer.wasm'),
    memory: ['--initialMemory', '4', '--maximumMemory', '32768'],
  },
  {
    room: 'xmpp',
    target: join(build, 'sensor/xmpp/stanza-reader.wasm'),
    memory: ['--importMemory', '--noExportMemory'],
  },
  {
    room: 'detect',
    target: join(build, 'sensor/detect/window-reader.wasm'),
    memory: ['--initialMemory', '11', '--maximumMemory', '11'],
  },
];

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isFresh({ room, target }) {
  const assembly = join(sensor, room, 'assembly');
  const sources = [
    script,
    join(sensor, room, 'codes.ts'),
    ...readdirSync(assembly).map((name) => join(assembly, name)),
  ];
  return modified(target) > Math.max(...sources.map(modified));
}

async function compile({ room, target, memory }) {
  const { main } = await import('assemblyscript/asc');
  mkdirSync(dirname(target), { recursive: true });
  // Written beside the target and renamed: another process may be loading it.
  const draft = target.replace('.wasm', `.${process.pid}.wasm`);
  const { error, stderr } = await main([
    relative(root, join(sensor, room, 'assembly/index.ts')),
    ...['--baseDir', root],
    ...['--outFile', relative(root, draft)],
    ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert'],
    ...['--runtime', 'stub', '--use', 'abort='],
    ...['--enable', 'simd'],
    ...memory,
    ...(process.env.WAT ? ['--textFile', relative(root, target.replace('.wasm', '.wat'))] : []),
  ]);
  if (error) {
    console.error(stderr.toString());
    console.error(error.message);
    process.exit(1);
  }
  renameSync(draft, target);
}

for (const module of MODULES) if (!isFresh(module)) await compile(module);
