/**
 * Answers questions one after another, on a connection that cannot write and, for triage and audit, one that can. Both
 * are opened when first needed, and anew when the file is another: moved away, made again, or damaged.
 */
import { statSync } from 'node:fs';
import { OperatorError } from '../../core/index.ts';
import { READING, WRITING, type QuestionName } from './questions.ts';
import { StoreReader } from './store-reader.ts';
import { StoreWriter } from './store-writer.ts';

export interface StoreDeskOptions {
  readonly path: string;
  /** How long a question may take, and wait for a lock, in milliseconds. */
  readonly questionMs: number;
  readonly busyMs: number;
  /** Packs that are kept in memory. */
  readonly cacheBytes: number;
}

interface Opened<Connection> {
  readonly connection: Connection;
  /** Device and inode of the file. */
  readonly file: string;
}

/** The client has typed what it asks (query-line.ts). */
type Question = (connection: StoreReader | StoreWriter, ...args: unknown[]) => unknown;

export class StoreDesk {
  readonly #options: StoreDeskOptions;
  #reader: Opened<StoreReader> | undefined;
  #writer: Opened<StoreWriter> | undefined;

  constructor(options: StoreDeskOptions) {
    this.#options = options;
  }

  /** Throws OperatorError with the STORE_ codes, USAGE for what cannot be asked. */
  ask(name: QuestionName, args: readonly unknown[]): unknown {
    try {
      const isReading = name in READING;
      const table: Readonly<Record<string, unknown>> = isReading ? READING : WRITING;
      const connection = isReading ? this.#reading() : this.#writing();
      return (table[name] as Question)(connection, ...args);
    } catch (error) {
      // What cannot be read may be readable when it is opened again: restored, made new, given back.
      if (error instanceof OperatorError && error.code.startsWith('STORE_UN')) this.close();
      throw error;
    }
  }

  /** The writer last, which leaves a tidy file. It may be asked again afterwards. */
  close(): void {
    this.#reader?.connection.close();
    this.#writer?.connection.close();
    this.#reader = undefined;
    this.#writer = undefined;
  }

  #reading(): StoreReader {
    const { path, busyMs, questionMs, cacheBytes } = this.#options;
    const file = fileAt(path);
    if (this.#reader?.file !== file) {
      this.#reader?.connection.close();
      this.#reader = undefined;
      this.#reader = { connection: new StoreReader(path, { busyMs, cacheBytes }), file };
    }
    this.#reader.connection.timeLimit = questionMs;
    return this.#reader.connection;
  }

  #writing(): StoreWriter {
    const { path, busyMs } = this.#options;
    const file = fileAt(path);
    if (this.#writer?.file !== file) {
      this.#writer?.connection.close();
      this.#writer = undefined;
      this.#writer = { connection: new StoreWriter(path, { busyMs }), file };
    }
    return this.#writer.connection;
  }
}

function fileAt(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.dev}:${stat.ino}`;
}
