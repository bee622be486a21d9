/** Contract of reassembly/: one half in, its bytes in order out. */

/** Callbacks of the reassembler. Of the reassembler they may call only close(). */
export interface ReassemblyHandler {
  /** The next bytes of a half, borrowed for the call. */
  onBytes(half: number, bytes: Uint8Array, offset: number, length: number): void;
  /** `length` bytes were given up; delivery goes on behind them. */
  onHole(half: number, length: number): void;
  /**
   * reassembly.overlap_diff_data, reassembly.too_many_holes or reassembly.memcap (core/events.ts).
   */
  onEvent(half: number, event: number): void;
}
