/** The store: readable, of this program, whole, of a size that was meant. */
import { bytes, counted, span } from '../core/index.ts';
import { fail, ok, unknown, warn, type Check } from './types.ts';

export interface StoreFacts {
  readonly path: string;
  readonly isEnabled: boolean;
  /** Bytes of file and write-ahead log; undefined without a file; a text when it cannot be looked at. */
  readonly files: { readonly bytes: number; readonly walBytes: number } | string | undefined;
  readonly maxBytes: number;
  readonly schema: SchemaFacts;
  readonly integrity: IntegrityFacts;
  /** Undefined unless replicas are made. */
  readonly replica:
    | {
        readonly path: string;
        readonly everySeconds: number;
        readonly ageSeconds: number | undefined;
      }
    | undefined;
  /** Does a process have the store open? Undefined where that cannot be told. */
  readonly isInUse: boolean | undefined;
}

export type SchemaFacts =
  | {
      readonly is: 'read';
      readonly version: number;
      readonly newest: number;
      readonly rows: number;
    }
  /** No store of this program, damaged, or written by a newer one. */
  | { readonly is: 'refused'; readonly problem: string; readonly advice: string }
  | { readonly is: 'unknown'; readonly why: string };

export type IntegrityFacts =
  | { readonly is: 'sound' }
  | { readonly is: 'damaged'; readonly problem: string }
  | { readonly is: 'unknown'; readonly why: string };

const NEAR_LIMIT = 0.9;
/** Four times what a writer lets it grow to before it is taken over. */
const WAL_WARN_BYTES = 256 * 1024 * 1024;
/** A copy that is so many intervals late is not being made. */
const REPLICA_LATE = 5;

export function judgeStore(facts: StoreFacts): Check[] {
  const { isEnabled, files, path } = facts;
  if (!isEnabled) {
    return [
      warn(
        'store.file',
        'Nothing is stored (output.sqlite.enabled is off): there is no console, no list of alerts',
        'Set output.sqlite.enabled to true, unless EVE goes elsewhere',
      ),
    ];
  }
  if (typeof files === 'string') {
    return [
      unknown(
        'store.file',
        `The store ${path} cannot be looked at: ${files}`,
        'Run this as root, as the user of the sensor, or in the group of the data folder',
      ),
    ];
  }
  if (files === undefined) {
    return [ok('store.file', `There is no store yet at ${path}: the first start makes it`)];
  }
  return [
    size(files, facts),
    schema(facts),
    ...(facts.schema.is === 'refused' ? [] : [integrity(facts)]),
    wal(files, facts),
    ...replica(facts),
  ];
}

function size({ bytes: now }: { readonly bytes: number }, { maxBytes, path }: StoreFacts): Check {
  const text = `The store ${path} has ${bytes(now)} of ${bytes(maxBytes)}`;
  if (now < NEAR_LIMIT * maxBytes) return ok('store.file', text);
  return warn(
    'store.file',
    `${text}: the oldest rows go, whatever retention_days says`,
    'Raise output.sqlite.max_bytes, or lower output.sqlite.retention_days',
  );
}

function schema({ schema: facts }: StoreFacts): Check {
  switch (facts.is) {
    case 'read':
      if (facts.version === facts.newest) {
        return ok('store.schema', `Schema ${facts.version}, ${counted(facts.rows)} rows`);
      }
      return warn(
        'store.schema',
        `Schema ${facts.version} of an older program; this one has ${facts.newest}`,
        'The next start brings it up to date: about a minute for a million alerts',
      );
    case 'refused':
      return fail('store.schema', facts.problem, facts.advice);
    case 'unknown':
      return unknown(
        'store.schema',
        `The store was not read: ${facts.why}`,
        'Run: stanzawatch alerts list --limit 1',
      );
  }
}

function integrity({ integrity: facts, path }: StoreFacts): Check {
  switch (facts.is) {
    case 'sound':
      return ok('store.integrity', 'The quick check of SQLite finds nothing wrong');
    case 'damaged':
      return fail(
        'store.integrity',
        `The store is damaged: ${facts.problem}`,
        `Stop the sensor and restore a backup, or save what can be read: sqlite3 ${path} .recover | sqlite3 NEW`,
      );
    case 'unknown':
      return unknown(
        'store.integrity',
        `The store was not checked: ${facts.why}`,
        `While no sensor runs: sqlite3 ${path} 'PRAGMA quick_check'`,
      );
  }
}

function wal({ walBytes }: { readonly walBytes: number }, { isInUse }: StoreFacts): Check {
  if (walBytes > WAL_WARN_BYTES) {
    return warn(
      'store.wal',
      `The write-ahead log has ${bytes(walBytes)}: a reader that does not end keeps it from being taken over`,
      'Look who reads the store for long: lsof, Grafana, an open sqlite3',
    );
  }
  if (walBytes > 0 && isInUse === false) {
    return warn(
      'store.wal',
      `A write-ahead log of ${bytes(walBytes)} was left behind: its sensor did not end in order`,
      'Nothing is lost: the next start takes it over. The log of the sensor says why it ended',
    );
  }
  return ok(
    'store.wal',
    walBytes === 0 ? 'No write-ahead log waits' : `The write-ahead log has ${bytes(walBytes)}`,
  );
}

function replica({ replica: copy, isInUse }: StoreFacts): Check[] {
  if (copy === undefined) return [];
  const { path, everySeconds, ageSeconds } = copy;
  const late = `Look at the log of the sensor; ${path} must be writable for it`;
  if (ageSeconds === undefined) {
    return [warn('store.replica', `There is no copy at ${path} yet`, late)];
  }
  const text = `The copy for readers is ${span(ageSeconds)} old`;
  if (ageSeconds <= REPLICA_LATE * everySeconds || isInUse !== true)
    return [ok('store.replica', text)];
  return [warn('store.replica', `${text}, and should be made every ${span(everySeconds)}`, late)];
}
