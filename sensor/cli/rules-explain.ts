/**
 * `rules explain SID`: one rule in plain words, with what the site changed about it and how it fared.
 *
 * `--json`: the RuleReport of rule-explain.ts as it is.
 */
import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { printable, wallClockUsec, parseTime } from '../core/index.ts';
import {
  explainRule,
  type DetectorThreshold,
  type PlacedText,
  type RuleReport,
} from '../rule-explain.ts';
import { ruleState } from '../rules/index.ts';
import { severityName } from './alert-text.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, collect, configFrom, type SharedOptions } from './options.ts';
import { formatTime } from './time.ts';

interface ExplainOptions extends SharedOptions {
  readonly since?: string;
  readonly json?: boolean;
}

/** One line of the report: what it is about, and what there is to say. */
type Row = readonly [label: string, text: string];

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

interface RuleId {
  readonly gid: number;
  readonly sid: number;
}

function ruleId(text: string): RuleId {
  const match = /^(?:(\d{1,9}):)?(\d{1,10})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Not a sid.');
  return { gid: Number(match[1] ?? 1), sid: Number(match[2]) };
}

/** The report for people. Rules may come from elsewhere: what they say is made printable. */
export function reportText(report: RuleReport): string {
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
    report.detectorThresholds.flatMap(detectorRows),
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

function matchRows(report: RuleReport): Row[] {
  const rows: Row[] = [['looks at', report.traffic]];
  for (const { name, text } of report.events) rows.push(['event', `${name}: ${text}`]);
  for (const { buffer, holds, terms } of report.buffers) {
    rows.push(['in', `${buffer} (${holds})`]);
    terms.forEach((term, i) => rows.push(['', `${i === 0 ? '' : 'and '}${term}`]));
  }
  for (const query of report.addressQueries) rows.push(['from', query]);
  for (const { text, sids } of report.bits) {
    rows.push(['bit', `${text} ${sids.length === 0 ? 'no other rule' : sids.join(', ')}`]);
  }
  rows.push(['selected', selectionText(report.selectedBy)]);
  return rows;
}

function selectionText(selection: RuleReport['selectedBy']): string {
  switch (selection.kind) {
    case 'pattern':
      return `by ${selection.pattern} on ${selection.buffer}, ${selection.why}`;
    case 'event':
      return 'by its event';
    case 'file':
      return 'by nothing: it is checked on every file';
    case 'dataset':
      return `by looking ${selection.buffer} up in dataset ${selection.dataset}`;
    case 'presence':
      return selection.buffers.length === 0
        ? 'by nothing: it is checked on every stanza'
        : `by nothing: it is checked wherever ${selection.buffers.join(' and ')} is there`;
  }
}

function detectorRows(
  { name, value, unit, isChanged, reason, source, ...info }: DetectorThreshold,
  index: number,
): Row[] {
  const amount =
    unit === 'percent' ? `${value} %` : unit === 'items' ? `${value}` : `${value} ${unit}`;
  const origin = isChanged ? `set by detection.thresholds, ${info.default} unless told` : 'default';
  return [
    [index === 0 ? 'decided by' : '', `${name} = ${amount} (${origin})`],
    ['', `${reason} From: ${source}`],
  ];
}

function rateRows(report: RuleReport): Row[] {
  const { threshold, detectionFilter, suppressions, rateFilters } = report;
  const placed = ({ text, file, line }: PlacedText): string =>
    file === undefined ? text : `${text} (${basename(file)}:${line ?? 0})`;
  return [
    ...(detectionFilter === undefined ? [] : [['filter', detectionFilter] as const]),
    [
      'threshold',
      report.isSilent
        ? 'none: it never alerts (noalert)'
        : threshold === undefined
          ? 'none: it alerts each time it matches'
          : placed(threshold),
    ],
    ...rateFilters.map((filter): Row => ['rate', placed(filter)]),
    ...suppressions.map((suppression): Row => ['suppressed', placed(suppression)]),
  ];
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
