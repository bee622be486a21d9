/**
 * hyperscan-js: a thin binding of libhs. It compiles and scans; it decides nothing.
 *
 * Everything is synchronous and belongs to the thread that made it; each worker thread loads the
 * module for itself. Wrong arguments throw TypeError or RangeError, refused expressions CompileError,
 * whatever libhs reports (and use after close()) Error.
 */

/** libhs compile flags (hs_compile.h). */
export const FLAG: {
  readonly caseless: 1;
  readonly dotall: 2;
  readonly multiline: 4;
  readonly singlematch: 8;
  readonly allowempty: 16;
  /** Only for input that is valid UTF-8: what libhs reports for other bytes is undefined. */
  readonly utf8: 32;
  readonly ucp: 64;
  readonly prefilter: 128;
  readonly somLeftmost: 256;
  readonly combination: 512;
  readonly quiet: 1024;
};

/** Whole numbers from 0; offsets and lengths in bytes. */
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
  /** Default: block. */
  readonly mode?: Mode;
  /**
   * Expressions are literal bytes, NUL included. Goes with every flag but utf8, ucp and combination,
   * and with extended parameters. They are escaped, not given to hs_compile_lit_multi (see README).
   */
  readonly literal?: boolean;
  /** Stream mode: keep enough history to report start offsets; needed for FLAG.somLeftmost. */
  readonly somHorizon?: 'small' | 'medium' | 'large';
}

/** Compilation failed: names the expression. */
export class CompileError extends Error {
  constructor(reason: string, index: number, id: number);
  /** What libhs says, without the expression. */
  readonly reason: string;
  /** Index in the list given to compile(), or -1 when libhs blames none. */
  readonly index: number;
  /** The `id` of that expression, or -1. */
  readonly id: number;
}

export interface DatabaseInfo {
  readonly mode: Mode;
  readonly bytes: number;
  /** Size of one open stream; 0 in the other modes. */
  readonly streamBytes: number;
  /** hs_database_info text. */
  readonly text: string;
}

/**
 * A compiled pattern database. Immutable; may serve many scanners, which keep what they need of it
 * beyond close(). Freed by close() or with the object. Use after close() throws.
 */
export class Database {
  private constructor();
  static compile(expressions: readonly Expression[], options?: CompileOptions): Database;
  /** Compile one expression without keeping it: undefined when sound, else libhs's reason. */
  static check(expression: Expression, options?: CompileOptions): string | undefined;
  /** For deserialize() in the same version of libhs on the same kind of CPU; carries a SHA-256. */
  serialize(): Uint8Array;
  /**
   * Throws when the bytes are damaged, or were made by another libhs version or for another CPU. The
   * digest protects against damage, not against forgery: load only what you have written.
   */
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
 * has FLAG.somLeftmost; offsets are relative to the region. Matches of a region come in order of `to`
 * as far as libhs keeps it. No scan allocates JavaScript objects.
 */
export class Scanner {
  /**
   * A null entry means: skip regions that name it.
   *
   * `joined` is the index of a database whose regions are scanned together: neighbours in the region table
   * become one text with a byte 0xFF before, between and behind them, which costs one scan in place of many.
   * A match belongs to the region it ends in (or right behind), with `to` counted in that region and `from` 0,
   * and is told once for each pattern and region. An expression may match across a border: what it tells is a
   * candidate. Write `\\xff` where it must begin or end with the region. `patterns` is one more than the largest
   * id in that database.
   */
  constructor(
    databases: readonly (Database | null)[],
    options?: { readonly joined?: number; readonly patterns?: number },
  );
  /**
   * Scan many regions of one buffer in one native call. `regions[3*i]` is the index of the database,
   * `[3*i+1]` the byte offset in `memory`, `[3*i+2]` the length. Regions outside `memory` and unknown
   * databases throw RangeError; regions before the wrong one have been scanned.
   *
   * Fast when called with the same three arrays again (20 ns a call instead of 110): the scanner remembers
   * them, and so keeps them alive until others come or it is closed. `memory` may be a view of a
   * WebAssembly memory: after it has grown, pass a new view.
   */
  scanRegions(
    memory: Uint8Array,
    regions: Uint32Array,
    regionCount: number,
    out: Uint32Array,
  ): number;
  /** One block of bytes against database `index`. */
  scan(index: number, bytes: Uint8Array, out: Uint32Array): number;
  /** Several pieces as if they were one block (database compiled in vectored mode). */
  scanVector(index: number, pieces: readonly Uint8Array[], out: Uint32Array): number;
  /** Open a stream on database `index` (compiled in stream mode). It outlives the scanner's close(). */
  openStream(index: number): Stream;
  /** Safe to call twice. Use after close() throws. */
  close(): void;
}

/**
 * A stream: matches that cross the pieces are found. Offsets count from the start of the stream, modulo
 * 2^32; `from` is 2^32 - 1 when the match began before the SOM horizon.
 */
export class Stream {
  private constructor();
  write(bytes: Uint8Array, out: Uint32Array): number;
  /** Forget everything and start again; end-anchored matches are reported. */
  reset(out: Uint32Array): number;
  /** Report end-anchored matches and free the state. Safe to call twice: then 0. */
  close(out: Uint32Array): number;
}

/** libhs version string, for example "5.4.0 2021-01-26". */
export const version: string;
/** Which CPU features libhs uses here: part of the cache key of serialised databases. */
export const platform: string;
