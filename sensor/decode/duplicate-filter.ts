/**
 * Mirror ports show many packets twice: once where they enter a switch, once where they leave
 * it, or on both sides of a router (then with another TTL, VLAN and link header). The second
 * copy says nothing new, so it is dropped before flow/ takes it for a retransmission.
 */
import { randomFillSync } from 'node:crypto';
import type { PacketView } from './packet-view.ts';

/**
 * How far apart two copies may be. Copies differ by switch and router latency, microseconds to a
 * millisecond; the fastest retransmission of a real stack (tail loss probe, delayed
 * acknowledgement) comes after several milliseconds. And should a byte-identical retransmission
 * within the window be dropped, no byte is lost: the first copy was read.
 */
const WINDOW_USEC = 3000;

/** Packets remembered: at a million packets a second the window holds 3,000. */
const SLOTS = 4096;

/** Words of one slot (one cache line): addresses, ports, seq, ack, flags and window, ... */
const SLOT_WORDS = 16;
const PORTS = 8;
const SEQ = 9;
const ACK = 10;
const FLAGS_WINDOW = 11;
const ID_CHECKSUM = 12;
const LENGTH = 13;
const HASH = 14;
const TIME = 15;

const TCP_CHECKSUM = 16;
const TCP_FIXED_HEADER = 20;

/** Content up to this is always hashed; longer content only while copies are being seen. */
const SMALL_CONTENT = 64;
/** Packets for which long content is hashed after headers last came twice. */
const WATCHFUL_PACKETS = 65536;
/** Content beyond this (no wire carries it) makes a packet unique. */
const MAX_CONTENT = 65536;

/**
 * Tells second copies from packets. Two packets are copies when addresses, ports, sequence and
 * acknowledgement numbers, flags, window, IP id, TCP checksum and length agree and so does a
 * keyed hash over TCP options and payload: segments that claim the same bytes with different
 * content, crafted to one checksum even, both go on to reassembly.
 *
 * The hash is multilinear over 16-bit words with random keys, which nobody can steer (two given
 * contents collide with a probability of 2^-17). Hashing costs, so long content is hashed only
 * once headers came twice: on a port that shows each packet once it never is, and where copies
 * start, the first long one passes.
 */
export class DuplicateFilter {
  readonly #slots = new Int32Array(SLOTS * SLOT_WORDS);
  readonly #keys = new Int32Array(MAX_CONTENT / 2 + 1);
  /** Packets left for which long content is hashed. */
  #watchful = 0;

  constructor() {
    randomFillSync(this.#keys);
    // No packet has length -1: unused slots match nothing.
    for (let at = LENGTH; at < this.#slots.length; at += SLOT_WORDS) this.#slots[at] = -1;
  }

  /** Is this decoded packet the copy of one seen just before? Remembers it if not. */
  isDuplicate(view: PacketView): boolean {
    const bytes = view.bytes;
    const slots = this.#slots;
    const content = view.tcpOffset + TCP_FIXED_HEADER;
    const contentLength = view.payloadOffset + view.payloadLength - content;
    if (contentLength > MAX_CONTENT) return false;
    const checksumAt = view.tcpOffset + TCP_CHECKSUM;
    const checksum = ((bytes[checksumAt] as number) << 8) | (bytes[checksumAt + 1] as number);
    const ports = (view.srcPort << 16) | view.dstPort;
    const flagsWindow = (view.flags << 16) | view.window;
    const idChecksum = (view.ipId << 16) | checksum;
    // Modulo 2^32, which is enough to tell two times within milliseconds.
    const usec = view.tsUsec | 0;

    let isHashed = contentLength <= SMALL_CONTENT;
    if (this.#watchful > 0) {
      this.#watchful--;
      isHashed = true;
    }
    const hash = isHashed ? this.#hash(bytes, content, contentLength) : 0;

    const at = slotOf(view.seq, view.ack, ports, idChecksum, view.src3 + view.dst3);
    const isTwin =
      slots[at + SEQ] === view.seq &&
      slots[at + ACK] === view.ack &&
      slots[at + PORTS] === ports &&
      slots[at + ID_CHECKSUM] === idChecksum &&
      slots[at + FLAGS_WINDOW] === flagsWindow &&
      slots[at + LENGTH] === view.payloadWireLength &&
      sameAddresses(slots, at, view) &&
      Math.abs((usec - (slots[at + TIME] as number)) | 0) <= WINDOW_USEC;
    if (isTwin) {
      this.#watchful = WATCHFUL_PACKETS;
      if (isHashed && slots[at + HASH] === hash) return true;
    }

    slots[at] = view.src0;
    slots[at + 1] = view.src1;
    slots[at + 2] = view.src2;
    slots[at + 3] = view.src3;
    slots[at + 4] = view.dst0;
    slots[at + 5] = view.dst1;
    slots[at + 6] = view.dst2;
    slots[at + 7] = view.dst3;
    slots[at + PORTS] = ports;
    slots[at + SEQ] = view.seq;
    slots[at + ACK] = view.ack;
    slots[at + FLAGS_WINDOW] = flagsWindow;
    slots[at + ID_CHECKSUM] = idChecksum;
    slots[at + LENGTH] = view.payloadWireLength;
    slots[at + HASH] = hash;
    slots[at + TIME] = usec;
    return false;
  }

  /** Never 0: that is the hash of content that was not hashed. */
  #hash(bytes: Uint8Array, start: number, length: number): number {
    const keys = this.#keys;
    const end = start + length;
    let sum = keys[0] as number;
    let key = 1;
    let at = start;
    for (; at + 1 < end; at += 2) {
      const word = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      sum = (sum + Math.imul(keys[key++] as number, word)) | 0;
    }
    if (at < end) sum = (sum + Math.imul(keys[key] as number, (bytes[at] as number) << 8)) | 0;
    return sum === 0 ? 1 : sum;
  }
}

function slotOf(seq: number, ack: number, ports: number, id: number, addresses: number): number {
  let mixed = Math.imul(seq ^ (ack >>> 7), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ ports ^ id ^ addresses, 0x85ebca6b);
  return ((mixed >>> 13) & (SLOTS - 1)) * SLOT_WORDS;
}

function sameAddresses(slots: Int32Array, at: number, view: PacketView): boolean {
  return (
    slots[at + 3] === view.src3 &&
    slots[at + 7] === view.dst3 &&
    slots[at] === view.src0 &&
    slots[at + 1] === view.src1 &&
    slots[at + 2] === view.src2 &&
    slots[at + 4] === view.dst0 &&
    slots[at + 5] === view.dst1 &&
    slots[at + 6] === view.dst2
  );
}
