/**
 * The sensor that runs over a data folder, as its record there says (run-record.ts), and how to make it load its rules
 * anew. The record belongs to the sensor's user, who may have been taken over, and root may be the one who reads it: a
 * signal goes only to a process of that user which expects it.
 */
import {
  constants as files,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { ReloadAnswer } from './api/index.ts';
import { monotonicMs } from './core/index.ts';
import { processMark, runFile, type RunFacts } from './run-record.ts';

/** `hidden`: it runs where its number means another process, in a container. */
export type RunningSensor =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly pid: number }
  | { readonly state: 'forbidden' | 'hidden'; readonly pid: number };

/** A record is a few hundred bytes, or the text of a refusal. */
const MAX_BYTES = 64 * 1024;
const LOOK_MS = 50;
/** As long as the API waits for a reload (service/rule-tuning.ts). */
const WAIT_MS = 60_000;
const SIGNAL = 'SIGUSR2';

/** Who runs over the folder, if anybody; signals nobody. */
export function runningSensor(dataDir: string): RunningSensor {
  const facts = readRecord(dataDir);
  return facts === undefined ? { state: 'none' } : stateOf(facts, facts.uid);
}

/**
 * Makes the sensor of the folder load its rules anew, and waits for what comes of it. Undefined when nobody answers: none
 * runs, it may not be told, it ended meanwhile, or it takes longer than `waitMs`.
 */
export async function reloadRunning(
  dataDir: string,
  waitMs = WAIT_MS,
): Promise<ReloadAnswer | undefined> {
  const before = readRecord(dataDir);
  if (before === undefined || stateOf(before, before.uid).state !== 'running') return undefined;
  // A reload that is under way may have read the files before they changed: the one behind it counts.
  try {
    process.kill(before.pid, SIGNAL);
  } catch {
    // It ended since it was looked at.
    return undefined;
  }
  const deadlineMs = monotonicMs() + waitMs;
  while (monotonicMs() < deadlineMs) {
    const now = readRecord(dataDir);
    if (now?.pid !== before.pid || now.start !== before.start) return undefined;
    if (now.done > before.begun) return now.answer;
    if (processMark(before.pid)?.start !== before.start) return undefined;
    await pause(LOOK_MS);
  }
  return undefined;
}

function stateOf(facts: RunFacts, uid: number): RunningSensor {
  const { pid } = facts;
  const mark = processMark(pid);
  const own = processMark(process.pid);
  if (own === undefined || facts.namespace !== own.namespace) return { state: 'hidden', pid };
  if (mark?.start !== facts.start || !expectsSignal(pid, uid)) return { state: 'none' };
  try {
    process.kill(pid, 0);
    return { state: 'running', pid };
  } catch {
    return { state: 'forbidden', pid };
  }
}

/** Does the process work as this user, and catch the signal? It would kill one that does not. */
function expectsSignal(pid: number, uid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const effective = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
    const caught = BigInt(`0x${/^SigCgt:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
    const bit = 1n << BigInt(constants.signals[SIGNAL] - 1);
    return Number(effective) === uid && (caught & bit) !== 0n;
  } catch {
    return false;
  }
}

/** The record with its owner; undefined without one that the sensor itself can have written. */
function readRecord(dataDir: string): (RunFacts & { readonly uid: number }) | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = files;
  let file: number | undefined;
  try {
    file = openSync(runFile(dataDir), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const found = fstatSync(file);
    const { uid } = found;
    const isOwned = uid === 0 || uid === statSync(dataDir).uid;
    if (!found.isFile() || found.size > MAX_BYTES || !isOwned) return undefined;
    const facts = factsOf(JSON.parse(readFileSync(file, 'utf8')));
    return facts === undefined ? undefined : { ...facts, uid };
  } catch {
    // None, or none that can be read: then nobody can be told either.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function factsOf(value: unknown): RunFacts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, start, namespace, begun, done, answer } = value as Partial<
    Record<keyof RunFacts, unknown>
  >;
  const counts = [pid, begun, done].every((count) => Number.isSafeInteger(count));
  if (!counts || typeof start !== 'string' || typeof namespace !== 'string') return undefined;
  if (typeof answer !== 'object' || answer === null || Number(pid) < 1) return undefined;
  return {
    ...{ pid: Number(pid), start, namespace, begun: Number(begun), done: Number(done) },
    answer: answerOf(answer),
  };
}

function answerOf(value: object): ReloadAnswer {
  const { isOk, loaded, failed, generation, problem } = value as Partial<
    Record<keyof ReloadAnswer, unknown>
  >;
  const count = (one: unknown): number => (Number.isSafeInteger(one) ? Number(one) : 0);
  return {
    isOk: isOk === true,
    ...{ loaded: count(loaded), failed: count(failed), generation: count(generation) },
    problem: typeof problem === 'string' ? problem : '',
  };
}
