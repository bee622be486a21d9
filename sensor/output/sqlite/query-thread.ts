/** The thread that asks the store (query-line.ts). */
import { workerData } from 'node:worker_threads';
import { OperatorError, answerLine, errorText } from '../../core/index.ts';
import type { Query } from './query-line.ts';
import { StoreDesk, type StoreDeskOptions } from './store-desk.ts';

const desk = new StoreDesk(workerData as StoreDeskOptions);

answerLine<Query>({
  answer: ({ name, args }) => desk.ask(name, args),
  unforeseen: (error) => new OperatorError('STORE_UNREADABLE', errorText(error)),
  finish: () => {
    desk.close();
  },
});
