/** The thread of rules-line.ts: one question after the other. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, log, setLogLevel } from '../core/index.ts';
import { RulesDesk } from './rules-desk.ts';
import type { RulesAnswering, RulesAsking } from './rules-messages.ts';

function answerOf(desk: RulesDesk, { serial, kind, ask, version }: RulesAsking): RulesAnswering {
  try {
    return { serial, isOk: true, answer: desk.answer(kind, ask, version) };
  } catch (error) {
    if (error instanceof OperatorError) {
      const { code, message, hint } = error;
      return { serial, isOk: false, code, message, hint };
    }
    // A mistake of ours: the next question finds a thread that knows nothing of it.
    const text = error instanceof Error ? (error.stack ?? error.message) : errorText(error);
    log('error', 'rules', `${kind}: ${text}`);
    const message = `The question about rules failed: ${errorText(error)}`;
    return { serial, isOk: false, code: 'RULES_BUSY', message, hint: 'The log says more' };
  }
}

const config = workerData as SensorConfig;
setLogLevel(config.log_level);
// On Linux this is the priority of the calling thread alone: packets go before questions.
setPriority(constants.priority.PRIORITY_LOW);
const desk = new RulesDesk(config);
parentPort?.on('message', (asking: RulesAsking) => {
  parentPort?.postMessage(answerOf(desk, asking));
});
