/**
 * Tokens of the API in the data folder: `tokens.json` (hashes), and `admin.token`, the first token, made at the first
 * start. Both are for their owner alone. A running sensor sees changes at once: what was revoked is refused a second
 * later.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkTokenName,
  findToken,
  formatTokens,
  hashToken,
  newToken,
  parseTokens,
  MAX_TOKENS,
  type Role,
  type TokenEntry,
  type TokenSource,
} from './api/index.ts';
import { OperatorError, errorText, log, monotonicMs, wallClockUsec } from './core/index.ts';
import { makeDataFolder, replaceFile } from './data-folder.ts';
import { tryLock } from './file-lock.ts';

const MODE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;
const DAY_USEC = 86_400_000_000;
/** How old what is known of the file may be. */
const FRESH_MS = 1000;
const LOCK_TRIES = 40;
const LOCK_PAUSE_MS = 50;

export function tokensFile(dataDir: string): string {
  return join(dataDir, 'tokens.json');
}

export function adminTokenFile(dataDir: string): string {
  return join(dataDir, 'admin.token');
}

/**
 * Throws OperatorError CONFIG_INVALID, also for a list somebody else may have written, or CONFIG_UNREADABLE; a folder without
 * the file has no tokens.
 */
export function readTokens(dataDir: string): readonly TokenEntry[] {
  const path = tokensFile(dataDir);
  let text: string;
  try {
    text = readOwned(path, dataDir);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    if (!existsSync(path)) return [];
    throw new OperatorError(
      'CONFIG_UNREADABLE',
      `Cannot read the tokens ${path}: ${errorText(error)}`,
      'Run as the user that owns the data folder',
      { cause: error },
    );
  }
  const entries = parseTokens(text);
  if (entries !== undefined) return entries;
  throw new OperatorError(
    'CONFIG_INVALID',
    `${path} is not a list of tokens`,
    'Restore it, or move it away: the next start makes a new first token',
  );
}

/** Who may put a file into the folder does not become an administrator by that. */
function readOwned(path: string, dataDir: string): string {
  const file = openSync(path, 'r');
  try {
    const { uid, mode } = fstatSync(file);
    const owners = [0, process.geteuid?.() ?? uid, statSync(dataDir).uid];
    const isOwned = owners.includes(uid);
    if (isOwned && (mode & WRITABLE_BY_OTHERS) === 0) return readFileSync(file, 'utf8');
    const why = isOwned
      ? `may be written by others (mode ${(mode & 0o777).toString(8)})`
      : `belongs to user ${uid}, who is neither root, nor the sensor, nor the owner of the data folder`;
    throw new OperatorError(
      'CONFIG_INVALID',
      `The tokens ${path} are refused: the file ${why}`,
      'Look who wrote it (stanzawatch token list shows nothing of it); make it again, or give it back with chown and chmod 600',
    );
  } finally {
    closeSync(file);
  }
}

/** Adds a token and gives its text, which is kept nowhere. Throws OperatorError. */
export function createToken(
  dataDir: string,
  {
    name,
    role,
    days,
  }: { readonly name: string; readonly role: Role; readonly days?: number | undefined },
): string {
  const token = newToken(role);
  const createdUsec = wallClockUsec();
  changeTokens(dataDir, (entries) => {
    checkTokenName(name, entries);
    if (entries.length >= MAX_TOKENS) {
      throw new OperatorError('USAGE', `There are ${MAX_TOKENS} tokens`, 'Revoke some first');
    }
    const expires = days === undefined ? {} : { expiresUsec: createdUsec + days * DAY_USEC };
    return [...entries, { name, role, sha256: hashToken(token), createdUsec, ...expires }];
  });
  return token;
}

/** Ends a token. Throws OperatorError USAGE when there is none of that name. */
export function revokeToken(dataDir: string, name: string): void {
  changeTokens(dataDir, (entries) => {
    const rest = entries.filter((entry) => entry.name !== name);
    if (rest.length < entries.length) return rest;
    throw new OperatorError(
      'USAGE',
      `There is no token ${name}`,
      'stanzawatch token list shows them',
    );
  });
}

