/** Who else may read: console and tokens over the network, secrets on the disk. */
import { fail, ok, unknown, warn, type Check } from './types.ts';

/** A file or folder that is for few. */
export interface GuardedFile {
  readonly path: string;
  /** Bits of the mode nobody may have. */
  readonly forbidden: number;
  /** What it is, for people. */
  readonly what: string;
  /** Is it wrong when it is not there? */
  readonly isNeeded: boolean;
  /** Undefined when there is none; a text when it cannot be looked at. */
  readonly state:
    { readonly mode: number; readonly uid: number; readonly bytes: number } | string | undefined;
  /** Who may own it: root, the sensor, the owner of the data folder. */
  readonly owners: readonly number[];
}

export interface ExposureFacts {
  readonly http: {
    readonly isEnabled: boolean;
    readonly listen: string;
    readonly isLoopback: boolean;
    readonly allowedHosts: readonly string[];
  };
  readonly files: readonly GuardedFile[];
  /** Webhooks with a plain http URL beyond this host. */
  readonly plainWebhooks: readonly string[];
}

/** As the sensor wants a key that signs. */
const SECRET_LEAST = 16;

export function judgeExposure({ http, files, plainWebhooks }: ExposureFacts): Check[] {
  return [listening(http), ...guarded(files), ...webhooks(plainWebhooks)];
}

function listening({ isEnabled, listen, isLoopback, allowedHosts }: ExposureFacts['http']): Check {
  if (!isEnabled) return ok('exposure.http', 'Console and API are off');
  if (isLoopback) {
    const proxy = allowedHosts.length > 0 ? `, asked as ${allowedHosts.join(', ')} by a proxy` : '';
    return ok('exposure.http', `Console and API listen on this host only (${listen})${proxy}`);
  }
  return warn(
    'exposure.http',
    `Console and API listen on ${listen}, without TLS: tokens go over the network in clear`,
    'Listen on 127.0.0.1 behind a proxy with TLS, and name its host in http.allowed_hosts',
  );
}

function guarded(files: readonly GuardedFile[]): Check[] {
  const checks = [...files.flatMap((file) => guard(file) ?? []), ...unread(files)];
  if (checks.length > 0) return checks;
  const count = files.filter(({ state }) => state !== undefined).length;
  return [
    ok(
      'exposure.files',
      count === 0
        ? 'There are no keys, tokens or packets yet'
        : `${count} files with keys, tokens and packets are for their owner alone`,
    ),
  ];
}

/** One check for all of them: they have one cause, as a rule. */
function unread(files: readonly GuardedFile[]): Check[] {
  const hidden = files.flatMap(({ what, state: why }) =>
    typeof why === 'string' ? [{ what, why }] : [],
  );
  const [first] = hidden;
  if (first === undefined) return [];
  const more =
    hidden.length === 1
      ? `The ${first.what}`
      : `${hidden.length} files with keys, tokens and packets`;
  return [
    unknown(
      'exposure.files',
      `${more} cannot be looked at: ${first.why}`,
      'Run this as root, or as the user of the sensor',
    ),
  ];
}

/** Undefined for what is as it should be, and for what cannot be looked at. */
function guard(file: GuardedFile): Check | undefined {
  const { path, what, state, forbidden, isNeeded, owners } = file;
  if (state === undefined) {
    if (!isNeeded) return undefined;
    return fail(
      'exposure.files',
      `There is no ${what} at ${path}`,
      `Run: umask 077; openssl rand -hex 32 > ${path}`,
    );
  }
  if (typeof state === 'string') return undefined;
  const { mode, uid, bytes: length } = state;
  if ((mode & forbidden) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    return fail(
      'exposure.files',
      `Others may read or change the ${what} ${path} (mode ${shown})`,
      `Run: chmod go= ${path}`,
    );
  }
  if (owners.length > 0 && !owners.includes(uid)) {
    return fail(
      'exposure.files',
      `The ${what} ${path} belongs to user ${uid}, who is neither root nor the sensor`,
      'Look who wrote it; make it again, or give it back with chown',
    );
  }
  if (isNeeded && length < SECRET_LEAST) {
    return fail(
      'exposure.files',
      `The ${what} ${path} holds fewer than ${SECRET_LEAST} characters`,
      `Run: umask 077; openssl rand -hex 32 > ${path}`,
    );
  }
  return undefined;
}

function webhooks(plain: readonly string[]): Check[] {
  const [first] = plain;
  if (first === undefined) return [];
  return [warn('exposure.webhooks', `Alerts are posted in clear to ${first}`, 'Use an https URL')];
}
