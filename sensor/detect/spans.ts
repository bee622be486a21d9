/** Growing arrays of numbers for the verifier: reused, never beyond a limit. */

const FIRST = 256;

/** Stretches found, in the order they were found: pairs of start and end. */
export class SpanList {
  starts = new Uint32Array(FIRST);
  ends = new Uint32Array(FIRST);
  count = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when the list is full. */
  add(start: number, end: number): boolean {
    if (this.count >= this.starts.length) {
      if (this.count >= this.#limit) return false;
      this.starts = grown(this.starts, this.#limit);
      this.ends = grown(this.ends, this.#limit);
    }
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.count++;
    return true;
  }
}

/** A set of offsets, ascending. */
export class OffsetSet {
  values = new Uint32Array(FIRST);
  count = 0;

  get first(): number {
    return this.values[0] as number;
  }

  get last(): number {
    return this.values[this.count - 1] as number;
  }

  clear(): void {
    this.count = 0;
  }

  /** `value` is no less than the last one. */
  append(value: number): void {
    if (this.count > 0 && this.values[this.count - 1] === value) return;
    if (this.count >= this.values.length) this.values = grown(this.values, 2 * this.count);
    this.values[this.count++] = value;
  }

  /** Is there a value from `low` to `high`? */
  hasBetween(low: number, high: number): boolean {
    const at = this.lowerBound(low);
    return at < this.count && (this.values[at] as number) <= high;
  }

  /** Index of the first value that is at least `low`. */
  lowerBound(low: number): number {
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.values[middle] as number) < low) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function grown(values: Uint32Array<ArrayBuffer>, limit: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.min(limit, values.length * 2));
  larger.set(values);
  return larger;
}
