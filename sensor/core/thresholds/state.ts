/** Thresholds of what the sensor remembers (correlation/tables, correlation/gates). */
import { threshold, type ThresholdInfo } from './threshold.ts';

export const STATE_THRESHOLDS = {
  learningSeconds: threshold('state.learning_seconds', 3600, 'seconds', {
    reason:
      'How long the sensor watches before two accounts it never saw together are strangers; accounts whose roster it saw are judged at once.',
    source: 'threats.md 0.2: contact memory is the fallback when no roster was observed',
    events: ['spim.stranger', 'spim.encrypted_stranger', 'spim.subscribe_victim'],
  }),
  profileSeconds: threshold('state.profile_seconds', 3600, 'seconds', {
    reason: 'Window of the counts in sender profiles; it begins with the first message counted.',
    source: 'threats.md section 3: rates of senders are given by the hour',
    events: [],
  }),
  shortTextChars: threshold('state.short_text_chars', 4, 'items', {
    reason:
      'Texts of at most so many characters ("ok", "yes") are everybody\'s and join no campaign.',
    source: 'threats.md 0.1 gate 5 and section 3, spim-neardup',
    events: ['spim.near_duplicate'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
