/**
 * hyperscan-js: a thin binding of libhs. It compiles and scans; it decides nothing.
 *
 * This half checks arguments and owns the life of the objects, src/ owns memory and calls libhs; src/
 * trusts what it is given, so nothing may reach it unchecked. Types and documentation: index.d.ts.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import process from 'node:process';

const native = load();

export const FLAG = Object.freeze({
  caseless: 1,
  dotall: 2,
  multiline: 4,
  singlematch: 8,
  allowempty: 16,
  utf8: 32,
  ucp: 64,
  prefilter: 128,
  somLeftmost: 256,
  combination: 512,
  quiet: 1024,
});

export const MATCH_WORDS = 4;
export const version = native.version.trim();
export const platform = describePlatform(native.tune, native.cpuFeatures);

const REGION_WORDS = 3;
const UINT32_MAX = 0xffffffff;
const MODES = { block: 1, stream: 2, vectored: 4 };
const SOM_HORIZONS = { large: 2 ** 24, medium: 2 ** 25, small: 2 ** 26 };
/** In the order of the columns src/database.cc reads. */
const EXTENDED = ['minOffset', 'maxOffset', 'minLength', 'editDistance', 'hammingDistance'];
const COLUMNS = 3 + EXTENDED.length;
/** These change what the bytes of a literal mean. */
const NOT_FOR_LITERALS = FLAG.utf8 | FLAG.ucp | FLAG.combination;

function load() {
  const path = './build/Release/hyperscan.node';
  try {
    return createRequire(import.meta.url)(path);
  } catch (cause) {
    throw new Error(
      `hyperscan-js cannot load its addon (${path}): build it with "npm run build:native"; libhs must be installed (libhyperscan-dev)`,
      { cause },
    );
  }
}

function describePlatform(tune, features) {
  const names = { avx2: 4, avx512: 8, avx512vbmi: 16 };
  const present = Object.keys(names).filter((name) => (features & names[name]) !== 0);
  return [process.arch, `tune${tune}`, ...present].join(' ');
}

export class CompileError extends Error {
  constructor(reason, index, id) {
    super(index < 0 ? reason : `expression ${index} (id ${id}): ${reason}`);
    this.name = 'CompileError';
    this.reason = reason;
    this.index = index;
    this.id = id;
  }
}

/** Every expression as libhs wants it: NUL-terminated text, a row of numbers. */
function encode(expressions, literal) {
  if (!Array.isArray(expressions)) throw new TypeError('expressions must be an array');
  const texts = [];
  const table = new Float64Array(expressions.length * COLUMNS).fill(NaN);
  let offset = 0;
  for (const [index, { expression, id, flags = 0, ext = {} }] of expressions.entries()) {
    requireUint32(id, `expressions[${index}].id`);
    requireUint32(flags, `expressions[${index}].flags`);
    const text = encodeText(expression, literal, flags, index, id);
    table.set([offset, flags, id], index * COLUMNS);
    for (const [column, name] of EXTENDED.entries()) {
      const value = ext[name];
      if (value === undefined) continue;
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new TypeError(
          `expressions[${index}].ext.${name} must be a whole number, not ${value}`,
        );
      }
      table[index * COLUMNS + 3 + column] = value;
    }
    texts.push(text, Buffer.alloc(1));
    offset += text.length + 1;
  }
  return { text: Buffer.concat(texts, offset), table };
}

function encodeText(expression, literal, flags, index, id) {
  if (typeof expression !== 'string' && !(expression instanceof Uint8Array)) {
    throw new TypeError(`expressions[${index}].expression must be a string or a Uint8Array`);
  }
  const bytes = Buffer.from(expression);
  if (literal) {
    if (bytes.length === 0) throw new CompileError('a literal must not be empty', index, id);
    if ((flags & NOT_FOR_LITERALS) !== 0) {
      throw new CompileError('utf8, ucp and combination do not go with literals', index, id);
    }
    return escapeLiteral(bytes);
  }
  // libhs takes C strings: the rest of the expression would be ignored without a word.
  if (bytes.includes(0))
    throw new CompileError('NUL byte in the expression: write \\x00', index, id);
  return bytes;
}

/**
 * A literal as an expression. Not hs_compile_lit_multi: libhs 5.4.0 compiles some sets of it to
 * databases whose scans fail with an unknown error (intel/hyperscan issue 303), at no gain in speed.
 */
