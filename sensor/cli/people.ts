/** `identities` and `exposures`: which accounts were seen where, and who showed credentials in the clear. */
import { Option, type Command } from 'commander';
import type { ExposureSummary, IdentitySummary, Sighting } from '../output/index.ts';
import { withStore } from './with-store.ts';
import type { CliIo } from './io.ts';
import { few, printRows, storeCommand, timesOf, type StoreOptions } from './store-command.ts';
import type { Column } from './table.ts';
import { formatTime } from './time.ts';

const IDENTITY_COLUMNS: readonly Column<IdentitySummary>[] = [
  { title: 'jid', value: (row) => row.jid, flexible: true, least: 24 },
  { title: 'addresses', value: (row) => few(row.addresses), flexible: true, least: 12 },
  { title: 'clients', value: (row) => few(row.clients), flexible: true },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
  { title: 'sessions', value: (row) => row.sessions, align: 'right' },
  { title: 'tls', value: tlsUse, optional: true },
  { title: 'kind', value: (row) => row.connections.join(', '), optional: true },
  { title: 'resources', value: (row) => few(row.resources), flexible: true, optional: true },
  { title: 'first (UTC)', value: (row) => formatTime(row.firstUsec), optional: true },
];

const SIGHTING_COLUMNS: readonly Column<Sighting & { readonly jid: string }>[] = [
  { title: 'jid', value: (row) => row.jid, flexible: true, least: 24 },
  { title: 'address', value: (row) => row.ip, flexible: true, least: 12 },
  { title: 'client', value: (row) => row.client, flexible: true },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
  { title: 'sessions', value: (row) => row.sessions, align: 'right' },
  { title: 'tls', value: tlsUse, optional: true },
  { title: 'kind', value: (row) => row.connection, optional: true },
  { title: 'resources', value: (row) => few(row.resources, 8), flexible: true, optional: true },
  { title: 'server', value: (row) => row.serverIp, optional: true },
  { title: 'first (UTC)', value: (row) => formatTime(row.firstUsec), optional: true },
];

const STARTTLS: Readonly<Record<string, string>> = {
  absent: 'not offered',
  offered: 'offered, not used',
  required: 'required, not used',
};

const EXPOSURE_COLUMNS: readonly Column<ExposureSummary>[] = [
  { title: 'jid', value: (row) => row.jid || row.domain, flexible: true, least: 16 },
  { title: 'exposed', value: (row) => row.exposed },
  { title: 'mechanism', value: (row) => row.mechanism, flexible: true },
  { title: 'outcome', value: outcomes, flexible: true, least: 12 },
  { title: 'address', value: (row) => row.clientIp, flexible: true, least: 12 },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
  {
    title: 'starttls',
    value: (row) => STARTTLS[row.starttls] ?? row.starttls,
    flexible: true,
    optional: true,
  },
  {
    title: 'server',
    value: (row) => `${row.serverIp}:${row.serverPort}`,
    flexible: true,
    optional: true,
  },
  { title: 'count', value: (row) => row.count, align: 'right', optional: true },
  { title: 'client', value: (row) => row.client, flexible: true, optional: true },
  { title: 'first (UTC)', value: (row) => formatTime(row.firstUsec), optional: true },
];

export function addPeopleCommands(program: Command, io: CliIo): void {
  storeCommand(
    program,
    'identities',
    'accounts with addresses, clients and resources, last seen first; one account row by row with --jid',
    ['times', 'jid', 'ip', 'domain'],
  ).action((options: StoreOptions) => {
    withStore(options, (store) => {
      const { jid, ip, domain, limit, json } = options;
      const rows = store.listIdentities({ ...timesOf(options), jid, ip, domain, limit });
      if (jid === undefined || json === true) printRows(io, rows, IDENTITY_COLUMNS, json);
      else printRows(io, rows.flatMap(sightingsOf), SIGHTING_COLUMNS, false);
    });
  });
  storeCommand(
    program,
    'exposures',
    'who authenticated in the clear, or spoke so although TLS was offered, last seen first',
    ['times', 'jid', 'ip', 'domain'],
  )
    .addOption(
      new Option('--exposed <what>', 'what a listener learned').choices([
        'password',
        'hash',
        'token',
        'session',
        'unknown',
      ]),
    )
    .action((options: StoreOptions) => {
      withStore(options, (store) => {
        const { jid, ip, domain, exposed, limit, json } = options;
        const filter = { ...timesOf(options), jid, ip, domain, exposed, limit };
        printRows(io, store.listExposures(filter), EXPOSURE_COLUMNS, json);
      });
    });
}

function sightingsOf({ jid, sightings }: IdentitySummary): (Sighting & { readonly jid: string })[] {
  return sightings.map((sighting) => ({ jid, ...sighting }));
}

/** How many of the sessions went on under TLS. */
function tlsUse(row: { readonly sessions: number; readonly tlsSessions: number }): string {
  if (row.tlsSessions === 0) return 'never';
  return row.tlsSessions === row.sessions ? 'always' : `${row.tlsSessions} of ${row.sessions}`;
}

/** `3 accepted, 2 failed (not-authorized)`; attempts without an answer are the rest of the count. */
function outcomes({ outcome, successes, failures, condition, exposed }: ExposureSummary): string {
  if (exposed === 'session') return outcome;
  const parts: string[] = [];
  if (successes > 0) parts.push(`${successes} accepted`);
  if (failures > 0) parts.push(`${failures} failed${condition === '' ? '' : ` (${condition})`}`);
  return parts.length > 0 ? parts.join(', ') : outcome || 'no answer yet';
}
