/** A thread behind a ThreadLine, for thread-line.test.ts: it does as it is asked. */
import { spawnSync } from 'node:child_process';
import { threadId, workerData } from 'node:worker_threads';
import { OperatorError, answerLine } from '../../../sensor/core/index.ts';

export type Question =
  | { readonly say: string }
  /** Sets GATE.held, and answers once GATE.open is set. */
  | 'hold'
  /** Sets GATE.held, and is where nothing can end it until there is a file of this name. */
  | { readonly untilFile: string }
  | 'refuse'
  | 'throw'
  | 'exit'
  | 'thread';

/** Places in the memory that test and thread share. */
export const GATE = { held: 0, open: 1, finished: 2 } as const;

const gate = new Int32Array(workerData as SharedArrayBuffer);

function answer(question: Question): unknown {
  switch (question) {
    case 'hold':
      Atomics.store(gate, GATE.held, 1);
      Atomics.wait(gate, GATE.open, 0);
      return 'held';
    case 'refuse':
      throw new OperatorError('USAGE', 'It makes no sense', 'Ask otherwise');
    case 'throw':
      throw new RangeError('A mistake');
    case 'exit':
      return process.exit(7);
    case 'thread':
      return threadId;
    default:
      if ('say' in question) return question.say;
      Atomics.store(gate, GATE.held, 1);
      spawnSync('sh', ['-c', 'while [ ! -e "$0" ]; do sleep 0.05; done', question.untilFile]);
      return 'back';
  }
}

answerLine<Question>({
  answer,
  unforeseen: (error, question) =>
    new OperatorError('STORE_BUSY', `${JSON.stringify(question)}: ${String(error)}`),
  finish: () => {
    Atomics.store(gate, GATE.finished, 1);
  },
});