/** The first token, for who may read the data folder: made when there is no list of tokens. Throws OperatorError. */
export function ensureFirstToken(dataDir: string): void {
  if (existsSync(tokensFile(dataDir))) return;
  changeTokens(dataDir, (entries) => {
    if (entries.length > 0) return entries;
    const token = newToken('admin');
    // First the token, then that it is valid: a start that dies in between begins anew.
    replaceFile(adminTokenFile(dataDir), `${token}\n`, { mode: MODE, dataDir });
    const sha256 = hashToken(token);
    return [{ name: 'admin', role: 'admin', sha256, createdUsec: wallClockUsec() }];
  });
}

function changeTokens(
  dataDir: string,
  change: (entries: readonly TokenEntry[]) => readonly TokenEntry[],
): void {
  const path = tokensFile(dataDir);
  const unlock = lock(`${path}.lock`, dataDir);
  try {
    const entries = change(readTokens(dataDir));
    replaceFile(path, formatTokens(entries), { mode: MODE, dataDir });
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw unwritable(path, error);
  } finally {
    unlock();
  }
}

function unwritable(path: string, error: unknown): OperatorError {
  return new OperatorError(
    'STORE_UNWRITABLE',
    `Cannot write ${path}: ${errorText(error)}`,
    'Make the data folder writable, or choose another with -l',
    { cause: error },
  );
}

/** Two who change the list at once do so one after the other; a token revoked meanwhile does not come back. */
function lock(path: string, dataDir: string): () => void {
  try {
    makeDataFolder(dataDir, dataDir);
    for (let tries = 0; tries < LOCK_TRIES; tries++) {
      const unlock = tryLock(path, dataDir);
      if (unlock !== undefined) return unlock;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
    }
  } catch (error) {
    throw unwritable(path, error);
  }
  throw new OperatorError(
    'STORE_UNWRITABLE',
    'Somebody else is changing the tokens and does not come to an end',
    `Try again; when no other stanzawatch runs, remove ${path}`,
  );
}

/** The tokens of a data folder as a running server sees them. A list that cannot be read keeps the one before it. */
export class TokenFile implements TokenSource {
  readonly #dataDir: string;
  #entries: readonly TokenEntry[] = [];
  #stamp = '';
  #checkedMs = -Infinity;
  #problem = '';

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    // At once: what is refused later leaves these in force, also when nobody has asked yet.
    this.#refresh(0);
  }

  find(token: string): TokenEntry | undefined {
    this.#refresh(FRESH_MS);
    const known = findToken(this.#entries, token);
    if (known !== undefined) return known;
    // It may have been made this moment.
    this.#refresh(0);
    return findToken(this.#entries, token);
  }

  has(entry: TokenEntry): boolean {
    this.#refresh(FRESH_MS);
    return this.#entries.some((each) => each.sha256 === entry.sha256 && each.name === entry.name);
  }

  /** Why the list as it is on disk is not in force; '' when it is. */
  get problem(): string {
    this.#refresh(FRESH_MS);
    return this.#problem;
  }

  #refresh(maxAgeMs: number): void {
    const nowMs = monotonicMs();
    if (nowMs - this.#checkedMs < maxAgeMs) return;
    this.#checkedMs = nowMs;
    const file = statSync(tokensFile(this.#dataDir), { throwIfNoEntry: false, bigint: true });
    const stamp =
      file === undefined ? 'none' : [file.ino, file.mtimeNs, file.ctimeNs, file.size].join('.');
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#entries = readTokens(this.#dataDir);
      this.#problem = '';
    } catch (error) {
      this.#problem = errorText(error);
      log('error', 'api', `${errorText(error)}; the tokens of before stay`);
    }
  }
}
