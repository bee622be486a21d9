/** What SQLite's complaints mean for an operator. */
import { OperatorError, errorText, type ErrorCode } from '../../core/index.ts';

export type StoreErrorCode = Extract<
  ErrorCode,
  'STORE_LOCKED' | 'STORE_UNWRITABLE' | 'STORE_UNREADABLE' | 'STORE_NEWER'
>;

const HINTS: Readonly<Record<StoreErrorCode, string>> = {
  STORE_LOCKED: 'Find who holds it (fuser FILE), or wait: writing goes on when it is free',
  STORE_UNWRITABLE: 'Free space or make the data folder writable; writing goes on then',
  STORE_UNREADABLE: 'Move the file away to start a new store, or restore it from a backup',
  STORE_NEWER: 'Use the newer version of the program, or another data folder with -l',
};

/** The primary result code of an SQLite error (`SQLITE_BUSY`), '' for any other error. */
function sqliteCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return '';
  return /^SQLITE_[A-Z]+/.exec(error.code)?.[0] ?? '';
}

/** Which trouble of the environment an error tells of; undefined when it is about the data, or a fault of ours. */
export function storeErrorCode(error: unknown): StoreErrorCode | undefined {
  if (error instanceof OperatorError) return error.code as StoreErrorCode;
  switch (sqliteCode(error)) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
    case 'SQLITE_PROTOCOL':
      return 'STORE_LOCKED';
    case 'SQLITE_FULL':
    case 'SQLITE_IOERR':
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
    case 'SQLITE_AUTH':
    case 'SQLITE_NOLFS':
      return 'STORE_UNWRITABLE';
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return 'STORE_UNREADABLE';
    default:
      return isFileError(error) ? 'STORE_UNWRITABLE' : undefined;
  }
}

/** Is the connection of no more use? A lock and a full disk pass; after anything else the file may be another. */
export function needsReopening(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== '' && !['SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_FULL'].includes(code);
}

/** The error as one an operator can act on; `action` reads like "open the store". */
export function storeError(error: unknown, action: string, path: string): OperatorError {
  if (error instanceof OperatorError) return error;
  const code = storeErrorCode(error) ?? 'STORE_UNWRITABLE';
  return new OperatorError(code, `Cannot ${action} ${path}: ${errorText(error)}`, HINTS[code], {
    cause: error,
  });
}

export function storeHint(code: StoreErrorCode): string {
  return HINTS[code];
}

/** Errors of the file system (EACCES, ENOSPC, ...), and better-sqlite3's own about a missing folder. */
function isFileError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') return /^E[A-Z]+$/.test(error.code);
  return error.message.startsWith('Cannot open database');
}
