/** What commands write for a sensor is taken by the one that runs over the folder, and what came of it is said. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { runFile, type RunFacts } from '../../../sensor/run-record.ts';
import { runCommand } from '../../support/run-cli.ts';
import { StandIns, type OnSignal } from '../../support/stand-in-sensor.ts';

const root = mkdtempSync(join(tmpdir(), 'stanzawatch-cli-reload-'));
const standIns = new StandIns(root);

afterEach(() => {
  standIns.kill();
});
after(() => {
  rmSync(root, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

const LIST = write('jids.txt', 'mallory@evil.test\n');
const NUMBERS = write('numbers.txt', 'K-4711-2290-A\nK-4711-2291-B\n');
const PLAN = write(
  'plan.txt',
  `The merger of the two plants will be announced on the ninth of March, after the supervisory board has voted. Until
then nobody outside the steering group may know that the northern site is to be closed and that its machines will be
moved to the coast. Severance is calculated with a factor of zero point seven for every year of service, which the
banks have already been asked to finance. Suppliers with contracts that end after the summer are offered one payment.`,
);

/** What each command says when it has written something, on standard output. */
const COMMANDS: readonly (readonly [name: string, argv: readonly string[]])[] = [
  ['intel import', ['intel', 'import', LIST, '--force']],
  ['intel import --hashed', ['intel', 'import', NUMBERS, '--hashed', '--name', 'company-numbers']],
  ['dlp fingerprint', ['dlp', 'fingerprint', PLAN, '--name', 'board']],
  // Behind the one before, in the same folder.
  ['dlp remove', ['dlp', 'remove', 'board']],
];

/** A data folder with a sensor that does this; its process id. */
async function sensorOver(name: string, onSignal: OnSignal): Promise<[data: string, pid: number]> {
  const data = mkdtempSync(join(root, name));
  const { pid = 0 } = await standIns.start(data, onSignal);
  return [data, pid];
}

function reloads(data: string): number {
  return (JSON.parse(readFileSync(runFile(data), 'utf8')) as RunFacts).begun;
}

describe('a command that changes lists or fingerprints', () => {
  it('makes the running sensor take them, and says so', async () => {
    const [data, pid] = await sensorOver('obey', 'obey');
    for (const [i, [name, argv]] of COMMANDS.entries()) {
      const { status, out, err } = await runCommand(...argv, '-l', data);
      assert.equal(status, 0, `${name}: ${err}`);
      assert.ok(out.includes(`in force: the sensor (process ${pid}) loaded it`), `${name}: ${out}`);
      assert.equal(reloads(data), i + 1, name);
    }
  });

  it('tells of a sensor that refuses, with the reason, and ends with a status', async () => {
    const [data, pid] = await sensorOver('refuse', 'refuse');
    for (const [name, argv] of COMMANDS) {
      const { status, out, err } = await runCommand(...argv, '-l', data);
      assert.equal(status, 1, name);
      const text = `not in force: the sensor (process ${pid}) keeps what it had`;
      assert.ok(out.includes(text), `${name}: ${out}`);
      assert.match(err, /line 3 is wrong[^]*fix: Mend what it names/, name);
    }
    assert.ok(existsSync(join(data, 'datasets', 'spim-jids.txt')), 'what was written stays');
  });

  it('says when no sensor runs, or it ends meanwhile', async () => {
    const data = mkdtempSync(join(root, 'none'));
    for (const [name, argv] of COMMANDS) {
      const { status, out } = await runCommand(...argv, '-l', data);
      assert.equal(status, 0, name);
      assert.match(out, /no sensor runs over this folder: it applies from the next start on/, name);
    }
    const [ending, pid] = await sensorOver('end', 'end');
    const { out } = await runCommand('intel', 'import', LIST, '--force', '-l', ending);
    assert.ok(out.includes(`(process ${pid}) ended meanwhile: it applies from the next`), out);
  });

  it('leaves the sensor alone where nothing is written, or elsewhere', async () => {
    const [data] = await sensorOver('alone', 'obey');
    const into = join(data, 'elsewhere');
    const dry = await runCommand('intel', 'import', LIST, '--force', '-l', data, '--dry-run');
    assert.match(dry.out, /nothing written \(--dry-run\)/);
    for (const [name, argv] of COMMANDS.slice(0, 2)) {
      const { status, out } = await runCommand(...argv, '-l', data, '--into', into);
      assert.equal(status, 0, name);
      assert.match(out, /take it when they load their rules/, name);
    }
    const short = await runCommand('dlp', 'fingerprint', LIST, '-l', data);
    assert.match(short.err, /too short/);
    assert.equal(reloads(data), 0);
  });

  it('tells programs the same', async () => {
    const [data, pid] = await sensorOver('json', 'obey');
    for (const [name, argv] of COMMANDS.slice(0, 3)) {
      const { out } = await runCommand(...argv, '-l', data, '--json');
      const { sensor } = JSON.parse(out) as { readonly sensor?: unknown };
      assert.deepEqual(sensor, { state: 'loaded', pid }, name);
    }
  });
});
