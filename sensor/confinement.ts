/**
 * Who may do what while the sensor runs. Capture needs CAP_NET_RAW, whenever a worker dies or an interface comes back;
 * nothing else needs anything. So before a file or a socket is open the process splits in two: it starts the process that
 * starts workers (worker-starter.ts), as the ordinary user with that capability alone, and then starts itself anew, as that
 * user with none. Both are done by setpriv(1), which leaves no thread behind with other rights, no way back (no_new_privs)
 * and, being replaced by what it starts, no process: the process id stays.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { OperatorError, errorText, log } from './core/index.ts';
import {
  CAPABILITY,
  accountOf,
  includes,
  ownRights,
  rightsOfTasks,
  type Account,
  type Rights,
} from './privileges.ts';
import { StarterLink, forkStarter } from './starter-link.ts';

/** Becomes another program, with one more descriptor than the standard streams. Comes back only with the reason why not. */
type Exec = (command: readonly string[], fd: number) => string;

const SETPRIV = 'setpriv';
const ADDON = '../../sensor/native/exec/build/Release/exec.node';
/** Set for what the process becomes. */
const MARK = 'STANZAWATCH_CONFINED';
/** No program takes as long to say that it may not be started. */
const REHEARSAL_MS = 30_000;

/**
 * Opens the link to the starter of workers, and gives up all rights this process has besides: those of root for `user`
 * ('': root stays root), those of an ordinary user who may capture. It does so by running `command`, the command line of
 * this process, once more: then it does not return, and nothing may be open yet. `files` is what it will read then. Throws
 * OperatorError USER_UNKNOWN, RIGHTS_REFUSED or NATIVE_MISSING.
 */
export function openStarter(
  user: string,
  command: readonly string[],
  files: readonly string[],
): StarterLink {
  if (process.env[MARK] !== undefined) return inheritStarter();
  const rights = ownRights();
  const isRoot = rights.uids.includes(0);
  if (isRoot && user === '') {
    log(
      'warn',
      'run',
      'the sensor works as root: --user NAME makes it work as that user, who may capture and nothing else',
    );
  } else if (isRoot) {
    const account = accountOf(user);
    if (account.uid === 0) {
      throw new OperatorError(
        'USER_UNKNOWN',
        `Cannot drop the rights of root to user ${user}, who is root`,
        'Name an ordinary user, for example one made with: adduser --system --group stanzawatch',
      );
    }
    confine(rights, account, command, files);
  } else {
    if (user !== '' && !rights.uids.every((uid) => uid === accountOf(user).uid)) {
      log(
        'warn',
        'run',
        `only root can become ${user}: the sensor works as user ${rights.uids[0]}`,
      );
    }
    if (includes(rights.ambient, CAPABILITY.netRaw)) confine(rights, undefined, command, files);
  }
  return StarterLink.open();
}

/** The process has become what it was to become: there is a starter, and nothing left to give up. */
function inheritStarter(): StarterLink {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- of the environment
  delete process.env[MARK];
  const kept = rightsOfTasks('self').find(
    ({ uids, permitted, ambient, noNewPrivileges }) =>
      uids.includes(0) || (permitted | ambient) !== 0n || !noNewPrivileges,
  );
  if (kept !== undefined) throw refused('this process kept rights that it was to give up');
  const starter = StarterLink.inherited();
  if (starter === undefined) throw refused(`${MARK} is set, and nobody starts workers`);
  return starter;
}

/** Does not return. `account`: undefined for who is an ordinary user already. */
function confine(
  rights: Rights,
  account: Account | undefined,
  command: readonly string[],
  files: readonly string[],
): never {
  const exec = loadExec();
  const canBound = includes(rights.effective, CAPABILITY.setPcap);
  const identity =
    account === undefined
      ? []
      : [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups'];
  const withSet = (set: string): string[] => [
    ...[SETPRIV, ...identity, `--inh-caps=${set}`, `--ambient-caps=${set}`],
    // Who may not narrow it gains nothing from what is in it either: no_new_privs.
    ...(canBound ? [`--bounding-set=${set}`] : []),
    ...['--no-new-privs', '--'],
  ];
  const who = account?.name ?? `user ${rights.uids[0]}`;
  const capturing = withSet('-all,+net_raw');
  const bare = withSet('-all');
  for (const setpriv of [capturing, bare]) rehearse(setpriv, who, files);
  const starter = forkStarter([...capturing, process.execPath]);
  const { channel } = starter as { channel?: { readonly fd?: number } | null };
  if (channel?.fd === undefined) throw refused('the process that starts workers has no channel');
  process.env[MARK] = '1';
  // As child_process tells a child where its channel is.
  process.env['NODE_CHANNEL_FD'] = String(channel.fd);
  process.env['NODE_CHANNEL_SERIALIZATION_MODE'] = 'json';
  const reason = exec([...bare, ...command], channel.fd);
  // It would keep this process from ending.
  starter.disconnect();
  starter.kill('SIGKILL');
  throw refused(reason);
}

/** Can Node be started with these rights, and read what it must? What stands in the way is better known before. */
function rehearse(setpriv: readonly string[], who: string, files: readonly string[]): void {
  const [command = SETPRIV, ...words] = setpriv;
  const read = [fileURLToPath(new URL('./worker-starter.js', import.meta.url)), ...files];
  // setpriv has more rights than what it starts: that Node has started says little.
  const script = `const fs = require('fs');
    fs.accessSync(process.execPath, fs.constants.X_OK);
    for (const file of ${JSON.stringify(read)}) fs.accessSync(file, fs.constants.R_OK);`;
  const { error, status, stderr } = spawnSync(command, [...words, process.execPath, '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: REHEARSAL_MS,
  });
  if (error !== undefined) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isMissing
      ? new OperatorError(
          'RIGHTS_REFUSED',
          'Cannot lower the rights of the sensor: setpriv is not installed',
          'Install it (Debian: apt-get install util-linux)',
        )
      : refused(errorText(error));
  }
  if (status === 0) return;
  const reason = /^(setpriv: .*|\w*Error: .*)$/m.exec(stderr)?.[1] ?? `exit status ${status ?? ''}`;
  if (/failed to execute .*Operation not permitted/.test(reason)) {
    throw new OperatorError(
      'RIGHTS_REFUSED',
      `Cannot start Node as ${who} without the rights that its file claims: ${reason}`,
      `Take them off the file, it needs none: setcap -r ${process.execPath}`,
    );
  }
  if (/EACCES|failed to execute/.test(reason)) {
    throw new OperatorError(
      'RIGHTS_REFUSED',
      `Cannot work as ${who}, who may not read what the sensor needs: ${reason}`,
      'Give that user the right to read it, or move it: a home folder like /root is closed to others, /opt is not',
    );
  }
  throw refused(reason);
}

function refused(reason: string): OperatorError {
  return new OperatorError(
    'RIGHTS_REFUSED',
    `Cannot lower the rights of the sensor: ${reason}`,
    'It needs CAP_NET_RAW, and as root CAP_SETUID and CAP_SETGID to become another user: in a container, add them',
  );
}

function loadExec(): Exec {
  try {
    const addon: unknown = createRequire(import.meta.url)(ADDON);
    return (addon as { readonly exec: Exec }).exec;
  } catch (error) {
    throw new OperatorError('NATIVE_MISSING', errorText(error), 'Run npm run setup', {
      cause: error,
    });
  }
}
