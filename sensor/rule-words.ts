/** A rule's description as lines for people: what it asks, what decides, what the site changed about it. */
import type { DetectorThreshold, PlacedText, RuleDescription } from './rule-explain.ts';
import { shownFile } from './rules/index.ts';

/** One line: what it is about ('' for the same as above), and what there is to say. */
export type Row = readonly [label: string, text: string];

/** What the rule looks at, and what must hold there. */
export function matchRows(report: RuleDescription): Row[] {
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

function selectionText(selection: RuleDescription['selectedBy']): string {
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

/** Numbers that decide when a detector raises the rule's events. */
export function thresholdRows({ detectorThresholds }: RuleDescription): Row[] {
  return detectorThresholds.flatMap(detectorRows);
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

/** How often it alerts: its own threshold, and what the site changed, each with its place. */
export function rateRows(report: RuleDescription): Row[] {
  const { threshold, detectionFilter, suppressions, rateFilters } = report;
  const placed = ({ text, file, line }: PlacedText): string =>
    file === undefined ? text : `${text} (${shownFile(file)}:${line ?? 0})`;
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
