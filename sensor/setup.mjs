/**
 * Set-up behind `npm start`, `npm test` and `npm run test:system`: makes the machine ready and says what it
 * does. Plain JavaScript on Node alone, since nothing is installed yet when it runs.
 *
 * node sensor/setup.mjs                 set up
 * node sensor/setup.mjs --system        ... and what the system tests need
 * node sensor/setup.mjs start [ARGS]    set up, then run the sensor with ARGS (none: the demo)
 *
 * Idempotent: each step looks whether its result is there already. Needs no download but the npm registry
 * and the distribution's packages.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');

/** What building needs: a file or command that proves it is there, and the package that brings it. */
const BUILD_NEEDS = [
  { name: 'C++ compiler', found: () => hasCommand('g++'), packages: ['g++'] },
  { name: 'make', found: () => hasCommand('make'), packages: ['make'] },
  { name: 'Python 3', found: () => hasCommand('python3'), packages: ['python3'] },
  {
    name: 'libpcap headers',
    found: () => existsSync('/usr/include/pcap.h'),
    packages: ['libpcap-dev'],
  },
  {
    name: 'libhs headers',
    found: () => existsSync('/usr/include/hs/hs.h'),
    packages: ['libhyperscan-dev'],
  },
];

/** What the system tests run against. */
const SYSTEM_NEEDS = [
  { name: 'ip and tc', found: () => hasCommand('ip') && hasCommand('tc'), packages: ['iproute2'] },
  { name: 'setcap and capsh', found: () => hasCommand('setcap'), packages: ['libcap2-bin'] },
  { name: 'tcpreplay', found: () => hasCommand('tcpreplay'), packages: ['tcpreplay'] },
  { name: 'tcpdump', found: () => hasCommand('tcpdump'), packages: ['tcpdump'] },
  { name: 'setpriv', found: () => hasCommand('setpriv'), packages: ['util-linux'] },
  { name: 'sysctl', found: () => hasCommand('sysctl'), packages: ['procps'] },
  {
    name: "slixmpp for the distribution's Python",
    found: () =>
      existsSync('/usr/bin/python3') && existsSync('/usr/lib/python3/dist-packages/slixmpp'),
    packages: ['python3', 'python3-slixmpp'],
  },
  { name: 'Prosody', found: () => hasCommand('prosody'), packages: ['prosody'] },
  { name: 'ejabberd', found: () => hasCommand('ejabberdctl'), packages: ['ejabberd'] },
  { name: 'Chromium', found: () => hasCommand('chromium'), packages: ['chromium'] },
  {
    name: 'DejaVu fonts',
    found: () => existsSync('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'),
    packages: ['fonts-dejavu-core'],
  },
  { name: 'tshark', found: () => hasCommand('tshark'), packages: ['tshark'] },
  { name: 'Prometheus', found: () => hasCommand('promtool'), packages: ['prometheus'] },
  {
    name: 'Alertmanager',
    found: () => hasCommand('prometheus-alertmanager'),
    packages: ['prometheus-alertmanager'],
  },
];

main();

function main() {
  const args = process.argv.slice(2);
  try {
    checkNode();
    ensurePackages(args[0] === '--system' ? [...BUILD_NEEDS, ...SYSTEM_NEEDS] : BUILD_NEEDS);
    ensureModules();
    ensureNative('better-sqlite3', 'better_sqlite3.node');
    ensureNative('pcap', 'pcap_binding.node');
    ensureAddon('hyperscan');
    ensureAddon('exec');
    ensureBuild();
    ensureConsole();
  } catch (error) {
    console.error(`setup: ${error.message}`);
    process.exit(1);
  }
  if (args[0] === 'start') start(args.slice(1));
}

/** Hands over to the sensor; signals reach it and its exit status becomes ours. */
function start(args) {
  const command = args.length === 0 ? ['demo'] : args;
  const child = spawn(process.execPath, [join(root, 'build', 'sensor', 'main.js'), ...command], {
    stdio: 'inherit',
  });
  // The terminal signals the whole group, so the child hears Ctrl-C itself; we only wait for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT') child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}

function say(text) {
  console.error(`setup: ${text}`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 10)) {
    throw new Error(`Node ${process.versions.node} is too old: install Node 20.10 or newer`);
  }
}

function hasCommand(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, name)));
}

