/**
 * Looks into files in a thread of its own: a hostile file may cost its time limit, never the sensor.
 *
 *   inspect(job) -> queue (bounded) -> one job at a time -> thread -> answer, in the order of the jobs
 *
 * Offline the caller sleeps until the answer is there (a replay gives the same every time); live it comes later. A
 * thread that is too slow, out of memory or broken is ended; its job has no answer, the next begins a new thread.
 */
import { log, type Counters, type LimitValues } from '../../core/index.ts';
import type { Inspection, InspectionJob, Inspector } from '../types.ts';
import type { ThreadAnswer } from './thread-messages.ts';
import { InspectorThread } from './thread.ts';

export interface InspectorOptions {
  /** 'wait': the answer is given during the call, for replays. 'later': when it is there, for live use. */
  readonly mode: 'wait' | 'later';
  readonly limits: LimitValues;
  readonly counters: Counters;
}

interface Waiting {
  readonly job: InspectionJob;
  readonly bytes: number;
  readonly answer: (inspection: Inspection | undefined) => void;
}

/** No thread runs before the first job, and an idle one does not keep the process alive. */
export function createInspector(options: InspectorOptions): Inspector {
  return new ThreadInspector(options);
}

class ThreadInspector implements Inspector {
  readonly #options: InspectorOptions;
  readonly #limitMs: number;
  readonly #queue: Waiting[] = [];
  /** In the hands of the thread. */
  #current: Waiting | undefined;
  /** Of the queue and the current one. */
  #bytes = 0;
  #thread: InspectorThread | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: InspectorOptions) {
    this.#options = options;
    this.#limitMs = options.limits.filesInspectSeconds * 1000;
  }

  get pending(): number {
    return this.#queue.length + (this.#current === undefined ? 0 : 1);
  }

  inspect(job: InspectionJob, answer: Waiting['answer']): void {
    const { limits, counters } = this.#options;
    const bytes = job.bytes.length;
    if (
      this.#isClosed ||
      this.pending >= limits.filesInspectJobs ||
      this.#bytes + bytes > limits.filesInspectBytes
    ) {
      counters.add('filesInspectRefused', 1);
      answer(undefined);
      return;
    }
    this.#bytes += bytes;
    this.#queue.push({ job, bytes, answer });
    this.#work();
  }

  close(): void {
    this.#isClosed = true;
    this.#endThread();
    const left = this.#queue.splice(0);
    if (this.#current !== undefined) left.unshift(this.#current);
    this.#current = undefined;
    this.#bytes = 0;
    for (const { answer } of left) answer(undefined);
  }

  /** Hands the next job to the thread, unless it has one. */
  #work(): void {
    if (this.#current !== undefined) return;
    const next = (this.#current = this.#queue.shift());
    if (next === undefined) return;
    if (this.#options.mode === 'wait') {
      this.#thread ??= new InspectorThread(this.#options.limits, undefined);
      this.#thread.send(next.job);
      const answer = this.#thread.waitForAnswer(this.#limitMs);
      if (answer === undefined) this.#fail('no answer in time');
      else this.#finish(answer);
      return;
    }
    this.#thread ??= new InspectorThread(this.#options.limits, {
      onAnswer: (answer) => {
        this.#finish(answer);
      },
      onFailure: (reason) => {
        this.#fail(reason);
      },
    });
    this.#thread.send(next.job);
    this.#timer = setTimeout(() => {
      this.#fail('no answer in time');
    }, this.#limitMs);
  }

  #finish({ inspection, error }: ThreadAnswer): void {
    if (inspection === undefined) this.#tellFailure(error);
    else this.#options.counters.add('filesInspected', 1);
    this.#answer(inspection);
  }

  #fail(reason: string): void {
    this.#endThread();
    this.#tellFailure(reason);
    this.#answer(undefined);
  }

  #answer(inspection: Inspection | undefined): void {
    clearTimeout(this.#timer);
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    this.#bytes -= current.bytes;
    current.answer(inspection);
    this.#work();
  }

  #tellFailure(reason: string): void {
    if (this.#current === undefined) return;
    this.#options.counters.add('filesInspectFailed', 1);
    log('debug', 'files', `A file of ${this.#current.bytes} bytes was not inspected: ${reason}`);
  }

  #endThread(): void {
    clearTimeout(this.#timer);
    this.#thread?.end();
    this.#thread = undefined;
  }
}
