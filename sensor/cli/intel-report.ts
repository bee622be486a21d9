/** What became of an import, for people and for programs. */
import { printable } from '../core/index.ts';
import type { IntelReading, MergedList } from '../rules/index.ts';
import { reloadText, type SensorReload } from './sensor-reload.ts';
import { renderTable } from './table.ts';

export interface ImportedList extends MergedList {
  readonly name: string;
  readonly path: string;
}

export interface ImportReport {
  readonly reading: IntelReading;
  readonly lists: readonly ImportedList[];
  readonly folder: string;
  readonly source: string;
  readonly isDryRun: boolean;
  /** Undefined where the sensor has nothing to take. */
  readonly sensor: SensorReload | undefined;
}

/** So many lines of a kind are shown; the JSON report has all. */
const SHOWN = 20;

export function textReport(report: ImportReport, width: number): string {
  const { reading, lists, folder, source, isDryRun, sensor } = report;
  const { refused, skipped, bad } = reading;
  const lines = [`${reading.format} file, taken as ${reading.purpose}, source ${source}`];
  const add = (title: string, entries: readonly string[]): void => {
    if (entries.length === 0) return;
    lines.push(title, ...entries.slice(0, SHOWN).map((entry) => `  ${entry}`));
    if (entries.length > SHOWN) lines.push(`  and ${entries.length - SHOWN} more (--json has all)`);
  };
  add(
    `refused, ${refused.length} (--force takes them):`,
    refused.map(({ place, value, reason }) => `${place}: ${value}: ${reason}`),
  );
  add(
    'left out:',
    [...skipped].map(([reason, count]) => `${count}: ${reason}`),
  );
  add(
    `not understood, ${bad.length}:`,
    bad.map(({ place, problem }) => `${place}: ${problem}`),
  );
  if (reading.isCut)
    lines.push('the file holds more values than limit rules.dataset_lines: the rest was not read');
  if (lists.length === 0) lines.push('no value was taken');
  else if (isDryRun) lines.push(`nothing written (--dry-run); the lists are in ${folder}`);
  else lines.push(writtenText(folder, sensor));
  const table = renderTable(
    lists,
    [
      { title: 'LIST', value: ({ name }) => name, flexible: true },
      { title: 'ADDED', value: ({ added }) => added, align: 'right' },
      { title: 'RENEWED', value: ({ renewed }) => renewed, align: 'right' },
      { title: 'KNOWN', value: ({ known }) => known, align: 'right' },
      { title: 'EXPIRED', value: ({ expired }) => expired, align: 'right' },
      { title: 'DROPPED', value: ({ dropped }) => dropped, align: 'right' },
      { title: 'NOW', value: ({ size }) => size, align: 'right' },
    ],
    width,
  );
  return (lists.length > 0 ? table : '') + lines.map((line) => `${printable(line)}\n`).join('');
}

/** `path` is where lists lie now, `sensor` what it made of that. */
export function writtenText(path: string, sensor: SensorReload | undefined): string {
  const when =
    sensor === undefined
      ? 'sensors that read lists there take it when they load their rules'
      : reloadText(sensor);
  return `written to ${path}; ${when}`;
}

export function jsonReport(report: ImportReport): string {
  const { reading, lists, folder, source, isDryRun, sensor } = report;
  const { format, purpose, refused, skipped, bad, isCut } = reading;
  return `${JSON.stringify(
    {
      format,
      purpose,
      source,
      folder,
      dryRun: isDryRun,
      lists: lists.map(({ name, path, size, added, renewed, known, expired, dropped }) => ({
        ...{ name, path, size, added, renewed, known, expired, dropped },
      })),
      refused,
      skipped: Object.fromEntries(skipped),
      bad,
      cut: isCut,
      sensor,
    },
    null,
    2,
  )}\n`;
}
