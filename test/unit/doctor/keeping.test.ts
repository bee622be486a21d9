import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeClock, type ClockFacts } from '../../../sensor/doctor/clock.ts';
import { judgeDisk, type DiskFacts } from '../../../sensor/doctor/disk.ts';
import { judgeMemory, neededBytes, type MemoryFacts } from '../../../sensor/doctor/memory.ts';
import { judgeStore, type StoreFacts } from '../../../sensor/doctor/store.ts';
import { allOk, says } from '../../support/doctor-checks.ts';

const GB = 1e9;

const STATE = { isFolder: true, uid: 990, mode: 0o750, isWritable: true };
const SPACE = { freeBytes: 50 * GB, bytes: 100 * GB, freeInodes: 900, inodes: 1000 };

const DISK: DiskFacts = {
  folder: '/var/lib/stanzawatch',
  state: STATE,
  canMake: true,
  user: { name: '', uid: undefined },
  space: SPACE,
  growthBytes: 12 * GB,
  mount: { type: 'ext4', point: '/', isReadOnly: false },
  eve: { path: 'eve.json', bytes: GB },
};

describe('judgeDisk()', () => {
  const judge = (facts: Partial<DiskFacts>): ReturnType<typeof judgeDisk> =>
    judgeDisk({ ...DISK, ...facts });
  const withMode = (mode: number): ReturnType<typeof judgeDisk> =>
    judge({ state: { ...STATE, mode } });

  it('is content with a folder of the sensor on a disk with room', () => {
    allOk(judge({}));
    allOk(judge({ user: { name: 'ids', uid: 990 }, eve: undefined }));
  });

  it('tells what is wrong with the folder', () => {
    says(judge({ state: undefined }), 'disk.folder', 'ok', /first start/);
    says(
      judge({ state: undefined, canMake: false }),
      'disk.folder',
      'fail',
      /cannot be made/,
      /install -d/,
    );
    says(judge({ state: 'EACCES' }), 'disk.folder', 'unknown', /EACCES/);
    says(judge({ state: { ...STATE, isFolder: false } }), 'disk.folder', 'fail', /no folder/);
    says(
      judge({ state: { ...STATE, isWritable: false } }),
      'disk.folder',
      'fail',
      /cannot be written/,
    );
    says(
      judge({ user: { name: 'ids', uid: 991 } }),
      'disk.folder',
      'fail',
      /belongs to user 990.*ids \(991\)/,
      /chown -R ids/,
    );
    says(withMode(0o777), 'disk.folder', 'fail', /Everybody may write.*0777/, /chmod o-w/);
    says(withMode(0o755), 'disk.folder', 'warn', /Everybody may look.*0755/);
  });

  it('knows where a write-ahead log cannot live', () => {
    const on = (type: string, isReadOnly = false): ReturnType<typeof judgeDisk> =>
      judge({ mount: { type, point: '/data', isReadOnly } });
    for (const type of ['nfs', 'nfs4', 'cifs', '9p', 'fuse.sshfs']) {
      says(on(type), 'disk.filesystem', 'fail', /may be damaged/, /local disk/);
    }
    for (const type of ['overlay', 'tmpfs'])
      says(on(type), 'disk.filesystem', 'warn', /gone|empty/);
    for (const type of ['xfs', 'btrfs', 'zfs'])
      says(on(type), 'disk.filesystem', 'ok', /\/data is/);
    says(on('ext4', true), 'disk.filesystem', 'fail', /read-only/);
    says(judge({ mount: undefined }), 'disk.filesystem', 'unknown', /cannot be told/);
  });

  it('compares what is free with what may come', () => {
    const free = (freeBytes: number): ReturnType<typeof judgeDisk> =>
      judge({ space: { ...SPACE, freeBytes } });
    says(free(12 * GB - 1), 'disk.space', 'warn', /may still grow by 12 GB/);
    says(free(12 * GB), 'disk.space', 'ok', /12 GB more/);
    says(free(2 * GB - 1), 'disk.space', 'fail', /Only 2\.0 GB of 100 GB/);
    says(judge({ space: undefined }), 'disk.space', 'unknown', /cannot be told/);
    const inodes = (freeInodes: number): ReturnType<typeof judgeDisk> =>
      judge({ space: { ...SPACE, freeInodes } });
    says(inodes(50), 'disk.inodes', 'ok', /50 of 1,000/);
    says(inodes(49), 'disk.inodes', 'warn', /Only 49/);
    says(inodes(9), 'disk.inodes', 'fail', /Only 9/);
    says(judge({ space: { ...SPACE, freeInodes: 0, inodes: 0 } }), 'disk.inodes', 'ok', /no limit/);
  });

  it('warns of an EVE file that nobody shortens', () => {
    const eve = { path: 'eve.json', bytes: 10 * GB };
    says(judge({ eve }), 'disk.eve', 'warn', /10 GB, 10 % of the disk/, /logrotate/);
  });
});

const STORE: StoreFacts = {
  path: 'stanzawatch.db',
  isEnabled: true,
  files: { bytes: GB, walBytes: 0 },
  maxBytes: 10 * GB,
  schema: { is: 'read', version: 4, newest: 4, rows: 1234 },
  integrity: { is: 'sound' },
  replica: undefined,
  isInUse: true,
};

