/**
 * The time of the packet in hand, microseconds since the epoch, in a cell: read `time[0]`. The
 * cell is reused for the next packet. A plain number would do, but V8 allocates 16 bytes for a
 * double handed to a function it does not inline, and packets are handed on that way.
 */
export type PacketTime = Float64Array;

/** A cell that holds this time. */
export function packetTime(usec = 0): PacketTime {
  return Float64Array.of(usec);
}
