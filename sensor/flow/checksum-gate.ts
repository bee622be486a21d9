/**
 * Which segments with a wrong checksum (TCP, or IPv4 header) are read all the same. A receiver drops them, so reading
 * one lets an attacker show the sensor what the receiver never sees. But where checksums are left to the
 * network card, everything the capturing host sends is wrong, and dropping it would blind the sensor.
 *
 * `auto` tells the two apart by two signs: a half that never showed a right checksum is offloaded; and when
 * many of the first segments of a capture are wrong, all of it is.
 */
import { COUNTER, log, type Counters } from '../core/index.ts';
import { ipv4ChecksumOk, tcpChecksumOk, type PacketView } from '../decode/index.ts';

export const CHECKSUM_MODES = ['auto', 'all', 'none'] as const;

export type ChecksumMode = (typeof CHECKSUM_MODES)[number];

/** Segments of a capture that decide whether it was taken with offload, and what speaks for it. */
const LEARN_SEGMENTS = 1024;
const LEARN_MIN_BAD = 16;
const LEARN_BAD_SHARE = 1 / 8;

export class ChecksumGate {
  readonly #mode: ChecksumMode;
  readonly #counters: Counters;
  #checked = 0;
  #bad = 0;
  #isOffloaded = false;

  constructor(mode: ChecksumMode, counters: Counters) {
    this.#mode = mode;
    this.#counters = counters;
  }

  /** Another capture begins, taken elsewhere perhaps: learn anew. */
  newCapture(): void {
    this.#checked = 0;
    this.#bad = 0;
    this.#isOffloaded = false;
  }

  /** False when checksums are not looked at: a "right" one then says nothing. */
  get isLooking(): boolean {
    return this.#mode !== 'none' && !this.#isOffloaded;
  }

  /** Is the checksum right? True without a look when it does not matter. Sets view.checksumBad. */
  verify(view: PacketView): boolean {
    if (!this.isLooking) return true;
    const isOk = tcpChecksumOk(view) && ipv4ChecksumOk(view);
    view.checksumBad = !isOk;
    if (!isOk) {
      const values = this.#counters.values;
      values[COUNTER.tcpChecksumErrors] = (values[COUNTER.tcpChecksumErrors] as number) + 1;
    }
    if (this.#mode === 'auto' && this.#checked < LEARN_SEGMENTS) this.#learn(isOk);
    return isOk;
  }

  /** Read a segment although its checksum is wrong? `wasGood`: its half has shown a right one. */
  mayAccept(wasGood: boolean): boolean {
    return this.#mode === 'auto' && (this.#isOffloaded || !wasGood);
  }

  #learn(isOk: boolean): void {
    this.#checked++;
    if (!isOk) this.#bad++;
    if (this.#bad < LEARN_MIN_BAD || this.#bad < this.#checked * LEARN_BAD_SHARE) return;
    this.#isOffloaded = true;
    log('info', 'flow', 'Many TCP checksums are wrong: offload assumed, checksums not verified');
  }
}
