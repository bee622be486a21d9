/**
 * Packet time of the flow table: the latest time seen, since packets may come a little out of
 * order. Kept in a cell, because a double handed from function to function costs an allocation each
 * time.
 */
import { packetTime, type PacketTime } from '../core/index.ts';

/** A bigger step back is another capture, and the clock follows it. */
export const MAX_STEP_BACK_USEC = 60_000_000;

export class PacketClock {
  /** Microseconds since the epoch, in `now[0]`. */
  readonly now: PacketTime = packetTime();

  /** Take notice of a time; true when it is far back. */
  advance(usec: number): boolean {
    const now = this.now[0] as number;
    const isBack = usec < now - MAX_STEP_BACK_USEC;
    if (usec > now || isBack) this.now[0] = usec;
    return isBack;
  }
}
