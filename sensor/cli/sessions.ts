/** `sessions`: who spoke plaintext XMPP, with what client. */
import type { Command } from 'commander';
import type { StoredSession } from '../output/index.ts';
import { withStore } from './with-store.ts';
import type { CliIo } from './io.ts';
import { printRows, storeCommand, timesOf, type StoreOptions } from './store-command.ts';
import type { Column } from './table.ts';
import { formatTime } from './time.ts';

const SESSION_COLUMNS: readonly Column<StoredSession>[] = [
  { title: 'start (UTC)', value: (row) => formatTime(row.startUsec) },
  { title: 'kind', value: (row) => row.connection },
  {
    title: 'jid',
    value: (row) => row.jid || row.user || [row.domain, row.peerDomain].filter(Boolean).join(' - '),
    flexible: true,
    least: 16,
  },
  { title: 'address', value: (row) => row.clientIp, flexible: true, least: 12 },
  { title: 'mechanism', value: (row) => row.mechanism, flexible: true, optional: true },
  { title: 'outcome', value: (row) => row.outcome, flexible: true, optional: true },
  { title: 'tls', value: (row) => row.tls, flexible: true, optional: true },
  { title: 'client', value: (row) => row.client, flexible: true, optional: true },
  {
    title: 'server',
    value: (row) => `${row.serverIp}:${row.serverPort}`,
    flexible: true,
    least: 14,
    optional: true,
  },
  {
    title: 'messages',
    value: (row) => row.messages[0] + row.messages[1],
    align: 'right',
    optional: true,
  },
  {
    title: 'seconds',
    value: (row) => ((row.endUsec - row.startUsec) / 1e6).toFixed(0),
    align: 'right',
    optional: true,
  },
  { title: 'seen', value: (row) => `${row.seenPercent} %`, align: 'right', optional: true },
];

export function addSessionsCommand(program: Command, io: CliIo): void {
  storeCommand(program, 'sessions', 'XMPP sessions, newest first', ['times', 'jid', 'ip'])
    .option('--text <text>', 'words in JID, user, domain or client')
    .action((options: StoreOptions) => {
      withStore(options, (store) => {
        const { jid, ip, text, limit, json } = options;
        const rows = store.listSessions({ ...timesOf(options), jid, ip, text, limit });
        printRows(io, rows, SESSION_COLUMNS, json);
      });
    });
}
