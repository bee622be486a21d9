/**
 * `rules explain SID`: one rule in plain words, with what the site changed about it and how it fared.
 *
 * `--json`: the RuleReport of rule-explain.ts as it is.
 */
import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { printable, wallClockUsec, parseTime } from '../core/index.ts';
import { explainRule, type RuleReport } from '../rule-explain.ts';
import { matchRows, rateRows, thresholdRows, type Row } from '../rule-words.ts';
import { ruleState } from '../rules/index.ts';
import { severityName } from './alert-text.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, collect, configFrom, type SharedOptions } from './options.ts';
import { formatTime } from './time.ts';

interface ExplainOptions extends SharedOptions {
  readonly since?: string;
  readonly json?: boolean;
}

const LABEL_WIDTH = 10;

export function addRulesExplainCommand(rules: Command, io: CliIo): void {
  const command = rules
    .command('explain')
    .description('one rule in plain words, with thresholds, suppressions and firings')
    .argument('<sid>', 'sid, or gid:sid', ruleId)
    .option('--since <time>', 'count firings from then on: 24h, 7d, 2026-01-31', '24h')
    .option('--db <file>', 'SQLite store')
    .option('-S, --only-rules <file>', 'look in these rules only (repeatable)', collect)
    .option('-s, --rules <file>', 'look in these rules too (repeatable)', collect)
    .option('--json', 'print JSON');
  addConfigOptions(command).action((id: RuleId, options: ExplainOptions) => {
    const since = parseTime(options.since ?? '24h', wallClockUsec());
    const report = explainRule(configFrom(options), id, since);
    io.out(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  });
}

/** What `sid` and `gid:sid` stand for. */
export interface RuleId {
  readonly gid: number;
  readonly sid: number;
}

/** Throws InvalidArgumentError. */
export function ruleId(text: string): RuleId {
  const match = /^(?:(\d{1,9}):)?(\d{1,10})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Not a sid.');
  return { gid: Number(match[1] ?? 1), sid: Number(match[2]) };
}

/** The report for people. Rules may come from elsewhere: what they say is made printable. */
function reportText(report: RuleReport): string {
  return sections(report)
    .filter((rows) => rows.length > 0)
    .map((rows) => rows.map(([label, text]) => rowText(label, text)).join(''))
    .join('\n');
}

function rowText(label: string, text: string): string {
  return `${printable(`${label.padEnd(LABEL_WIDTH)}  ${text}`).trimEnd()}\n`;
}

function sections(report: RuleReport): readonly (readonly Row[])[] {
  return [
    identityRows(report),
    matchRows(report),
    thresholdRows(report),
    rateRows(report),
    [...firingRows(report), ...caseRows(report)],
    report.references.map((reference): Row => ['see', reference]),
    [['text', report.text]],
  ];
}

function identityRows(report: RuleReport): Row[] {
  const { gid, sid, rev, msg, file, line, severity, classtype, category } = report;
  const origin = {
    priority: 'from its priority',
    classtype: `from classtype ${classtype}`,
    default: 'it names neither priority nor classtype',
  }[report.severityFrom];
  const rows: Row[] = [
    ['rule', `${msg} [${gid}:${sid}:${rev}]`],
    ['file', `${file}:${line}, ${ruleState(report)}`],
    ['severity', `${severityName(severity)}, ${origin}`],
    ['category', category === '' ? '' : `${category} (${classtype})`],
    ['detection', report.detection],
    ['confidence', report.confidence],
    ['ATT&CK', report.techniques.join(', ')],
    ['SPIM score', report.spimScore === undefined ? '' : `${report.spimScore} points (1550200)`],
    ['note', report.note],
  ];
  return rows.filter(([, text]) => text !== '');
}

function firingRows({ firings }: RuleReport): Row[] {
  if ('problem' in firings) return [['firings', `unknown: ${firings.problem}`]];
  const since = `since ${formatTime(firings.sinceUsec)} UTC`;
  if (firings.alerts === 0) return [['firings', `none ${since}`]];
  const last = firings.lastUsec === undefined ? '' : `, last ${formatTime(firings.lastUsec)}`;
  return [
    ['firings', `${firings.alerts} ${since}${last}`],
    ...firings.sources.map(({ key, alerts }): Row => ['', `${alerts} from ${key}`]),
  ];
}

function caseRows({ cases }: RuleReport): Row[] {
  if (cases.length === 0) return [['cases', 'none: nothing shows that it fires']];
  return cases.map(({ name, fires, file, line }, i) => [
    i === 0 ? 'cases' : '',
    `${fires ? 'fires on' : 'silent on'} ${name} (${basename(file)}:${line})`,
  ]);
}
