/**
 * Compiles the tokenizer (assembly/*.ts) to WebAssembly: `node sensor/xml/build-wasm.mjs [outDir]`.
 * Does nothing when the result is newer than every source.
 */
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const outDir = resolve(process.argv[2] ?? join(root, 'build/sensor/xml'));
const target = join(outDir, 'tokenizer.wasm');

const sources = [
  fileURLToPath(import.meta.url),
  join(here, 'codes.ts'),
  ...readdirSync(join(here, 'assembly')).map((name) => join(here, 'assembly', name)),
];

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (modified(target) > Math.max(...sources.map(modified))) process.exit(0);

const { main } = await import('assemblyscript/asc');
mkdirSync(outDir, { recursive: true });
// Written beside the target and renamed: another process may be loading it.
const draft = join(outDir, `tokenizer.${process.pid}.wasm`);
const { error, stderr } = await main([
  relative(root, join(here, 'assembly/index.ts')),
  ...['--baseDir', root],
  ...['--outFile', relative(root, draft)],
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert'],
  ...['--runtime', 'stub', '--use', 'abort='],
  ...['--enable', 'simd'],
  ...['--initialMemory', '4', '--maximumMemory', '32768'],
  ...(process.env.WAT ? ['--textFile', relative(root, join(outDir, 'tokenizer.wat'))] : []),
]);
if (error) {
  console.error(stderr.toString());
  console.error(error.message);
  process.exit(1);
}
renameSync(draft, target);
