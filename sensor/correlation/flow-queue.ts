/** Flows in the order they began, to be looked at again after a while. Rows of typed arrays by the flow's index. */

const NONE = -1;

export class FlowQueue {
  readonly #waitUsec: number;
  #began = new Float64Array(0);
  /** Neighbours; -1 is none. */
  #older = new Int32Array(0);
  #newer = new Int32Array(0);
  #isIn = new Uint8Array(0);
  #oldest = NONE;
  #newest = NONE;

  constructor(waitSeconds: number) {
    this.#waitUsec = waitSeconds * 1e6;
  }

  has(flow: number): boolean {
    return this.#isIn[flow] === 1;
  }

  /** Put it at the end; one that is in the queue stays where it is. */
  add(flow: number, nowUsec: number): void {
    if (this.has(flow)) return;
    if (flow >= this.#isIn.length) this.#grow(flow + 1);
    this.#isIn[flow] = 1;
    this.#began[flow] = nowUsec;
    this.#older[flow] = this.#newest;
    this.#newer[flow] = NONE;
    if (this.#newest === NONE) this.#oldest = flow;
    else this.#newer[this.#newest] = flow;
    this.#newest = flow;
  }

  remove(flow: number): void {
    if (!this.has(flow)) return;
    this.#isIn[flow] = 0;
    const older = this.#older[flow] as number;
    const newer = this.#newer[flow] as number;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
  }

  /** Takes out the flow that has waited longest, when its time has come; -1 otherwise. */
  takeDue(nowUsec: number): number {
    const flow = this.#oldest;
    if (flow === NONE) return NONE;
    const waited = nowUsec - (this.#began[flow] as number);
    if (waited < 0) this.#beginAgain(nowUsec);
    if (waited < this.#waitUsec) return NONE;
    this.remove(flow);
    return flow;
  }

  /** Time stepped back behind the oldest: all wait anew. */
  #beginAgain(nowUsec: number): void {
    for (let flow = this.#oldest; flow !== NONE; flow = this.#newer[flow] as number) {
      this.#began[flow] = nowUsec;
    }
  }

  #grow(least: number): void {
    const size = Math.max(least, 2 * this.#isIn.length, 1024);
    const began = new Float64Array(size);
    const older = new Int32Array(size);
    const newer = new Int32Array(size);
    const isIn = new Uint8Array(size);
    began.set(this.#began);
    older.set(this.#older);
    newer.set(this.#newer);
    isIn.set(this.#isIn);
    this.#began = began;
    this.#older = older;
    this.#newer = newer;
    this.#isIn = isIn;
  }
}
