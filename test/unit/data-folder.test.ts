/**
 * What root leaves in a folder of somebody else. Tests of another owner need root: they run where the sensor's other
 * tests as root do, and elsewhere check that nothing is given away.
 */
import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  chmodSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../sensor/config/index.ts';
import { swapFile } from '../../sensor/core/index.ts';
import { inDataFolder, makeDataFolder, replaceFile, sensorKey } from '../../sensor/data-folder.ts';
import { tryLock } from '../../sensor/file-lock.ts';

const USER = 65_534;
const GROUP = 65_533;
const isRoot = process.geteuid?.() === 0;
/** Whom things belong to that were made in a folder of USER. */
const owner = isRoot ? USER : (process.geteuid?.() ?? 0);

const root = mkdtempSync(join(tmpdir(), 'stanzawatch-folder-'));
chmodSync(root, 0o755);
after(() => {
  rmSync(root, { recursive: true });
});
let folders = 0;

/** A data folder that belongs to somebody else, where that can be. */
function foreignFolder(): string {
  const folder = join(root, `d${folders++}`);
  mkdirSync(folder);
  if (isRoot) chownSync(folder, USER, GROUP);
  return folder;
}

/** Runs `act` as the user of the folder: root is the real id alone, to come back by. */
function lowered(act: () => void): void {
  if (isRoot) process.seteuid?.(USER);
  try {
    act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

const OPTIONS = { mode: 0o600 };

describe('a file of the data folder', () => {
  it('belongs to whom the folder belongs to', () => {
    const dataDir = foreignFolder();
    const path = join(dataDir, 'tuning', 'threshold.config');
    replaceFile(path, 'one', { ...OPTIONS, dataDir });
    replaceFile(path, 'two', { ...OPTIONS, dataDir });
    assert.equal(readFileSync(path, 'utf8'), 'two');
    assert.equal(statSync(path).uid, owner);
    assert.equal(statSync(join(dataDir, 'tuning')).uid, owner);
    assert.deepEqual(readdirSync(join(dataDir, 'tuning')), ['threshold.config']);
  });

  it('is written by a sensor that lowered its rights, also where the folder has another group', () => {
    const dataDir = foreignFolder();
    lowered(() => {
      replaceFile(join(dataDir, 'tokens.json'), 'one', { ...OPTIONS, dataDir });
      makeDataFolder(join(dataDir, 'tuning'), dataDir);
    });
    assert.equal(readFileSync(join(dataDir, 'tokens.json'), 'utf8'), 'one');
  });

  it('leaves nothing behind when it cannot take its place', () => {
    const dataDir = foreignFolder();
    mkdirSync(join(dataDir, 'taken', 'by'), { recursive: true });
    assert.throws(() => {
      replaceFile(join(dataDir, 'taken'), 'one', { ...OPTIONS, dataDir });
    });
    assert.deepEqual(readdirSync(dataDir), ['taken']);
    assert.throws(() => {
      swapFile(join(dataDir, 'x'), 'one', { mode: 0o600, beforeSwap: () => assert.fail('no') });
    }, /no/);
    assert.deepEqual(readdirSync(dataDir), ['taken']);
  });

  it('is not written through a link laid where its temporary file was to be', () => {
    const dataDir = foreignFolder();
    const victim = join(root, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o600 });
    const path = join(dataDir, 'tokens.json');
    symlinkSync(victim, `${path}.${process.pid}.tmp`);
    replaceFile(path, 'mine', { ...OPTIONS, dataDir });
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
    assert.equal(statSync(victim).uid, process.geteuid?.());
    assert.equal(lstatSync(path).isFile(), true);
  });

  it('is not laid into another folder its own was exchanged for', () => {
    const dataDir = foreignFolder();
    const elsewhere = join(root, `etc${folders++}`);
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(dataDir, 'tuning'));
    const write = (): void => {
      replaceFile(join(dataDir, 'tuning', 'x'), 'mine', { ...OPTIONS, dataDir });
    };
    if (!isRoot) {
      // Who owns both may link them.
      write();
      return;
    }
    assert.throws(write, /leads out of the data folder/);
    assert.throws(() => tryLock(join(dataDir, 'tuning', 'lock'), dataDir), /leads out/);
    assert.deepEqual(readdirSync(elsewhere), []);
  });

  it('stays where it was begun while its folder is exchanged', () => {
    const dataDir = foreignFolder();
    const path = join(dataDir, 'tuning', 'x');
    makeDataFolder(join(dataDir, 'tuning'), dataDir);
    inDataFolder(path, dataDir, (place) => {
      if (isRoot) rmSync(join(dataDir, 'tuning'), { recursive: true });
      const elsewhere = join(root, `etc${folders++}`);
      mkdirSync(elsewhere);
      if (!isRoot) return;
      symlinkSync(elsewhere, join(dataDir, 'tuning'));
      assert.throws(() => {
        writeFileSync(place, 'mine');
      });
      assert.deepEqual(readdirSync(elsewhere), []);
    });
  });

  it('is the key, too: given to the owner of the folder, whatever lies there', () => {
    const dataDir = foreignFolder();
    const config = loadConfig({ file: undefined, overrides: [`data_dir=${dataDir}`] });
    const victim = join(root, 'victim2');
    writeFileSync(victim, 'precious', { mode: 0o600 });
    symlinkSync(victim, join(dataDir, `hmac.key.${process.pid}`));
    sensorKey(config);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
    assert.equal(statSync(join(dataDir, 'hmac.key')).uid, owner);
  });
});

