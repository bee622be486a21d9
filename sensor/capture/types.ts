/** Contract of capture/: where packets come from and what is handed on. */
import type { Counters, LimitValues } from '../core/index.ts';

/** One thing packets come from: a file, one interface of a pcapng, a live interface. */
export interface CaptureOrigin {
  /** Interface name (live), or the interface name a pcapng records, or ''. */
  readonly interfaceName: string;
  /** File the packet came from, or '' for live capture. */
  readonly fileName: string;
}

/**
 * Receives packets. `bytes[offset .. offset+caplen)` is borrowed: valid only during the call.
 * `tsUsec` is microseconds since the epoch (a float64 holds it exactly); `linkType` is the
 * LINKTYPE_ number of the capture; `packetNumber` counts from 1 within the file or interface.
 */
export interface PacketHandler {
  packet(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    tsUsec: number,
    linkType: number,
    origin: CaptureOrigin,
    packetNumber: number,
  ): void;
}

/** How an offline source ended. */
export interface ReadResult {
  readonly packets: number;
  readonly bytes: number;
  /** Set when a file was truncated or corrupt: what could be read was delivered. */
  readonly problem: string | undefined;
}

export interface ReadProgress {
  /** Bytes of input (as stored, compressed) read so far and in all; total is 0 when unknown. */
  readonly readBytes: number;
  readonly totalBytes: number;
}

export interface ReadOptions {
  readonly onProgress?: (progress: ReadProgress) => void;
  readonly signal?: AbortSignal;
}

export interface LiveOptions {
  readonly interfaceName: string;
  readonly filter: string;
  readonly snaplen: number;
  readonly ringBytes: number;
  readonly promiscuous: boolean;
  /** Budget of one dispatch in milliseconds before load is shed. */
  readonly dispatchMs: number;
}

export interface LiveCapture {
  /** LINKTYPE_ number of the interface. */
  readonly linkType: number;
  /** Read kernel counters into `counters` (received is ours; drops are the kernel's). */
  updateStats(): void;
  close(): void;
}

export type CaptureCounters = Counters;
export type CaptureLimits = LimitValues;
