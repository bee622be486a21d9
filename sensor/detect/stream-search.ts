/**
 * libhs on the new bytes of a stream: where the marks of rules end. Hot path: runs for every piece,
 * allocates only to grow.
 */
import { MATCH_WORDS, Scanner, type Database, type Stream } from 'hyperscan-js';
import type { StreamPlan } from './stream-plan.ts';

/** What is found in stream mode cannot be asked for again: room for many at once. */
const FIRST_MATCHES = 16_384;
/** libhs counts the offsets of a stream modulo this. */
const OFFSETS = 2 ** 32;

/** The piece at hand: positions count from the start of the run. */
export interface Piece {
  readonly slot: number;
  readonly memory: Uint8Array;
  /** Where position `base` lies in `memory`. */
  readonly offset: number;
  /** First byte held, first new byte, end. */
  readonly base: number;
  readonly fresh: number;
  readonly end: number;
}

export class StreamSearch {
  /** Expressions found in the last piece, each with the position behind its match. */
  ids = new Uint32Array(FIRST_MATCHES);
  ends = new Float64Array(FIRST_MATCHES);
  /** Some matches of the last piece were left out. */
  isCapped = false;

  readonly #plan: StreamPlan;
  readonly #maxMatches: number;
  readonly #scanner: Scanner;
  /** By slot: the search that goes on from piece to piece. */
  readonly #streams: (Stream | undefined)[] = [];
  readonly #region = new Uint32Array(3);
  #out = new Uint32Array(MATCH_WORDS * FIRST_MATCHES);

  constructor(plan: StreamPlan, databases: readonly Database[], maxMatches: number) {
    this.#plan = plan;
    this.#maxMatches = maxMatches;
    this.#scanner = new Scanner(databases);
  }

  /** Search the new bytes, `bytes`; gives how many matches stand in `ids` and `ends`. */
  search(piece: Piece, bytes: Uint8Array): number {
    this.isCapped = false;
    switch (this.#plan.mode) {
      case 'none':
        return 0;
      case 'block':
        return this.#searchBlock(piece);
      case 'stream':
        return this.#searchStream(piece, bytes);
    }
  }

  /** Release native memory. */
  close(): void {
    for (const stream of this.#streams) stream?.close(this.#out);
    this.#scanner.close();
  }

  #searchBlock({ memory, offset, base, fresh, end }: Piece): number {
    // Bytes before the new ones, as many as a content that ends in them may begin in.
    const from = Math.max(base, fresh - this.#plan.searched + 1);
    const region = this.#region;
    region[1] = offset + from - base;
    region[2] = end - from;
    let count = this.#scanner.scanRegions(memory, region, 1, this.#out);
    if (count * MATCH_WORDS > this.#out.length) {
      this.#grow(count);
      count = this.#scanner.scanRegions(memory, region, 1, this.#out);
    }
    return this.#collect(count, from, fresh, end);
  }

  #searchStream({ slot, fresh, end }: Piece, bytes: Uint8Array): number {
    let stream = this.#streams[slot];
    if (stream === undefined) {
      stream = this.#scanner.openStream(0);
      this.#streams[slot] = stream;
    } else if (fresh === 0) stream.reset(this.#out);
    const count = stream.write(bytes, this.#out);
    // Where a word must end, libhs tells only with the byte behind it: so ends may lie before these.
    const kept = this.#collect(count, 0, -1, end);
    if (count * MATCH_WORDS > this.#out.length) {
      // The stream has gone on: what had no room is lost.
      this.isCapped = true;
      this.#grow(count);
    }
    return kept;
  }

  /** Room for `count` matches, within the limit. */
  #grow(count: number): void {
    const wanted = Math.min(count, this.#maxMatches);
    if (wanted < count) this.isCapped = true;
    if (wanted * MATCH_WORDS > this.#out.length) this.#out = new Uint32Array(wanted * MATCH_WORDS);
  }

  /** Matches in `#out` that end behind `after`; their offsets count from position `from`. */
  #collect(count: number, from: number, after: number, last: number): number {
    const held = Math.min(count, this.#out.length / MATCH_WORDS);
    if (held > this.ids.length) {
      this.ids = new Uint32Array(this.#out.length / MATCH_WORDS);
      this.ends = new Float64Array(this.#out.length / MATCH_WORDS);
    }
    let kept = 0;
    for (let i = 0; i < held; i++) {
      const told = from + (this.#out[i * MATCH_WORDS + 3] as number);
      const end = told + Math.round((last - told) / OFFSETS) * OFFSETS;
      if (end <= after) continue;
      this.ids[kept] = this.#out[i * MATCH_WORDS + 1] as number;
      this.ends[kept] = end;
      kept++;
    }
    return kept;
  }
}
