/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks in sections. A section header sets the byte order
 * and forgets the interfaces; packets name the interface they came from. Blocks we do not read
 * are passed over without being kept, whatever their length.
 */
import { monotonicMs, packetTime } from '../core/index.ts';
import { PACKETS_PER_CLOCK } from './capture-parser.ts';
import type { CaptureParser, ParserSetup, Window } from './capture-parser.ts';
import { readInterface, type CaptureInterface } from './pcapng-interface.ts';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Type and total length in front, total length again behind. */
const BLOCK_OVERHEAD = 12;
const BLOCK_BODY = 8;
const TRAILER = 4;
const INTERFACE_FIXED = 20;
const SIMPLE_FIXED = 16;
const PACKET_FIXED = 32;

/** Packet blocks: where the fields are (both kinds share the rest). */
const TS_HIGH = 12;
const TS_LOW = 16;
const CAPLEN = 20;
const WIRELEN = 24;
const PACKET_DATA = 28;

/** Longest options of a block that we keep whole; packets carry a few dozen bytes of them. */
export const PCAPNG_BLOCK_SLACK = 64 * 1024;

/** Is this the start of a pcapng file? */
export function isPcapng(head: Uint8Array): boolean {
  return head.length >= 4 && new DataView(head.buffer, head.byteOffset, 4).getUint32(0) === SECTION;
}

export class PcapngParser implements CaptureParser {
  packets = 0;
  bytes = 0;
  problem: string | undefined;
  deadlineMs = Infinity;
  isOutOfTime = false;
  isAtBoundary = false;
  readonly #setup: ParserSetup;
  readonly #maxBlock: number;
  #isLittle = true;
  #interfaces: CaptureInterface[] = [];
  /** Bytes of the current block still to pass over; its trailer comes behind them. */
  #skip = 0;
  /** Total length the trailer of a passed block must repeat; 0 when no trailer is awaited. */
  #expectedTrailer = 0;
  /** Simple packet blocks carry no time: they get that of the packet before. */
  readonly #time = packetTime();

  constructor(setup: ParserSetup) {
    this.#setup = setup;
    this.#maxBlock = setup.limits.captureRecordBytes + PCAPNG_BLOCK_SLACK;
  }

