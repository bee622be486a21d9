/** Becoming an ordinary user. */
import { execFileSync } from 'node:child_process';
import { existsSync, lchownSync, mkdirSync } from 'node:fs';
import { OperatorError, errorText } from './core/index.ts';

/** Gives up root for good: groups, group, user. Throws OperatorError USER_UNKNOWN. */
export function dropPrivileges(user: string): void {
  withUser(user, () => {
    const group = groupOf(user);
    takeGroups(user, group);
    process.setgid?.(group);
    process.setuid?.(user);
  });
}

/** Works as `user` from now on but keeps root as the saved id: a dead capture worker can be started again. */
export function lowerPrivileges(user: string): void {
  withUser(user, () => {
    const group = groupOf(user);
    takeGroups(user, group);
    process.setegid?.(group);
    process.seteuid?.(user);
  });
}

/** The data folder of a sensor that will work as `user`: made and handed over while root still can. */
export function giveFolder(path: string, user: string): void {
  if (process.geteuid?.() !== 0 || existsSync(path)) return;
  withUser(user, () => {
    mkdirSync(path, { recursive: true, mode: 0o750 });
    lchownSync(path, numberOf('-u', user), numberOf('-g', user));
  });
}

/** Runs `act` with root's effective id where it was lowered. */
export function asRoot<T>(user: string, act: () => T): T {
  if (user === '' || process.getuid?.() !== 0) return act();
  process.seteuid?.(0);
  try {
    return act();
  } finally {
    process.seteuid?.(user);
  }
}

function withUser(user: string, act: () => void): void {
  if (process.getuid?.() !== 0) return;
  try {
    act();
  } catch (error) {
    throw new OperatorError(
      'USER_UNKNOWN',
      `Cannot become user ${user}: ${errorText(error)}`,
      `Create it: adduser --system --group ${user}`,
      { cause: error },
    );
  }
}

/** The user's supplementary groups; a call of Node that its types leave out. */
function takeGroups(user: string, group: number): void {
  const { initgroups } = process as { initgroups?: (user: string, group: number) => void };
  initgroups?.(user, group);
}

/** Numeric main group of a user, from whatever directory the system uses. */
function groupOf(user: string): number {
  return numberOf('-g', user);
}

function numberOf(option: '-u' | '-g', user: string): number {
  return Number(
    execFileSync('id', [option, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}
