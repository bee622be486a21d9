import type { PacketView } from './packet-view.ts';

/**
 * Where decoding stands inside one packet: one object, reused. Each layer decoder checks the
 * bytes between `at` and `end` once, reads its header, narrows `end` and `wireEnd` to what its
 * header claims and moves `at` behind itself.
 */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  /** First byte of the current layer. */
  at = 0;
  /** Behind the last captured byte of the current layer. */
  end = 0;
  /** Behind the last byte the layer had on the wire: at least `end`. */
  wireEnd = 0;
  vlanTags = 0;

  /**
   * Begins at the first byte of a packet. A method, because V8 (11.3) compiles plain stores into
   * a constant object of the module, here the one cursor, such that all later stores of the
   * function are slow and box their doubles: measured, 16 bytes a packet.
   */
  start(bytes: Uint8Array, offset: number, caplen: number, wirelen: number): void {
    this.bytes = bytes;
    this.at = offset;
    this.end = offset + caplen;
    this.wireEnd = offset + (wirelen > caplen ? wirelen : caplen);
    this.vlanTags = 0;
  }
}

/**
 * Decodes one layer. Returns DECODED, NOT_TCP, an event id, or one of the `next...` values of
 * next-layer.ts: which decoder goes on at `cursor.at`.
 */
export type LayerDecoder = (cursor: Cursor, view: PacketView) => number;
