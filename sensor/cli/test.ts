/** `test`: checks configuration and rules, changes nothing. */
import { join } from 'node:path';
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
    const { inspect, store, store_bytes } = config.files;
    if (store && !inspect) io.out('hint: files.store keeps nothing while files.inspect is off\n');
    else if (store) {
      const folder = join(config.data_dir, 'files');
      io.out(`content of files is kept in ${folder}, up to ${formatBytes(store_bytes)}\n`);
    }
  });
}
