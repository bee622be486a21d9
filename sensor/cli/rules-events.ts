/**
 * `rules events`: the events a rule may name with xmpp.event, and which rules do.
 *
 * `--json`: an array of `{ name, layer, text, sids, thresholds }`, in the order of the catalogue; `thresholds` are the
 * keys of `detection.thresholds` that decide when the event is raised.
 */
import type { Command } from 'commander';
import { EVENTS, THRESHOLDS, type ThresholdInfo } from '../core/index.ts';
import { readConfiguredRules } from '../rule-files.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import { renderTable, type Column } from './table.ts';

interface EventsOptions extends SharedOptions {
  readonly text?: string;
  readonly json?: boolean;
}

interface EventRow {
  readonly name: string;
  readonly layer: string;
  readonly text: string;
  readonly sids: readonly number[];
  readonly thresholds: readonly string[];
}

const COLUMNS: readonly Column<EventRow>[] = [
  { title: 'event', value: ({ name }) => name, flexible: true, least: 24 },
  { title: 'what was seen', value: ({ text }) => text, flexible: true, least: 24 },
  { title: 'rules', value: ({ sids }) => sids.join(' '), flexible: true, least: 16 },
];

export function addRulesEventsCommand(rules: Command, io: CliIo): void {
  const command = rules
    .command('events')
    .description('list the events a rule may name')
    .option('--text <text>', 'words in name or meaning, in either case')
    .option('--json', 'print JSON');
  addConfigOptions(command).action((options: EventsOptions) => {
    const set = readConfiguredRules(configFrom(options));
    const wanted = options.text?.toLowerCase() ?? '';
    const thresholds = Object.values<ThresholdInfo>(THRESHOLDS);
    const rows = EVENTS.map(({ name, layer, text }, id): EventRow => ({
      ...{ name, layer, text },
      sids: set.rules.filter(({ events }) => events.includes(id)).map(({ sid }) => sid),
      thresholds: thresholds.filter((info) => info.events.includes(name)).map((info) => info.name),
    }))
      .slice(1)
      .filter(({ name, text }) => `${name} ${text}`.toLowerCase().includes(wanted));
    if (options.json === true) io.out(`${JSON.stringify(rows, null, 2)}\n`);
    else io.out(rows.length === 0 ? 'no event\n' : renderTable(rows, COLUMNS, io.columns));
  });
}
