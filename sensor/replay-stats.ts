/**
 * When a replay leaves a sample of its counters, by the time of its packets, so that charts show how the capture went.
 * A live sensor samples by the clock; a capture of a second and one of a month shall both be a line of a few hundred
 * points, and the same each time they are read.
 *
 * Captures come in the order of their names, not of their time. Each stretch of time is sampled once: of captures of the
 * same minutes the first alone, since counters of two that are drawn over each other would say nothing.
 */

/** Samples and the time between them, microseconds; behind them the time doubles with every 240. */
const STEPS: readonly (readonly [samples: number, everyUsec: number])[] = [
  [60, 100_000],
  [60, 1_000_000],
  [60, 10_000_000],
  [1440, 60_000_000],
];
const DOUBLED_EVERY = 240;
/** Packets may be out of order by so much; more is another capture. */
const DISORDER_USEC = 1_000_000;
/** In a folder of more captures that jump to and fro only the end is sampled. */
const MAX_STRETCHES = 256;

interface Stretch {
  readonly firstUsec: number;
  readonly lastUsec: number;
}

export class ReplayStats {
  readonly #write: (tsUsec: number) => void;
  readonly #stretches: Stretch[] = [];
  #samples = 0;
  #firstUsec = 0;
  #lastUsec = 0;
  #nextUsec = 0;
  #sampledUsec = -1;
  #hasBegun = false;

  /** `write`: takes down the counters as they are, for this moment. */
  constructor(write: (tsUsec: number) => void) {
    this.#write = write;
  }

  /** Called for each packet before it is counted. */
  packet(usec: number): void {
    if (usec >= this.#nextUsec || usec < this.#lastUsec - DISORDER_USEC) this.#turn(usec);
    if (usec > this.#lastUsec) this.#lastUsec = usec;
  }

  #turn(usec: number): void {
    if (!this.#hasBegun) this.#begin(usec);
    else if (usec < this.#lastUsec - DISORDER_USEC) {
      this.#end();
      this.#begin(usec);
    } else {
      // Where nothing came for a while, its beginning is told as well: else the line would slope.
      if (usec - this.#lastUsec > this.#everyUsec) this.#sample(this.#lastUsec);
      this.#sample(usec);
    }
    this.#nextUsec = usec + this.#everyUsec;
  }

  #begin(usec: number): void {
    this.#hasBegun = true;
    this.#firstUsec = usec;
    this.#lastUsec = usec;
    this.#sampledUsec = -1;
    this.#sample(usec);
  }

  #end(): void {
    this.#sample(this.#lastUsec);
    if (this.#stretches.length < MAX_STRETCHES) {
      this.#stretches.push({ firstUsec: this.#firstUsec, lastUsec: this.#lastUsec });
    }
  }

  #sample(usec: number): void {
    if (usec <= this.#sampledUsec || this.#stretches.length >= MAX_STRETCHES) return;
    if (this.#stretches.some((one) => usec >= one.firstUsec && usec <= one.lastUsec)) return;
    this.#sampledUsec = usec;
    this.#samples++;
    this.#write(usec);
  }

  get #everyUsec(): number {
    let left = this.#samples;
    for (const [samples, everyUsec] of STEPS) {
      if (left < samples) return everyUsec;
      left -= samples;
    }
    const [, longestUsec = 0] = STEPS.at(-1) ?? [];
    return longestUsec * 2 ** (1 + Math.floor(left / DOUBLED_EVERY));
  }
}