/** Installs the distribution's packages that are missing, or says what to run. */
function ensurePackages(needs) {
  const missing = needs.filter((need) => !need.found());
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((need) => need.packages))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const names = missing.map((need) => need.name).join(', ');
  if (!hasCommand('apt-get')) {
    throw new Error(
      `missing: ${names}; install what your distribution calls ${packages.join(', ')}, then run this again`,
    );
  }
  const prefix = rootPrefix();
  if (prefix === undefined) {
    throw new Error(
      `missing: ${names}; run this and try again:\n  sudo apt-get update && sudo ${command}`,
    );
  }
  say(`installing ${packages.join(', ')} (${names} missing)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run([...prefix, 'apt-get', 'update', '-q'], { env, quiet: true });
  run([...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command.split(' ')], {
    env,
    quiet: true,
  });
  const still = needs.filter((need) => !need.found());
  if (still.length > 0)
    throw new Error(
      `still missing after the installation: ${still.map((need) => need.name).join(', ')}`,
    );
}

/** How to become root without a question: nothing, sudo -n, or not at all. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (hasCommand('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0)
    return ['sudo', '-n'];
  return undefined;
}

/** npm ci, when the lock file is not the one that was installed. */
function ensureModules() {
  const stamp = join(modules, '.stanzawatch-lock');
  const lock = hashFiles([join(root, 'package-lock.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing npm packages (npm ci)');
  // Install scripts are left out: they would download prebuilt binaries. The native ones follow below.
  run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/**
 * Compiles a native npm package, or takes it from the cache of an earlier set-up: better-sqlite3 needs two
 * minutes, and a second checkout on one machine should not.
 */
function ensureNative(name, binary) {
  const folder = join(modules, name);
  const target = join(folder, 'build', 'Release', binary);
  if (loads(target)) return;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const cached = join(
    cacheFolder(),
    `${name}-${version}-${process.versions.modules}-${process.platform}-${process.arch}.node`,
  );
  if (existsSync(cached)) {
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(cached, target);
    if (loads(target)) {
      say(`${name} taken from the cache`);
      return;
    }
  }
  say(`compiling ${name}${name === 'better-sqlite3' ? ' (two to three minutes, once)' : ''}`);
  gyp(folder);
  if (!loads(target))
    throw new Error(
      `${name} was compiled but does not load: run npm ls ${name} and look at ${target}`,
    );
  try {
    mkdirSync(dirname(cached), { recursive: true });
    copyFileSync(target, `${cached}.${process.pid}`);
    renameSync(`${cached}.${process.pid}`, cached);
  } catch (error) {
    say(`not cached (${error.message}); the next checkout compiles again`);
  }
}

/** An addon of our own, `native/NAME`: rebuilt when one of its sources is newer. */
function ensureAddon(name) {
  const folder = join(root, 'sensor', 'native', name);
  const target = join(folder, 'build', 'Release', `${name}.node`);
  const sources = [join(folder, 'binding.gyp'), ...walk(join(folder, 'src'))];
  if (existsSync(target) && newest(sources) <= statSync(target).mtimeMs && loads(target)) return;
  say(`compiling ${name}`);
  gyp(folder);
  if (!loads(target)) throw new Error(`${name} was compiled but does not load: ${target}`);
}

/** TypeScript and the WebAssembly tokenizer, when a source is newer than the last build. */
function ensureBuild() {
  const stamp = join(root, 'build', '.stamp');
  const sources = ['sensor', 'test', 'dashboards', 'fixtures', 'signatures']
    .flatMap((folder) => walk(join(root, folder)))
    .filter((file) => /\.(ts|mjs|json)$/.test(file))
    .concat(join(root, 'tsconfig.json'), join(root, 'package.json'));
  const wanted = hashFiles(sources);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building');
  run([process.execPath, join(root, 'sensor', 'xml', 'build-wasm.mjs')]);
  run([
    process.execPath,
    join(modules, 'typescript', 'bin', 'tsc'),
    '-p',
    join(root, 'tsconfig.json'),
  ]);
  writeFileSync(stamp, wanted);
}

/** The console's pages, when one of their sources changed. */
function ensureConsole() {
  const stamp = join(root, 'build', '.console-stamp');
  const folder = join(root, 'dashboards', 'console');
  const sources = walk(folder)
    .filter((file) => !file.endsWith('.md'))
    .concat(
      join(root, 'sensor', 'api', 'contract.ts'),
      join(root, 'sensor', 'core', 'rows.ts'),
      join(root, 'package.json'),
    );
  const wanted = hashFiles(sources);
  const isBuilt = existsSync(join(root, 'build', 'console', 'index.html'));
  if (isBuilt && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building the console');
  run([process.execPath, join(modules, 'typescript', 'bin', 'tsc'), '-p', folder]);
  run([
    ...[process.execPath, join(modules, 'vite', 'bin', 'vite.js'), 'build'],
    ...['--logLevel', 'warn', '-c', join(folder, 'vite.config.ts')],
  ]);
  writeFileSync(stamp, wanted);
}

function gyp(folder) {
  const args = [
    join(modules, 'node-gyp', 'bin', 'node-gyp.js'),
    'rebuild',
    '--release',
    '-C',
    folder,
  ];
  // The headers that came with this Node make a download needless.
  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, 'include', 'node', 'node.h'))) args.push(`--nodedir=${prefix}`);
  run([process.execPath, ...args], {
    env: { ...process.env, JOBS: 'max', MAKEFLAGS: '-s' },
    quiet: true,
  });
}

/** Does the addon load in this Node? Tried in a child: a wrong binary may not only throw. */
function loads(file) {
  if (!existsSync(file)) return false;
  return (
    spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], { stdio: 'ignore' })
      .status === 0
  );
}

function run(command, { env = process.env, quiet = false } = {}) {
  try {
    execFileSync(command[0], command.slice(1), {
      cwd: root,
      env,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    if (quiet) process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}`);
    throw new Error(`this command failed: ${command.join(' ')}`, { cause: error });
  }
}

function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'stanzawatch', 'native');
}

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name === 'build' || entry.name === 'node_modules' ? [] : walk(path);
    return [path];
  });
}

function newest(files) {
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}
