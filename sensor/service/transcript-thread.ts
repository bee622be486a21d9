/** The thread of transcript-line.ts: loads the rules once, then makes one transcript after the other. */
import { constants, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, answerLine, errorText, setLogLevel } from '../core/index.ts';
import { requireRules } from '../rule-files.ts';
import { replayEngine, type Playback } from './playback.ts';
import { transcriptOf, type TranscriptAlert } from './transcript.ts';

const config = workerData as SensorConfig;
setLogLevel('error');
// On Linux this is the priority of the calling thread alone: transcripts can wait, packets cannot.
setPriority(constants.priority.PRIORITY_LOW);
let current: Playback | undefined;
let engine: ReturnType<typeof replayEngine> | undefined;

answerLine<TranscriptAlert>({
  answer: (alert) => {
    // What is wrong with a rule is the sensor's to say: those that are sound are enough here.
    const rules = { ...config.rules, allow_bad: true };
    engine ??= replayEngine(config, requireRules({ ...config, rules }), () => current);
    engine.state.clear();
    return transcriptOf(config, alert, engine, (playback) => {
      current = playback;
    });
  },
  unforeseen: (error) => new OperatorError('STORE_UNREADABLE', errorText(error)),
});
