/** `alerts ack|escalate|close|reopen|comment`: what an analyst makes of alerts, one by one or all that fit. */
import type { Command } from 'commander';
import { userInfo } from 'node:os';
import { limitValues, storeFile } from '../config/index.ts';
import { OperatorError } from '../core/index.ts';
import {
  triageStore,
  type AlertStore,
  type TriageChoice,
  type TriageRequest,
  type TriageStatus,
} from '../output/index.ts';
import { addFilterOptions, filterFrom, isFiltered, type AlertOptions } from './alert-options.ts';
import type { CliIo } from './io.ts';
import { configFrom } from './options.ts';
import { alertNamed, withStore } from './with-store.ts';

interface TriageOptions extends AlertOptions {
  readonly comment?: string;
  readonly actor?: string;
  readonly yes?: boolean;
}

interface Verb {
  readonly name: string;
  readonly status: TriageStatus;
  readonly description: string;
  /** What was done, before the number of alerts. */
  readonly done: string;
}

const VERBS: readonly Verb[] = [
  {
    name: 'ack',
    status: 'acknowledged',
    description: 'seen, and nothing to do',
    done: 'acknowledged',
  },
  { name: 'escalate', status: 'escalated', description: 'somebody must act', done: 'escalated' },
  { name: 'close', status: 'closed', description: 'done with', done: 'closed' },
  { name: 'reopen', status: 'new', description: 'new again', done: 'reopened' },
];

export function addTriageCommands(alerts: Command, io: CliIo): void {
  for (const { name, status, description, done } of VERBS) {
    triageOptions(
      alerts
        .command(name)
        .description(`${description}: the alerts named, or all that fit`)
        .argument('[id...]', 'numbers of the list, or the first digits of alert ids')
        .option('--comment <text>', 'why'),
    ).action((ids: string[], options: TriageOptions) =>
      change(io, ids, options, { status, ...commentOf(options.comment) }, done),
    );
  }
  triageOptions(
    alerts
      .command('comment')
      .description('a comment, and the status stays: on the alert named, or on all that fit')
      .argument(
        '<id-and-text...>',
        'number or id, then the comment; with filters the comment alone',
      ),
  ).action((words: string[], options: TriageOptions) => {
    const { ids, text } = idsAndText(words);
    return change(io, ids, options, { comment: text }, 'commented on');
  });
}

const ID = /^(?:\d+|[0-9a-f]{4,32})$/;

/** `7 8 "all is well"` and `7 all is well`; what could be read in two ways is refused. */
function idsAndText(words: readonly string[]): { readonly ids: string[]; readonly text: string } {
  const first = words.findIndex((word) => !ID.test(word));
  const count = first < 0 ? words.length - 1 : first;
  const rest = words.slice(count);
  if (count > 1 && rest.length > 1) {
    throw new OperatorError(
      'USAGE',
      `It is not clear whether "${words.slice(1, count).join(' ')}" are alerts or words of the comment`,
      `Write the comment in quotes: stanzawatch alerts comment ${words[0] ?? ''} "TEXT"`,
    );
  }
  return { ids: words.slice(0, count), text: rest.join(' ') };
}

function triageOptions(command: Command): Command {
  return addFilterOptions(
    command
      .option('--actor <name>', 'who does it; the user of this terminal unless told')
      .option('--yes', 'change all that fit, without being asked'),
  );
}

async function change(
  io: CliIo,
  ids: readonly string[],
  options: TriageOptions,
  request: TriageRequest,
  done: string,
): Promise<void> {
  const config = configFrom(options);
  const limits = limitValues(config);
  const choice = withStore(options, (store) => choose(store, ids, options));
  const actor = options.actor ?? actorOf(process.env);
  const result = await triageStore(storeFile(config), choice, request, actor, limits);
  if (options.json === true) io.out(`${JSON.stringify(result, null, 2)}\n`);
  else io.out(`${done} ${result.changed} ${result.changed === 1 ? 'alert' : 'alerts'}\n`);
}

/** The alerts named, which must all be there; else those that fit, which must be wanted when they are many. */
function choose(store: AlertStore, ids: readonly string[], options: TriageOptions): TriageChoice {
  const filter = filterFrom(options);
  const hasFilter = isFiltered(filter);
  if (ids.length > 0 && hasFilter) {
    throw new OperatorError(
      'USAGE',
      'Name alerts or filter them, not both',
      'Leave out one of both',
    );
  }
  if (ids.length > 0) return { ids: ids.map((id) => alertNamed(store, id).alertId) };
  if (!hasFilter) {
    throw new OperatorError(
      'USAGE',
      'Say which alerts',
      'Give numbers of `stanzawatch alerts list`, or filters such as --detection or --since',
    );
  }
  if (options.yes !== true) {
    const several = store.alertIds(filter, 2).length > 1;
    if (several && (filter.limit ?? 2) > 1) {
      throw new OperatorError(
        'USAGE',
        'More than one alert fits: nothing was changed',
        'Look at them with `stanzawatch alerts list` and the same filters, then add --yes',
      );
    }
  }
  return { filter };
}

function commentOf(comment: string | undefined): { readonly comment?: string } {
  return comment === undefined ? {} : { comment };
}

/** Who sits at the terminal: behind sudo the one who called it. */
function actorOf(environment: NodeJS.ProcessEnv): string {
  const name = environment['SUDO_USER'] ?? environment['USER'] ?? '';
  return name === '' ? userInfo().username : name;
}
