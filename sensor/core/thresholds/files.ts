/** Thresholds of files on their way (files/). */
import { threshold, type ThresholdInfo } from './threshold.ts';

/** What is found in the text of files. */
const CONTENT = [
  ...['file.ibb_content', 'file.s5b_content', 'file.upload_content', 'file.inline_content'],
];

export const FILES_THRESHOLDS = {
  filesOfferSeconds: threshold('files.offer_seconds', 3600, 'seconds', {
    reason: 'How long an offer waits for its bytes: people look away before they accept.',
    source: 'XEP-0096, XEP-0234 and XEP-0363 give no limit; upload slots end after minutes',
    events: ['file.offer_conflict'],
  }),
  filesUrlSeconds: threshold('files.url_seconds', 604_800, 'seconds', {
    reason: 'How long who fetches a shared file is told apart from who fetches something else.',
    source: 'Prosody http_file_share keeps files for a week by default',
    events: ['file.upload_shared', 'file.upload_shared_inside'],
  }),
  filesOfferWaitSeconds: threshold('files.offer_wait_seconds', 5, 'seconds', {
    reason: 'How long a SOCKS5 stream may run before the offer that explains it must be known.',
    source: 'XEP-0065: the offer comes before the connection; workers and legs are seconds apart',
    events: ['service.socks_unexplained'],
  }),
  filesRecipientWaitSeconds: threshold('files.recipient_wait_seconds', 5, 'seconds', {
    reason: 'How long an uploaded file waits for the message that says whom it is for.',
    source: 'Clients share the URL when the upload has ended; data/own/10: within 20 ms',
    events: [],
  }),
  filesIdleSeconds: threshold('files.idle_seconds', 300, 'seconds', {
    reason: 'A transfer on which nothing came for so long has ended.',
    source: 'Clients and file proxies give up after one to five minutes',
    events: [],
  }),
  filesBulkCards: threshold('files.bulk_cards', 5, 'items', {
    reason:
      'Different card numbers in one file from which on it is critical: a list, not a payment.',
    source: 'threats.md section 4, dlp-pan: bulk from 5 distinct numbers on',
    events: CONTENT,
  }),
  filesChanceNumbers: threshold('files.chance_numbers', 20, 'items', {
    reason:
      'Numbers of one kind in a file from which on it is asked whether as many carry check digits as chance gives.',
    source: 'One random number in ten passes Luhn: below twenty nobody can tell',
    events: CONTENT,
  }),
  filesChancePercent: threshold('files.chance_percent', 15, 'percent', {
    reason:
      'Share of numbers that carry check digits up to which they are chance: a note, not an alarm.',
    source: 'Luhn and modulo 11 let one in ten through; in a column of card numbers all pass',
    events: CONTENT,
  }),
  filesInlineBytes: threshold('files.inline_bytes', 384, 'bytes', {
    reason:
      'Base64 in a text that stands for fewer bytes is not looked at as a file: tokens, hashes and keys are that long.',
    source: 'RSA signatures of 3,072 bits have 384 bytes',
    events: ['file.inline_content'],
  }),
  filesPictureBytes: threshold('files.picture_bytes', 65_536, 'bytes', {
    reason: 'Largest picture, sound or key in a vCard, and sticker as bits of binary.',
    source:
      'threats.md section 4, dlp-carrier; XEP-0153 suggests 8 KiB, which pictures of real accounts exceed',
    events: ['file.carrier_vcard', 'file.carrier_bob'],
  }),
  filesBitsBytes: threshold('files.bits_bytes', 8192, 'bytes', {
    reason: 'Bits of binary that are no picture and larger carry something else.',
    source: 'threats.md section 4, dlp-carrier; XEP-0231 suggests less than 8 KiB',
    events: ['file.carrier_bob'],
  }),
  filesCarrierLeast: threshold('files.carrier_least', 256, 'bytes', {
    reason: 'A picture that is none and shorter is a placeholder: "none", a link, an empty file.',
    source: 'Smallest real pictures have 35 to 70 bytes; what is worth hiding is longer',
    events: ['file.carrier_vcard', 'file.carrier_avatar'],
  }),
  filesCarrierLetters: threshold('files.carrier_letters', 16_384, 'items', {
    reason: 'Letters of base64 in a row in a status, in published items or in private storage.',
    source: 'threats.md section 4, dlp-carrier',
    events: ['file.carrier_text'],
  }),
  filesPictureChanges: threshold('files.picture_changes', 12, 'items', {
    reason: 'Different pictures one account sets within picture_seconds: nobody tries on so many.',
    source: 'threats.md section 4, dlp-carrier; T1030',
    events: ['file.carrier_changes'],
  }),
  filesPictureSeconds: threshold('files.picture_seconds', 3600, 'seconds', {
    reason: 'Window of picture_changes.',
    source: 'threats.md section 4, dlp-carrier',
    events: ['file.carrier_changes'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
