/** One run of the inspector's thread: jobs go in one at a time, each has one answer or the thread failed. */
import {
  MessageChannel,
  Worker,
  receiveMessageOnPort,
  type MessagePort,
} from 'node:worker_threads';
import { monotonicMs, type LimitValues } from '../../core/index.ts';
import type { ThreadAnswer, ThreadData, ThreadJob } from './thread-messages.ts';

export interface ThreadHandler {
  onAnswer(answer: ThreadAnswer): void;
  /** The thread is gone; not called when it was ended on purpose. */
  onFailure(reason: string): void;
}

const MEBIBYTE = 1024 * 1024;

export class InspectorThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #answers = new Int32Array(new SharedArrayBuffer(4));
  #isEnded = false;

  /** Without a handler answers are fetched by `waitForAnswer`. */
  constructor(limits: LimitValues, handler: ThreadHandler | undefined) {
    const { port1, port2 } = new MessageChannel();
    const workerData: ThreadData = {
      port: port2,
      answers: this.#answers,
      limits,
      isLive: handler !== undefined,
    };
    this.#port = port1;
    this.#worker = new Worker(new URL('./inspector-thread.js', import.meta.url), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: limits.filesInspectHeapBytes / MEBIBYTE },
      env: {},
      // Flags for the sensor's own start are none for a thread.
      execArgv: [],
      // Nobody reads them: what libraries have to say about a hostile file is not for the operator.
      stdout: true,
      stderr: true,
    });
    this.#worker.unref();
    const onFailure = (reason: string): void => {
      if (this.#isEnded) return;
      this.end();
      handler?.onFailure(reason);
    };
    this.#worker.on('error', (error) => {
      onFailure(error.name);
    });
    this.#worker.on('exit', (code) => {
      onFailure(`ended with ${code}`);
    });
    if (handler === undefined) return;
    port1.on('message', (answer: ThreadAnswer) => {
      this.#worker.unref();
      if (!this.#isEnded) handler.onAnswer(answer);
    });
    port1.unref();
  }

  /** Moves the bytes of the job: they are empty here afterwards. */
  send(job: ThreadJob): void {
    // Bytes that share their memory with others cannot be moved.
    const { buffer } = job.bytes;
    const isMovable = buffer instanceof ArrayBuffer && job.bytes.length === buffer.byteLength;
    const bytes = isMovable ? job.bytes : Uint8Array.from(job.bytes);
    const message: ThreadJob = { name: job.name, mime: job.mime, bytes, isWhole: job.isWhole };
    this.#worker.ref();
    this.#port.postMessage(message, [bytes.buffer as ArrayBuffer]);
  }

  /** Sleeps until the answer is there. Undefined when it was not within `limitMs`. */
  waitForAnswer(limitMs: number): ThreadAnswer | undefined {
    const end = monotonicMs() + limitMs;
    while (true) {
      const seen = Atomics.load(this.#answers, 0);
      const received = receiveMessageOnPort(this.#port) as { message: ThreadAnswer } | undefined;
      if (received !== undefined) {
        this.#worker.unref();
        return received.message;
      }
      const left = end - monotonicMs();
      if (left <= 0) return undefined;
      Atomics.wait(this.#answers, 0, seen, left);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#port.close();
    this.#worker.unref();
    void this.#worker.terminate();
  }
}
