/**
 * The last delivered bytes of all halves in one ring, so that a retransmission can be compared with
 * what was delivered before it: a different copy means that somebody shows the receiver one text
 * and the sensor another (insertion by low TTL or bad checksum, Ptacek and Newsham 1998).
 *
 * One ring for all halves instead of one per half: memory is fixed, an idle connection holds
 * nothing, and a busy one may look back far. What the ring has overwritten is not compared.
 */
import { HALF_WORDS, LAST_RECORD, type HalfState } from './half-state.ts';

/** Records: [half, sequence number, length, position in the ring, older record of the half]. */
const RECORD_WORDS = 8;
const HALF = 0;
const SEQ = 1;
const LENGTH = 2;
const POSITION = 3;
const OLDER = 4;
/** One record for so many ring bytes: tiny segments run out of records before bytes. */
const BYTES_PER_RECORD = 128;
/** A record grows no longer than this while one half delivers alone. */
const MAX_RECORD_BYTES = 65536;
/** A comparison walks back so many records: bounded work for every segment. */
const MAX_WALK = 256;

export class DeliveredHistory {
  readonly #halves: HalfState;
  readonly #ring: Uint8Array;
  readonly #ringWords: DataView;
  readonly #records: Int32Array;
  readonly #recordMask: number;
  /** Record numbers and ring positions count up and wrap at 2^32: ages are differences. */
  #newest = 0;
  #position = 0;
  /** DataView of the array the last bytes came from: unaligned words, and no view per packet. */
  #source: Uint8Array = new Uint8Array(0);
  #sourceWords: DataView = new DataView(this.#source.buffer);

  /** `capacity` is rounded down to a power of two; below 64 KiB nothing is kept. */
  constructor(halves: HalfState, capacity: number) {
    this.#halves = halves;
    const size = capacity < MAX_RECORD_BYTES ? 0 : 2 ** Math.floor(Math.log2(capacity));
    this.#ring = new Uint8Array(size);
    this.#ringWords = new DataView(this.#ring.buffer);
    const recordCount = size / BYTES_PER_RECORD;
    this.#records = new Int32Array(recordCount * RECORD_WORDS);
    this.#recordMask = recordCount - 1;
  }

  get byteLength(): number {
    return this.#ring.byteLength + this.#records.byteLength;
  }

  /** Remember delivered bytes; within a half, sequence numbers must go up. */
  append(half: number, seq: number, bytes: Uint8Array, offset: number, length: number): void {
    const capacity = this.#ring.length;
    if (capacity === 0) return;
    if (length > MAX_RECORD_BYTES) {
      const skipped = length - MAX_RECORD_BYTES;
      seq = (seq + skipped) | 0;
      offset += skipped;
      length = MAX_RECORD_BYTES;
    }
    let at = this.#position & (capacity - 1);
    const rest = capacity - at;
    const isWrapping = length > rest;
    if (isWrapping) {
      this.#position = (this.#position + rest) | 0;
      at = 0;
    }
    if (isWrapping || !this.#extend(half, seq, length)) this.#addRecord(half, seq, length);
    this.#position = (this.#position + length) | 0;
    this.#copy(at, bytes, offset, length);
  }

  /**
   * Does a segment differ from what was delivered? Only bytes both still in the ring and in the
   * segment are compared.
   */
  differs(half: number, seq: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const records = this.#records;
    const capacity = this.#ring.length;
    if (capacity === 0) return false;
    let number = this.#halves.words[half * HALF_WORDS + LAST_RECORD] as number;
    for (let steps = 0; steps < MAX_WALK && number !== 0; steps++) {
      // An age below zero: the counter has wrapped since.
      const age = (this.#newest - number) | 0;
      if (age < 0 || age > this.#recordMask) return false;
      const record = (number & this.#recordMask) * RECORD_WORDS;
      const position = records[record + POSITION] as number;
      if (records[record + HALF] !== half) return false;
      const written = (this.#position - position) | 0;
      if (written < 0 || written > capacity) return false;
      // Offsets relative to the segment: what of the record lies inside it.
      const start = ((records[record + SEQ] as number) - seq) | 0;
      const end = start + (records[record + LENGTH] as number);
      const from = start > 0 ? start : 0;
      const to = end < length ? end : length;
      if (from < to) {
        const at = (position & (capacity - 1)) + from - start;
        if (!this.#equal(at, bytes, offset + from, to - from)) return true;
      }
      if (start <= 0) return false;
      number = records[record + OLDER] as number;
    }
    return false;
  }

  /** The half starts anew: nothing delivered before is compared with it. */
  forget(half: number): void {
    this.#halves.words[half * HALF_WORDS + LAST_RECORD] = 0;
  }

  #extend(half: number, seq: number, length: number): boolean {
    const words = this.#halves.words;
    const number = words[half * HALF_WORDS + LAST_RECORD] as number;
    if (number !== this.#newest || number === 0) return false;
    const records = this.#records;
    const record = (number & this.#recordMask) * RECORD_WORDS;
    const grown = (records[record + LENGTH] as number) + length;
    if (records[record + HALF] !== half || grown > MAX_RECORD_BYTES) return false;
    if ((((records[record + SEQ] as number) + grown - length) | 0) !== seq) return false;
    records[record + LENGTH] = grown;
    return true;
  }

  #addRecord(half: number, seq: number, length: number): void {
    // 0 means "none", so that number is skipped when the counter wraps.
    this.#newest = (this.#newest + 1) | 0 || 1;
    const words = this.#halves.words;
    const records = this.#records;
    const record = (this.#newest & this.#recordMask) * RECORD_WORDS;
    records[record + HALF] = half;
    records[record + SEQ] = seq;
    records[record + LENGTH] = length;
    records[record + POSITION] = this.#position;
    records[record + OLDER] = words[half * HALF_WORDS + LAST_RECORD] as number;
    words[half * HALF_WORDS + LAST_RECORD] = this.#newest;
  }

  #copy(at: number, bytes: Uint8Array, offset: number, length: number): void {
    const ring = this.#ring;
    const ringWords = this.#ringWords;
    const source = this.#wordsOf(bytes);
    let i = 0;
    for (const last = length - 4; i <= last; i += 4) {
      ringWords.setInt32(at + i, source.getInt32(offset + i, true), true);
    }
    for (; i < length; i++) ring[at + i] = bytes[offset + i] as number;
  }

  #equal(at: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const ring = this.#ring;
    const ringWords = this.#ringWords;
    const source = this.#wordsOf(bytes);
    let i = 0;
    for (const last = length - 4; i <= last; i += 4) {
      if (ringWords.getInt32(at + i, true) !== source.getInt32(offset + i, true)) return false;
    }
    for (; i < length; i++) if (ring[at + i] !== bytes[offset + i]) return false;
    return true;
  }

  #wordsOf(bytes: Uint8Array): DataView {
    if (bytes !== this.#source) {
      this.#source = bytes;
      this.#sourceWords = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#sourceWords;
  }
}
