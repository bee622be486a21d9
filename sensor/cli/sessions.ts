/** `sessions`, `identities`, `exposures`: who spoke plaintext XMPP, with what client, who exposed credentials. */
import type { Command } from 'commander';
import type { ExposureSummary, IdentitySummary, StoredSession } from '../output/index.ts';
import { wholeNumber, withStore } from './alerts.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, type SharedOptions } from './options.ts';
import { renderTable, type Column } from './table.ts';
import { formatTime, parseTime } from './time.ts';

interface SessionOptions extends SharedOptions {
  readonly since?: string;
  readonly until?: string;
  readonly jid?: string;
  readonly ip?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

const SESSION_COLUMNS: readonly Column<StoredSession>[] = [
  { title: 'start (UTC)', value: (row) => formatTime(row.startUsec) },
  {
    title: 'seconds',
    value: (row) => ((row.endUsec - row.startUsec) / 1e6).toFixed(0),
    align: 'right',
  },
  { title: 'kind', value: (row) => row.connection },
  {
    title: 'jid',
    value: (row) => row.jid || row.user || [row.domain, row.peerDomain].filter(Boolean).join(' - '),
    flexible: true,
  },
  { title: 'client', value: (row) => row.client, flexible: true },
  { title: 'address', value: (row) => row.clientIp },
  { title: 'server', value: (row) => `${row.serverIp}:${row.serverPort}` },
  { title: 'mechanism', value: (row) => row.mechanism },
  { title: 'outcome', value: (row) => row.outcome },
  { title: 'tls', value: (row) => row.tls },
  { title: 'messages', value: (row) => row.messages[0] + row.messages[1], align: 'right' },
  { title: 'seen', value: (row) => `${row.seenPercent} %`, align: 'right' },
];

const IDENTITY_COLUMNS: readonly Column<IdentitySummary>[] = [
  { title: 'jid', value: (row) => row.jid, flexible: true },
  { title: 'address', value: (row) => row.ip },
  { title: 'client', value: (row) => row.client, flexible: true },
  { title: 'server', value: (row) => row.serverIp },
  { title: 'tls', value: (row) => row.tls },
  { title: 'first (UTC)', value: (row) => formatTime(row.firstUsec) },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
  { title: 'sessions', value: (row) => row.sessions, align: 'right' },
];

const EXPOSURE_COLUMNS: readonly Column<ExposureSummary>[] = [
  { title: 'jid', value: (row) => row.jid, flexible: true },
  { title: 'exposed', value: (row) => row.exposed },
  { title: 'mechanism', value: (row) => row.mechanism },
  { title: 'outcome', value: (row) => row.outcome },
  { title: 'starttls', value: (row) => row.starttls },
  { title: 'client', value: (row) => row.client, flexible: true },
  { title: 'address', value: (row) => row.clientIp },
  { title: 'server', value: (row) => `${row.serverIp}:${row.serverPort}` },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
  { title: 'count', value: (row) => row.count, align: 'right' },
];

export function addSessionsCommand(program: Command, io: CliIo): void {
  const print = <Row>(
    rows: readonly Row[],
    columns: readonly Column<Row>[],
    json: boolean | undefined,
  ): void => {
    if (json === true) io.out(`${JSON.stringify(rows, null, 2)}\n`);
    else io.out(rows.length === 0 ? 'none\n' : renderTable(rows, columns, io.columns));
  };
  const sessions = storeCommand(program, 'sessions', 'XMPP sessions, newest first')
    .option('--since <time>', 'from then on: 24h, 7d, 2026-01-31')
    .option('--until <time>', 'before then')
    .option('--jid <jid>', 'bare JID or domain')
    .option('--ip <address>', 'client or server')
    .option('--text <text>', 'words in JID, user, domain or client');
  sessions.action((options: SessionOptions) => {
    withStore(options, (store) => {
      const { since, until, jid, ip, text, limit } = options;
      const sinceUsec = since === undefined ? undefined : parseTime(since);
      const untilUsec = until === undefined ? undefined : parseTime(until);
      print(
        store.listSessions({ sinceUsec, untilUsec, jid, ip, text, limit }),
        SESSION_COLUMNS,
        options.json,
      );
    });
  });
  storeCommand(program, 'identities', 'JIDs with addresses and clients, last seen first').action(
    (options: SessionOptions) => {
      withStore(options, (store) => {
        print(store.listIdentities(options.limit), IDENTITY_COLUMNS, options.json);
      });
    },
  );
  storeCommand(program, 'exposures', 'who authenticated in the clear, last seen first').action(
    (options: SessionOptions) => {
      withStore(options, (store) => {
        print(store.listExposures(options.limit), EXPOSURE_COLUMNS, options.json);
      });
    },
  );
}

function storeCommand(program: Command, name: string, description: string): Command {
  return addConfigOptions(
    program
      .command(name)
      .description(description)
      .option('--limit <number>', 'at most so many', wholeNumber)
      .option('--db <file>', 'SQLite store')
      .option('--json', 'print JSON'),
  );
}
