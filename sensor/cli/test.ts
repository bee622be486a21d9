/** `test`: checks configuration and rules, changes nothing. */
import type { Command } from 'commander';
import { directionHint } from '../config/index.ts';
import { requireRules } from '../rule-files.ts';
import type { CliIo } from './io.ts';
import { addPipelineOptions, configFrom, type SharedOptions } from './options.ts';
import { formatBytes } from './progress.ts';

export function addTestCommand(program: Command, io: CliIo): void {
  addPipelineOptions(
    program.command('test').description('check configuration and rules, change nothing'),
  ).action((options: SharedOptions) => {
    const config = configFrom(options);
    const ruleSet = requireRules(config);
    const warnings = ruleSet.problems.length;
    io.out(
      `configuration ok; ${ruleSet.rules.length} rules and ${ruleSet.datasets.size} datasets ok${warnings > 0 ? `, ${warnings} warnings (stanzawatch rules check)` : ''}\n`,
    );
    const hint = directionHint(config);
    if (hint !== '') io.out(`hint: ${hint}\n`);
  });
}
