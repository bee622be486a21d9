/**
 * What supervisor and capture workers say to each other (process-line.ts carries it), and the supervisor and the process
 * that starts workers. Batches carry credit: a worker has at most a window of unacknowledged ones.
 */
import type { SensorRecord, ServerFeaturesRecord } from './alert/index.ts';
import type { SensorConfig } from './config/index.ts';
import type { ErrorCode } from './core/index.ts';
import type { TableReport } from './correlation/index.ts';
import type { OfferNews } from './files/index.ts';

/** One capture worker's share of the traffic. */
export interface WorkerAssignment {
  readonly config: SensorConfig;
  readonly interfaces: readonly string[];
  readonly filter: string;
  readonly index: number;
  readonly count: number;
  /** Where this worker's flow ids begin. */
  readonly firstFlowId: number;
  /** What servers were seen to offer so far. */
  readonly serverFeatures: readonly ServerFeaturesRecord[];
}

export type ToWorker =
  | { readonly type: 'start'; readonly assignment: WorkerAssignment }
  | { readonly type: 'acknowledge' }
  | { readonly type: 'reload'; readonly request: number }
  /** Another worker saw a file being offered; its bytes may come here. */
  | { readonly type: 'offer'; readonly news: OfferNews }
  | { readonly type: 'stop' };

/** Counters and gauges of one worker at a moment; the supervisor adds workers up. */
export interface WorkerSnapshot {
  readonly values: Float64Array;
  readonly events: Float64Array;
  /** Per interface: packets, bytes and drops so far. */
  readonly interfaces: readonly InterfaceSnapshot[];
  /** Bytes in use by memory pool. */
  readonly memory: Readonly<Record<string, number>>;
  /** Findings held back by thresholds so far, by sid. */
  readonly suppressed: readonly (readonly [sid: number, count: number])[];
  /** How full the tables of stateful detection are. */
  readonly tables: readonly TableReport[];
  /** Wall clock minus time of the latest packet, seconds; 0 while no packets come. */
  readonly lagSeconds: number;
  /** Time of its latest packet; 0 before the first. */
  readonly packetUsec?: number;
}

export interface InterfaceSnapshot {
  readonly interfaceName: string;
  readonly isCapturing: boolean;
  readonly packets: number;
  readonly bytes: number;
  readonly droppedKernel: number;
  readonly droppedInterface: number;
  readonly droppedShed: number;
}

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'records'; readonly records: readonly SensorRecord[] }
  | { readonly type: 'snapshot'; readonly snapshot: WorkerSnapshot }
  | { readonly type: 'offer'; readonly news: OfferNews }
  /** Answer to the reload of that number; `error` is '' when the new rules are in force. */
  | { readonly type: 'reloaded'; readonly request: number; readonly error: string }
  | {
      readonly type: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    }
  | { readonly type: 'done' };

/** Where a worker finds its line to the supervisor. */
export const WORKER_LINE_FD = 3;

/**
 * `start` is answered by `line`, with the supervisor's end of the worker's line; `taken` by `started`, when the starter
 * has closed its copy: only then may the supervisor speak, and nobody else reads what the worker answers. `ended` comes
 * whenever a worker has, also for one that could not be started.
 */
export type ToStarter = { readonly type: 'start' | 'taken' | 'kill'; readonly id: number };

export type FromStarter =
  | { readonly type: 'line' | 'started'; readonly id: number }
  /** A signal, an exit status, or why it could not be started; for people. */
  | { readonly type: 'ended'; readonly id: number; readonly how: string };
