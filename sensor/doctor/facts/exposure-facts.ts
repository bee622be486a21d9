/** Files and addresses that are for few. */
import { join } from 'node:path';
import type { SensorConfig } from '../../config/index.ts';
import type { ExposureFacts, GuardedFile } from '../exposure.ts';
import { addressOf } from './sensor-facts.ts';
import { statOf } from './system.ts';
import type { SensorUser } from './user-facts.ts';

const OWNER_ONLY = 0o077;
/** Owner, and group to read, as the sensor has it for keys of webhooks. */
const OWNER_AND_READERS = 0o037;

export function exposureFacts(config: SensorConfig, user: SensorUser): ExposureFacts {
  const { http, output, data_dir: folder } = config;
  const { host } = addressOf(http.listen);
  // What listens everywhere is asked on the loopback, and is not on it alone.
  const isEverywhere = /^(0\.0\.0\.0|\[::\]):/.test(http.listen);
  return {
    http: {
      ...{ isEnabled: http.enabled, listen: http.listen, allowedHosts: http.allowed_hosts },
      isLoopback: isLoopback(host) && !isEverywhere,
    },
    files: [...ownFiles(folder, user), ...secretFiles(config)],
    plainWebhooks: output.webhooks.map(({ url }) => url).filter(isPlainBeyondHost),
  };
}

/** What the sensor makes in its data folder for itself alone. */
function ownFiles(folder: string, user: SensorUser): GuardedFile[] {
  const own: readonly (readonly [name: string, what: string])[] = [
    ['tokens.json', 'list of tokens'],
    ['admin.token', 'first token'],
    ['hmac.key', 'key of evidence hashes'],
    ['packets', 'folder of packets'],
    ['files', 'folder of kept files'],
  ];
  const folderStat = statOf(folder);
  const owner = typeof folderStat === 'object' ? [folderStat.uid] : [];
  const owners = [0, ...owner, ...(user.uid === undefined ? [] : [user.uid])];
  return own.map(([name, what]) => {
    const path = join(folder, name);
    return { path, what, forbidden: OWNER_ONLY, isNeeded: false, owners, state: stateOf(path) };
  });
}

function secretFiles({ output: { webhooks } }: SensorConfig): GuardedFile[] {
  const paths = new Set(webhooks.map(({ secret_file: path }) => path).filter(Boolean));
  return [...paths].map((path) => ({
    ...{ path, what: 'webhook key', forbidden: OWNER_AND_READERS, isNeeded: true },
    ...{ owners: [], state: stateOf(path) },
  }));
}

function stateOf(path: string): GuardedFile['state'] {
  const there = statOf(path);
  if (there === undefined || typeof there === 'string') return there;
  return { mode: there.mode & 0o7777, uid: there.uid, bytes: there.size };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function isPlainBeyondHost(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
