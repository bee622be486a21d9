/**
 * `selftest`: replays crafted captures that come with the sensor, every rule case as a TCP connection of its own;
 * needs no rights and changes nothing. A case that must fire has to raise its detection on its own flow, a near
 * miss must not.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { AlertRecord } from '../alert/index.ts';
import { EXIT, OperatorError, errorText, printable } from '../core/index.ts';
import { runOffline } from '../offline.ts';
import { requireRules } from '../rule-files.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './program.ts';
import { VERSION } from './version.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/pcap/selftest', import.meta.url));
const NOTHING_STORED = [
  'output.sqlite.enabled=false',
  'output.eve.enabled=false',
  'http.enabled=false',
  'log_level=error',
];

/** One line of cases.json: a conversation and the signature it is about. */
interface Listed {
  readonly client: string;
  readonly port: number;
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
    const config = configFrom(options, NOTHING_STORED);
    const ruleSet = requireRules(config);
    const slugs = new Map(
      ruleSet.rules.map((rule) => [rule.sid, rule.metadata.get('detection')?.[0] ?? '']),
    );
    const alerts: AlertRecord[] = [];
    const { supervisor } = await runOffline({
      config,
      ruleSet,
      paths: [join(FOLDER, 'cases.pcap.gz')],
      version: VERSION,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onRecord: (record) => {
        if (record.kind === 'alert') alerts.push(record.record);
      },
    });
    await supervisor.close();
    const fired = new Set(
      alerts.map((alert) => `${alert.flow.clientIp} ${alert.flow.clientPort} ${alert.detection}`),
    );
    const rulesFired = new Set(
      alerts.map((alert) => `${alert.flow.clientIp} ${alert.flow.clientPort} ${alert.alert.sid}`),
    );
    const cases = readCases();
    const wrong = cases.filter((each) => {
      const flow = `${each.client} ${each.port}`;
      return each.fires
        ? !fired.has(`${flow} ${slugs.get(each.sid) ?? ''}`)
        : rulesFired.has(`${flow} ${each.sid}`);
    });
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