function escapeLiteral(bytes) {
  let text = '';
  for (const byte of bytes) {
    const isPlain = (byte >= 48 && byte <= 57) || ((byte | 32) >= 97 && (byte | 32) <= 122);
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return Buffer.from(text, 'latin1');
}

function modeBits({ mode = 'block', somHorizon } = {}) {
  if (!Object.hasOwn(MODES, mode))
    throw new TypeError(`mode must be block, stream or vectored, not ${mode}`);
  if (somHorizon === undefined) return MODES[mode];
  if (mode !== 'stream') throw new TypeError('somHorizon belongs to mode stream');
  if (!Object.hasOwn(SOM_HORIZONS, somHorizon)) {
    throw new TypeError(`somHorizon must be small, medium or large, not ${somHorizon}`);
  }
  return MODES.stream + SOM_HORIZONS[somHorizon];
}

function requireUint32(value, name) {
  if (!Number.isInteger(value) || value < 0 || value > UINT32_MAX) {
    throw new TypeError(`${name} must be a whole number from 0 to 2^32 - 1, not ${value}`);
  }
}

function requireBytes(value, name) {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array`);
  if (value.length > UINT32_MAX) throw new RangeError(`${name} must be shorter than 4 GiB`);
}

function requireWords(value, name) {
  if (!(value instanceof Uint32Array)) throw new TypeError(`${name} must be a Uint32Array`);
}

/** Reach the native object of a Database or Scanner; throw when it is closed. Set by the classes. */
let nativeDatabase;
let nativeScanner;

// A saved database: MAGIC, SHA-256 of all that follows, length of the label (uint32), label, bytes of
// libhs. libhs has a CRC of its own over most of it; what passes that is executed as bytecode.
const MAGIC = Buffer.from('hsjs-db1');
const DIGEST_BYTES = 32;
const LABEL = Buffer.from(`libhs ${version} on ${platform}`);

function pack(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(LABEL.length);
  const body = Buffer.concat([length, LABEL, bytes]);
  return Buffer.concat([MAGIC, createHash('sha256').update(body).digest(), body]);
}

function unpack(bytes) {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const digest = packed.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES);
  const body = packed.subarray(MAGIC.length + DIGEST_BYTES);
  if (body.length < 4 || !packed.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error('deserialize: not a saved database');
  }
  if (!createHash('sha256').update(body).digest().equals(digest)) {
    throw new Error('deserialize: the saved database is damaged');
  }
  const end = 4 + body.readUInt32LE(0);
  const label = body.subarray(4, end);
  if (!label.equals(LABEL)) {
    throw new Error(`deserialize: made by ${label.toString()}, this is ${LABEL.toString()}`);
  }
  return body.subarray(end);
}

export class Database {
  static {
    nativeDatabase = (database) => {
      if (database.#native === undefined) throw new Error('Database is closed');
      return database.#native;
    };
  }

  #native;

  constructor(handle) {
    if (!(handle instanceof native.Database)) {
      throw new TypeError('use Database.compile or Database.deserialize');
    }
    this.#native = handle;
  }

  static compile(expressions, options = {}) {
    const mode = modeBits(options);
    const { text, table } = encode(expressions, options.literal === true);
    let handle;
    try {
      handle = new native.Database(text, table, mode);
    } catch (error) {
      const index = error.index ?? -1;
      throw new CompileError(error.message, index, expressions[index]?.id ?? -1);
    }
    return new Database(handle);
  }

  static check(expression, options = {}) {
    try {
      Database.compile([expression], options).close();
    } catch (error) {
      if (error instanceof CompileError) return error.reason;
      throw error;
    }
    return undefined;
  }

  static deserialize(bytes) {
    requireBytes(bytes, 'bytes');
    return new Database(new native.Database(unpack(bytes)));
  }

  serialize() {
    return pack(nativeDatabase(this).serialize());
  }

  get info() {
    const { text, bytes, streamBytes } = nativeDatabase(this).info();
    const mode = /Mode: (\w+)/.exec(text)?.[1].toLowerCase();
    return { mode, bytes, streamBytes, text };
  }

  close() {
    this.#native?.close();
    this.#native = undefined;
  }
}

export class Scanner {
  static {
    nativeScanner = (scanner) => {
      if (scanner.#native === undefined) throw new Error('Scanner is closed');
      return scanner.#native;
    };
  }

  #native;
  /** Which entries of the list are databases. */
  #present;

  // What `scan` of the addon reads. It has plain pointers, so each call of scanRegions compares the
  // lengths: a detached or resized buffer has another length than the one that was bound.
  #scan;
  #memory;
  #memoryLength = 0;
  #regions;
  #regionsLength = 0;
  #out;
  #outLength = 0;
  /** The region table of scan(). */
  #single = new Uint32Array(REGION_WORDS);

  constructor(databases, { joined = -1, patterns = 0 } = {}) {
    if (!Array.isArray(databases)) throw new TypeError('databases must be an array');
    if (joined !== -1 && !(databases[joined] instanceof Database)) {
      throw new RangeError(`there is no database ${joined} to join regions for`);
    }
    const list = databases.map((item) => {
      if (item === null) return null;
      if (!(item instanceof Database)) throw new TypeError('databases must hold Database or null');
      return nativeDatabase(item);
    });
    this.#native = new native.Scanner(list, joined, patterns);
    this.#present = list.map((item) => item !== null);
    this.#scan = this.#native.scan;
  }

  scanRegions(memory, regions, regionCount, out) {
    if (
      memory !== this.#memory ||
      regions !== this.#regions ||
      out !== this.#out ||
      memory.length !== this.#memoryLength ||
      regions.length !== this.#regionsLength ||
      out.length !== this.#outLength
    ) {
      this.#bind(memory, regions, out);
    }
    if (regionCount >>> 0 !== regionCount || regionCount * REGION_WORDS > this.#regionsLength) {
      throw new RangeError(`regionCount ${regionCount} does not fit ${this.#regionsLength} words`);
    }
    const scan = this.#scan;
    return scan(regionCount);
  }

  #bind(memory, regions, out) {
    const handle = nativeScanner(this);
    requireBytes(memory, 'memory');
    requireWords(regions, 'regions');
    requireWords(out, 'out');
    handle.bind(memory, regions, out);
    this.#memory = memory;
    this.#memoryLength = memory.length;
    this.#regions = regions;
    this.#regionsLength = regions.length;
    this.#out = out;
    this.#outLength = out.length;
  }

  #requireDatabase(index) {
    if (this.#present[index] !== true) throw new RangeError(`there is no database ${index}`);
  }

  scan(index, bytes, out) {
    nativeScanner(this);
    this.#requireDatabase(index);
    requireBytes(bytes, 'bytes');
    this.#single[0] = index;
    this.#single[2] = bytes.length;
    return this.scanRegions(bytes, this.#single, 1, out);
  }

  scanVector(index, pieces, out) {
    // Copied first: reading a foreign array may run code that closes this scanner or detaches a piece.
    const list = Array.from(pieces);
    if (list.length === 0) list.push(new Uint8Array(0));
    const handle = nativeScanner(this);
    this.#requireDatabase(index);
    for (const piece of list) requireBytes(piece, 'each piece');
    requireWords(out, 'out');
    return handle.scanVector(index, list, out);
  }

  openStream(index) {
    const handle = nativeScanner(this);
    this.#requireDatabase(index);
    return new Stream(new native.Stream(handle, index));
  }

  close() {
    this.#native?.close();
    this.#native = undefined;
    this.#memory = undefined;
    this.#regions = undefined;
    this.#out = undefined;
  }
}

export class Stream {
  #native;

  constructor(handle) {
    if (!(handle instanceof native.Stream)) throw new TypeError('use Scanner.openStream');
    this.#native = handle;
  }

  #open() {
    if (this.#native === undefined) throw new Error('Stream is closed');
    return this.#native;
  }

  write(bytes, out) {
    const handle = this.#open();
    requireBytes(bytes, 'bytes');
    requireWords(out, 'out');
    return handle.write(bytes, out);
  }

  reset(out) {
    const handle = this.#open();
    requireWords(out, 'out');
    return handle.reset(out);
  }

  close(out) {
    if (this.#native === undefined) return 0;
    requireWords(out, 'out');
    const handle = this.#native;
    this.#native = undefined;
    return handle.close(out);
  }
}
