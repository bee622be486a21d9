/**
 * One file under inspection: what was found so far, and how much more may be. Whoever opens a part of a file asks
 * here before unpacking, and says here what it could not look at.
 */
import { createHash } from 'node:crypto';
import { monotonicMs, printable, sha256, type LimitValues } from '../../core/index.ts';
import type { FilePart, FileSign, FileType, Inspection } from '../types.ts';
import { NOTHING } from './bytes.ts';
import { inflate, type Inflated } from './inflate.ts';
import { UNKNOWN, type KnownType } from './magic-table.ts';

/** A part to be looked at. */
export interface Member {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** As its archive says; -1 when it does not. */
  readonly size: number;
  /** False when only its beginning could be had. */
  readonly isWhole: boolean;
  /** Set when it cannot be read at all: it is entered by its name. */
  readonly closedAs?: KnownType;
  /** Set when whoever opened it knows what it is. */
  readonly type?: KnownType;
}

/** Share of the time limit after which what was found is told, before the thread is ended. */
const SHARE_OF_TIME = 0.7;
const PATH_CHARS = 1024;
const DETAIL_CHARS = 200;
const PROPERTY_CHARS = 256;
const PROPERTIES = 32;
const REASONS = 8;
/** Smaller ones may lie in the pool of Buffer, which others read from; copies of them cost nothing. */
const LARGE_BYTES = 16 * 1024;

/** A part whose text is still to come. */
export interface OpenPart {
  path: string;
  type: FileType;
  text: Uint8Array;
  data: Uint8Array;
  size: number;
  sha256: string;
  md5: string;
}

export class Examination {
  readonly limits: LimitValues;
  readonly fileBytes: number;
  readonly #parts: OpenPart[] = [];
  readonly #signs = new Map<FileSign, string>();
  readonly #properties = new Map<string, string>();
  readonly #unseen = new Set<string>();
  readonly #deadline: number;
  #unpackedBytes = 0;
  #textBytes = 0;

  constructor(fileBytes: number, limits: LimitValues) {
    this.fileBytes = fileBytes;
    this.limits = limits;
    this.#deadline = monotonicMs() + limits.filesInspectSeconds * 1000 * SHARE_OF_TIME;
  }

  /** True when no further part may be opened; says why once. */
  isFull(): boolean {
    if (this.#parts.length >= this.limits.filesMembers) this.unsee('members');
    else if (monotonicMs() > this.#deadline) this.unsee('time');
    else return false;
    return true;
  }

  isLate(): boolean {
    if (monotonicMs() <= this.#deadline) return false;
    this.unsee('time');
    return true;
  }

  /** Enters a part; the first is the file itself. */
  open(path: string, type: KnownType, member: Member): OpenPart {
    const { bytes, isWhole } = member;
    // Whoever gave the file has its bytes, and hashed them as they came.
    const isMember = this.#parts.length > 0;
    if (type.group === 'encrypted') this.unsee('encrypted');
    const part: OpenPart = {
      path: path.slice(0, PATH_CHARS),
      type: { magic: type.magic, mime: type.mime, group: type.group },
      text: NOTHING,
      data: isMember ? copyOf(bytes, this.limits.filesMemberBytes) : NOTHING,
      size: member.size === -1 ? bytes.length : member.size,
      // Of bytes that are not all there a hash is the hash of nothing anybody knows.
      sha256: isMember && isWhole ? sha256(bytes, 'hex') : '',
      md5: isMember && isWhole ? createHash('md5').update(bytes).digest('hex') : '',
    };
    this.#parts.push(part);
    return part;
  }

  /** Bytes of text that may still be kept. */
  get textLeft(): number {
    return Math.max(0, this.limits.filesTextBytes - this.#textBytes);
  }

  /** Gives a part its text, as much of it as there is room for. */
  setText(part: OpenPart, text: Uint8Array): void {
    if (text.length > this.textLeft) this.unsee('text');
    part.text = copyOf(text, this.textLeft);
    this.#textBytes += part.text.length;
  }

  sign(sign: FileSign, detail: string): void {
    // What nobody without the key can read is not clean.
    if (sign === 'encrypted') this.unsee('encrypted');
    const words = printable(detail.slice(0, DETAIL_CHARS));
    if (!this.#signs.has(sign)) this.#signs.set(sign, words === '' ? 'without a name' : words);
  }

  hasSign(sign: FileSign): boolean {
    return this.#signs.has(sign);
  }

  property(name: string, value: string): void {
    const words = value.trim().slice(0, PROPERTY_CHARS);
    if (words === '' || this.#properties.has(name) || this.#properties.size >= PROPERTIES) return;
    this.#properties.set(name, words);
  }

  /** Names what was not looked at: a limit (`members`), or a kind of content (`bzip2`). */
  unsee(what: string): void {
    if (this.#unseen.size < REASONS) this.#unseen.add(what.slice(0, DETAIL_CHARS));
  }

  get unpackedLeft(): number {
    return Math.max(0, this.limits.filesUnpackedBytes - this.#unpackedBytes);
  }

  /** Counts bytes that an archive grew to; at the limit it may be a bomb. */
  countUnpacked(bytes: number): void {
    this.#unpackedBytes += bytes;
    if (this.unpackedLeft > 0) return;
    this.unsee('unpacked bytes');
    this.checkRatio(this.#unpackedBytes);
  }

  /** `bytes` are what the file unpacks to, or says it does. */
  checkRatio(bytes: number): void {
    const { filesRatio, filesUnpackedBytes } = this.limits;
    if (bytes >= filesUnpackedBytes && bytes / Math.max(1, this.fileBytes) >= filesRatio)
      this.sign('bomb', `unpacks to ${Math.round(bytes / this.fileBytes)} times its size`);
  }

  /** Inflates raw deflate data within what may still be unpacked. */
  inflate(bytes: Uint8Array): Inflated {
    const inflated = inflate(bytes, this.unpackedLeft);
    this.countUnpacked(inflated.bytes.length);
    return inflated;
  }

  result(): Inspection {
    return {
      type: this.#parts[0]?.type ?? {
        magic: UNKNOWN.magic,
        mime: UNKNOWN.mime,
        group: UNKNOWN.group,
      },
      parts: this.#parts satisfies readonly FilePart[],
      signs: [...this.#signs].map(([sign, detail]) => ({ sign, detail })),
      properties: Object.fromEntries(this.#properties),
      unseen: [...this.#unseen].join(', '),
    };
  }
}

/** Memory of its own: what was found is often a view of much more. A text that is all of its file has it already. */
function copyOf(bytes: Uint8Array, limit: number): Uint8Array {
  const isAll = bytes.length === bytes.buffer.byteLength && bytes.length <= limit;
  if (isAll && bytes.length >= LARGE_BYTES) return bytes;
  return new Uint8Array(bytes.subarray(0, limit));
}
