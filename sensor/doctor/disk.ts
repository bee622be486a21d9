/** Where the sensor writes: may it, is there room for what it may grow to, can a database live there? */
import { bytes, counted, percent } from '../core/index.ts';
import { fail, ok, unknown, warn, type Check } from './types.ts';

export interface DiskFacts {
  readonly folder: string;
  /** Undefined when there is none; a text when it cannot be looked at. */
  readonly state:
    | {
        readonly isFolder: boolean;
        readonly uid: number;
        readonly mode: number;
        /** May this process write there? */
        readonly isWritable: boolean;
      }
    | string
    | undefined;
  /** Without a folder: may this process make it? */
  readonly canMake: boolean;
  /** `capture.user`, and its numbers; undefined numbers where they cannot be told. */
  readonly user: { readonly name: string; readonly uid: number | undefined };
  /** Undefined where the kernel does not tell. */
  readonly space:
    | {
        readonly freeBytes: number;
        readonly bytes: number;
        readonly freeInodes: number;
        readonly inodes: number;
      }
    | undefined;
  /** What limits allow: store, kept packets, kept files, less what is there already. */
  readonly growthBytes: number;
  readonly mount:
    { readonly type: string; readonly point: string; readonly isReadOnly: boolean } | undefined;
  /** The EVE file: nobody but the operator shortens it. Undefined without one. */
  readonly eve: { readonly path: string; readonly bytes: number } | undefined;
}

const WRITABLE_BY_OTHERS = 0o002;
const READABLE_BY_OTHERS = 0o005;
const FREE_FAIL = 0.02;
const INODES_FAIL = 0.01;
const INODES_WARN = 0.05;
const EVE_SHARE = 0.1;
/** SQLite's WAL shares memory between processes, which these file systems cannot do, or not safely. */
const REMOTE =
  /^(nfs|nfs4|cifs|smb|smb2|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|fuse\..*|virtiofs)$/;
const FLEETING: ReadonlyMap<string, string> = new Map([
  ['tmpfs', 'is memory, and empty after a restart'],
  ['ramfs', 'is memory, and empty after a restart'],
  ['overlay', 'is the layer of a container, and gone with it'],
]);

export function judgeDisk(facts: DiskFacts): Check[] {
  return [folder(facts), ...fileSystem(facts), ...space(facts), ...eve(facts)];
}

function folder({ folder: path, state, canMake, user }: DiskFacts): Check {
  if (typeof state === 'string') {
    return unknown(
      'disk.folder',
      `The data folder ${path} cannot be looked at: ${state}`,
      'Run this as root, or as the user of the sensor',
    );
  }
  if (state === undefined) {
    if (canMake) return ok('disk.folder', `The data folder ${path} is made at the first start`);
    return fail(
      'disk.folder',
      `There is no data folder ${path}, and it cannot be made`,
      `Run: install -d -m 750 -o ${user.name === '' ? 'USER' : user.name} ${path}`,
    );
  }
  if (!state.isFolder) {
    return fail('disk.folder', `${path} is no folder`, 'Choose another data folder with -l');
  }
  const { mode, uid, isWritable } = state;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  if (user.name !== '' && user.uid !== undefined && uid !== user.uid) {
    return fail(
      'disk.folder',
      `The data folder ${path} belongs to user ${uid}, and the sensor works as ${user.name} (${user.uid})`,
      `Run: chown -R ${user.name} ${path}`,
    );
  }
  if (!isWritable) {
    return fail(
      'disk.folder',
      `The data folder ${path} (user ${uid}, mode ${shown}) cannot be written`,
      'Run this as the user of the sensor, or give the folder to it with chown',
    );
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    return fail(
      'disk.folder',
      `Everybody may write into the data folder ${path} (mode ${shown})`,
      `Run: chmod o-w ${path}`,
    );
  }
  if ((mode & READABLE_BY_OTHERS) !== 0) {
    return warn(
      'disk.folder',
      `Everybody may look into the data folder ${path} (mode ${shown})`,
      `Run: chmod o= ${path}`,
    );
  }
  return ok('disk.folder', `The data folder ${path} can be written (mode ${shown})`);
}

function fileSystem({ mount, folder: path }: DiskFacts): Check[] {
  if (mount === undefined) {
    return [
      unknown(
        'disk.filesystem',
        'The file system cannot be told (/proc/self/mounts)',
        `Look at: findmnt -T ${path}`,
      ),
    ];
  }
  const { type, point, isReadOnly } = mount;
  if (isReadOnly) {
    return [
      fail(
        'disk.filesystem',
        `${point} (${type}) is mounted read-only`,
        `Run: mount -o remount,rw ${point}`,
      ),
    ];
  }
  if (REMOTE.test(type)) {
    return [
      fail(
        'disk.filesystem',
        `${point} is ${type}: the store (SQLite with a write-ahead log) may be damaged there`,
        'Choose a folder on a local disk with -l; replicas may lie anywhere',
      ),
    ];
  }
  const fleeting = FLEETING.get(type);
  if (fleeting !== undefined) {
    return [
      warn(
        'disk.filesystem',
        `${point} (${type}) ${fleeting}`,
        'Put the data folder on a disk or a volume',
      ),
    ];
  }
  return [ok('disk.filesystem', `${point} is ${type}`)];
}

function space({ space: room, growthBytes, folder: path }: DiskFacts): Check[] {
  if (room === undefined) {
    return [
      unknown('disk.space', 'The free room of the disk cannot be told', `Look at: df -h ${path}`),
    ];
  }
  return [freeBytes(room, growthBytes), freeInodes(room)];
}

type Room = Exclude<DiskFacts['space'], undefined>;

function freeBytes({ freeBytes: free, bytes: all }: Room, growth: number): Check {
  const share = all === 0 ? 0 : free / all;
  const text = `${bytes(free)} of ${bytes(all)} are free`;
  if (share < FREE_FAIL) {
    return fail('disk.space', `Only ${text}`, 'Make room, or choose another disk with -l');
  }
  if (free < growth) {
    return warn(
      'disk.space',
      `${text}, and store, packets and files may still grow by ${bytes(growth)}`,
      'Lower output.sqlite.max_bytes, packets.max_bytes or files.store_bytes, or take a larger disk',
    );
  }
  return ok('disk.space', `${text}; limits allow ${bytes(growth)} more`);
}

function freeInodes({ freeInodes: free, inodes: all }: Room): Check {
  // Some file systems (btrfs) make them as they go.
  if (all === 0) return ok('disk.inodes', 'This file system has no limit of inodes');
  const text = `${counted(free)} of ${counted(all)} inodes are free`;
  const share = free / all;
  if (share >= INODES_WARN) return ok('disk.inodes', text);
  const say = share < INODES_FAIL ? fail : warn;
  return say('disk.inodes', `Only ${text}`, 'Look for folders with many small files: du --inodes');
}

function eve({ eve: file, space: room }: DiskFacts): Check[] {
  if (file === undefined || room === undefined) return [];
  const share = room.bytes === 0 ? 0 : file.bytes / room.bytes;
  if (share < EVE_SHARE) return [ok('disk.eve', `The EVE file has ${bytes(file.bytes)}`)];
  return [
    warn(
      'disk.eve',
      `The EVE file ${file.path} has ${bytes(file.bytes)}, ${percent(share)} of the disk, and nobody shortens it`,
      'Let logrotate move it, and send the sensor HUP: it opens a new one',
    ),
  ];
}
