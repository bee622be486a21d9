/** `doctor` as it is typed: what is broken is named, what is not there breaks nothing, and nothing is left behind. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { areaOf, type Check } from '../../sensor/doctor/index.ts';
import { AREAS } from '../../sensor/doctor/types.ts';
import { says } from '../support/doctor-checks.ts';
import { runCommand, runInTerminal } from '../support/run-cli.ts';

const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const CAPTURE = 'fixtures/pcap/servers/07_muc.pcap.gz';
/** No such interface: nothing is listened to, so that no test waits. */
const NOWHERE = ['-i', 'none0', '--set', 'http.listen=127.0.0.1:1'];
/** The same with one rule, for tests that are not about rules. */
const QUICK = [...NOWHERE, '--set', 'rules.files=["signatures/transport.rules"]'];

const root = mkdtempSync(join(tmpdir(), 'stanzawatch-doctor-'));
after(() => {
  rmSync(root, { recursive: true });
});

/** A data folder as a replay leaves it. */
const made = join(root, 'made');

before(async () => {
  const { status, err } = await runCommand('read', CAPTURE, '-l', made);
  assert.equal(status, 0, err);
});

function folderLike(name: string): string {
  const folder = join(root, name);
  cpSync(made, folder, { recursive: true });
  chmodSync(folder, 0o750);
  return folder;
}

interface Report {
  readonly status: number;
  readonly checks: readonly Check[];
  readonly summary: string;
}

async function doctor(...args: readonly string[]): Promise<Report> {
  const { status, out, err } = await runCommand('doctor', '--json', ...args);
  assert.equal(err, '');
  return { status, ...(JSON.parse(out) as Omit<Report, 'status'>) };
}

/** Every file below a folder with mode, size, times and content. */
function everythingIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const { mode, size, mtimeMs, ino } = statSync(path);
      const content = statSync(path).isFile() ? readFileSync(path) : '';
      const hash = createHash('sha256').update(content).digest('hex');
      return [name, mode, size, mtimeMs, ino, hash].join(' ');
    });
}

