/** The thread of transcript-thread.ts: loads the rules once, then makes one transcript after the other. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, setLogLevel } from '../core/index.ts';
import { requireRules } from '../rule-files.ts';
import { replayEngine, type Playback } from './playback.ts';
import type { TranscriptAnswer, TranscriptQuestion } from './transcript-thread.ts';
import { transcriptOf } from './transcript.ts';

const config = workerData as SensorConfig;
setLogLevel('error');
let current: Playback | undefined;
let engine: ReturnType<typeof replayEngine> | undefined;

async function answer({ number, alert }: TranscriptQuestion): Promise<TranscriptAnswer> {
  try {
    // What is wrong with a rule is the sensor's to say: those that are sound are enough here.
    const rules = { ...config.rules, allow_bad: true };
    engine ??= replayEngine(config, requireRules({ ...config, rules }), () => current);
    engine.state.clear();
    const transcript = await transcriptOf(config, alert, engine, (playback) => {
      current = playback;
    });
    return { number, transcript };
  } catch (error) {
    const { code, hint } =
      error instanceof OperatorError
        ? error
        : { code: 'STORE_UNREADABLE' as const, hint: undefined };
    return { number, code, message: errorText(error), hint };
  }
}

// On Linux this is the priority of the calling thread alone: transcripts can wait, packets cannot.
setPriority(constants.priority.PRIORITY_LOW);

let work = Promise.resolve();
parentPort?.on('message', (question: TranscriptQuestion) => {
  work = work.then(async () => {
    parentPort?.postMessage(await answer(question));
  });
});
