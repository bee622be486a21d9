/**
 * Secrets that were seen are found nowhere: not in the store, its WAL, EVE, the log, what commands print, API or
 * metrics; neither as they are, nor as base64, hex or JSON, nor in pieces. Every secret is proven to have been seen, and a
 * control that may be shown is found, so that this test can fail.
 */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../sensor/config/index.ts';
import { ROUTES, type Transcript } from '../../sensor/api/index.ts';
import type { StoredAlert, StoredFile } from '../../sensor/output/index.ts';
import { runOffline } from '../../sensor/offline.ts';
import { createPacketService } from '../../sensor/service/packets.ts';
import { ApiReader } from '../support/ask-api.ts';
import { fetchAlone } from '../support/fetch-alone.ts';
import { CONTROL, RAW_RULES, plantSecrets, type Plant } from '../support/planted-secrets.ts';
import { runCommand } from '../support/run-cli.ts';

const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const MINUTE_MS = 60_000;

/** So much of a secret in a row is a leak; a mask shows four characters of either end. */
const PIECE = 9;
const PASSWORD_PIECE = 6;
/** Of a password not even its ends may be shown. */
const END = 4;

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-redaction-'));
after(() => {
  rmSync(folder, { recursive: true });
});
const capture = join(folder, 'secrets.pcap');
const rules = join(folder, 'raw.rules');
const data = join(folder, 'data');
const { pcap, plants } = plantSecrets();
writeFileSync(capture, pcap);
writeFileSync(rules, `${RAW_RULES}\n`);

/** What the sensor left behind, by where. */
const traces = new Map<string, Buffer>();
let alerts: StoredAlert[] = [];
let files: StoredFile[] = [];
const transcripts = new Map<string, Transcript>();
let places: ReadonlyMap<Plant, readonly string[]> = new Map();

function keep(name: string, text: string | Buffer): void {
  traces.set(name, typeof text === 'string' ? Buffer.from(text) : text);
}

/**
 * Every file below a folder, but for compiled rules, which were made before any packet, and kept packets: those are what
 * went over the wire.
 */
function filesBelow(path: string, without = ['cache', 'packets']): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? without.includes(entry.name)
        ? []
        : filesBelow(join(path, entry.name), [])
      : [join(path, entry.name)],
  );
}

/** What it says on standard error; `statuses` are those that are well. */
function read(
  args: readonly string[],
  paths: readonly string[] = [capture],
  statuses: readonly number[] = [0],
): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'read', ...paths, '-s', rules, '-v', ...args],
    {
      encoding: 'utf8',
      timeout: 2 * MINUTE_MS,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
    },
  );
  keep(`output of read ${args.join(' ')}`, stdout + stderr);
  assert.ok(statuses.includes(status ?? -1), `${status}: ${stderr}`);
  return stderr;
}

before(async () => {
  read(['-l', data, '--summary-json', join(folder, 'summary.json')]);
  for (const path of filesBelow(data)) keep(path, readFileSync(path));
  keep('summary', readFileSync(join(folder, 'summary.json')));
  await askEverything();
  await transcribeEverything();
  await serveEverything();
  places = leaks(plants, traces);
});

/** What every command prints of the store. */
async function askEverything(): Promise<void> {
  const ask = async (...argv: readonly string[]): Promise<string> => {
    const { status, out, err } = await runCommand(...argv, '-l', data);
    assert.equal(status, 0, `${argv.join(' ')}: ${err}`);
    keep(`stanzawatch ${argv.join(' ')}`, out + err);
    return out;
  };
  const many = ['--limit', '100000'];
  alerts = JSON.parse(await ask('alerts', 'list', '--json', ...many)) as StoredAlert[];
  files = JSON.parse(await ask('files', '--json', ...many)) as StoredFile[];
  await ask('alerts', 'list', ...many);
  for (const { id } of alerts) {
    await ask('alerts', 'show', String(id));
    await ask('alerts', 'show', String(id), '--json');
  }
  for (const { id } of files) {
    await ask('files', 'show', String(id));
    await ask('files', 'show', String(id), '--json');
  }
  for (const key of ['jid', 'domain', 'ip', 'signature', 'category']) {
    await ask('alerts', 'top', '--by', key);
    await ask('alerts', 'top', '--by', key, '--json');
  }
  await ask('campaigns', 'list');
  await ask('campaigns', 'list', '--json');
  for (const command of ['files', 'sessions', 'identities', 'exposures']) {
    await ask(command, ...many);
    await ask(command, '--json', ...many);
  }
  for (const { jid } of JSON.parse(await ask('identities', '--json')) as { jid: string }[]) {
    await ask('identities', '--jid', jid);
  }
}

/** What both sides said around each alert, decoded and as it was written. */
async function transcribeEverything(): Promise<void> {
  const overrides = [`data_dir=${data}`, `rules.extra_files=${JSON.stringify([rules])}`];
  const service = createPacketService({ config: loadConfig({ file: undefined, overrides }) });
  try {
    for (const alert of alerts) {
      const transcript = await service.transcript(alert);
      transcripts.set(alert.alertId, transcript);
      keep(`transcript of ${alert.detection} ${alert.alertId}`, JSON.stringify(transcript));
      const texts = transcript.entries.map(({ decoded, raw }) => `${decoded}\n${raw}`);
      keep(`text of transcript ${alert.alertId}`, texts.join('\n'));
    }
  } finally {
    await service.close();
  }
}

