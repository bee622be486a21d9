/** The thread that asks the store: one question at a time, each with its answer or its error. */
import { parentPort, workerData } from 'node:worker_threads';
import { OperatorError, errorText } from '../../core/index.ts';
import type { Asking, Answer, ThreadData } from './query-messages.ts';
import { StoreDesk } from './store-desk.ts';

const desk = new StoreDesk(workerData as ThreadData);

parentPort?.on('message', (asking: Asking) => {
  if (asking.name === 'close') {
    desk.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(answerTo(asking));
});

function answerTo({ serial, name, args }: Exclude<Asking, { readonly name: 'close' }>): Answer {
  try {
    return { serial, isGood: true, value: desk.ask(name, args) };
  } catch (error) {
    if (!(error instanceof OperatorError)) {
      return {
        serial,
        isGood: false,
        code: 'STORE_UNREADABLE',
        message: errorText(error),
        hint: '',
      };
    }
    const { code, message, hint } = error;
    return { serial, isGood: false, code, message, hint: hint ?? '' };
  }
}
