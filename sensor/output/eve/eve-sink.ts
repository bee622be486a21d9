/** Writes records as EVE JSON lines (INTERFACE.md section 3), one write for each batch. */
import { EVE_TYPES, OperatorError, type EveType, type LimitValues } from '../../core/index.ts';
import type { RecordSink, SensorRecord } from '../../alert/index.ts';
import { EVE_TYPE_OF, hasEvent } from './eve-event.ts';
import { eveLine } from './eve-line.ts';
import { LineWriter } from './line-writer.ts';

export interface EveSinkOptions {
  /** File, or `-` for standard output. */
  readonly path: string;
  /** Event types to write; all unless told. */
  readonly types?: readonly EveType[];
  readonly limits: Pick<LimitValues, 'evePendingBytes'>;
  /**
   * How long one write may wait for a slow reader of a pipe, in milliseconds. Offline the reader sets the
   * pace (Infinity); a live sensor must not wait long (the default, 100).
   */
  readonly patienceMs?: number;
}

export class EveSink implements RecordSink {
  readonly name = 'eve';
  readonly #writer: LineWriter;
  readonly #types: ReadonlySet<EveType>;
  readonly #maxPendingBytes: number;
  #dropped = 0;
  #droppedAtFlush = 0;

  /** Opens the file; throws OperatorError EVE_UNWRITABLE. */
  constructor(options: EveSinkOptions) {
    this.#writer = new LineWriter(options.path, options.patienceMs ?? 100);
    this.#types = new Set(options.types ?? EVE_TYPES);
    this.#maxPendingBytes = options.limits.evePendingBytes;
  }

  get problem(): string | undefined {
    return this.#writer.problem;
  }

  /** Records that could not be written and were given up. */
  get dropped(): number {
    return this.#dropped;
  }

  get writeErrors(): number {
    return this.#writer.errors;
  }

  write(records: readonly SensorRecord[]): void {
    let lines = '';
    for (const entry of records) {
      if (!hasEvent(entry) || !this.#types.has(EVE_TYPE_OF[entry.kind])) continue;
      if (this.#hasRoom(entry, lines.length)) lines += `${eveLine(entry)}\n`;
      else this.#dropped++;
    }
    this.#writer.write(lines);
  }

  flush(): Promise<void> {
    const isWritten = this.#writer.drain() && !this.#writer.isReaderGone;
    const lost = this.#dropped - this.#droppedAtFlush;
    this.#droppedAtFlush = this.#dropped;
    if (isWritten && lost === 0) return Promise.resolve();
    const what = lost > 0 ? `${lost} records were dropped` : 'records are not written';
    const why = this.problem === undefined ? '' : ` (${this.problem})`;
    return Promise.reject(
      new OperatorError(
        'EVE_UNWRITABLE',
        `The EVE file is incomplete: ${what}${why}`,
        'Free space or fix the target; the store has the alerts',
      ),
    );
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#writer.close();
    }
  }

  reopen(): void {
    this.#writer.reopen();
  }

  /** Alerts get twice the room of everything else. */
  #hasRoom(entry: SensorRecord, unwritten: number): boolean {
    if (this.#writer.isReaderGone) return false;
    const limit =
      this.#maxPendingBytes * (entry.kind === 'alert' || entry.kind === 'alert_update' ? 2 : 1);
    return this.#writer.pendingBytes + unwritten < limit;
  }
}
