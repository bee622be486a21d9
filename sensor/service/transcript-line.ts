/**
 * The line of questions before the thread of transcripts: packets are hostile, rules take seconds to load, and nobody
 * else waits. The thread ends when it is not asked for a while, so that the next has the rules of then.
 */
import type { Transcript } from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import { LineFailure, ThreadLine, type StoredAlert } from '../core/index.ts';
import type { TranscriptAlert } from './transcript.ts';

/** From when the thread is asked; the first one loads the rules. */
const ANSWER_MS = 30_000;
const IDLE_MS = 60_000;
const HEAP_MB = 512;
/** Questions that wait. */
const MAX_WAITING = 16;

export interface TranscriptLineOptions {
  readonly answerMs?: number;
  readonly script?: URL;
}

export class TranscriptLine {
  readonly #line: ThreadLine<TranscriptAlert>;
  readonly #answerMs: number;

  constructor(config: SensorConfig, { answerMs = ANSWER_MS, script }: TranscriptLineOptions = {}) {
    this.#answerMs = answerMs;
    this.#line = new ThreadLine({
      name: 'The thread of transcripts',
      room: 'packets',
      script: script ?? new URL('./transcript-thread.js', import.meta.url),
      workerData: config,
      maxWaiting: MAX_WAITING,
      heapMb: HEAP_MB,
      idleMs: IDLE_MS,
    });
  }

  /** Rejects with OperatorError; a thread that failed is told as the reason of an empty transcript. */
  async ask(alert: StoredAlert): Promise<Transcript> {
    const { alertId, tsUsec, flowId, communityId, gid, sid, direction } = alert;
    const question = { alertId, tsUsec, flowId, communityId, gid, sid, direction };
    try {
      return (await this.#line.ask(question, this.#answerMs)) as Transcript;
    } catch (error) {
      if (!(error instanceof LineFailure)) throw error;
      return { alertId, reason: this.#reason(error), entries: [] };
    }
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  #reason({ why, message }: LineFailure): string {
    switch (why) {
      case 'slow':
        return `The transcript took longer than ${this.#answerMs / 1000} seconds`;
      case 'full':
        return 'Too many transcripts are asked for: try again';
      case 'closed':
        return 'The sensor stops';
      case 'broken':
        return `No transcript can be made: ${message}`;
    }
  }
}
