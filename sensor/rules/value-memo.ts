/**
 * What was found out about values seen before, so that a value that comes again costs one probe
 * however many lists it would be looked up in. Fixed in size, two cells for a value: one that others
 * took the place of is looked up again, nothing else. Values are compared as a whole: an answer is
 * never that of another value.
 */
const CELL_BYTES = 64;
const WORD = 4;
const FIRST_MULTIPLIER = 0x9e3779b1;
const SECOND_MULTIPLIER = 0x85ebca6b;

export class ValueMemo {
  readonly #mask: number;
  readonly #cells: DataView;
  /** By cell: answer * 256 + length; 0 is free. */
  readonly #facts: Int32Array;
  #turn = 0;
  /** The memory asked about last, as words. */
  #memory: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#memory.buffer);

  /** `cells` is a power of two. */
  constructor(cells: number) {
    this.#mask = cells - 1;
    this.#cells = new DataView(new ArrayBuffer(cells * CELL_BYTES));
    this.#facts = new Int32Array(cells);
  }

  /** The answer noted for `memory[start..end)`, from 1; 0 when there is none. */
  get(memory: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > CELL_BYTES || length < WORD) return 0;
    const view = this.#viewOf(memory);
    const cell = this.#cellOf(view, start, length);
    if (this.#holds(cell, view, start, length)) return (this.#facts[cell] as number) >>> 8;
    const other = cell ^ 1;
    return this.#holds(other, view, start, length) ? (this.#facts[other] as number) >>> 8 : 0;
  }

  /** Note an answer (1 to 127) for a value. */
  set(memory: Uint8Array, start: number, end: number, answer: number): void {
    const length = end - start;
    if (length > CELL_BYTES || length < WORD) return;
    const view = this.#viewOf(memory);
    const cell = this.#cellToWrite(this.#cellOf(view, start, length), view, start, length);
    const base = cell * CELL_BYTES;
    const last = length - WORD;
    for (let i = 0; i < last; i += WORD) {
      this.#cells.setInt32(base + i, view.getInt32(start + i, true), true);
    }
    this.#cells.setInt32(base + last, view.getInt32(start + last, true), true);
    this.#facts[cell] = (answer << 8) | length;
  }

  #holds(cell: number, view: DataView, start: number, length: number): boolean {
    if (((this.#facts[cell] as number) & 0xff) !== length) return false;
    const cells = this.#cells;
    const base = cell * CELL_BYTES;
    // The last word overlaps the one before: no value needs a loop over single bytes.
    const last = length - WORD;
    if (view.getInt32(start + last, true) !== cells.getInt32(base + last, true)) return false;
    for (let i = 0; i < last; i += WORD) {
      if (view.getInt32(start + i, true) !== cells.getInt32(base + i, true)) return false;
    }
    return true;
  }

  /** The cell that holds the value, one that is free, or by turns one of the two. */
  #cellToWrite(cell: number, view: DataView, start: number, length: number): number {
    const other = cell ^ 1;
    if (this.#facts[cell] === 0 || this.#holds(cell, view, start, length)) return cell;
    if (this.#facts[other] === 0 || this.#holds(other, view, start, length)) return other;
    this.#turn ^= 1;
    return cell ^ this.#turn;
  }

  #viewOf(memory: Uint8Array): DataView {
    if (memory !== this.#memory) {
      this.#memory = memory;
      this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    }
    return this.#view;
  }

  /** All words: names of one kind differ in a digit anywhere. */
  #cellOf(view: DataView, start: number, length: number): number {
    const last = start + length - WORD;
    let hash = view.getInt32(last, true) ^ length;
    for (let at = start; at < last; at += WORD) {
      hash = Math.imul(hash, FIRST_MULTIPLIER) ^ view.getInt32(at, true);
    }
    hash = Math.imul(hash ^ (hash >>> 16), SECOND_MULTIPLIER);
    hash ^= hash >>> 13;
    return (hash ^ (hash >>> 22)) & this.#mask;
  }
}
