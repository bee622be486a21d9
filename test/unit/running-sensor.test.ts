/** The sensor of a folder is found, told, and nobody else is, whatever its record says. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it, mock } from 'node:test';
import { RunRecord, processMark, runFile, type RunFacts } from '../../sensor/run-record.ts';
import { reloadRunning, runningSensor } from '../../sensor/running-sensor.ts';
import { StandIns } from '../support/stand-in-sensor.ts';

const root = mkdtempSync(join(tmpdir(), 'stanzawatch-running-'));
const standIns = new StandIns(root);
let folders = 0;

afterEach(() => {
  standIns.kill();
});
after(() => {
  rmSync(root, { recursive: true });
});

function newFolder(): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  return folder;
}

function factsOf(folder: string): RunFacts {
  return JSON.parse(readFileSync(runFile(folder), 'utf8')) as RunFacts;
}

function rewrite(folder: string, changes: object): void {
  writeFileSync(runFile(folder), JSON.stringify({ ...factsOf(folder), ...changes }));
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

describe('a running sensor', () => {
  it('is none where nobody left a record', async () => {
    const folder = newFolder();
    assert.deepEqual(runningSensor(folder), { state: 'none' });
    assert.equal(await reloadRunning(folder), undefined);
    assert.deepEqual(runningSensor(join(folder, 'nowhere')), { state: 'none' });
  });

  it('is told, and says what came of it', async () => {
    const folder = newFolder();
    const child = await standIns.start(folder, 'obey');
    assert.deepEqual(runningSensor(folder), { state: 'running', pid: child.pid });
    const answer = { isOk: true, loaded: 7, failed: 0, generation: 2, problem: '' };
    assert.deepEqual(await reloadRunning(folder), answer);
    assert.equal(factsOf(folder).done, 1);
    assert.deepEqual(await reloadRunning(folder), answer);
    assert.equal(factsOf(folder).done, 2);
  });

  it('that refuses says why', async () => {
    const folder = newFolder();
    await standIns.start(folder, 'refuse');
    const answer = await reloadRunning(folder);
    assert.equal(answer?.isOk, false);
    assert.equal(answer.problem, 'line 3 is wrong');
  });

  it('that was loading already is waited for until it has loaded what was changed', async () => {
    const folder = newFolder();
    await standIns.start(folder, 'late');
    assert.equal(factsOf(folder).begun, 1);
    assert.equal((await reloadRunning(folder))?.isOk, true);
    assert.equal(factsOf(folder).done, 2);
  });

  it('that ends meanwhile, or says nothing, is waited for no longer', async () => {
    const [ends, silent] = [newFolder(), newFolder()];
    await standIns.start(ends, 'end');
    assert.equal(await reloadRunning(ends), undefined);
    assert.deepEqual(runningSensor(ends), { state: 'none' });
    const child = await standIns.start(silent, 'ignore');
    const told = once(child, 'message');
    assert.equal(await reloadRunning(silent, 100), undefined);
    assert.deepEqual(await told, [{ signals: 1 }, undefined]);
  });

  it('that ends before the signal reaches it is told nothing, and nobody else is', async () => {
    const folder = newFolder();
    const child = await standIns.start(folder, 'obey');
    const kill = process.kill.bind(process);
    const killed = mock.method(process, 'kill', (pid: number, signal: string | number) => {
      if (signal !== 0) throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
      return kill(pid, signal);
    });
    try {
      assert.equal(await reloadRunning(folder), undefined);
      assert.deepEqual(
        killed.mock.calls.map((call) => call.arguments),
        [
          [child.pid, 0],
          [child.pid, 'SIGUSR2'],
        ],
      );
    } finally {
      killed.mock.restore();
    }
  });

  it('is no process that would die of the signal', async () => {
    const folder = newFolder();
    const child = await standIns.start(folder, 'deaf');
    assert.deepEqual(runningSensor(folder), { state: 'none' });
    assert.equal(await reloadRunning(folder), undefined);
    assert.ok(isAlive(child));
  });

  it('is no other process with its number, nor one of another namespace', async () => {
    const folder = newFolder();
    const child = await standIns.start(folder, 'obey');
    rewrite(folder, { start: '1' });
    assert.deepEqual(runningSensor(folder), { state: 'none' });
    assert.equal(await reloadRunning(folder), undefined);
    rewrite(folder, { start: processMark(child.pid ?? 0)?.start, namespace: 'pid:[1]' });
    assert.deepEqual(runningSensor(folder), { state: 'hidden', pid: child.pid });
    assert.equal(await reloadRunning(folder), undefined);
    assert.equal(factsOf(folder).begun, 0);
  });

  it('is none where the record is not as a sensor writes it', async () => {
    const folder = newFolder();
    await standIns.start(folder, 'obey');
    const good = readFileSync(runFile(folder), 'utf8');
    for (const text of ['', '{', 'null', '[]', '{"pid":1}', good.replace(/"pid":\d+/, '"pid":0')]) {
      writeFileSync(runFile(folder), text);
      assert.deepEqual(runningSensor(folder), { state: 'none' }, text);
    }
    writeFileSync(runFile(folder), good + ' '.repeat(70_000));
    assert.deepEqual(runningSensor(folder), { state: 'none' });
    const elsewhere = join(root, 'elsewhere.json');
    writeFileSync(runFile(folder), good);
    renameSync(runFile(folder), elsewhere);
    symlinkSync(elsewhere, runFile(folder));
    assert.deepEqual(runningSensor(folder), { state: 'none' });
  });
});

describe('the record of a sensor', () => {
  it('goes with it, but not that of another one', async () => {
    const folder = newFolder();
    const record = new RunRecord(folder);
    assert.equal(factsOf(folder).pid, process.pid);
    record.remove();
    assert.ok(!existsSync(runFile(folder)));
    record.remove();
    const child = await standIns.start(folder, 'obey');
    record.remove();
    assert.equal(factsOf(folder).pid, child.pid);
  });

  it('that cannot be written stops nothing', () => {
    const record = new RunRecord(join(root, 'not-there'));
    record.begin();
    record.end({ isOk: true, loaded: 1, failed: 0, generation: 1, problem: '' });
    record.remove();
  });
});
