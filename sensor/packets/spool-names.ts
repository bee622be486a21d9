/**
 * Names of the spool: `packets/<when the sensor started>-<worker>-<number>.pcapng` in the data folder, and `.idx` beside
 * each with what lies where in it. In order of names files are in order of age.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { wallClockUsec } from '../core/index.ts';

export const PCAPNG = '.pcapng';
export const INDEX = '.idx';
const DAY_USEC = 86_400_000_000;

/** Folder of the spool: readable for the sensor's user alone. */
export function packetsFolder(dataDir: string): string {
  return join(dataDir, 'packets');
}

/** `20261121T204501123Z`: when a sensor started, as it stands in names. */
export function startText(usec: number): string {
  return new Date(usec / 1000).toISOString().replace(/[-:.]/g, '');
}

export interface SpoolName {
  /** Name without ending. */
  readonly stem: string;
  /** Start and worker: files of one run, in which flow ids are unique. */
  readonly run: string;
  readonly worker: number;
  readonly number: number;
}

export function spoolName(start: string, worker: number, number: number): SpoolName {
  const run = `${start}-${worker}`;
  return { stem: `${run}-${String(number).padStart(6, '0')}`, run, worker, number };
}

/** Undefined for what is no file of the spool. */
function parseSpoolName(name: string): SpoolName | undefined {
  const match = /^(\d{8}T\d{9}Z)-(\d{1,3})-(\d{6,9})\.(?:pcapng|idx)$/.exec(name);
  if (match === null) return undefined;
  return spoolName(match[1] ?? '', Number(match[2]), Number(match[3]));
}

/** Files of the spool, oldest first; none where there is no folder. Throws what the file system throws. */
export function spoolFiles(folder: string): SpoolName[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const files = new Map<string, SpoolName>();
  for (const name of names) {
    const parsed = parseSpoolName(name);
    if (parsed !== undefined) files.set(parsed.stem, parsed);
  }
  return [...files.values()].sort((a, b) => (a.stem < b.stem ? -1 : 1));
}

export interface SpoolSize {
  /** Of packets and index. */
  readonly bytes: number;
  /** When packets were last written, by the wall clock. */
  readonly usec: number;
}

/** Undefined when the file went meanwhile. Throws what the file system throws. */
export function spoolSize(folder: string, { stem }: SpoolName): SpoolSize | undefined {
  const packets = statSync(join(folder, stem + PCAPNG), { throwIfNoEntry: false });
  const index = statSync(join(folder, stem + INDEX), { throwIfNoEntry: false });
  const latest = packets ?? index;
  if (latest === undefined) return undefined;
  return { bytes: (packets?.size ?? 0) + (index?.size ?? 0), usec: latest.mtimeMs * 1000 };
}

/** What was written before is too old (`packets.max_days`). */
export function oldestKeptUsec(maxDays: number): number {
  return wallClockUsec() - maxDays * DAY_USEC;
}