/** Rules that were compiled once. */
function lendCache(to: string): void {
  cpSync(join(data, 'cache'), join(to, 'cache'), { recursive: true });
}

/** What HTTP answers while the store is open, and what lies on the disk then. */
async function serveEverything(): Promise<void> {
  const live = join(folder, 'live');
  lendCache(live);
  const config = loadConfig({
    file: undefined,
    overrides: [
      `data_dir=${live}`,
      `rules.extra_files=${JSON.stringify([rules])}`,
      ...['http.listen=127.0.0.1:0', 'log_level=error'],
      'limits.http.requests_per_minute=1000000',
      'limits.http.heavy_per_minute=1000000',
    ],
  });
  const { supervisor } = await runOffline({
    config,
    paths: [capture],
    version: 'test',
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  try {
    for (const path of ['/', '/metrics', '/healthz', '/readyz', '/nothing']) {
      keep(`http ${path}`, await (await fetchAlone(supervisor.url + path)).text());
    }
    const token = readFileSync(join(live, 'admin.token'), 'utf8').trim();
    const paths = new Set<string>();
    for await (const { route, path, text } of new ApiReader(supervisor.url, token).everything()) {
      // The list of rules holds nothing of traffic but numbers, and words of its own.
      if (path !== '/rules') keep(`api ${path}`, text);
      paths.add(route.path);
    }
    // Packets, and news that come while somebody listens, have tests of their own.
    const expected = ROUTES.filter(({ method }) => method === 'GET').map(({ path }) => path);
    assert.deepEqual(
      expected.filter((path) => !paths.has(path)),
      ['/alerts/:id/pcap', '/campaigns/:id', '/events'],
    );
    const open = filesBelow(live);
    assert.ok(
      open.some((path) => path.endsWith('-wal')),
      'the WAL is there while the store is open',
    );
    for (const path of open) keep(path, readFileSync(path));
  } finally {
    await supervisor.close();
  }
}

/** All pieces of a text of that length. */
function pieces(text: string, length: number): string[] {
  if (text.length <= length) return [text];
  return Array.from({ length: text.length - length + 1 }, (_, i) => text.slice(i, i + length));
}

/** How a secret could stand somewhere. */
function formsOf({ secret, isPassword }: Plant): string[] {
  const bytes = Buffer.from(secret);
  // Where in a group of three the secret begins decides what its base64 is; the characters at its ends hang on others.
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift + 1, -1),
  );
  const { length } = secret;
  return [
    ...pieces(secret, Math.min(length, isPassword === true ? PASSWORD_PIECE : PIECE)),
    ...pieces(secret.replace(/[ -]/g, ''), Math.min(length, PIECE)),
    ...encoded.flatMap((text) => pieces(text, 12)),
    ...pieces(bytes.toString('hex'), 18),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Array.from(secret).reverse().join(''),
    ...(isPassword === true ? [secret.slice(0, END), secret.slice(-END)] : []),
  ].filter((form) => form.length >= END);
}

/**
 * Where any form of each secret stands, upper and lower case alike: one walk over every trace, in which the beginning of
 * each form is looked up at each place. One character a byte.
 */
function leaks(secrets: readonly Plant[], from: ReadonlyMap<string, Buffer>): Map<Plant, string[]> {
  const byBeginning = new Map<string, [form: string, plant: Plant][]>();
  const found = new Map(secrets.map((plant): [Plant, string[]] => [plant, []]));
  for (const plant of secrets) {
    for (const form of new Set(formsOf(plant).map((text) => text.toLowerCase()))) {
      const beginning = form.slice(0, END);
      const same = byBeginning.get(beginning);
      if (same === undefined) byBeginning.set(beginning, [[form, plant]]);
      else same.push([form, plant]);
    }
  }
  for (const [name, bytes] of from) {
    const text = bytes.toString('latin1').toLowerCase();
    for (let i = 0; i + END <= text.length; i++) {
      const candidates = byBeginning.get(text.slice(i, i + END));
      if (candidates === undefined) continue;
      for (const [form, plant] of candidates) {
        if (text.startsWith(form, i)) found.get(plant)?.push(`${form} in ${name}`);
      }
    }
  }
  return found;
}

/** None of the secrets in what was left behind since traces were cleared. */
function assertClean(): void {
  assert.deepEqual([...leaks(plants, traces).values()].flat(), []);
}

function isAlerted({ detection, id, from }: NonNullable<Plant['alert']>): boolean {
  return alerts.some(
    (alert) =>
      alert.detection === detection &&
      (id === undefined || alert.xmpp?.id === id) &&
      (from === undefined || alert.xmpp?.from === from),
  );
}

