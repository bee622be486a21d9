/** Metrics of files: how many moved on which road, and what became of them in the sensor. */
import type { FileRecord, SensorRecord } from '../../alert/index.ts';
import { counter, gauge, type CounterSamples, type Sample } from './metric-info.ts';

export const FILE_METRICS = {
  files: counter(
    'files_total',
    'Files that moved, by whether all their bytes were seen',
    'transport',
    'complete',
  ),
  fileBytes: counter('file_bytes_total', 'Bytes of files seen', 'transport'),
  filesOpen: gauge('files_open', 'Files of which bytes still come'),
  fileInspections: counter(
    'file_inspections_total',
    'What became of the look into a file: done, refused (too many wait), failed, no_memory (its bytes were not kept)',
    'result',
  ),
  filesForgotten: counter(
    'files_forgotten_total',
    'Files ended early because too many others were open',
  ),
  filesRetold: counter('files_retold_total', 'Files that were the second sight of one told before'),
  filesNotFollowed: counter(
    'file_connections_not_followed_total',
    'SOCKS5 and HTTP connections not followed because too many others were open',
  ),
  filesOverlooked: counter(
    'files_overlooked_total',
    'Files beyond those looked at in one stanza, message or session, and people told of one file beyond those remembered',
  ),
  filesNewsDropped: counter(
    'file_news_dropped_total',
    'Offers of files the other workers were not told of because there were too many',
  ),
  filesStored: counter(
    'files_stored_total',
    'Files that files.store asks to keep: kept, no_room (files.store_bytes), failed (disk)',
    'result',
  ),
} as const;

export type FileMetricKey = keyof typeof FILE_METRICS;

export const FILE_COUNTERS: Readonly<
  Record<Exclude<FileMetricKey, 'files' | 'fileBytes'>, CounterSamples>
> = {
  filesOpen: [[{}, 'filesOpen']],
  fileInspections: [
    [{ result: 'done' }, 'filesInspected'],
    [{ result: 'refused' }, 'filesInspectRefused'],
    [{ result: 'failed' }, 'filesInspectFailed'],
    [{ result: 'no_memory' }, 'filesNotKept'],
  ],
  filesForgotten: [[{}, 'filesForgotten']],
  filesRetold: [[{}, 'filesRetold']],
  filesNotFollowed: [[{}, 'filesNotFollowed']],
  filesOverlooked: [[{}, 'filesOverlooked']],
  filesNewsDropped: [[{}, 'filesNewsDropped']],
  filesStored: [
    [{ result: 'kept' }, 'filesStored'],
    [{ result: 'no_room' }, 'filesStoreFull'],
    [{ result: 'failed' }, 'filesStoreFailed'],
  ],
};

const ROADS = ['ibb', 'socks5', 'bob', 'http', 'inline'] as const satisfies FileRecord['road'][];

/** Files and their bytes among records on their way to the sinks. */
export class FileTotals {
  readonly #byRoad = new Map(ROADS.map((road) => [road, { whole: 0, part: 0, bytes: 0 }]));

  count(records: readonly SensorRecord[]): void {
    for (const entry of records) {
      if (entry.kind !== 'file') continue;
      const totals = this.#byRoad.get(entry.record.road);
      if (totals === undefined) continue;
      totals.bytes += entry.record.seenBytes;
      if (entry.record.isComplete) totals.whole++;
      else totals.part++;
    }
  }

  files(): readonly Sample[] {
    return [...this.#byRoad].flatMap(([transport, { whole, part }]) => [
      { labels: { transport, complete: 'true' }, value: whole },
      { labels: { transport, complete: 'false' }, value: part },
    ]);
  }

  bytes(): readonly Sample[] {
    return [...this.#byRoad].map(([transport, { bytes }]) => ({
      labels: { transport },
      value: bytes,
    }));
  }
}
