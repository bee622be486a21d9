/**
 * Finds the compiled tests and hands them to node's test runner. Node 20 has no globs of its own:
 * a run over zero files would pass, so zero files is an error here.
 *
 * node test/run.mjs            unit, property, architecture, e2e, native tests and a short fuzz run
 * node test/run.mjs --system   tests that need root, namespaces and real servers
 * node test/run.mjs PATTERN    only files whose path contains PATTERN
 *
 * FAILED_FILES=PATH            also writes the paths of files with a failed test to PATH, a line each
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'build', 'test');
const args = process.argv.slice(2);
const wantsSystem = args.includes('--system');
const pattern = args.find((arg) => !arg.startsWith('--')) ?? '';

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.js') ? [path] : [];
  });
}

let files = [];
try {
  files = testFiles(built)
    .filter((file) => file.endsWith('.system.test.js') === wantsSystem)
    .filter((file) => file.includes(pattern))
    .sort();
} catch (error) {
  console.error(
    `test: cannot list ${relative(root, built)}: ${error.message}; run npm run build first`,
  );
}
if (files.length === 0) {
  console.error('test: no test files found, which is a failure');
  process.exit(1);
}
// What tests leave behind goes with this folder; servers that run as other users must get through it.
const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-tests-'));
chmodSync(folder, 0o711);
// System tests own network namespaces and fixed resources: one at a time.
const runnerArgs = ['--test', '--test-reporter=spec', `--test-concurrency=${wantsSystem ? 1 : 2}`];
if (process.env.FAILED_FILES !== undefined) {
  const reporter = new URL('support/failed-files.mjs', import.meta.url).href;
  runnerArgs.push('--test-reporter-destination=stdout', `--test-reporter=${reporter}`);
  runnerArgs.push(`--test-reporter-destination=${process.env.FAILED_FILES}`);
}
// A file that hangs is ended and fails; none takes a tenth of that on a machine that does nothing else.
runnerArgs.push(`--test-timeout=${20 * 60_000}`);
const child = spawn(
  process.execPath,
  ['--expose-gc', '--enable-source-maps', ...runnerArgs, ...files],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: folder },
  },
);
// The runner waits for everybody who may write into its output: a file that was ended may have left somebody.
const watchdog = setTimeout(() => {
  console.error('test: no end after two hours, given up');
  child.kill('SIGKILL');
}, 2 * 3_600_000);
child.on('exit', (code, signal) => {
  clearTimeout(watchdog);
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
