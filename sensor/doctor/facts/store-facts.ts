/** The store, as far as it can be looked at without leaving anything beside it. */
import { replicaFile, storeFile, type SensorConfig } from '../../config/index.ts';
import { wallClockUsec } from '../../core/index.ts';
import type { IntegrityFacts, SchemaFacts, StoreFacts } from '../store.ts';
import { ask } from './ask.ts';
import { statOf } from './system.ts';

const READ_SECONDS = 10;
const CHECK_SECONDS = 10;

export interface ExaminedStore {
  readonly facts: StoreFacts;
  /** Time of the newest record; undefined where there is none, or none could be read. */
  readonly newestUsec: number | undefined;
}

/** `isInUse`: does a process have it open? Undefined where that cannot be told. */
export async function examinedStore(
  config: SensorConfig,
  isInUse: boolean | undefined,
): Promise<ExaminedStore> {
  const path = storeFile(config);
  const { enabled: isEnabled, max_bytes: maxBytes } = config.output.sqlite;
  const files = filesOf(path);
  const isThere = isEnabled && typeof files === 'object';
  const nothing = { is: 'unknown', why: 'there is none' } as const;
  const [{ schema, newestUsec }, integrity] = isThere
    ? await Promise.all([schemaOf(path), integrityOf(path)])
    : [{ schema: nothing, newestUsec: undefined }, nothing];
  const replica = replicaOf(config);
  return {
    facts: { path, isEnabled, files, maxBytes, schema, integrity, replica, isInUse },
    newestUsec,
  };
}

function filesOf(path: string): StoreFacts['files'] {
  const there = statOf(path);
  if (there === undefined || typeof there === 'string') return there;
  const wal = statOf(`${path}-wal`);
  const walBytes = typeof wal === 'object' ? wal.size : 0;
  return { bytes: there.size + walBytes, walBytes };
}

async function schemaOf(
  path: string,
): Promise<{ readonly schema: SchemaFacts; readonly newestUsec: number | undefined }> {
  const reply = await ask('store', path, READ_SECONDS);
  if (reply.is === 'refused') {
    const advice = reply.hint ?? 'Look at the file';
    return { schema: { is: 'refused', problem: reply.problem, advice }, newestUsec: undefined };
  }
  if (reply.is !== 'answered') {
    return { schema: { is: 'unknown', why: reply.problem }, newestUsec: undefined };
  }
  const { answer } = reply;
  if ('leftAlone' in answer) {
    return { schema: { is: 'unknown', why: answer.leftAlone }, newestUsec: undefined };
  }
  const { version, newest, rows, newestUsec } = answer;
  return { schema: { is: 'read', version, newest, rows }, newestUsec };
}

async function integrityOf(path: string): Promise<IntegrityFacts> {
  const reply = await ask('integrity', path, CHECK_SECONDS);
  if (reply.is !== 'answered') return { is: 'unknown', why: reply.problem };
  const { answer } = reply;
  if ('leftAlone' in answer) return { is: 'unknown', why: answer.leftAlone };
  return answer.problem === '' ? { is: 'sound' } : { is: 'damaged', problem: answer.problem };
}

function replicaOf(config: SensorConfig): StoreFacts['replica'] {
  const { replica_seconds: everySeconds } = config.output.sqlite;
  if (everySeconds === 0) return undefined;
  const path = replicaFile(config);
  const there = statOf(path);
  const ageSeconds =
    typeof there === 'object' ? (wallClockUsec() / 1000 - there.mtimeMs) / 1000 : undefined;
  return { path, everySeconds, ageSeconds };
}
