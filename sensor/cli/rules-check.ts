/** `rules check`: lint rule files with file:line:column. */
import type { Command } from 'commander';
import { EXIT, printable } from '../core/index.ts';
import { formatProblem, readConfiguredRules } from '../rule-files.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './program.ts';

interface CheckOptions extends SharedOptions {
  readonly json?: boolean;
}

export function addRulesCheckCommand(rules: Command, io: CliIo, setStatus: Action): void {
  const check = rules
    .command('check')
    .description('check rule files: errors and warnings with file:line:column')
    .argument('[file...]', 'rule files or folders; none: those of the configuration')
    .option('--json', 'print the problems as JSON');
  addConfigOptions(check).action((files: string[], options: CheckOptions) => {
    const config = configFrom({ ...options, ...(files.length > 0 ? { onlyRules: files } : {}) });
    const ruleSet = readConfiguredRules(config);
    const refused = ruleSet.failed;
    if (options.json === true) {
      io.out(
        `${JSON.stringify({ loaded: ruleSet.rules.length, refused, problems: ruleSet.problems }, null, 2)}\n`,
      );
    } else {
      for (const problem of ruleSet.problems)
        io.out(`${printable(`${problem.severity}: ${formatProblem(problem)}`)}\n`);
      io.out(
        `${ruleSet.rules.length} rules loaded, ${refused} refused, ${ruleSet.problems.length - ruleSet.problems.filter((problem) => problem.severity === 'error').length} warnings\n`,
      );
    }
    if (ruleSet.problems.some((problem) => problem.severity === 'error')) setStatus(EXIT.usage);
  });
}