  parse(window: Window, start: number, end: number): number {
    let at = start;
    this.isOutOfTime = false;
    for (;;) {
      if (this.#expectedTrailer !== 0) {
        const passed = Math.min(this.#skip, end - at);
        at += passed;
        this.#skip -= passed;
        if (this.#skip > 0 || end - at < TRAILER) break;
        if (!this.#isTrailer(window.words, at, this.#expectedTrailer)) break;
        this.#expectedTrailer = 0;
        at += TRAILER;
      }
      const next = this.#readBlock(window, at, end);
      if (next === at) break;
      at = next;
      // Blocks that hold no packet count for the clock, too: a file may be full of them.
      if (this.packets % PACKETS_PER_CLOCK === 0 && monotonicMs() > this.deadlineMs) {
        this.isOutOfTime = true;
        return at;
      }
    }
    this.isAtBoundary = at === end && this.#expectedTrailer === 0;
    return at;
  }

  /** Reads the block at `at`; returns where it ends, or `at` when more bytes are needed. */
  #readBlock(window: Window, at: number, end: number): number {
    const { words } = window;
    if (end - at < BLOCK_OVERHEAD) return at;
    // The section header's type reads the same in both byte orders; its body tells which it is.
    const isSection = words.getUint32(at) === SECTION;
    if (isSection && !this.#readByteOrder(words, at)) return at;
    const type = isSection ? SECTION : words.getUint32(at, this.#isLittle);
    const length = words.getUint32(at + 4, this.#isLittle);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0) {
      this.#fail(`block length ${length} is impossible`);
      return at;
    }
    switch (type) {
      case SECTION:
        this.#interfaces = [];
        return this.#passOver(at, length);
      case INTERFACE:
      case ENHANCED_PACKET:
      case OBSOLETE_PACKET:
      case SIMPLE_PACKET:
        break;
      default:
        return this.#passOver(at, length);
    }
    if (length > this.#maxBlock) this.#fail(`block claims ${length} bytes`);
    if (length > this.#maxBlock || end - at < length) return at;
    const isSound =
      this.#isTrailer(words, at + length - TRAILER, length) &&
      this.#readKnown(window, at, length, type);
    return isSound ? at + length : at;
  }

  /** Reads a whole block of a kind we know; false when it is damaged. */
  #readKnown(window: Window, at: number, length: number, type: number): boolean {
    switch (type) {
      case INTERFACE:
        return this.#addInterface(window, at, length);
      case SIMPLE_PACKET:
        return this.#readSimple(window, at, length);
      default:
        return this.#readPacket(window, at, length, type === OBSOLETE_PACKET);
    }
  }

  #readByteOrder(words: DataView, at: number): boolean {
    this.#isLittle = words.getUint32(at + BLOCK_BODY, true) === BYTE_ORDER_MAGIC;
    if (this.#isLittle || words.getUint32(at + BLOCK_BODY, false) === BYTE_ORDER_MAGIC) return true;
    return this.#fail('section header has no byte-order magic');
  }

  #passOver(at: number, length: number): number {
    this.#skip = length - BLOCK_BODY - TRAILER;
    this.#expectedTrailer = length;
    return at + BLOCK_BODY;
  }

  #isTrailer(words: DataView, at: number, length: number): boolean {
    const trailer = words.getUint32(at, this.#isLittle);
    if (trailer === length) return true;
    return this.#fail(`block of ${length} bytes ends with length ${trailer}`);
  }

  #addInterface(window: Window, at: number, length: number): boolean {
    if (length < INTERFACE_FIXED) return this.#fail('interface block is too short');
    if (this.#interfaces.length >= this.#setup.limits.captureFileInterfaces) {
      return this.#fail(
        `more than ${this.#interfaces.length} interfaces (capture.file_interfaces)`,
      );
    }
    const body = at + BLOCK_BODY;
    const bodyEnd = at + length - TRAILER;
    const { fileName } = this.#setup;
    this.#interfaces.push(readInterface(window, body, bodyEnd, this.#isLittle, fileName));
    return true;
  }

  #readPacket(window: Window, at: number, length: number, isObsolete: boolean): boolean {
    const { words } = window;
    const isLittle = this.#isLittle;
    if (length < PACKET_FIXED) return this.#fail('packet block is too short');
    // The obsolete block keeps a drop count in the other half of the interface field.
    const index = isObsolete
      ? words.getUint16(at + BLOCK_BODY, isLittle)
      : words.getUint32(at + BLOCK_BODY, isLittle);
    const source = this.#interfaces[index];
    if (source === undefined) {
      return this.#fail(
        `packet ${this.packets + 1} is of interface ${index}, which is not described`,
      );
    }
    const caplen = words.getUint32(at + CAPLEN, isLittle);
    if (caplen > length - PACKET_FIXED) {
      return this.#fail(
        `packet ${this.packets + 1} claims ${caplen} bytes in a block of ${length}`,
      );
    }
    this.#time[0] = source.time.toUsec(
      words.getUint32(at + TS_HIGH, isLittle),
      words.getUint32(at + TS_LOW, isLittle),
    );
    const wirelen = words.getUint32(at + WIRELEN, isLittle);
    this.#deliver(window.bytes, at + PACKET_DATA, caplen, wirelen, source);
    return true;
  }

  #readSimple(window: Window, at: number, length: number): boolean {
    const source = this.#interfaces[0];
    if (source === undefined) return this.#fail('simple packet block before any interface');
    if (length < SIMPLE_FIXED) return this.#fail('packet block is too short');
    const wirelen = window.words.getUint32(at + BLOCK_BODY, this.#isLittle);
    const snaplen = source.snaplen === 0 ? wirelen : source.snaplen;
    const caplen = Math.min(wirelen, snaplen, length - SIMPLE_FIXED);
    this.#deliver(window.bytes, at + BLOCK_BODY + 4, caplen, wirelen, source);
    return true;
  }

  #deliver(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    source: CaptureInterface,
  ): void {
    this.packets++;
    this.bytes += caplen;
    this.#setup.handler.packet(
      bytes,
      offset,
      caplen,
      wirelen > caplen ? wirelen : caplen,
      this.#time,
      source.linkType,
      source.origin,
      this.packets,
    );
  }

  /** Notes why the file is damaged; false, for the caller to return. */
  #fail(problem: string): false {
    this.problem = problem;
    return false;
  }
}