describe('a lock', () => {
  const lockOf = (dataDir: string): string => join(dataDir, 'lock');

  it('is held until it is let go, and readable for whom the folder belongs to', () => {
    const dataDir = foreignFolder();
    const unlock = tryLock(lockOf(dataDir), dataDir);
    assert.ok(unlock !== undefined);
    assert.equal(statSync(lockOf(dataDir)).uid, owner);
    lowered(() => {
      assert.equal(tryLock(lockOf(dataDir), dataDir), undefined);
    });
    assert.ok(existsSync(lockOf(dataDir)));
    unlock();
    assert.deepEqual(readdirSync(dataDir), []);
  });

  it('that cannot be read is held', () => {
    const dataDir = foreignFolder();
    const path = lockOf(dataDir);
    // A process that is gone, for all who may read it.
    writeFileSync(path, '4194303\n');
    chmodSync(path, 0);
    if (!isRoot) return;
    lowered(() => {
      assert.equal(tryLock(path, dataDir), undefined);
      assert.equal(tryLock(path, dataDir), undefined);
    });
    assert.ok(existsSync(path));
  });

  it('of a living process of another user is held', () => {
    const dataDir = foreignFolder();
    writeFileSync(lockOf(dataDir), '1 0011223344556677\n');
    lowered(() => {
      assert.equal(tryLock(lockOf(dataDir), dataDir), undefined);
    });
    assert.equal(readFileSync(lockOf(dataDir), 'utf8'), '1 0011223344556677\n');
  });

  it('of a process that is gone is taken over, by one at a time', () => {
    const dataDir = foreignFolder();
    const path = lockOf(dataDir);
    writeFileSync(path, '4194303 0011223344556677\n');
    // Somebody else is taking it over: it is not ours to remove.
    writeFileSync(`${path}.takeover`, '1\n');
    assert.equal(tryLock(path, dataDir), undefined);
    assert.ok(existsSync(path));
    rmSync(`${path}.takeover`);
    assert.equal(tryLock(path, dataDir), undefined);
    const unlock = tryLock(path, dataDir);
    assert.ok(unlock !== undefined);
    unlock();
    assert.deepEqual(readdirSync(dataDir), []);
  });

  it('of somebody else is not removed by who had it before', () => {
    const dataDir = foreignFolder();
    const unlock = tryLock(lockOf(dataDir), dataDir);
    rmSync(lockOf(dataDir));
    const next = tryLock(lockOf(dataDir), dataDir);
    assert.ok(unlock !== undefined && next !== undefined);
    unlock();
    assert.ok(existsSync(lockOf(dataDir)));
    next();
    assert.ok(!existsSync(lockOf(dataDir)));
  });
});
