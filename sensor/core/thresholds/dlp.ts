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
  bulkMessageBytes: threshold('dlp.bulk_message_bytes', 512, 'bytes', {
    reason: 'Shorter messages are talk, and not counted.',
    source: 'Messages of people: 99 of 100 in 60,000 lines of chat are shorter than 300 bytes',
    events: ['dlp.bulk_bytes', 'dlp.bulk_encoded'],
  }),
  bulkBytes: threshold('dlp.bulk_bytes', 10 * 1024 * 1024, 'bytes', {
    reason: 'Files and long messages of one account to people outside within an hour.',
    source: 'threats.md dlp-bulk: 10 MiB an hour',
    events: ['dlp.bulk_bytes'],
  }),
  bulkFiles: threshold('dlp.bulk_files', 50, 'items', {
    reason: 'Files of one account to people outside within a day.',
    source: 'threats.md dlp-bulk: 50 files a day',
    events: ['dlp.bulk_files'],
  }),
  bulkEncodedBytes: threshold('dlp.bulk_encoded_bytes', 65_536, 'bytes', {
    reason: 'Base64 in messages of one account within an hour that is more than a pasted picture.',
    source: 'threats.md section 9: avatars and thumbnails stay below 64 KiB',
    events: ['dlp.bulk_encoded'],
  }),
  bulkEncodedPercent: threshold('dlp.bulk_encoded_percent', 50, 'percent', {
    reason: 'Share of base64 in what the account writes to people outside.',
    source: 'threats.md dlp-bulk: above 50 %',
    events: ['dlp.bulk_encoded'],
  }),
  bulkFirstBytes: threshold('dlp.bulk_first_bytes', 5 * 1024 * 1024, 'bytes', {
    reason: 'Size from which the first file ever for somebody outside is worth telling.',
    source: 'threats.md dlp-bulk; photos of phones stay below 5 MiB',
    events: ['dlp.bulk_first'],
  }),
  bulkNightBytes: threshold('dlp.bulk_night_bytes', 1024 * 1024, 'bytes', {
    reason: 'Size from which a file sent outside at night is worth a note.',
    source: 'threats.md dlp-bulk: night transfer',
    events: ['dlp.bulk_night'],
  }),
  bulkNightStartSeconds: threshold('dlp.bulk_night_start_seconds', 79_200, 'seconds', {
    reason: 'Beginning of the night, seconds after midnight UTC: 22:00. Set it to your own night.',
    source: 'threats.md dlp-bulk: night transfer',
    events: ['dlp.bulk_night'],
  }),
  bulkNightEndSeconds: threshold('dlp.bulk_night_end_seconds', 18_000, 'seconds', {
    reason: 'End of the night, seconds after midnight UTC: 05:00.',
    source: 'threats.md dlp-bulk: night transfer',
    events: ['dlp.bulk_night'],
  }),
  fingerprintShingles: threshold('dlp.fingerprint_shingles', 4, 'items', {
    reason:
      'Shingles of a document in what one account sends: some 20 words in a row, or 40 with a few changed.',
    source:
      'Winnowing, Schleimer, Wilkerson, Aiken 2003; no two texts of our corpora share 4 of 8 words',
    events: ['dlp.fingerprint'],
  }),
  fingerprintSeconds: threshold('dlp.fingerprint_seconds', 3600, 'seconds', {
    reason: 'How long the pieces of a document that one account sends are added up.',
    source: 'Pasting a document piece by piece takes minutes',
    events: ['dlp.fingerprint'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
