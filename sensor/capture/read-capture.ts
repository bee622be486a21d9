import { setImmediate as nextTurn } from 'node:timers/promises';
import { OperatorError, defaultLimits, errorText, monotonicMs } from '../core/index.ts';
import { makeWindow } from './capture-parser.ts';
import type { CaptureParser, ParserSetup, Window } from './capture-parser.ts';
import { notACapture, openInput, type Input } from './open-input.ts';
import { PCAP_FILE_HEADER, PcapParser, pcapByteOrder } from './pcap-parser.ts';
import { PCAPNG_BLOCK_SLACK, PcapngParser, isPcapng } from './pcapng-parser.ts';
import type { PacketHandler, ReadOptions, ReadResult } from './types.ts';

/** Read at a time: large enough that system calls cost nothing. */
const CHUNK = 1024 * 1024;
/** Longest stretch of packets before timers and signals get their turn. */
const TURN_MS = 20;

/**
 * Reads one capture, packet by packet, into `handler`: pcap or pcapng, plain, gzip or zstd, told
 * by content; '-' is standard input. Timers and signals keep running.
 *
 * A truncated or corrupt file delivers its good part and says what is wrong in `problem`.
 * Throws OperatorError INPUT_UNREADABLE, or INPUT_NOT_CAPTURE when not even the start is one.
 */
export async function readCapture(
  path: string,
  handler: PacketHandler,
  options: ReadOptions = {},
): Promise<ReadResult> {
  const limits = options.limits ?? defaultLimits();
  const input = await openInput(path, limits);
  const close = (): void => {
    void input.source.close();
  };
  options.signal?.addEventListener('abort', close, { once: true });
  try {
    const setup = { handler, fileName: path, limits };
    return await new CaptureReader(input, setup, options).run();
  } finally {
    options.signal?.removeEventListener('abort', close);
    await input.source.close();
  }
}

/** Does the file begin like a capture? For folders, where other files lie beside captures. */
export async function isCapture(path: string): Promise<boolean> {
  const limits = defaultLimits();
  const input = await openInput(path, limits);
  const setup = { handler: { packet: ignorePacket }, fileName: path, limits };
  try {
    await new CaptureReader(input, setup, {}).begin();
    return true;
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'INPUT_NOT_CAPTURE') return false;
    throw error;
  } finally {
    await input.source.close();
  }
}

function ignorePacket(): void {
  // The start of a file is looked at, its packets are not.
}

/**
 * Two windows take turns: while one is parsed, the next chunk is read into the other. A chunk
 * lands at `#headroom`, so the unfinished record that the other window ends with fits in front
 * of it and every record is parsed in one piece.
 */
class CaptureReader {
  readonly #input: Input;
  readonly #setup: ParserSetup;
  readonly #options: ReadOptions;
  readonly #headroom: number;
  #window: Window;
  #spare: Window;
  /** Unparsed bytes of the current window. */
  #start: number;
  #end: number;
  /** Bytes of the (decompressed) input in front of `#start`. */
  #offset = 0;
  #turnEndMs = 0;

  constructor(input: Input, setup: ParserSetup, options: ReadOptions) {
    this.#input = input;
    this.#setup = setup;
    this.#options = options;
    this.#headroom = setup.limits.captureRecordBytes + PCAPNG_BLOCK_SLACK;
    this.#window = makeWindow(this.#headroom + CHUNK);
    this.#spare = makeWindow(this.#headroom + CHUNK);
    this.#start = this.#headroom;
    this.#end = this.#headroom;
  }

  /** Reads until the format is known. Throws OperatorError INPUT_NOT_CAPTURE. */
  async begin(): Promise<CaptureParser> {
    let failure: unknown;
    while (this.#end - this.#start < PCAP_FILE_HEADER && failure === undefined) {
      try {
        const count = await this.#input.source.read(this.#window.bytes, this.#end);
        if (count === 0) break;
        this.#end += count;
      } catch (error) {
        failure = error;
      }
    }
    const head = this.#window.bytes.subarray(this.#start, this.#end);
    const byteOrder = pcapByteOrder(head);
    if (byteOrder !== undefined) return new PcapParser(this.#setup, byteOrder);
    if (isPcapng(head)) return new PcapngParser(this.#setup);
    if (failure === undefined) throw notACapture(this.#input, head);
    throw new OperatorError(
      'INPUT_NOT_CAPTURE',
      `Cannot read ${this.#input.name}: ${errorText(failure)}`,
      'the compressed data is damaged: fetch the file again',
      { cause: failure },
    );
  }

  async run(): Promise<ReadResult> {
    if (this.#isAborted()) return { packets: 0, bytes: 0, problem: undefined };
    this.#turnEndMs = monotonicMs() + TURN_MS;
    const parser = await this.begin();
    const problem = await this.#parseAll(parser);
    this.#reportProgress();
    return { packets: parser.packets, bytes: parser.bytes, problem };
  }

  /** Parses to the end; returns what is wrong with the input, if anything. */
  async #parseAll(parser: CaptureParser): Promise<string | undefined> {
    for (;;) {
      // Settled either way, so that a failed read ahead waits until its turn.
      const ahead = this.#input.source.read(this.#spare.bytes, this.#headroom).then(
        (count) => ({ count, failure: undefined }),
        (failure: unknown) => ({ count: 0, failure }),
      );
      await this.#parseWindow(parser);
      if (this.#isAborted()) return undefined;
      if (parser.problem !== undefined) {
        await ahead;
        return this.#describe(`${parser.problem}: damaged`);
      }
      const { count, failure } = await ahead;
      if (this.#isAborted()) return undefined;
      if (failure !== undefined) return this.#describe(errorText(failure));
      if (count === 0) {
        return parser.isAtBoundary ? undefined : this.#describe('truncated');
      }
      this.#swap(count);
      this.#reportProgress();
    }
  }

  async #parseWindow(parser: CaptureParser): Promise<void> {
    for (;;) {
      if (monotonicMs() > this.#turnEndMs) {
        await nextTurn();
        this.#turnEndMs = monotonicMs() + TURN_MS;
        if (this.#isAborted()) return;
      }
      parser.deadlineMs = this.#turnEndMs;
      const stop = parser.parse(this.#window, this.#start, this.#end);
      this.#offset += stop - this.#start;
      this.#start = stop;
      if (!parser.isOutOfTime) return;
    }
  }

  /** Goes on in the window that was read ahead, with the unfinished record in front. */
  #swap(count: number): void {
    const rest = this.#window.bytes.subarray(this.#start, this.#end);
    const start = this.#headroom - rest.length;
    this.#spare.bytes.set(rest, start);
    [this.#window, this.#spare] = [this.#spare, this.#window];
    this.#start = start;
    this.#end = this.#headroom + count;
  }

  #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #describe(problem: string): string {
    const where = this.#input.isCompressed
      ? `decompressed byte ${this.#offset}`
      : `byte ${this.#offset}`;
    return `${this.#input.name}: ${problem} at ${where}`;
  }

  #reportProgress(): void {
    const { storedBytes, totalBytes } = this.#input.source;
    this.#options.onProgress?.({ readBytes: storedBytes, totalBytes });
  }
}
