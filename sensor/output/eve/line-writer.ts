/**
 * Bytes into a file, a pipe or standard output, whole and in order. Writes are synchronous: a file takes them
 * into the page cache in microseconds, what was written survives the process, and an error is known at once. What
 * cannot be written now (disk full, slow reader of a pipe) waits here; how much may wait is the caller's business.
 */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError, errorText, monotonicMs } from '../../core/index.ts';

/** Standard output; never opened or closed here. */
const STDOUT_PATH = '-';
const STDOUT_FD = 1;
/** Pause between two tries on a pipe that takes nothing. */
const PIPE_PAUSE_MS = 2;
const NEWLINE = 0x0a;

const pauseCell = new Int32Array(new SharedArrayBuffer(4));

export class LineWriter {
  readonly #path: string;
  /** How long one call may wait for a slow reader of a pipe, in milliseconds. */
  readonly #patienceMs: number;
  #fd: number | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Bytes of the first pending buffer that are written already. */
  #offset = 0;
  #problem: string | undefined;
  #isReaderGone = false;
  #errors = 0;

  /** Opens the target; throws OperatorError EVE_UNWRITABLE. */
  constructor(path: string, patienceMs: number) {
    this.#path = path;
    this.#patienceMs = patienceMs;
    try {
      this.#open();
    } catch (error) {
      throw new OperatorError(
        'EVE_UNWRITABLE',
        `Cannot open the EVE file ${path}: ${errorText(error)}`,
        'Make its folder writable, or name another file with --eve FILE',
        { cause: error },
      );
    }
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Failed writes so far. */
  get errors(): number {
    return this.#errors;
  }

  /** Why bytes wait or are refused, undefined when they flow. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** True once the reader of a pipe is gone: nothing can be written until the target is opened again. */
  get isReaderGone(): boolean {
    return this.#isReaderGone;
  }

  /** Takes whole lines and writes what can be written. */
  write(lines: string): void {
    if (this.#isReaderGone || lines === '') return;
    const bytes = Buffer.from(lines, 'utf8');
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.drain();
  }

  /** Writes what waits; true when nothing waits any more. */
  drain(): boolean {
    if (this.#isReaderGone) return true;
    try {
      if (this.#fd === undefined) this.#open();
      this.#writePending();
    } catch (error) {
      this.#errors++;
      this.#problem = `Cannot write the EVE file ${this.#path}: ${errorText(error)}`;
      if (hasCode(error, 'EPIPE')) this.#giveUp();
    }
    return this.#pendingBytes === 0;
  }

  /** Closes and opens the file again: the old one was renamed. What waits goes to the new one. */
  reopen(): void {
    if (this.#path === STDOUT_PATH) return;
    this.drain();
    this.#close();
    this.#isReaderGone = false;
    this.drain();
  }

  close(): void {
    this.drain();
    this.#close();
  }

  #writePending(): void {
    const fd = this.#fd;
    const deadline = monotonicMs() + this.#patienceMs;
    while (fd !== undefined) {
      const bytes = this.#pending[0];
      if (bytes === undefined) break;
      try {
        const written = writeSync(fd, bytes, this.#offset);
        this.#offset += written;
        this.#pendingBytes -= written;
      } catch (error) {
        // The reader of a pipe is slow, which is no failure until it is out of patience.
        if (!hasCode(error, 'EAGAIN') || monotonicMs() >= deadline) throw error;
        Atomics.wait(pauseCell, 0, 0, PIPE_PAUSE_MS);
      }
      if (this.#offset < bytes.length) continue;
      this.#pending.shift();
      this.#offset = 0;
    }
    this.#problem = undefined;
  }

  #giveUp(): void {
    this.#isReaderGone = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#offset = 0;
  }

  #open(): void {
    if (this.#path === STDOUT_PATH) {
      this.#fd = STDOUT_FD;
      return;
    }
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o750 });
    // Without O_NONBLOCK, opening a named pipe that nobody reads would wait for ever.
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
    const fd = openSync(this.#path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o640);
    this.#fd = fd;
    if (endsWithinLine(this.#path, fd)) writeSync(fd, '\n');
  }

  #close(): void {
    if (this.#fd === undefined || this.#path === STDOUT_PATH) return;
    const bytes = this.#pending[0];
    if (bytes !== undefined && this.#offset > 0) {
      // The rest of a line begun in this file would be half a line in the next: it goes there whole.
      const lineStart = bytes.lastIndexOf(NEWLINE, this.#offset - 1) + 1;
      this.#pending[0] = bytes.subarray(lineStart);
      this.#pendingBytes += this.#offset - lineStart;
      this.#offset = 0;
    }
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Did a writer die in the middle of a line? Then the first line written behind it would be lost, too. */
function endsWithinLine(path: string, fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0 || !statSync(path).isFile()) return false;
  const reader = openSync(path, constants.O_RDONLY);
  try {
    const last = Buffer.alloc(1);
    readSync(reader, last, 0, 1, size - 1);
    return last[0] !== NEWLINE;
  } finally {
    closeSync(reader);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