describe('judgeStore()', () => {
  const judge = (facts: Partial<StoreFacts>): ReturnType<typeof judgeStore> =>
    judgeStore({ ...STORE, ...facts });

  it('is content with a sound store, and with none yet', () => {
    allOk(judge({}));
    allOk(judge({ files: undefined }));
    says(judge({ isEnabled: false }), 'store.file', 'warn', /Nothing is stored/);
    says(judge({ files: 'EACCES' }), 'store.file', 'unknown', /EACCES/);
  });

  it('warns before rows go', () => {
    says(
      judge({ files: { bytes: 9 * GB, walBytes: 0 } }),
      'store.file',
      'warn',
      /9\.0 GB of 10 GB/,
    );
    says(judge({ files: { bytes: 9 * GB - 1, walBytes: 0 } }), 'store.file', 'ok', /GB/);
  });

  it('tells an older store from one that is not to be read', () => {
    const older = { is: 'read', version: 3, newest: 4, rows: 0 } as const;
    says(judge({ schema: older }), 'store.schema', 'warn', /Schema 3 .*this one has 4/);
    const refused = {
      is: 'refused',
      problem: 'no SQLite database',
      advice: 'Move it away',
    } as const;
    const checks = judge({ schema: refused });
    says(checks, 'store.schema', 'fail', /no SQLite/, /Move it away/);
    assert.ok(!checks.some(({ id }) => id === 'store.integrity'));
    says(
      judge({ schema: { is: 'unknown', why: 'it hangs' } }),
      'store.schema',
      'unknown',
      /it hangs/,
    );
  });

  it('tells damage from not checked', () => {
    says(
      judge({ integrity: { is: 'damaged', problem: 'row 7' } }),
      'store.integrity',
      'fail',
      /row 7/,
      /recover/,
    );
    says(
      judge({ integrity: { is: 'unknown', why: 'too large' } }),
      'store.integrity',
      'unknown',
      /too large/,
    );
  });

  it('looks at the write-ahead log', () => {
    const large = { bytes: GB, walBytes: 256 * 1024 * 1024 + 1 };
    says(judge({ files: large }), 'store.wal', 'warn', /268 MB/, /lsof/);
    const left = { bytes: GB, walBytes: 4096 };
    says(judge({ files: left, isInUse: false }), 'store.wal', 'warn', /left behind/);
    says(judge({ files: left, isInUse: true }), 'store.wal', 'ok', /4\.1 kB/);
    says(judge({ files: left, isInUse: undefined }), 'store.wal', 'ok', /4\.1 kB/);
  });

  it('misses copies that are not made', () => {
    const copy = (ageSeconds: number | undefined): Pick<StoreFacts, 'replica'> => ({
      replica: { path: 'replica.db', everySeconds: 60, ageSeconds },
    });
    says(judge(copy(300)), 'store.replica', 'ok', /5 minutes old/);
    says(judge(copy(301)), 'store.replica', 'warn', /every 60 seconds/);
    says(judge({ ...copy(301), isInUse: false }), 'store.replica', 'ok', /old/);
    says(judge(copy(undefined)), 'store.replica', 'warn', /no copy/);
  });
});

const MEMORY: MemoryFacts = {
  totalBytes: 8 * GB,
  availableBytes: 6 * GB,
  groupBytes: undefined,
  pools: [
    ['flow', 0.1 * GB],
    ['files', 0.2 * GB],
  ],
  workers: 2,
  interfaces: 1,
  ringBytes: 0.05 * GB,
  isRunning: false,
};

describe('judgeMemory()', () => {
  const judge = (facts: Partial<MemoryFacts>): ReturnType<typeof judgeMemory> =>
    judgeMemory({ ...MEMORY, ...facts });
  const needed = neededBytes(MEMORY);

  it('adds up what workers may take', () => {
    const one = neededBytes({ ...MEMORY, workers: 1 });
    const three = neededBytes({ ...MEMORY, workers: 3 });
    assert.equal(three - needed, needed - one);
    assert.equal(neededBytes({ ...MEMORY, interfaces: 2 }) - needed, 2 * 0.05 * GB);
    allOk(judge({}));
  });

  it('compares with the least of machine and control group', () => {
    says(
      judge({ totalBytes: needed - 1 }),
      'memory.budget',
      'fail',
      /machine has .* kill it/,
      /limits/i,
    );
    says(judge({ groupBytes: needed - 1 }), 'memory.budget', 'fail', /control group allows/);
    says(judge({ groupBytes: 9 * GB }), 'memory.budget', 'ok', /machine has 8\.0 GB/);
    says(judge({ totalBytes: needed / 0.95 }), 'memory.budget', 'warn', /machine has/);
    says(judge({ availableBytes: needed - 1 }), 'memory.budget', 'warn', /are free now/);
    says(judge({ availableBytes: needed - 1, isRunning: true }), 'memory.budget', 'ok', /machine/);
    says(judge({ totalBytes: undefined }), 'memory.budget', 'unknown', /cannot be read/);
  });
});

const CLOCK: ClockFacts = {
  synchronised: { is: true, by: 'chronyc' },
  zone: 'Europe/Zurich',
  newestAheadSeconds: -5,
};

describe('judgeClock()', () => {
  const judge = (facts: Partial<ClockFacts>): ReturnType<typeof judgeClock> =>
    judgeClock({ ...CLOCK, ...facts });

  it('asks whether somebody keeps it', () => {
    allOk(judge({}));
    const not = { is: false, by: 'timedatectl' };
    says(
      judge({ synchronised: not }),
      'clock.synchronised',
      'warn',
      /not synchronised \(timedatectl\)/,
      /set-ntp/,
    );
    says(judge({ synchronised: undefined }), 'clock.synchronised', 'unknown', /cannot be told/);
  });

  it('compares with the newest record', () => {
    says(judge({ newestAheadSeconds: 60 }), 'clock.store', 'ok', /future/);
    says(judge({ newestAheadSeconds: 7200 }), 'clock.store', 'warn', /2 hours in the future/);
    assert.equal(judge({ newestAheadSeconds: undefined }).length, 2);
  });
});
