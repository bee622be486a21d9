/**
 * The connection that live events come over, kept up: asked anew with growing pauses after a break, given up when the
 * server's heartbeats stay away, and looked after at once when the machine is back from offline or sleep. What opens it
 * and who listens is the caller's; here are only the times.
 */

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** The server says something every 15 s. */
const HEARTBEAT_MS = 15_000;
/** Two were missed, and some time on the way. */
export const SILENCE_MS = 2 * HEARTBEAT_MS + 5_000;

export interface LiveLineOptions {
  /** Pieces of the answer; rejects when there is none. Ends with the signal. */
  readonly open: (signal: AbortSignal) => Promise<AsyncIterable<string>>;
  readonly onPiece: (piece: string) => void;
  /** `isBack`: something may have happened since it was tried first. */
  readonly onOpen: (isBack: boolean) => void;
  readonly onBreak: () => void;
  /** From 0 to 1: many pages do not come back in the same moment. */
  readonly random: () => number;
  /** Milliseconds of a clock that goes on while the machine sleeps. */
  readonly now: () => number;
}

export class LiveLine {
  readonly #options: LiveLineOptions;
  #isStopped = false;
  /** Of the connection that stands or is being opened. */
  #abort: AbortController | undefined;
  #heardMs = 0;
  /** Ends the pause before the next try. */
  #hurry: (() => void) | undefined;
  #silence: ReturnType<typeof globalThis.setTimeout> | undefined;

  constructor(options: LiveLineOptions) {
    this.#options = options;
    void this.#run();
  }

  /** The machine is connected again: whatever stands may be dead without saying so. */
  backOnline(): void {
    this.#abort?.abort();
    this.#hurry?.();
  }

  /** Somebody looks at the page again: timers may have slept. */
  seen(): void {
    if (this.#hurry !== undefined) this.#hurry();
    else if (this.#options.now() - this.#heardMs >= SILENCE_MS) this.#abort?.abort();
  }

  stop(): void {
    this.#isStopped = true;
    this.#abort?.abort();
    this.#hurry?.();
  }

  async #run(): Promise<void> {
    const { onOpen, onBreak, random } = this.#options;
    let pause = FIRST_PAUSE_MS;
    let isFirst = true;
    while (!this.#hasEnded()) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#heard();
      try {
        const pieces = await this.#options.open(abort.signal);
        pause = FIRST_PAUSE_MS;
        onOpen(!isFirst);
        await this.#read(pieces, abort.signal);
      } catch {
        // Whatever broke the connection, the answer is to try again.
      }
      isFirst = false;
      globalThis.clearTimeout(this.#silence);
      const isGivenUp = abort.signal.aborted;
      abort.abort();
      if (this.#hasEnded()) return;
      onBreak();
      if (isGivenUp) continue;
      await this.#wait(pause * (0.75 + random() / 2));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  #hasEnded(): boolean {
    return this.#isStopped;
  }

  async #read(pieces: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
    for await (const piece of pieces) {
      if (signal.aborted) return;
      this.#heard();
      this.#options.onPiece(piece);
    }
  }

  #heard(): void {
    this.#heardMs = this.#options.now();
    globalThis.clearTimeout(this.#silence);
    const abort = this.#abort;
    this.#silence = globalThis.setTimeout(() => {
      abort?.abort();
    }, SILENCE_MS);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        globalThis.clearTimeout(timer);
        this.#hurry = undefined;
        resolve();
      };
      const timer = globalThis.setTimeout(done, ms);
      this.#hurry = done;
    });
  }
}
