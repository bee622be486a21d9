/** Users, and the rights of processes as the kernel writes them. */
import { execFileSync } from 'node:child_process';
import { existsSync, lchownSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OperatorError, errorText } from './core/index.ts';

/** Numbers of capabilities (capabilities(7)). */
export const CAPABILITY = { setPcap: 8n, netRaw: 13n } as const;

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What one task of a process may do. */
export interface Rights {
  /** Real, effective, saved and file system user. */
  readonly uids: readonly number[];
  readonly inheritable: bigint;
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly ambient: bigint;
  readonly bounding: bigint;
  /** Does it gain nothing from programs that are set-uid or have file capabilities? */
  readonly noNewPrivileges: boolean;
}

/** Throws OperatorError USER_UNKNOWN. */
export function accountOf(user: string): Account {
  try {
    return { name: user, uid: numberOf('-u', user), gid: numberOf('-g', user) };
  } catch (error) {
    throw new OperatorError(
      'USER_UNKNOWN',
      `Cannot become user ${user}: ${errorText(error).split('\n').slice(-2).join(' ').trim()}`,
      `Create it: adduser --system --group ${user}`,
      { cause: error },
    );
  }
}

/** The data folder of a sensor that will work as `user`: made and handed over while root still can. */
export function giveFolder(path: string, user: string): void {
  if (process.geteuid?.() !== 0 || existsSync(path)) return;
  const { uid, gid } = accountOf(user);
  // Folders above it are nobody's secret: the user has to come through.
  mkdirSync(dirname(resolve(path)), { recursive: true });
  mkdirSync(path, { mode: 0o750 });
  lchownSync(path, uid, gid);
}

/** Rights of each task (thread) of a process. Throws what the file system throws. */
export function rightsOfTasks(pid: number | 'self'): Rights[] {
  return readdirSync(`/proc/${pid}/task`).map((task) =>
    rightsIn(readFileSync(`/proc/${pid}/task/${task}/status`, 'latin1')),
  );
}

/** Rights of this process, as its first task has them. Throws what the file system throws. */
export function ownRights(): Rights {
  return rightsIn(readFileSync('/proc/self/status', 'latin1'));
}

/** A status file of /proc as rights. */
export function rightsIn(status: string): Rights {
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const set = (name: string): bigint => BigInt(`0x${field(name) || '0'}`);
  return {
    uids: field('Uid').split(/\s+/).map(Number),
    inheritable: set('CapInh'),
    permitted: set('CapPrm'),
    effective: set('CapEff'),
    ambient: set('CapAmb'),
    bounding: set('CapBnd'),
    noNewPrivileges: field('NoNewPrivs') === '1',
  };
}

export function includes(capabilities: bigint, bit: bigint): boolean {
  return ((capabilities >> bit) & 1n) === 1n;
}

/** From whatever directory the system uses. */
function numberOf(option: '-u' | '-g', user: string): number {
  return Number(
    execFileSync('id', [option, '--', user], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}
