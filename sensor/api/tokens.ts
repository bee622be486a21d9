/**
 * Bearer tokens: who may ask what. Only their SHA-256 is kept; a token has 256 random bits, so that nothing slower is
 * needed against guessing. Where they are kept is not known here (token-file.ts of the root).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { OperatorError } from '../core/index.ts';
import type { Role } from './contract.ts';

/** Each includes those before it. */
export const ROLES = ['viewer', 'analyst', 'admin'] as const satisfies readonly Role[];

export interface TokenEntry {
  /** Who asks, in the audit; a name is given once. */
  readonly name: string;
  readonly role: Role;
  /** Of the token's text, in hex. */
  readonly sha256: string;
  readonly createdUsec: number;
  /** Absent: never. */
  readonly expiresUsec?: number;
}

/** Where the tokens in force are asked for; a file that changed is read again. */
export interface TokenSource {
  /** The entry of a token, also of one that has expired. */
  find(token: string): TokenEntry | undefined;
  /** Was it not revoked meanwhile? */
  has(entry: TokenEntry): boolean;
}

const SECRET_BYTES = 32;
const TOKEN = /^sw_[a-z]_[A-Za-z0-9_-]{43}$/;
/** Also within other text: such text must not be logged or echoed. */
export const TOKEN_ANYWHERE = /sw_[a-z]_[A-Za-z0-9_-]{43}/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
export const MAX_TOKENS = 1000;

/** `sw_<role initial>_<43 characters>`: told apart from other secrets by people and by secret scanners. */
export function newToken(role: Role): string {
  return `sw_${role.charAt(0)}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The entry whose token it is: every entry is compared, each in constant time. */
export function findToken(entries: readonly TokenEntry[], token: string): TokenEntry | undefined {
  if (!TOKEN.test(token)) return undefined;
  const hash = createHash('sha256').update(token).digest();
  let found: TokenEntry | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(hash, Buffer.from(entry.sha256, 'hex'))) found = entry;
  }
  return found;
}

export function hasExpired({ expiresUsec }: TokenEntry, nowUsec: number): boolean {
  return expiresUsec !== undefined && expiresUsec <= nowUsec;
}

export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Throws OperatorError USAGE for a name that could not stand in the audit, or is taken. */
export function checkTokenName(name: string, entries: readonly TokenEntry[]): void {
  if (!NAME.test(name)) {
    throw new OperatorError(
      'USAGE',
      'A token needs a name of 1 to 64 letters, digits and . _ @ -',
      'For example: --name alice',
    );
  }
  if (entries.some((entry) => entry.name === name)) {
    throw new OperatorError(
      'USAGE',
      `There is a token named ${name} already`,
      `Take another name, or end that one: stanzawatch token revoke ${name}`,
    );
  }
}

/** What stands in the file. */
export function formatTokens(entries: readonly TokenEntry[]): string {
  return `${JSON.stringify({ tokens: entries }, null, 2)}\n`;
}

/** The entries of a file; undefined when it is not one of ours. */
export function parseTokens(text: string): readonly TokenEntry[] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null || !('tokens' in content)) return undefined;
  const { tokens } = content;
  if (!Array.isArray(tokens) || tokens.length > MAX_TOKENS) return undefined;
  return tokens.every(isEntry) ? tokens : undefined;
}

function isEntry(value: unknown): value is TokenEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, role, sha256, createdUsec, expiresUsec } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    NAME.test(name) &&
    (ROLES as readonly unknown[]).includes(role) &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof createdUsec === 'number' &&
    (expiresUsec === undefined || typeof expiresUsec === 'number')
  );
}