describe('secrets that were seen', () => {
  it('are all noticed by what the test relies on', () => {
    const missed = plants.filter(({ alert, file }) => {
      if (alert !== undefined) return !isAlerted(alert);
      return !files.some(
        ({ sha256, found }) =>
          sha256 === file?.sha256 && (file.found === undefined || file.found in found),
      );
    });
    assert.deepEqual(
      missed.map(({ name }) => name),
      [],
    );
  });

  for (const plant of plants) {
    it(`stand nowhere: ${plant.name}`, () => {
      assert.deepEqual(places.get(plant), []);
    });
  }

  it('would be found: a control that may be shown is', () => {
    const control = { name: 'control', secret: CONTROL };
    const places = [...leaks([control], traces).values()].flat().join('\n');
    for (const where of ['stanzawatch.db', 'eve.json', 'alerts list', '-wal', 'api /alerts']) {
      assert.ok(places.includes(where), where);
    }
    // There it is hidden, since it looks like a token; what stands beside it is not.
    const said = [...traces].filter(([name]) => name.startsWith('text of transcript'));
    assert.ok(said.some(([, bytes]) => bytes.includes("id='control'")));
    assert.ok(said.some(([, bytes]) => bytes.includes('TLP:RED do not forward')));
  });

  it('stand in no message about bad input', () => {
    traces.clear();
    // No capture at all, a capture cut within a packet, one whose lengths lie.
    const lying = Buffer.from(pcap);
    lying.writeUInt32LE(0x7fffffff, 24 + 8);
    const bad = [
      Buffer.from(plants.map(({ secret }) => secret).join('\n')),
      pcap.subarray(0, pcap.length - 30),
      lying,
    ].map((bytes, i) => {
      const path = join(folder, `bad-${i}.pcap`);
      writeFileSync(path, bytes);
      return path;
    });
    const told = read(['--db', 'none', '--eve', 'none', '-l', join(folder, 'none')], bad, [2]);
    for (const path of bad) assert.ok(told.includes(path), `${path} is complained about`);
    assertClean();
  });
});

describe('kept packets', () => {
  it("are what went over the wire, for the sensor's user alone", () => {
    const spool = join(data, 'packets');
    assert.equal(statSync(spool).mode & 0o777, 0o700);
    const names = readdirSync(spool);
    assert.ok(names.length > 0);
    for (const name of names) assert.equal(statSync(join(spool, name)).mode & 0o777, 0o600);
    const packets = names
      .filter((name) => name.endsWith('.pcapng'))
      .map((name) => readFileSync(join(spool, name), 'latin1'))
      .join('');
    const clear = plants.filter(({ secret }) => packets.includes(secret));
    assert.ok(clear.length > plants.length / 3, `${clear.length} secrets are in the packets`);
  });

  it('have a transcript for every alert on a connection, with the place of the alert', () => {
    const onFlows = alerts.filter(({ flowId, xmpp }) => flowId > 0 && xmpp !== undefined);
    assert.ok(onFlows.length > 20);
    for (const { alertId, detection } of onFlows) {
      const { entries = [], reason } = transcripts.get(alertId) ?? {};
      assert.ok(entries.length > 1, `${detection}: ${reason ?? 'none'}`);
      assert.equal(entries.filter(({ isAlert }) => isAlert).length, 1, detection);
    }
  });
});

function auditRows(kept: string): number {
  const db = new Database(join(kept, 'stanzawatch.db'), { readonly: true });
  try {
    const rows = db.prepare("SELECT object FROM audit WHERE action = 'file_kept'").all();
    return rows.length;
  } finally {
    db.close();
  }
}

describe('files.store', () => {
  it('keeps content in its folder and nowhere else, and tells of each file', async () => {
    const kept = join(folder, 'kept');
    lendCache(kept);
    read(['-l', kept, '--set', 'files.store=true']);
    const stored = filesBelow(join(kept, 'files'));
    const planted = plants.flatMap(({ file }) => (file === undefined ? [] : [file.sha256]));
    for (const sha256 of planted) {
      const path = join(kept, 'files', sha256.slice(0, 2), sha256.slice(2));
      assert.ok(existsSync(path), `${sha256} is kept`);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }
    traces.clear();
    for (const path of filesBelow(kept)) {
      if (!stored.includes(path)) keep(path, readFileSync(path));
    }
    assertClean();
    for (const sha256 of planted) {
      const { out } = await runCommand('files', 'show', sha256, '-l', kept);
      assert.match(out, new RegExp(`kept .* in files/${sha256.slice(0, 2)}/`));
    }
    // Read again, they are there already: nothing is done that somebody would have to answer for.
    const before = auditRows(kept);
    const different = new Set(stored).size;
    read(['-l', kept, '--set', 'files.store=true']);
    assert.deepEqual([before, auditRows(kept)], [different, different]);
  });

  it('keeps nothing unless asked, and says what the disk refuses', () => {
    assert.ok(!existsSync(join(data, 'files')), 'off by default');
    const blocked = join(folder, 'blocked');
    lendCache(blocked);
    writeFileSync(join(blocked, 'files'), 'where the folder should be');
    const told = read(['-l', blocked, '--set', 'files.store=true'], [capture], [3]);
    assert.match(told, /problem: Cannot keep files in .*blocked\/files: .*; data may be missing/);
  });
});
