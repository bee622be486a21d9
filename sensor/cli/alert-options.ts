/** The filter of alerts as options of the command line (INTERFACE.md section 2). */
import { InvalidArgumentError, type Command } from 'commander';
import { OperatorError, parseTimes } from '../core/index.ts';
import {
  TRIAGE_STATUSES,
  exclusionsOf,
  severitiesOf,
  statusesOf,
  type AlertFilter,
  type TopKey,
  type TriageStatus,
} from '../output/index.ts';
import { addConfigOptions, collect, type SharedOptions } from './options.ts';

export interface AlertOptions extends SharedOptions {
  readonly since?: string;
  readonly until?: string;
  readonly severity?: number[];
  readonly detection?: string;
  readonly gid?: number;
  readonly sid?: number;
  readonly jid?: string;
  readonly ip?: string;
  readonly category?: string;
  readonly status?: readonly TriageStatus[];
  readonly campaign?: string;
  readonly file?: string;
  readonly flow?: string;
  readonly text?: string;
  readonly not?: readonly string[];
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
      .option('--gid <number>', 'generator id: numbers are unique within one', wholeNumber)
      .option('--jid <jid>', 'bare or full JID or domain, as sender or addressee')
      .option('--ip <address>', 'source or destination')
      .option(
        '--category <text>',
        'category of the signature: Policy violation, or policy-violation',
      )
      .option(
        '--status <status>',
        `${TRIAGE_STATUSES.join(', ')}, or open; several with commas`,
        statuses,
      )
      .option('--campaign <id>', 'alerts of a campaign')
      .option('--file <id>', 'alerts about a file')
      .option('--flow <id>', 'alerts of a flow, by community id')
      .option('--text <text>', 'words in signature, summary, excerpt, JIDs or contributors')
      .option(
        '--not <filter:value>',
        'leave out: jid:alice@corp.example, detection:dlp-*, severity:info; may be repeated',
        collect,
      )
      .option('--limit <number>', 'at most so many', wholeNumber)
      .option('--db <file>', 'SQLite store'),
  );
}

/** Throws OperatorError USAGE for a time or an exclusion that cannot be read. */
export function filterFrom(options: AlertOptions): AlertFilter {
  return {
    ...parseTimes(options.since, options.until),
    severities: options.severity,
    detection: options.detection,
    gid: options.gid,
    sid: options.sid,
    jid: options.jid,
    ip: options.ip,
    category: options.category,
    statuses: options.status,
    campaignId: options.campaign,
    fileId: options.file,
    communityId: options.flow,
    text: options.text,
    not: options.not === undefined ? undefined : exclusionsOf(options.not),
    limit: options.limit,
  };
}

/** Does the filter say anything but how many? */
export function isFiltered(filter: AlertFilter): boolean {
  return Object.entries(filter).some(([name, value]) => name !== 'limit' && value !== undefined);
}

/** Parses a whole number of at least one, below 10^9. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError('Not a whole number from 1 to 999999999.');
  }
  return Number(text);
}

/** Severities as words or digits, with commas. */
export function severities(text: string): number[] {
  return asArgument(() => severitiesOf(text));
}

/** Triage statuses with commas; `open` is what is still to be done about. */
function statuses(text: string): TriageStatus[] {
  return asArgument(() => statusesOf(text));
}

/** What is wrong with a word, said by commander beside the option it stands at. */
function asArgument<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new InvalidArgumentError([`${error.message}.`, error.hint ?? ''].join(' ').trim());
  }
}