describe('doctor', () => {
  it('finds nothing wrong with the data of a replay, and changes nothing of it', async () => {
    const folder = folderLike('sound');
    const before = everythingIn(folder);
    const { checks, status } = await doctor('-l', folder, ...NOWHERE);
    assert.deepEqual(everythingIn(folder), before);
    for (const area of ['program', 'config', 'disk', 'store', 'rules', 'exposure']) {
      const bad = checks.filter(({ id, state }) => id.startsWith(`${area}.`) && state !== 'ok');
      // The disk of whoever runs this may be full, or a layer of a container.
      const own = bad.filter(({ id }) => !/^disk\.(space|inodes|filesystem)/.test(id));
      assert.deepEqual(own, []);
    }
    says(checks, 'store.schema', 'ok', /Schema \d+, [1-9]/);
    says(checks, 'store.integrity', 'ok', /nothing wrong/);
    says(checks, 'rules.loaded', 'ok', /\d{3} rules/);
    for (const { id, state, found, advice } of checks) {
      assert.notEqual(found, '', id);
      if (state !== 'ok') assert.notEqual(advice, '', id);
    }
    const areas = new Set(checks.map((check) => areaOf(check)));
    assert.deepEqual([...areas], AREAS);
    // The interface is what fails.
    assert.equal(status, 1);
    says(checks, 'interface.link', 'fail', /no interface none0/);
  });

  it('makes no data folder', async () => {
    const folder = join(root, 'not', 'there');
    const { checks } = await doctor('-l', folder, ...QUICK);
    says(checks, 'disk.folder', 'ok', /made at the first start/);
    says(checks, 'store.file', 'ok', /no store yet/);
    assert.ok(!readdirSync(root).includes('not'));
  });

  it('reads a store that a process has open, and leaves its files alone', async () => {
    const folder = folderLike('open');
    const path = join(folder, 'stanzawatch.db');
    const db = new Database(path);
    try {
      db.pragma('journal_mode = WAL');
      db.exec('CREATE TABLE of_somebody (x); DROP TABLE of_somebody');
      const names = readdirSync(folder).sort();
      assert.ok(names.includes('stanzawatch.db-wal'));
      const { checks } = await doctor('-l', folder, ...QUICK);
      says(checks, 'store.schema', 'ok', /Schema/);
      assert.deepEqual(readdirSync(folder).sort(), names);
    } finally {
      db.close();
    }
  });

  it('names a store that is damaged', async () => {
    const folder = folderLike('damaged');
    const path = join(folder, 'stanzawatch.db');
    const file = openSync(path, 'r+');
    // Pages behind the first, which holds the schema.
    const size = statSync(path).size;
    const pages = Buffer.alloc(Math.floor(size / 2), 0x5a);
    writeSync(file, pages, 0, pages.length, size - pages.length);
    closeSync(file);
    const damaged = await doctor('-l', folder, ...QUICK);
    const states = damaged.checks.filter(({ id }) => /^store\.(schema|integrity)/.test(id));
    assert.ok(
      states.some(({ state }) => state === 'fail'),
      JSON.stringify(states),
    );
    assert.equal(damaged.status, 1);
  });

  it('names a folder everybody may write, tokens others may read, a webhook key that is missing', async () => {
    const folder = folderLike('open-to-all');
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, 'tokens.json'), '[]', { mode: 0o644 });
    chmodSync(join(folder, 'tokens.json'), 0o644);
    const hook = `output.webhooks=[{url: "http://siem.example/", secret_file: "${join(folder, 'no.key')}"}]`;
    const { checks } = await doctor('-l', folder, ...QUICK, '--set', hook);
    says(checks, 'disk.folder', 'fail', /Everybody may write/, /chmod o-w/);
    const files = checks.filter(({ id }) => id === 'exposure.files');
    assert.deepEqual(
      files.map(({ state }) => state),
      ['fail', 'fail'],
    );
    assert.match(
      files.map(({ found }) => found).join('\n'),
      /tokens\.json \(mode 0644\)[^]*no webhook key/,
    );
    says(checks, 'exposure.webhooks', 'warn', /siem\.example/);
  });

  it('names bad rules and bad tuning by line', async () => {
    const folder = folderLike('rules');
    const rules = join(folder, 'own.rules');
    writeFileSync(rules, '# one\nalert nothing\n');
    mkdirSync(join(folder, 'tuning'));
    writeFileSync(join(folder, 'tuning', 'threshold.config'), 'supress gen_id 1, sig_id 5\n');
    const set = ['--set', `rules.extra_files=["${rules}"]`];
    const { checks } = await doctor('-l', folder, ...QUICK, ...set);
    says(checks, 'rules.loaded', 'fail', /1 problem .*own\.rules:2:/, /rules check/);
    says(checks, 'rules.tuning', 'fail', /1 entry .*threshold\.config:1:1/);
  });

  it('goes on with defaults where the configuration is refused', async () => {
    const config = join(root, 'bad.yaml');
    writeFileSync(config, 'sensor_name: x\ncaptur: {}\n');
    const { checks, status } = await doctor('-c', config, '-l', made, '-i', 'none0');
    says(checks, 'config.valid', 'fail', /bad\.yaml:2:1: unknown key captur/, /capture/);
    says(checks, 'store.schema', 'ok', /Schema/);
    assert.equal(status, 1);
  });

  it('tells who holds the address', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(404).end('nobody');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const set = ['--set', `http.listen=127.0.0.1:${port}`];
      const { checks } = await doctor('-l', made, '-i', 'none0', ...set);
      says(checks, 'sensor.port', 'fail', /held by another program \(it answers 404\)/);
    } finally {
      server.close();
    }
  });

  it('prints a table that fits 80 columns, shows odd names, and says how to read it', async () => {
    const odd = ['-i', 'e\u001b[2Jx', '--set', 'http.enabled=false'];
    const { out: coloured, status } = await runInTerminal(80, 'doctor', '-l', made, ...odd);
    assert.match(coloured, /\u001b\[31mFAIL/);
    const out = coloured.replaceAll(/\u001b\[\d+m/g, '');
    assert.equal(status, 1);
    for (const line of out.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(out, /^interface e\\u001b\[2Jx$/m);
    assert.doesNotMatch(out, /\u001b/);
    assert.match(out, /\n\d+ ok, \d+ warnings?, \d+ failures?, \d+ unknown\n$/);
    const help = await runCommand('doctor', '--help');
    assert.match(help.out, /Exit status: 0 nothing fails .*, 1 something fails/);
  });

  it('refuses an option that is none of its own', async () => {
    for (const args of [
      ['--seconds', '0'],
      ['--seconds', 'x'],
      ['--secs', '1'],
    ]) {
      assert.equal((await runCommand('doctor', ...args)).status, 1);
    }
  });
});

describe('without libhs', () => {
  /** Whoever asks for the addon hears that there is none; processes that are started inherit it. */
  const hooks = `export async function resolve(name, context, next) {
    if (name === 'hyperscan-js') throw new Error('libhs.so.5: cannot open shared object file');
    return next(name, context);
  }`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(asModule(hooks))});`;
  const env = { ...process.env, NODE_OPTIONS: `--import=${asModule(register)}` };

  function run(...args: readonly string[]): {
    status: number | null;
    stdout: string;
    stderr: string;
  } {
    return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env });
  }

  it('doctor still runs, and says what is missing', () => {
    const { status, stdout } = run('doctor', '--json', '-l', made, ...QUICK);
    const { checks } = JSON.parse(stdout) as Report;
    says(checks, 'program.libhs', 'fail', /does not load: .*libhs\.so\.5/, /npm run setup/);
    says(checks, 'program.libpcap', 'ok', /libpcap/);
    says(checks, 'rules.loaded', 'unknown', /libhs\.so\.5/);
    assert.equal(status, 1);
  });

  it('any other command says where to ask', () => {
    const { status, stderr } = run('rules', 'list');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: Cannot load the program: .*libhs\.so\.5.*\[NATIVE_MISSING\]\n {2}fix: .*stanzawatch doctor/,
    );
  });
});

function asModule(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
