/** The filter of alerts as options of the command line (INTERFACE.md section 2). */
import { InvalidArgumentError, type Command } from 'commander';
import { nearest, parseTime } from '../core/index.ts';
import {
  OPEN_STATUSES,
  TRIAGE_STATUSES,
  type AlertFilter,
  type TopKey,
  type TriageStatus,
} from '../output/index.ts';
import { severityNumber } from './alert-text.ts';
import { addConfigOptions, type SharedOptions } from './options.ts';

export interface AlertOptions extends SharedOptions {
  readonly since?: string;
  readonly until?: string;
  readonly severity?: number[];
  readonly detection?: string;
  readonly sid?: number;
  readonly jid?: string;
  readonly ip?: string;
  readonly category?: string;
  readonly status?: readonly TriageStatus[];
  readonly campaign?: string;
  readonly file?: string;
  readonly flow?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly json?: boolean;
  readonly by?: TopKey;
}

export function addFilterOptions(command: Command): Command {
  return addFilters(command).option('--json', 'print JSON');
}

/** For commands that print in formats of their own. */
export function addFilters(command: Command): Command {
  return addConfigOptions(
    command
      .option('--since <time>', 'from then on: 24h, 7d, 2026-01-31, 2026-01-31T12:00:00Z')
      .option('--until <time>', 'before then')
      .option(
        '--severity <level>',
        'critical, high, medium, info or 1 to 4, several with commas',
        severities,
      )
      .option('--detection <slug>', 'for example dlp-pan; dlp-* for a family')
      .option('--sid <number>', 'signature id', wholeNumber)
      .option('--jid <jid>', 'bare or full JID or domain, as sender or addressee')
      .option('--ip <address>', 'source or destination')
      .option('--category <text>', 'category of the signature')
      .option(
        '--status <status>',
        `${TRIAGE_STATUSES.join(', ')}, or open; several with commas`,
        statuses,
      )
      .option('--campaign <id>', 'alerts of a campaign')
      .option('--file <id>', 'alerts about a file')
      .option('--flow <id>', 'alerts of a flow, by community id')
      .option('--text <text>', 'words in signature, summary, excerpt, JIDs or contributors')
      .option('--limit <number>', 'at most so many', wholeNumber)
      .option('--db <file>', 'SQLite store'),
  );
}

/** Throws OperatorError USAGE for a time that cannot be read. */
export function filterFrom(options: AlertOptions): AlertFilter {
  return {
    sinceUsec: options.since === undefined ? undefined : parseTime(options.since),
    untilUsec: options.until === undefined ? undefined : parseTime(options.until),
    severities: options.severity,
    detection: options.detection,
    sid: options.sid,
    jid: options.jid,
    ip: options.ip,
    category: options.category,
    statuses: options.status,
    campaignId: options.campaign,
    fileId: options.file,
    communityId: options.flow,
    text: options.text,
    limit: options.limit,
  };
}

/** Does the filter say anything but how many? */
export function isFiltered(filter: AlertFilter): boolean {
  return Object.entries(filter).some(([name, value]) => name !== 'limit' && value !== undefined);
}

/** Parses a whole number of at least one. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Not a whole number above 0.');
  return Number(text);
}

/** Severities as words or digits, with commas. */
export function severities(text: string): number[] {
  return text.split(',').map((word) => {
    const severity = severityNumber(word.trim());
    if (severity !== undefined) return severity;
    throw unknownWord('severity', word, ['critical', 'high', 'medium', 'info']);
  });
}

/** Triage statuses with commas; `open` is what is still to be done about. */
function statuses(text: string): TriageStatus[] {
  const found = text.split(',').flatMap((word): readonly TriageStatus[] => {
    const status = TRIAGE_STATUSES.find((each) => each === word.trim());
    if (status !== undefined) return [status];
    if (word.trim() === 'open') return OPEN_STATUSES;
    throw unknownWord('status', word, [...TRIAGE_STATUSES, 'open']);
  });
  return [...new Set(found)];
}

function unknownWord(what: string, word: string, words: readonly string[]): InvalidArgumentError {
  const guess = nearest(word, words);
  return new InvalidArgumentError(
    guess === undefined ? `Not a ${what}: ${words.join(', ')}.` : `Did you mean ${guess}?`,
  );
}
