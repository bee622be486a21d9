/**
 * Classic pcap (draft-ietf-opsawg-pcap): a file header, then records. The magic number tells the
 * byte order, the resolution of time, and the variant with longer record headers that a patched
 * libpcap of old wrote ("modified").
 */
import { monotonicMs, packetTime } from '../core/index.ts';
import { PACKETS_PER_CLOCK } from './capture-parser.ts';
import type { CaptureParser, ParserSetup, Window } from './capture-parser.ts';
import type { CaptureOrigin, PacketHandler } from './types.ts';

export const PCAP_FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MODIFIED_RECORD_HEADER = 24;

const MAGIC_USEC = 0xa1b2c3d4;
const MAGIC_NSEC = 0xa1b23c4d;
const MAGIC_MODIFIED = 0xa1b2cd34;

/** The upper bits of the link type field say how long the frame check sequence is. */
const LINK_TYPE_MASK = 0x03ffffff;

const TS_SUBSECOND = 4;
const CAPLEN = 8;
const WIRELEN = 12;
const LINK_TYPE = 20;

/** Byte order of a file that begins so, or undefined when it is no pcap. */
export function pcapByteOrder(head: Uint8Array): 'little' | 'big' | undefined {
  if (head.length < 4) return undefined;
  const words = new DataView(head.buffer, head.byteOffset, 4);
  if (isMagic(words.getUint32(0, true))) return 'little';
  return isMagic(words.getUint32(0, false)) ? 'big' : undefined;
}

function isMagic(value: number): boolean {
  return value === MAGIC_USEC || value === MAGIC_NSEC || value === MAGIC_MODIFIED;
}

export class PcapParser implements CaptureParser {
  packets = 0;
  bytes = 0;
  problem: string | undefined;
  deadlineMs = Infinity;
  isOutOfTime = false;
  isAtBoundary = false;
  readonly #handler: PacketHandler;
  readonly #origin: CaptureOrigin;
  readonly #time = packetTime();
  readonly #maxRecord: number;
  readonly #isLittle: boolean;
  #sawHeader = false;
  #recordHeader = RECORD_HEADER;
  #ticksPerUsec = 1;
  #linkType = 0;

  constructor(setup: ParserSetup, byteOrder: 'little' | 'big') {
    this.#handler = setup.handler;
    this.#origin = { interfaceName: '', fileName: setup.fileName };
    this.#maxRecord = setup.limits.captureRecordBytes;
    this.#isLittle = byteOrder === 'little';
  }

  parse(window: Window, start: number, end: number): number {
    let at = start;
    this.isOutOfTime = false;
    if (!this.#sawHeader) {
      if (end - at < PCAP_FILE_HEADER) return at;
      this.#readFileHeader(window.words, at);
      at += PCAP_FILE_HEADER;
    }
    at = this.#readRecords(window, at, end);
    this.isAtBoundary = at === end;
    return at;
  }

  #readFileHeader(words: DataView, at: number): void {
    const magic = words.getUint32(at, this.#isLittle);
    if (magic === MAGIC_NSEC) this.#ticksPerUsec = 1000;
    if (magic === MAGIC_MODIFIED) this.#recordHeader = MODIFIED_RECORD_HEADER;
    this.#linkType = words.getUint32(at + LINK_TYPE, this.#isLittle) & LINK_TYPE_MASK;
    this.#sawHeader = true;
  }

  #readRecords(window: Window, start: number, end: number): number {
    const { bytes, words } = window;
    const isLittle = this.#isLittle;
    const header = this.#recordHeader;
    const ticksPerUsec = this.#ticksPerUsec;
    const time = this.#time;
    let at = start;
    while (end - at >= header) {
      const caplen = words.getUint32(at + CAPLEN, isLittle);
      if (caplen > this.#maxRecord) {
        this.problem = `packet ${this.packets + 1} claims ${caplen} bytes`;
        return at;
      }
      const data = at + header;
      if (end - data < caplen) return at;
      const wirelen = words.getUint32(at + WIRELEN, isLittle);
      const subsecond = words.getUint32(at + TS_SUBSECOND, isLittle);
      const usec = ticksPerUsec === 1 ? subsecond : Math.floor(subsecond / ticksPerUsec);
      time[0] = words.getUint32(at, isLittle) * 1e6 + usec;
      this.packets++;
      this.bytes += caplen;
      this.#handler.packet(
        bytes,
        data,
        caplen,
        wirelen > caplen ? wirelen : caplen,
        time,
        this.#linkType,
        this.#origin,
        this.packets,
      );
      at = data + caplen;
      if ((this.packets & (PACKETS_PER_CLOCK - 1)) === 0 && monotonicMs() > this.deadlineMs) {
        this.isOutOfTime = true;
        return at;
      }
    }
    return at;
  }
}
