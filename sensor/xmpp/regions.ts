/**
 * The region table of a stanza and the scratch space its derived text is written to: both fixed in
 * size and reused. The reader in WebAssembly fills them first, the rest of the room adds to that. What
 * does not fit is left out and counted (limit xmpp.regions).
 */
import { BUFFERS } from '../core/index.ts';
import * as codes from './codes.ts';
import { REGION_WORDS, type ElementReader } from './element-reader.ts';

export class RegionTable {
  readonly memory: Uint8Array;
  /** By buffer id: 1 when somebody reads it. The others are never made. */
  readonly isWanted = new Uint8Array(BUFFERS.length).fill(1);
  readonly regions: Uint32Array;
  count = 0;
  /** Something of this stanza did not fit. */
  capped = false;
  /** Next free byte of the scratch space, and its end. */
  top: number;
  readonly end: number;
  readonly #facts: Int32Array;
  readonly #capacity: number;
  /** Per region: holds bytes above 0x7f. */
  readonly #nonAscii: Uint8Array;

  /** `top` and `end`: the scratch space inside the reader's memory. */
  constructor(reader: ElementReader, top: number, end: number) {
    this.memory = reader.memory;
    this.regions = reader.regions;
    this.top = top;
    this.end = end;
    this.#facts = reader.facts;
    this.#capacity = reader.capacity;
    this.#nonAscii = reader.nonAscii;
  }

  /** Go on from what the reader has filled. */
  takeOver(): void {
    const facts = this.#facts;
    this.count = facts[codes.F_REGIONS] as number;
    this.capped = facts[codes.F_CAPPED] !== 0;
    this.top = facts[codes.F_TOP] as number;
  }

  /** Name `length` bytes at `offset` as part of `buffer`. Empty text is no region. */
  add(buffer: number, offset: number, length: number, nonAscii: boolean): void {
    if (length <= 0 || this.isWanted[buffer] === 0) return;
    const i = this.count;
    if (i >= this.#capacity) {
      this.capped = true;
      return;
    }
    const at = i * REGION_WORDS;
    this.regions[at] = buffer;
    this.regions[at + 1] = offset;
    this.regions[at + 2] = length;
    this.#nonAscii[i] = nonAscii ? 1 : 0;
    this.count = i + 1;
  }

  buffer(i: number): number {
    return this.regions[i * REGION_WORDS] as number;
  }

  offset(i: number): number {
    return this.regions[i * REGION_WORDS + 1] as number;
  }

  length(i: number): number {
    return this.regions[i * REGION_WORDS + 2] as number;
  }

  isNonAscii(i: number): boolean {
    return this.#nonAscii[i] === 1;
  }

  /** Index of the first region of a buffer, or -1. */
  find(buffer: number): number {
    for (let i = 0; i < this.count; i++) if (this.buffer(i) === buffer) return i;
    return -1;
  }

  /** Copy bytes into the scratch space and name them. */
  addBytes(buffer: number, bytes: Uint8Array, length: number, nonAscii: boolean): void {
    if (this.isWanted[buffer] === 0) return;
    const at = this.place(bytes, length);
    if (at >= 0) this.add(buffer, at, length, nonAscii);
  }

  /** Copy bytes into the scratch space. @returns where they are; -1 when they do not fit. */
  place(bytes: Uint8Array, length: number): number {
    const { memory, top } = this;
    if (length > this.end - top) {
      this.capped = true;
      return -1;
    }
    for (let i = 0; i < length; i++) memory[top + i] = bytes[i] as number;
    this.top = top + length;
    return top;
  }
}
