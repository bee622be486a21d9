/**
 * The regions of a stanza by buffer: those xmpp/ named and those detect/ derived (links). Built
 * only when some rule became a candidate.
 */
import type { StanzaView } from '../xmpp/index.ts';

const REGION_WORDS = 3;
const BUFFER_COUNT = 32;

/** Regions by buffer, as the verifier reads them. */
export interface RegionTable {
  readonly count: number;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  readonly buffers: Uint8Array;
  readonly ordinals: Uint32Array;
  readonly next: Int32Array;
  readonly first: Int32Array;
  memoryOf(region: number): Uint8Array;
}

export class RegionIndex implements RegionTable {
  count = 0;
  /** Where region i lies: bytes [offset, offset + length) of memoryOf(i). */
  offsets = new Uint32Array(64);
  lengths = new Uint32Array(64);
  buffers = new Uint8Array(64);
  /** Regions of the same buffer before this one. */
  ordinals = new Uint32Array(64);
  /** Next region of the same buffer, or -1. */
  next = new Int32Array(64);
  /** First region of each buffer, or -1. */
  readonly first = new Int32Array(BUFFER_COUNT);
  readonly #last = new Int32Array(BUFFER_COUNT);
  #memory: Uint8Array = new Uint8Array(0);
  #derived: Uint8Array = new Uint8Array(0);
  /** Regions from here on lie in the derived memory. */
  #derivedFrom = 0;

  /** Index the first `limit` regions of a stanza and all derived ones. */
  build(
    view: Pick<StanzaView, 'memory' | 'regions' | 'regionCount'>,
    limit: number,
    derived: Uint8Array,
    derivedRegions: Uint32Array,
    derivedCount: number,
  ): void {
    this.#memory = view.memory;
    this.#derived = derived;
    this.count = 0;
    this.first.fill(-1);
    const count = Math.min(view.regionCount, limit);
    this.#reserve(count + derivedCount);
    this.#add(view.regions, count);
    this.#derivedFrom = count;
    this.#add(derivedRegions, derivedCount);
  }

  memoryOf(region: number): Uint8Array {
    return region < this.#derivedFrom ? this.#memory : this.#derived;
  }

  #add(regions: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const at = i * REGION_WORDS;
      const buffer = regions[at] as number;
      const region = this.count++;
      this.buffers[region] = buffer;
      this.offsets[region] = regions[at + 1] as number;
      this.lengths[region] = regions[at + 2] as number;
      this.next[region] = -1;
      this.ordinals[region] = 0;
      if (this.first[buffer] === -1) this.first[buffer] = region;
      else {
        const before = this.#last[buffer] as number;
        this.next[before] = region;
        this.ordinals[region] = (this.ordinals[before] as number) + 1;
      }
      this.#last[buffer] = region;
    }
  }

  #reserve(count: number): void {
    if (count <= this.offsets.length) return;
    let capacity = this.offsets.length;
    while (capacity < count) capacity *= 2;
    this.offsets = new Uint32Array(capacity);
    this.lengths = new Uint32Array(capacity);
    this.buffers = new Uint8Array(capacity);
    this.ordinals = new Uint32Array(capacity);
    this.next = new Int32Array(capacity);
  }
}
