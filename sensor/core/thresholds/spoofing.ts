/** Thresholds of the spoofing detectors (correlation/watches). */
import { threshold, type ThresholdInfo } from './threshold.ts';

export const SPOOFING_THRESHOLDS = {
  answerSeconds: threshold('spoofing.answer_seconds', 120, 'seconds', {
    reason:
      'So long after a session begins, answers may come to what was asked on an earlier connection, and are not judged.',
    source: 'threats.md iq-reply-spoof: ledger of 120 seconds',
    events: ['spoof.iq_unasked', 'spoof.archive', 'spoof.archive_query'],
  }),
  lostSeconds: threshold('spoofing.lost_seconds', 1, 'seconds', {
    reason:
      'How long an answer waits for its question: until directions captured out of order, or a lost packet, are known.',
    source: 'flow.ack_grace_ms (50 ms), and mirror ports that reorder by milliseconds',
    events: [
      'spoof.iq_answer',
      'spoof.iq_answer_other',
      'spoof.iq_unasked',
      'spoof.archive',
      'spoof.archive_query',
    ],
  }),
  questionSeconds: threshold('spoofing.question_seconds', 86_400, 'seconds', {
    reason: 'How long a question is remembered: answers that come hours late are no forgeries.',
    source: 'RFC 6120 section 8.2.3 gives answers no time; ids are used again after days',
    events: [
      'spoof.iq_answer',
      'spoof.iq_answer_other',
      'spoof.iq_unasked',
      'spoof.archive',
      'spoof.archive_query',
    ],
  }),
  messageIdSeconds: threshold('spoofing.message_id_seconds', 86_400, 'seconds', {
    reason: 'How long the author of a message is remembered, for who corrects or retracts it.',
    source: 'threats.md correction-spoof: id index of 24 hours',
    events: ['spoof.correction'],
  }),
  relaySeconds: threshold('spoofing.relay_seconds', 60, 'seconds', {
    reason: 'How long after a client sent a forged sender its delivery is looked for.',
    source: 'Servers deliver at once; offline delivery is left out',
    events: ['spoof.from_relayed'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
