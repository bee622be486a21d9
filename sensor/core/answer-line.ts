/** The thread's end of a ThreadLine: each question with its answer, or with the OperatorError it met. */
import { parentPort } from 'node:worker_threads';
import { OperatorError } from './errors.ts';
import type { LineAnswering, LineAsking } from './thread-line.ts';

export interface LineDesk<Question> {
  /** The answer, or a promise of it: plain data, or bytes. */
  readonly answer: (question: Question) => unknown;
  /** What the asker is told of an error that is none of an operator. */
  readonly unforeseen: (error: unknown, question: Question) => OperatorError;
  /** Before the thread ends because it was told to. */
  readonly finish?: () => void;
}

export function answerLine<Question>(desk: LineDesk<Question>): void {
  parentPort?.on('message', (asking: LineAsking<Question>) => {
    if (asking === 'finish') {
      desk.finish?.();
      parentPort?.close();
      return;
    }
    void answerTo(desk, asking.serial, asking.question).then((answering) => {
      parentPort?.postMessage(answering);
    });
  });
}

async function answerTo<Question>(
  desk: LineDesk<Question>,
  serial: number,
  question: Question,
): Promise<LineAnswering> {
  try {
    return { serial, answer: await desk.answer(question) };
  } catch (error) {
    const { code, message, hint } =
      error instanceof OperatorError ? error : desk.unforeseen(error, question);
    return { serial, code, message, hint };
  }
}
