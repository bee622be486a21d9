/**
 * Which segments with a wrong checksum (TCP, or IPv4 header) are read all the same. A receiver
 * drops them, so reading one lets an attacker show the sensor what the receiver never sees. But a
 * capturing host sees wrong checksums of its own making: what it sends before the network card
 * fills them in, and what its kernel merged from several segments it received (GRO). Dropping those
 * would blind the sensor.
 *
 * `auto` accepts
 * - a half that never showed a right checksum: its sender leaves them to the card;
 * - the mark of offload, when the segment is larger than an Ethernet frame carries, or when such
 *   segments are common in this capture (the first few are believed);
 * - anything, when wrong checksums are common in this capture.
 */
import { COUNTER, log, u16, type Counters } from '../core/index.ts';
import { ipv4ChecksumOk, tcpChecksumOk, type PacketView } from '../decode/index.ts';

export type ChecksumMode = 'auto' | 'all' | 'none';

/** Common: one in eight of the segments looked at lately, and more than a few. */
const COMMON_SHARE = 1 / 8;
const FEW = 16;
/** Counts are halved when so many segments were looked at: "lately". */
const LATELY = 8192;
/** Payload of one Ethernet frame, without jumbo frames. */
const MAX_FRAME_PAYLOAD = 1460;

const CHECKSUM_OFFSET = 16;
const TCP_PROTOCOL = 6;

export class ChecksumGate {
  /** Set by accepts(): the checksum was looked at and is right. */
  isGood = false;
  readonly #mode: ChecksumMode;
  readonly #counters: Counters;
  #checked = 0;
  #marked = 0;
  #bad = 0;
  #isNoted = false;

  constructor(mode: ChecksumMode, counters: Counters) {
    this.#mode = mode;
    this.#counters = counters;
  }

  /** Another capture begins, taken elsewhere perhaps: what was common counts no more. */
  newCapture(): void {
    this.#checked = 0;
    this.#marked = 0;
    this.#bad = 0;
    this.#isNoted = false;
  }

  /** Read the segment? `wasGood`: its half has shown a right checksum. Sets view.checksumBad. */
  accepts(view: PacketView, wasGood: boolean): boolean {
    this.isGood = false;
    if (this.#mode === 'none') return true;
    const isGood = tcpChecksumOk(view) && ipv4ChecksumOk(view);
    this.isGood = isGood;
    view.checksumBad = !isGood;
    if (++this.#checked >= LATELY) this.#age();
    if (isGood) return true;
    const values = this.#counters.values;
    values[COUNTER.tcpChecksumErrors] = (values[COUNTER.tcpChecksumErrors] as number) + 1;
    return this.#mode === 'auto' && this.#excuses(view, wasGood);
  }

  #excuses(view: PacketView, wasGood: boolean): boolean {
    if (hasOffloadMark(view)) {
      this.#marked++;
      const isLarge = view.payloadWireLength > MAX_FRAME_PAYLOAD;
      return !wasGood || isLarge || this.#marked <= FEW || this.#isCommon(this.#marked);
    }
    this.#bad++;
    return !wasGood || this.#isCommon(this.#bad);
  }

  #isCommon(count: number): boolean {
    if (count <= FEW || count < this.#checked * COMMON_SHARE) return false;
    if (!this.#isNoted) {
      this.#isNoted = true;
      log('info', 'flow', 'Wrong TCP checksums are common here (offload): such segments are read');
    }
    return true;
  }

  #age(): void {
    this.#checked /= 2;
    this.#marked /= 2;
    this.#bad /= 2;
  }
}

/**
 * Linux leaves the sum of the pseudo header in the checksum field of a segment that is to be
 * completed by the card, and of one that it merged.
 */
function hasOffloadMark(view: PacketView): boolean {
  let sum = TCP_PROTOCOL + view.payloadOffset - view.tcpOffset + view.payloadWireLength;
  sum += halves(view.src3) + halves(view.dst3);
  if (view.ipVersion === 6) {
    sum += halves(view.src0) + halves(view.src1) + halves(view.src2);
    sum += halves(view.dst0) + halves(view.dst1) + halves(view.dst2);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === u16(view.bytes, view.tcpOffset + CHECKSUM_OFFSET);
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}
