/** What goes between the sensor and the thread of the inspector. */
import type { MessagePort } from 'node:worker_threads';
import type { LimitValues } from '../../core/index.ts';
import type { Inspection, InspectionJob } from '../types.ts';

/** Given at the start of the thread. */
export interface ThreadData {
  readonly port: MessagePort;
  /** One cell: grows with each answer, for who waits asleep. */
  readonly answers: Int32Array<SharedArrayBuffer>;
  readonly limits: LimitValues;
  /** Packets are captured meanwhile: they go first. */
  readonly isLive: boolean;
}

export type ThreadJob = InspectionJob;

export interface ThreadAnswer {
  /** Undefined: the inspection met an error of its own. */
  readonly inspection: Inspection | undefined;
  /** That error, '' when there was none. */
  readonly error: string;
}
