/** `rules test`: plays the cases kept beside the rules. */
import type { Command } from 'commander';
import { EXIT, printable } from '../core/index.ts';
import { requireRules } from '../rule-files.ts';
import { casesBeside, casesIn, testRules, type CaseFailure } from '../rule-test.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';

interface TestOptions extends SharedOptions {
  readonly cases?: string;
  readonly json?: boolean;
}

/** Captures are replayed without leaving anything behind. */
const NOTHING_STORED = ['output.sqlite.enabled=false', 'output.eve.enabled=false'];

export function addRulesTestCommand(rules: Command, io: CliIo, setStatus: Action): void {
  const command = rules
    .command('test')
    .description('play the cases beside the rules: what must fire, and what must not')
    .argument('[file...]', 'rule files or folders; none: those of the configuration')
    .option('--cases <folder>', 'folder of cases; default: cases/ beside the rules')
    .option('--json', 'print JSON');
  addConfigOptions(command).action(async (files: string[], options: TestOptions) => {
    const only = files.length > 0 ? { onlyRules: files } : {};
    const config = configFrom({ ...options, ...only }, NOTHING_STORED);
    const ruleSet = requireRules(config);
    const paths = [...config.rules.files, ...config.rules.extra_files];
    const cases = options.cases === undefined ? casesBeside(paths) : casesIn(options.cases);
    const report = await testRules(config, ruleSet, cases);
    const { failures, untested, foreign } = report;
    if (options.json === true) {
      const json = {
        cases: report.cases,
        failed: failures.map(failureJson),
        without_case: untested.map(({ sid, msg, file, line }) => ({ sid, msg, file, line })),
        not_loaded: foreign.map(({ sid, name, file, line }) => ({ sid, case: name, file, line })),
      };
      io.out(`${JSON.stringify(json, null, 2)}\n`);
    } else {
      for (const failure of failures) io.out(failureText(failure));
      for (const { sid, msg, file, line } of untested) {
        io.out(`${printable(`no case: ${sid} ${msg} (${file}:${line})`)}\n`);
      }
      const rest = foreign.length === 0 ? '' : `, ${foreign.length} cases of rules not loaded`;
      io.out(
        `${report.cases} cases, ${failures.length} failed, ${untested.length} rules without a case${rest}\n`,
      );
    }
    if (failures.length > 0) setStatus(EXIT.usage);
  });
}

function failureJson({ source, variant, missing, unexpected, reasons }: CaseFailure): object {
  const { sid, name, file, line } = source;
  return { sid, case: name, file, line, variant, missing, unexpected, reasons };
}

function failureText({ source, variant, missing, unexpected, reasons }: CaseFailure): string {
  const what = [
    ...(missing.length > 0 ? [`silent: ${missing.join(', ')}`] : []),
    ...(unexpected.length > 0 ? [`fired: ${unexpected.join(', ')}`] : []),
  ].join('; ');
  const place = `${source.file}:${source.line}`;
  return [`failed: ${place}: ${source.sid} ${source.name} (${variant}): ${what}`]
    .concat(reasons.map((reason) => `  why ${reason}`))
    .map((line) => `${printable(line)}\n`)
    .join('');
}
