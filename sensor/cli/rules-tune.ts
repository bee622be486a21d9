/**
 * `rules tune SID`, `rules untune ID`: what a site changes about rules, as the console does it. The files belong to the
 * data folder; nothing is written unless all rules load with it.
 *
 * `--json`: the TuningEntry of api/contract.ts, an array of them for `--list`.
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { TuningEntry, TuningRequest } from '../api/index.ts';
import { tuningFiles, type SensorConfig } from '../config/index.ts';
import { OperatorError, printable } from '../core/index.ts';
import { runningSensor } from '../running-sensor.ts';
import { createRuleService, type RuleServiceControl } from '../service/index.ts';
import { audited } from './audited.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, collect, configFrom, type SharedOptions } from './options.ts';
import { ruleId, type RuleId } from './rules-explain.ts';
import { reloadText } from './sensor-reload.ts';
import { renderTable, type Column } from './table.ts';
import { formatTime } from './time.ts';

interface TuneOptions extends SharedOptions {
  readonly suppress?: boolean;
  readonly track?: string;
  readonly value?: string;
  readonly threshold?: Threshold;
  readonly disable?: boolean;
  readonly reason?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

type Threshold = Omit<Extract<TuningRequest, { readonly action: 'threshold' }>, 'sid' | 'reason'>;
type Suppression = Extract<TuningRequest, { readonly action: 'suppress' }>;

const COLUMNS: readonly Column<TuningEntry>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'when (UTC)', value: ({ tsUsec }) => formatTime(tsUsec), optional: true },
  { title: 'who', value: ({ actor }) => (actor === '' ? 'by hand' : actor), flexible: true },
  { title: 'state', value: stateOf },
  { title: 'line', value: ({ line }) => line, flexible: true, least: 30 },
  { title: 'reason', value: ({ reason }) => reason, flexible: true },
];

export function addRulesTuneCommands(rules: Command, io: CliIo): void {
  const tune = rules
    .command('tune')
    .description('suppress, limit or disable a rule here, with a reason')
    .argument('[sid]', 'sid, or gid:sid', ruleId)
    .option('--suppress', 'no alerts, or none of what --track and --value name')
    .option(
      '--track <what>',
      'by_src, by_dst, by_either, by_from_jid, by_to_jid, by_domain, by_room',
    )
    .option('--value <value>', 'the address, block, JID or domain')
    .addOption(
      new Option(
        '--threshold <rate>',
        'TYPE,TRACK,COUNT,SECONDS, for example limit,by_src,1,3600',
      ).argParser(threshold),
    )
    .option('--disable', 'take the rule out')
    .option('--reason <text>', 'why; it is kept with the line')
    .option('--list', 'show what was tuned')
    .option('-S, --only-rules <file>', 'the sensor uses only these rules (repeatable)', collect)
    .option('-s, --rules <file>', 'the sensor uses these rules too (repeatable)', collect)
    .option('--db <file>', 'SQLite store, for the audit')
    .option('--json', 'print JSON');
  addConfigOptions(tune).action(async (id: RuleId | undefined, options: TuneOptions) => {
    const config = configFrom(options);
    await withRules(config, async (service) => {
      if (options.list === true) {
        printList(io, await service.tuning(), options.json);
        return;
      }
      const request = requestOf(id, options);
      const { gid = 1, sid, reason, action } = request;
      const detail = { gid, sid, reason, change: action };
      const entry = await audited(
        config,
        { action: 'rule_tuned', object: `${gid}:${sid}`, detail },
        (actor) => service.tune(request, actor),
      );
      printEntry(io, config, entry, options.json);
    });
  });
  const untune = rules
    .command('untune')
    .description('take back what was tuned')
    .argument('<id>', 'as rules tune --list shows it')
    .requiredOption('--reason <text>', 'why; it is kept with the line')
    .option('-S, --only-rules <file>', 'the sensor uses only these rules (repeatable)', collect)
    .option('-s, --rules <file>', 'the sensor uses these rules too (repeatable)', collect)
    .option('--db <file>', 'SQLite store, for the audit')
    .option('--json', 'print JSON');
  addConfigOptions(untune).action(async (id: string, options: TuneOptions) => {
    const config = configFrom(options);
    const { reason = '' } = options;
    await withRules(config, async (service) => {
      const entry = await audited(
        config,
        { action: 'rule_untuned', object: id, detail: { reason } },
        (actor) => service.untune(id, reason, actor),
      );
      printEntry(io, config, entry, options.json);
    });
  });
}

async function withRules(
  config: SensorConfig,
  act: (service: RuleServiceControl) => Promise<void>,
): Promise<void> {
  const service = createRuleService({ config });
  try {
    await act(service);
  } finally {
    await service.close();
  }
}

function requestOf(id: RuleId | undefined, options: TuneOptions): TuningRequest {
  const { suppress, disable, threshold: rate, track, value, reason } = options;
  if (id === undefined)
    throw usage('Say which rule: rules tune SID', 'stanzawatch rules list shows them');
  const chosen = [suppress === true, disable === true, rate !== undefined].filter(Boolean).length;
  if (chosen !== 1) {
    throw usage(
      'Say what to do with the rule',
      'one of --suppress, --threshold RATE and --disable',
    );
  }
  if (suppress !== true && (track !== undefined || value !== undefined)) {
    throw usage('--track and --value belong to --suppress', 'a threshold names its track itself');
  }
  const common = { ...id, reason: reason ?? '' };
  if (disable === true) return { ...common, action: 'disable' };
  if (rate !== undefined) return { ...common, ...rate };
  return {
    ...common,
    action: 'suppress',
    ...(track === undefined ? {} : { track: track as NonNullable<Suppression['track']> }),
    ...(value === undefined ? {} : { value }),
  };
}

function threshold(text: string): Threshold {
  const [type = '', track = '', count = '', seconds = '', ...rest] = text.split(',');
  const isWhole = [count, seconds].every((part) => /^\s*\d{1,10}\s*$/.test(part));
  const kind = (['limit', 'threshold', 'both'] as const).find((each) => each === type.trim());
  if (kind === undefined || !isWhole || rest.length > 0) {
    throw new InvalidArgumentError('Write TYPE,TRACK,COUNT,SECONDS: limit,by_src,1,3600.');
  }
  return {
    action: 'threshold',
    type: kind,
    track: track.trim(),
    count: Number(count),
    seconds: Number(seconds),
  };
}

function printEntry(
  io: CliIo,
  config: SensorConfig,
  entry: TuningEntry,
  isJson: boolean | undefined,
): void {
  if (isJson === true) {
    io.out(`${JSON.stringify(entry, null, 2)}\n`);
    return;
  }
  const { threshold: thresholds, disable } = tuningFiles(config);
  const path = entry.action === 'disable' ? disable : thresholds;
  io.out(`${printable(`${entry.id}  ${stateOf(entry)}: ${entry.line}`)}\n`);
  io.err(`written to ${path}; ${whenApplied(config, entry)}\n`);
}

/** A refusal is an error, and the change taken back: what is said here was written. */
function whenApplied(config: SensorConfig, { isPending }: TuningEntry): string {
  const sensor = runningSensor(config.data_dir);
  if (isPending === true)
    return reloadText(sensor.state === 'running' ? { ...sensor, state: 'pending' } : sensor);
  return sensor.state === 'running'
    ? reloadText({ ...sensor, state: 'loaded' })
    : 'the sensor took it, and has ended since';
}

function printList(io: CliIo, entries: readonly TuningEntry[], isJson: boolean | undefined): void {
  if (isJson === true) io.out(`${JSON.stringify(entries, null, 2)}\n`);
  else io.out(entries.length === 0 ? 'none\n' : renderTable(entries, COLUMNS, io.columns));
}

function stateOf({ isActive, removed }: TuningEntry): string {
  if (isActive) return 'active';
  return removed === undefined ? 'taken back' : `taken back ${formatTime(removed.tsUsec)}`;
}

function usage(message: string, hint: string): OperatorError {
  return new OperatorError('USAGE', message, hint);
}
