/** Timestamps of pcapng: 64-bit counts of a unit each interface chooses (option if_tsresol). */

const TWO_32 = 4294967296;

/** How an interface's ticks become microseconds. */
export class TickScale {
  readonly #isDecimal: boolean;
  /** Ticks a microsecond (decimal, fine units), or microseconds a tick (decimal, coarse units). */
  readonly #divisor: number;
  readonly #factor: number;
  /** 2^32 divided by the divisor: quotient and remainder, so that the result stays exact. */
  readonly #highQuotient: number;
  readonly #highRemainder: number;
  readonly #offsetUsec: number;

  /**
   * `resolution` is the option's octet: a negative power of 10, or of 2 when the top bit is set;
   * 6 is the default. `offsetSeconds` is option if_tsoffset.
   */
  constructor(resolution = 6, offsetSeconds = 0) {
    this.#isDecimal = resolution < 0x80;
    this.#divisor = this.#isDecimal ? Math.max(1, 10 ** (resolution - 6)) : 1;
    this.#factor = this.#isDecimal
      ? Math.max(1, 10 ** (6 - resolution))
      : 1e6 / 2 ** (resolution & 0x7f);
    this.#highQuotient = Math.floor(TWO_32 / this.#divisor);
    this.#highRemainder = TWO_32 % this.#divisor;
    this.#offsetUsec = offsetSeconds * 1e6;
  }

  /** Microseconds since the epoch, whole; `high` and `low` are unsigned 32-bit halves. */
  toUsec(high: number, low: number): number {
    if (!this.#isDecimal) {
      return Math.floor((high * TWO_32 + low) * this.#factor) + this.#offsetUsec;
    }
    const usec =
      high * this.#highQuotient + Math.floor((high * this.#highRemainder + low) / this.#divisor);
    return usec * this.#factor + this.#offsetUsec;
  }
}
