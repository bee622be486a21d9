/** hyperscan-js: a thin binding of libhs. It compiles and scans; it decides nothing. */

/** libhs compile flags (hs_compile.h). */
export const FLAG: {
  readonly caseless: 1;
  readonly dotall: 2;
  readonly multiline: 4;
  readonly singlematch: 8;
  readonly allowempty: 16;
  readonly utf8: 32;
  readonly ucp: 64;
  readonly prefilter: 128;
  readonly somLeftmost: 256;
  readonly combination: 512;
  readonly quiet: 1024;
};

export interface ExtendedParameters {
  readonly minOffset?: number;
  readonly maxOffset?: number;
  readonly minLength?: number;
  readonly editDistance?: number;
  readonly hammingDistance?: number;
}

export interface Expression {
  /** PCRE syntax of libhs, or plain bytes when the database is compiled with `literal`. */
  readonly expression: string | Uint8Array;
  /** Reported with each match; 0 to 2^32 - 1. */
  readonly id: number;
  readonly flags?: number;
  readonly ext?: ExtendedParameters;
}

export type Mode = 'block' | 'vectored' | 'stream';

export interface CompileOptions {
  readonly mode?: Mode;
  /** hs_compile_lit_multi: expressions are literal bytes. */
  readonly literal?: boolean;
  /** Stream mode: keep enough history to report start offsets. */
  readonly somHorizon?: 'small' | 'medium' | 'large';
}

/** Compilation failed: names the expression. */
export class CompileError extends Error {
  /** Index in the list given to compile(), or -1 when libhs blames none. */
  readonly index: number;
  /** The `id` of that expression, or -1. */
  readonly id: number;
}

export interface DatabaseInfo {
  readonly mode: Mode;
  readonly bytes: number;
  readonly streamBytes: number;
  /** hs_database_info text. */
  readonly text: string;
}

/** A compiled pattern database. Immutable; may serve many scanners. Use after close() throws. */
export class Database {
  static compile(expressions: readonly Expression[], options?: CompileOptions): Database;
  /** Check one expression without keeping it: undefined when sound, else libhs's reason. */
  static check(expression: Expression, options?: CompileOptions): string | undefined;
  serialize(): Uint8Array;
  /** Throws when the bytes were made by another libhs version or for another CPU. */
  static deserialize(bytes: Uint8Array): Database;
  readonly info: DatabaseInfo;
  /** Safe to call twice. */
  close(): void;
}

/** Words of one match in a result array: [region index, expression id, from, to]. */
export const MATCH_WORDS: 4;

/**
 * Scratch space and scanning for a list of databases. Not reentrant; one per thread.
 * All scans write [region, id, from, to] quads to the caller's `out` and return how many matches
 * there were, also when `out` was too small for all of them. `from` is 0 unless the expression
 * has FLAG.somLeftmost; offsets are relative to the region.
 */
export class Scanner {
  /** A null entry means: skip regions that name it. */
  constructor(databases: readonly (Database | null)[]);
  /**
   * Scan many regions of one buffer in one native call. `regions[3*i]` is the index of the database,
   * `[3*i+1]` the byte offset in `memory`, `[3*i+2]` the length. Regions outside `memory` throw RangeError.
   */
  scanRegions(memory: Uint8Array, regions: Uint32Array, regionCount: number, out: Uint32Array): number;
  /** One block of bytes against database `index`. */
  scan(index: number, bytes: Uint8Array, out: Uint32Array): number;
  /** Several pieces as if they were one block (database compiled in vectored mode). */
  scanVector(index: number, pieces: readonly Uint8Array[], out: Uint32Array): number;
  /** Open a stream on database `index` (compiled in stream mode). */
  openStream(index: number): Stream;
  close(): void;
}

/** A stream: matches that cross the pieces are found. Offsets count from the start of the stream. */
export class Stream {
  write(bytes: Uint8Array, out: Uint32Array): number;
  /** Forget everything and start again; end-anchored matches are reported. */
  reset(out: Uint32Array): number;
  close(out: Uint32Array): number;
}

/** libhs version string, for example "5.4.9 2022-...". */
export const version: string;
/** Which CPU features libhs uses here: part of the cache key of serialised databases. */
export const platform: string;
