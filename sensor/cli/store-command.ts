/** What commands have in common that ask the store and print a table. */
import { Option, type Command } from 'commander';
import { parseTimes, type Times } from '../core/index.ts';
import { wholeNumber } from './alert-options.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, type SharedOptions } from './options.ts';
import { renderTable, type Column } from './table.ts';

export interface StoreOptions extends SharedOptions {
  readonly since?: string;
  readonly until?: string;
  readonly jid?: string;
  readonly ip?: string;
  readonly domain?: string;
  readonly exposed?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** Options as `name` -> flags and help. */
const FILTERS = {
  times: [
    ['--since <time>', 'from then on: 24h, 7d, 2026-01-31'],
    ['--until <time>', 'before then'],
  ],
  jid: [['--jid <jid>', 'bare JID or domain']],
  ip: [['--ip <address>', 'client or server']],
  domain: [['--domain <domain>', 'domain of the account']],
} as const;

/** A sub-command on the store with the filters named, `--limit`, `--db` and `--json`. */
export function storeCommand(
  program: Command,
  name: string,
  description: string,
  filters: readonly (keyof typeof FILTERS)[],
): Command {
  const command = program.command(name).description(description);
  for (const filter of filters) {
    for (const [flags, help] of FILTERS[filter]) command.addOption(new Option(flags, help));
  }
  return addConfigOptions(
    command
      .option('--limit <number>', 'at most so many', wholeNumber)
      .option('--db <file>', 'SQLite store')
      .option('--json', 'print JSON'),
  );
}

/** `--since` and `--until` in microseconds. Throws OperatorError USAGE. */
export function timesOf({ since, until }: StoreOptions): Times {
  return parseTimes(since, until);
}

/** Rows as a table that fits the terminal, or as JSON. */
export function printRows<Row>(
  io: CliIo,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  isJson: boolean | undefined,
): void {
  if (isJson === true) io.out(`${JSON.stringify(rows, null, 2)}\n`);
  else io.out(rows.length === 0 ? 'none\n' : renderTable(rows, columns, io.columns));
}

/** The first of a list, and how many more there are. */
export function few(list: readonly string[], count = 2): string {
  const more = list.length - count;
  return `${list.slice(0, count).join(', ')}${more > 0 ? ` +${more}` : ''}`;
}
