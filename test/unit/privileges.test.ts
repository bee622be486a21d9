import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openStarter } from '../../sensor/confinement.ts';
import { OperatorError } from '../../sensor/core/index.ts';
import {
  CAPABILITY,
  accountOf,
  giveFolder,
  includes,
  ownRights,
  rightsIn,
  rightsOfTasks,
} from '../../sensor/privileges.ts';

const STATUS = `Name:\tnode
Uid:\t65534\t65534\t65534\t65534
Gid:\t65534\t65534\t65534\t65534
CapInh:\t0000000000002000
CapPrm:\t0000000000002000
CapEff:\t0000000000002000
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000000000
NoNewPrivs:\t1
`;

function refusal(act: () => unknown): OperatorError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof OperatorError, String(error));
    return error;
  }
  assert.fail('nothing was refused');
}

describe('rights', () => {
  it('are read as the kernel writes them', () => {
    const rights = rightsIn(STATUS);
    assert.deepEqual(rights.uids, [65534, 65534, 65534, 65534]);
    assert.equal(rights.effective, 1n << 13n);
    assert.equal(rights.bounding, (1n << 41n) - 1n);
    assert.equal(rights.ambient, 0n);
    assert.ok(rights.noNewPrivileges);
    assert.ok(includes(rights.permitted, CAPABILITY.netRaw));
    assert.ok(!includes(rights.permitted, CAPABILITY.setPcap));
    assert.ok(!rightsIn(STATUS.replace('NoNewPrivs:\t1', 'NoNewPrivs:\t0')).noNewPrivileges);
  });

  it('are those of this process', () => {
    const uid = process.getuid?.();
    assert.deepEqual(ownRights().uids, [uid, uid, uid, uid]);
    const tasks = rightsOfTasks('self');
    assert.ok(tasks.length > 1, 'Node has threads');
    assert.deepEqual(tasks[0], ownRights());
  });

  it('are not taken for given up because the environment says so', () => {
    process.env['STANZAWATCH_CONFINED'] = '1';
    const { code, message } = refusal(() => openStarter('', [], []));
    assert.equal(code, 'RIGHTS_REFUSED');
    assert.match(message, /kept rights|nobody starts workers/);
    assert.equal(process.env['STANZAWATCH_CONFINED'], undefined);
  });
});

describe('giveFolder()', () => {
  let folder: string;
  let umask: number;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-privileges-'));
    umask = process.umask(0o022);
  });

  after(() => {
    process.umask(umask);
    rmSync(folder, { recursive: true });
  });

  it('makes a folder that the user can come to, where root asks', () => {
    const data = join(folder, 'made', 'for', 'it');
    giveFolder(data, 'nobody');
    if (process.geteuid?.() !== 0) {
      assert.ok(!existsSync(data));
      return;
    }
    assert.equal(statSync(data).uid, accountOf('nobody').uid);
    assert.equal(statSync(data).mode & 0o777, 0o750);
    for (let above = dirname(data); above !== folder; above = dirname(above)) {
      assert.equal(statSync(above).mode & 0o005, 0o005, above);
    }
  });
});

describe('accountOf()', () => {
  it('asks the system', () => {
    assert.deepEqual(accountOf('root'), { name: 'root', uid: 0, gid: 0 });
  });

  it('says who is not there, also for what looks like an option', () => {
    for (const name of ['no-such-user', '-u', '']) {
      const { code, message, hint } = refusal(() => accountOf(name));
      assert.equal(code, 'USER_UNKNOWN');
      assert.match(message, /no such user/);
      assert.match(hint ?? '', /adduser/);
    }
  });
});
