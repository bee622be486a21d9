/** How much second readings may cost: so much a minute for a flow, so much a second for all of them. */

const SECOND_USEC = 1e6;
const MINUTE_USEC = 60e6;

/** Bytes used up since the beginning of a span of packet time. */
class Allowance {
  readonly #bytes: number;
  readonly #spanUsec: number;
  #beganUsec = -Infinity;
  #used = 0;

  constructor(bytes: number, spanUsec: number) {
    this.#bytes = bytes;
    this.#spanUsec = spanUsec;
  }

  /** Time may jump either way: then a new span begins. */
  hasRoom(nowUsec: number): boolean {
    if (Math.abs(nowUsec - this.#beganUsec) >= this.#spanUsec) {
      this.#beganUsec = nowUsec;
      this.#used = 0;
    }
    return this.#used < this.#bytes;
  }

  use(bytes: number): void {
    this.#used += bytes;
  }
}

export class WorkBudget {
  readonly #all: Allowance;
  readonly #flowBytes: number;
  /** By flow, where a second reading was made; the end of the session removes it. */
  readonly #flows = new Map<number, Allowance>();

  constructor(flowBytesPerMinute: number, bytesPerSecond: number) {
    this.#flowBytes = flowBytesPerMinute;
    this.#all = new Allowance(bytesPerSecond, SECOND_USEC);
  }

  hasRoom(flow: number, nowUsec: number): boolean {
    let own = this.#flows.get(flow);
    if (own === undefined) {
      own = new Allowance(this.#flowBytes, MINUTE_USEC);
      this.#flows.set(flow, own);
    }
    return this.#all.hasRoom(nowUsec) && own.hasRoom(nowUsec);
  }

  use(flow: number, bytes: number): void {
    this.#all.use(bytes);
    this.#flows.get(flow)?.use(bytes);
  }

  forget(flow: number): void {
    this.#flows.delete(flow);
  }
}
