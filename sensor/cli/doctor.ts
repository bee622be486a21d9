/**
 * `doctor`: why nothing, or too little, is seen, and what to do about it. Loads nothing that needs a native part: it is
 * the command for when one is missing.
 */
import { InvalidArgumentError, type Command } from 'commander';
import { EXIT } from '../core/index.ts';
import { areaOf, examine, type Check } from '../doctor/index.ts';
import { doctorText, summary } from './doctor-text.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, collect, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';

interface DoctorOptions extends SharedOptions {
  readonly interface?: string[];
  readonly seconds: number;
  readonly json?: boolean;
}

const SECONDS = 2;
const MAX_SECONDS = 300;

const HELP = `
Each check is ok, warn, fail or unknown (it could not be judged), with what was found and what to do.
It changes nothing; interfaces are listened to for a moment, in promiscuous mode.

Exit status: 0 nothing fails (warnings and unknowns allowed), 1 something fails.
`;

export function addDoctorCommand(program: Command, io: CliIo, setStatus: Action): void {
  const command = program
    .command('doctor')
    .description('check rights, interfaces, disk, clock and rules, and say what to do')
    .option('-i, --interface <name>', 'interface to look at (repeatable)', collect)
    .option('--seconds <number>', 'how long interfaces are listened to', seconds, SECONDS)
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  addConfigOptions(command).action(async (options: DoctorOptions) => {
    const checks = await examine({
      readConfig: () => configFrom(options),
      configFile: options.config ?? '',
      dataDir: options.dir,
      interfaces: options.interface ?? [],
      seconds: options.seconds,
    });
    if (options.json === true) io.out(`${JSON.stringify(jsonOf(checks), null, 2)}\n`);
    else {
      const hasColour = io.columns > 0 && !process.env['NO_COLOR'];
      io.out(doctorText(checks, { columns: io.columns, hasColour }));
    }
    setStatus(checks.some(({ state }) => state === 'fail') ? EXIT.usage : EXIT.ok);
  });
}

function jsonOf(checks: readonly Check[]): object {
  return {
    summary: summary(checks),
    checks: checks.map((check) => ({ area: areaOf(check), ...check })),
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d{1,3}$/.test(text) && value >= 1 && value <= MAX_SECONDS) return value;
  throw new InvalidArgumentError(`Not a number of seconds from 1 to ${MAX_SECONDS}.`);
}
