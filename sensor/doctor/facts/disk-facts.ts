/** The data folder and the disk it lies on; nothing is made or changed. */
import { accessSync, constants, realpathSync, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { eveFile, storeFile, type SensorConfig } from '../../config/index.ts';
import type { DiskFacts } from '../disk.ts';
import { namesIn, readText, statOf } from './system.ts';
import type { SensorUser } from './user-facts.ts';

export function diskFacts(config: SensorConfig, user: SensorUser): DiskFacts {
  const folder = resolve(config.data_dir);
  const there = statOf(folder);
  const base = existing(folder);
  return {
    folder: config.data_dir,
    state:
      there === undefined || typeof there === 'string'
        ? there
        : {
            isFolder: there.isDirectory(),
            ...{ uid: there.uid, mode: there.mode & 0o7777, isWritable: mayWrite(folder) },
          },
    canMake: mayWrite(base),
    user: { name: user.name, uid: user.uid },
    space: spaceOf(base),
    growthBytes: growthOf(config),
    mount: mountOf(base),
    eve: eveOf(config),
  };
}

/** The folder, or the first above it that is there. */
function existing(folder: string): string {
  let path = folder;
  while (statOf(path) === undefined && dirname(path) !== path) path = dirname(path);
  return path;
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function spaceOf(path: string): DiskFacts['space'] {
  try {
    const { bavail, blocks, bsize, ffree, files } = statfsSync(path);
    return {
      ...{ freeBytes: bavail * bsize, bytes: blocks * bsize },
      ...{ freeInodes: ffree, inodes: files },
    };
  } catch {
    return undefined;
  }
}

/** What limits allow beyond what is there. */
function growthOf(config: SensorConfig): number {
  const { output, packets, files, data_dir: folder } = config;
  const { sqlite } = output;
  const rest = (limit: number, used: number): number => Math.max(0, limit - used);
  const replicas = sqlite.replica_seconds > 0 ? 2 : 1;
  return (
    (sqlite.enabled ? replicas * rest(sqlite.max_bytes, bytesAt(storeFile(config))) : 0) +
    (packets.keep ? rest(packets.max_bytes, bytesIn(join(folder, 'packets'))) : 0) +
    (files.store ? rest(files.store_bytes, bytesIn(join(folder, 'files'))) : 0)
  );
}

function bytesAt(path: string): number {
  const there = statOf(path);
  return typeof there === 'object' ? there.size : 0;
}

function bytesIn(folder: string): number {
  return namesIn(folder).reduce((sum, name) => sum + bytesAt(join(folder, name)), 0);
}

/** The last mount whose point the path lies below. */
function mountOf(path: string): DiskFacts['mount'] {
  const text = readText('/proc/self/mounts');
  if (text === undefined) return undefined;
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return undefined;
  }
  let found: DiskFacts['mount'];
  for (const { point, type, options } of mounts(text)) {
    const isAbove = real === point || real.startsWith(point === '/' ? '/' : `${point}/`);
    if (!isAbove || (found !== undefined && point.length < found.point.length)) continue;
    found = { type, point, isReadOnly: options.split(',').includes('ro') };
  }
  return found;
}

interface Mount {
  readonly point: string;
  readonly type: string;
  readonly options: string;
}

/** Lines of /proc/self/mounts; blanks in a path are written in octal there. */
function mounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [, point, type, options = ''] = line.split(' ');
    if (point === undefined || type === undefined) return [];
    const plain = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    return [{ point: plain, type, options }];
  });
}

function eveOf(config: SensorConfig): DiskFacts['eve'] {
  const path = eveFile(config);
  const there = config.output.eve.enabled && path !== '-' ? statOf(path) : undefined;
  if (there === undefined || typeof there === 'string' || !there.isFile()) return undefined;
  return { path, bytes: there.size };
}
