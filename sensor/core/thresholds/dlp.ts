/** Thresholds of the leak detectors (correlation/watches: dlp-*). */
import { threshold, type ThresholdInfo } from './threshold.ts';

/** What joined texts raise are the rules marked `metadata: joined yes`, no events. */
const JOINED: readonly string[] = [];

export const DLP_THRESHOLDS = {
  joinMessages: threshold('dlp.join_messages', 5, 'items', {
    reason: 'Messages of one sender to one addressee that are read as one text.',
    source: 'threats.md section 10.3: up to 5 consecutive messages',
    events: JOINED,
  }),
  joinSeconds: threshold('dlp.join_seconds', 60, 'seconds', {
    reason: 'How long the beginning of a secret is remembered for what may follow.',
    source: 'threats.md section 10.3: 60 s',
    events: JOINED,
  }),
  labelSeconds: threshold('dlp.label_seconds', 30, 'seconds', {
    reason: 'How long a labelled message may take from its sender to the recipient.',
    source: 'As smuggling.leg_seconds: servers relay at once',
    events: ['dlp.label_stripped', 'dlp.label_lowered'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
