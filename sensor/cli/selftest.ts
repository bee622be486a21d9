/**
 * `selftest`: replays crafted captures that come with the sensor, every rule case with its TCP connections, one after
 * the other; needs no rights and changes nothing. A case that must fire has to raise its detection before the
 * next one begins, a near miss must not.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { AlertRecord } from '../alert/index.ts';
import { CASE_SETTINGS } from '../case-site.ts';
import type { SensorConfig } from '../config/index.ts';
import { EXIT, OperatorError, errorText, printable } from '../core/index.ts';
import { runOffline } from '../offline.ts';
import { requireRules } from '../rule-files.ts';
import type { RuleSet } from '../rules/index.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';
import { VERSION } from './version.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/pcap/selftest', import.meta.url));
const NOTHING_STORED = [
  'output.sqlite.enabled=false',
  'output.eve.enabled=false',
  'http.enabled=false',
  'log_level=error',
];

/** One line of cases.json: where and when a case begins (seconds), and the signature it is about. */
interface Listed {
  readonly capture: string;
  readonly from: number;
  readonly sid: number;
  readonly fires: boolean;
  readonly case: string;
}

export function addSelftestCommand(program: Command, io: CliIo, setStatus: Action): void {
  const command = program
    .command('selftest')
    .description('replay the crafted captures: does every detection fire, and no near miss?')
    .option('--json', 'print JSON');
  addConfigOptions(command).action(async (options: SharedOptions & { readonly json?: boolean }) => {
    // Rules that a setting of the cases' organisation would replace have cases as well; what was tuned here is not what
    // is tested.
    const ruleSet = requireRules(configFrom(options, NOTHING_STORED), { tuning: {} });
    const config = configFrom(options, [...NOTHING_STORED, ...CASE_SETTINGS]);
    const slugs = new Map(
      ruleSet.rules.map((rule) => [rule.sid, rule.metadata.get('detection')?.[0] ?? '']),
    );
    const isWrong = ({ sid, fires }: Listed, alerts: readonly AlertRecord[]): boolean =>
      fires
        ? !alerts.some(({ detection }) => detection === slugs.get(sid))
        : alerts.some(({ alert }) => alert.sid === sid);
    const cases = readCases();
    const wrong: Listed[] = [];
    for (const capture of new Set(cases.map((each) => each.capture))) {
      const own = cases.filter((each) => each.capture === capture);
      const raised = alertsByCase(own, await replay(config, ruleSet, capture));
      wrong.push(...own.filter((each, i) => isWrong(each, raised[i] ?? [])));
    }
    const wanted = new Set(
      cases.filter((each) => each.fires).map((each) => slugs.get(each.sid) ?? String(each.sid)),
    );
    const broken = new Set(wrong.map((each) => slugs.get(each.sid) ?? String(each.sid)));
    const good = [...wanted].filter((slug) => !broken.has(slug)).length;
    if (options.json === true) {
      io.out(`${JSON.stringify({ detections: wanted.size, fired: good, wrong }, null, 2)}\n`);
    } else {
      for (const each of wrong) {
        io.out(
          printable(
            `${each.fires ? 'did not fire' : 'fired wrongly'}: ${slugs.get(each.sid) ?? ''} (${each.sid}) ${each.case}`,
          ) + '\n',
        );
      }
      io.out(`${good}/${wanted.size} detections fired\n`);
    }
    if (wrong.length > 0) setStatus(EXIT.usage);
  });
}

/** Every capture has a sensor of its own, which remembers nothing of the others. */
async function replay(
  config: SensorConfig,
  ruleSet: RuleSet,
  capture: string,
): Promise<AlertRecord[]> {
  const alerts: AlertRecord[] = [];
  const { supervisor } = await runOffline({
    config,
    ruleSet,
    paths: [join(FOLDER, capture)],
    version: VERSION,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onRecord: (record) => {
      if (record.kind === 'alert') alerts.push(record.record);
    },
  });
  await supervisor.close();
  return alerts;
}

/** The cases follow each other: an alert is of the one that began last. */
function alertsByCase(
  cases: readonly Listed[],
  alerts: readonly AlertRecord[],
): readonly (readonly AlertRecord[])[] {
  return cases.map(({ from }, i) => {
    const to = cases[i + 1]?.from ?? Infinity;
    return alerts.filter(({ tsUsec }) => tsUsec >= from * 1e6 && tsUsec < to * 1e6);
  });
}

function readCases(): Listed[] {
  const file = join(FOLDER, 'cases.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Listed[];
  } catch (error) {
    throw new OperatorError(
      'INPUT_UNREADABLE',
      `Cannot read ${file}: ${errorText(error)}`,
      'Reinstall the sensor',
      { cause: error },
    );
  }
}
