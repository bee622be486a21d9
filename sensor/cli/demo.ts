/** What `npm start` runs: the bundled captures through the whole pipeline, then console and API until Ctrl-C. */
import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { AlertRecord } from '../alert/index.ts';
import { tokenHint } from '../http-door.ts';
import { runOffline } from '../offline.ts';
import { severityName } from './alert-text.ts';
import type { CliIo } from './io.ts';
import { OperatorError } from '../core/index.ts';
import { AlertStore } from '../output/index.ts';
import { configFrom } from './options.ts';
import { ProgressBar } from './progress.ts';
import { formatSummary, interruption } from './read.ts';
import { renderTable } from './table.ts';
import { VERSION } from './version.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Captures of different networks, or of one at different times: no flow goes on in another file. */
const CAPTURES = [
  'demo/incident',
  'campaign/campaign',
  'files/direct',
  'files/ibb',
  'files/proxy',
  'files/upload',
  'servers/01_c2s_prosody_plain',
  'servers/03_legacy_iq_auth',
  'servers/07_muc',
  'servers/12b_xmppclient_js_tcp',
  'servers/15_starttls_normal',
  'servers/16_starttls_ignored_plain',
  'servers/17_carbons_mam',
  'servers/19_bulk_30000_messages',
].map((name) => relative(process.cwd(), join(ROOT, 'fixtures', 'pcap', `${name}.pcap.gz`)));

/** Whose rows the demo's store holds. */
const SENSOR = 'demo';
const STORE = 'stanzawatch.db';
/** What a demo leaves behind, and the next one begins without. */
const LEFT_FILES = [STORE, `${STORE}-wal`, `${STORE}-shm`, 'eve.json'];
const LEFT_FOLDERS = ['packets', 'tuning'];

/** Alerts of one signature. */
interface Group {
  readonly first: AlertRecord;
  count: number;
}

export function addDemoCommand(program: Command, io: CliIo): void {
  program
    .command('demo')
    .description('replay the bundled captures, then serve console and API until Ctrl-C')
    .option('--metrics <host:port>', 'address of console, API and metrics')
    .option(
      '-l, --dir <folder>',
      'data folder of a demo, emptied first',
      join(ROOT, 'data', 'demo'),
    )
    .action(async (options: { metrics?: string; dir: string }) => {
      emptyFolder(options.dir);
      const config = configFrom(options, [`sensor_name=${SENSOR}`, 'log_level=warn']);
      const groups = new Map<number, Group>();
      const bar = new ProgressBar(io);
      const { signal } = interruption();
      const { summary, supervisor } = await runOffline({
        config,
        paths: CAPTURES,
        version: VERSION,
        signal,
        onProgress: (progress, alerts) => {
          bar.update(progress.readBytes, progress.totalBytes, alerts);
        },
        onRecord: (record) => {
          if (record.kind === 'alert') addToGroup(groups, record.record);
        },
      });
      bar.clear();
      io.err(formatSummary(summary));
      io.out(`\n${renderGroups([...groups.values()], io.columns)}`);
      io.err(`\neach alert:  npm start -- alerts list -l ${options.dir}\n`);
      io.err(
        `console: ${supervisor.url}   metrics: ${supervisor.url}/metrics   (Ctrl-C ends)\n${tokenHint(config)}\n`,
      );
      if (!signal.aborted) {
        supervisor.warm();
        await new Promise<void>((resolve) => {
          // The server keeps the process alive; a signal ends the wait.
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
      }
      await supervisor.close();
    });
}

/** Removes what the demo before left. Throws OperatorError USAGE for the data of a sensor: that is nobody's to delete here. */
function emptyFolder(folder: string): void {
  if (!isOfDemo(folder)) {
    throw new OperatorError(
      'USAGE',
      `The demo empties its data folder, and ${folder} holds the data of a sensor`,
      'Name an empty folder with -l, or leave -l out; stanzawatch serve shows what is in this one',
    );
  }
  for (const name of LEFT_FILES) rmSync(join(folder, name), { force: true });
  for (const name of LEFT_FOLDERS) rmSync(join(folder, name), { recursive: true, force: true });
}

/** A store of the demo's rows, or of none; without a store, nothing that would be deleted. */
function isOfDemo(folder: string): boolean {
  const path = join(folder, STORE);
  if (!existsSync(path)) {
    return [...LEFT_FILES, ...LEFT_FOLDERS].every((name) => !existsSync(join(folder, name)));
  }
  let store: AlertStore | undefined;
  try {
    store = new AlertStore(path);
    return !store.holdsRowsOfOthers(SENSOR);
  } catch {
    // Whose it is cannot be told.
    return false;
  } finally {
    store?.close();
  }
}

function addToGroup(groups: Map<number, Group>, alert: AlertRecord): void {
  const group = groups.get(alert.alert.sid);
  if (group === undefined) groups.set(alert.alert.sid, { first: alert, count: alert.alert.count });
  else group.count += alert.alert.count;
}

function renderGroups(groups: readonly Group[], width: number): string {
  const sorted = [...groups].sort(
    (a, b) => a.first.alert.severity - b.first.alert.severity || b.count - a.count,
  );
  return renderTable(
    sorted,
    [
      { title: 'severity', value: ({ first }) => severityName(first.alert.severity) },
      { title: 'count', value: ({ count }) => count, align: 'right' },
      { title: 'detection', value: ({ first }) => first.detection },
      { title: 'signature', value: ({ first }) => first.alert.signature, flexible: true },
      {
        title: 'first from',
        value: ({ first }) => first.xmpp?.from || `${first.srcIp}:${first.srcPort}`,
        flexible: true,
      },
      {
        title: 'to',
        value: ({ first }) => first.xmpp?.to || `${first.destIp}:${first.destPort}`,
        flexible: true,
      },
      { title: 'evidence', value: ({ first }) => first.evidence?.excerpt ?? '', flexible: true },
    ],
    width,
  );
}
