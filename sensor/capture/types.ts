/** Contract of capture/: where packets come from and what is handed on. */
import type { LimitValues, PacketTime } from '../core/index.ts';

/** One thing packets come from: a file, one interface of a pcapng, a live interface. */
export interface CaptureOrigin {
  /** Interface name (live), or the interface name a pcapng records, or ''. */
  readonly interfaceName: string;
  /** File the packet came from, or '' for live capture. */
  readonly fileName: string;
}

/**
 * Receives packets. `bytes[offset .. offset+caplen)` is borrowed: valid only during the call.
 * So is `time`, whose cell holds microseconds since the epoch (a float64 holds them exactly);
 * `linkType` is the LINKTYPE_ number of the capture; `packetNumber` counts from 1 within the
 * file or interface. `wirelen` is at least `caplen`.
 */
export interface PacketHandler {
  packet(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    time: PacketTime,
    linkType: number,
    origin: CaptureOrigin,
    packetNumber: number,
  ): void;
}

/** How an offline source ended. */
export interface ReadResult {
  /** Packets handed on, and their bytes as captured. */
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
  /** Stops reading: the result tells what was delivered until then. */
  readonly signal?: AbortSignal;
  /** Limits in force; the defaults unless told. */
  readonly limits?: LimitValues;
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

/** What one live interface did so far; only grows. */
export interface LiveStats {
  /** Packets handed on, and their bytes as captured. */
  readonly packets: number;
  readonly bytes: number;
  readonly droppedKernel: number;
  readonly droppedInterface: number;
  readonly droppedShed: number;
}

export interface LiveCapture {
  readonly interfaceName: string;
  /** LINKTYPE_ number of the interface. */
  readonly linkType: number;
  readonly stats: LiveStats;
  /** False while the interface is gone (it is looked for until it is back) and after close. */
  readonly isCapturing: boolean;
  /** Read the kernel's drop counters into `stats` and into the shared counters. */
  updateStats(): void;
  close(): void;
}
