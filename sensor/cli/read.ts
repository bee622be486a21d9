/** `read`: offline replay of captures. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { EXIT, OperatorError, errorText, printable } from '../core/index.ts';
import { runOffline, type OfflineSummary } from '../offline.ts';
import type { CliIo } from './io.ts';
import { addPipelineOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';
import { ProgressBar, formatBytes } from './progress.ts';
import { VERSION } from './version.ts';

interface ReadCommandOptions extends SharedOptions {
  readonly summaryJson?: string;
}

export function addReadCommand(program: Command, io: CliIo, setStatus: Action): void {
  const command = program
    .command('read')
    .description('replay capture files, folders or standard input (-)')
    .argument('<path...>', 'pcap or pcapng, plain, .gz or .zst; a folder is read in name order')
    .option('--summary-json <file>', 'write the summary as JSON');
  addPipelineOptions(command).action(async (paths: string[], options: ReadCommandOptions) => {
    // Offline there is nothing to watch over HTTP, unless it is asked for.
    const config = configFrom(options, options.metrics === undefined ? ['http.enabled=false'] : []);
    const bar = new ProgressBar(io);
    const { signal, isInterrupted } = interruption();
    const { summary, supervisor } = await runOffline({
      config,
      paths,
      version: VERSION,
      signal,
      onProgress: (progress, alerts) => {
        bar.update(progress.readBytes, progress.totalBytes, alerts);
      },
    });
    bar.clear();
    const closeProblem = await supervisor.close().then(() => undefined, errorText);
    const sinkProblem = summary.sinkProblem ?? closeProblem;
    io.err(formatSummary({ ...summary, sinkProblem }));
    if (options.summaryJson !== undefined)
      writeSummary(options.summaryJson, { ...summary, sinkProblem });
    setStatus(exitStatus(summary, sinkProblem, isInterrupted()));
  });
}

/** INT and TERM stop reading; what was read is finished. */
export function interruption(): { signal: AbortSignal; isInterrupted: () => boolean } {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort();
    });
  }
  return { signal: controller.signal, isInterrupted: () => controller.signal.aborted };
}

function exitStatus(
  summary: OfflineSummary,
  sinkProblem: string | undefined,
  isInterrupted: boolean,
): number {
  if (sinkProblem !== undefined) return EXIT.sink;
  if (isInterrupted) return EXIT.interrupted;
  return summary.problems.length > 0 ? EXIT.input : EXIT.ok;
}

function writeSummary(file: string, summary: OfflineSummary): void {
  const { alerts, ...rest } = summary;
  const [, critical = 0, high = 0, medium = 0, info = 0] = alerts;
  try {
    writeFileSync(
      file,
      `${JSON.stringify({ ...rest, alerts: { critical, high, medium, info } }, null, 2)}\n`,
    );
  } catch (error) {
    throw new OperatorError(
      'USAGE',
      `Cannot write the summary ${file}: ${errorText(error)}`,
      'Choose a writable path',
    );
  }
}

/** How much was seen. Where there was no XMPP, that all of nothing was seen says nothing; what may have hidden it does. */
function seenLine({ seenPercent, flows, sessions, unread }: OfflineSummary): string {
  const seen = `seen ${seenPercent} % of the stream bytes`;
  if (sessions > 0) return seen;
  const none =
    flows === 0 ? 'there was no TCP to read, and so no XMPP' : 'none of them was XMPP to read';
  const counted = (count: number, one: string, many: string): string[] =>
    count === 0 ? [] : [`${count.toLocaleString('en-US')} ${count === 1 ? one : many}`];
  const hidden = [
    ...counted(unread.encryptedFlows, 'encrypted connection', 'encrypted connections'),
    ...counted(unread.fragments, 'IP fragment', 'IP fragments'),
    ...counted(
      unread.foreignLinkPackets,
      'packet of a link type that is not read',
      'packets of a link type that is not read',
    ),
    ...counted(unread.malformedPackets, 'malformed packet', 'malformed packets'),
    ...counted(unread.otherPackets, 'packet', 'packets').map(
      (text) => `${text} without TCP, or of an encapsulation that is not read (GRE, MPLS, VXLAN)`,
    ),
  ];
  return `${seen}: ${none}${hidden.length === 0 ? '' : `; not read: ${hidden.join(', ')}`}`;
}

/** The summary for people. */
export function formatSummary(summary: OfflineSummary): string {
  const [, critical = 0, high = 0, medium = 0, info = 0] = summary.alerts;
  const number = (value: number): string => value.toLocaleString('en-US');
  const lines = [
    `packets ${number(summary.packets)}, ${formatBytes(summary.bytes)} from ${summary.files} file${summary.files === 1 ? '' : 's'}`,
    `flows ${number(summary.flows)}, sessions ${number(summary.sessions)}, stanzas ${number(summary.stanzas)}`,
    `alerts ${number(critical + high + medium + info)}: ${critical} critical, ${high} high, ${medium} medium, ${info} info (${summary.rulesLoaded} rules${
      summary.rulesFailed > 0 ? `, ${summary.rulesFailed} refused` : ''
    })`,
    seenLine(summary),
    `${summary.seconds.toFixed(2)} s, ${summary.megabytesPerSecond.toFixed(1)} MB/s`,
    ...summary.problems.map((problem) => `problem: ${problem}`),
    ...(summary.sinkProblem === undefined
      ? []
      : [`problem: ${summary.sinkProblem}; data may be missing`]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}
