/** What the two file formats have in common: parsers that stop anywhere and go on later. */
import type { LimitValues } from '../core/index.ts';
import type { PacketHandler } from './types.ts';

/** A buffer with both ways to read it; made once, read in place. */
export interface Window {
  readonly bytes: Uint8Array;
  readonly words: DataView;
}

export function makeWindow(length: number): Window {
  const buffer = new ArrayBuffer(length);
  return { bytes: new Uint8Array(buffer), words: new DataView(buffer) };
}

/** Reads one format; one object per file. */
export interface CaptureParser {
  readonly packets: number;
  readonly bytes: number;
  /** Why parsing cannot go on at the place where it stopped; undefined while it can. */
  readonly problem: string | undefined;
  /** True where the file may end. */
  readonly isAtBoundary: boolean;
  /** Monotonic milliseconds after which `parse` hands back control before its input is used up. */
  deadlineMs: number;
  /** True when the last `parse` stopped for its deadline: there is more to do in the window. */
  readonly isOutOfTime: boolean;
  /**
   * Hands on the packets in `window.bytes[start .. end)`. Returns where it stopped: bytes from
   * there on are to be given again with more behind them.
   */
  parse(window: Window, start: number, end: number): number;
}

export interface ParserSetup {
  readonly handler: PacketHandler;
  readonly fileName: string;
  readonly limits: LimitValues;
}

/** The clock is read once in so many packets (a power of two). */
export const PACKETS_PER_CLOCK = 64;
