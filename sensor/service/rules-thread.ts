/** The thread of rules-line.ts. */
import { constants, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, answerLine, errorText, log, setLogLevel } from '../core/index.ts';
import { RulesDesk } from './rules-desk.ts';
import type { RulesAsking } from './rules-messages.ts';

const config = workerData as SensorConfig;
setLogLevel(config.log_level);
// On Linux this is the priority of the calling thread alone: packets go before questions.
setPriority(constants.priority.PRIORITY_LOW);
const desk = new RulesDesk(config);

answerLine<RulesAsking>({
  answer: ({ kind, ask, version }) => desk.answer(kind, ask, version),
  // A mistake of ours: the next question finds a thread that knows nothing of it.
  unforeseen: (error, { kind }) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : errorText(error);
    log('error', 'rules', `${kind}: ${text}`);
    const message = `The question about rules failed: ${errorText(error)}`;
    return new OperatorError('RULES_BUSY', message, 'The log says more');
  },
});
