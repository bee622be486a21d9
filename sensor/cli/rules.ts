/** `rules ...`: the commands of rule authors, one file each. */
import type { Command } from 'commander';
import type { CliIo } from './io.ts';
import type { Action } from './run-commands.ts';
import { addRulesCheckCommand } from './rules-check.ts';
import { addRulesEventsCommand } from './rules-events.ts';
import { addRulesExplainCommand } from './rules-explain.ts';
import { addRulesImport } from './rules-import.ts';
import { addRulesListCommand } from './rules-list.ts';
import { addRulesTestCommand } from './rules-test.ts';
import { addRulesTuneCommands } from './rules-tune.ts';

export function addRulesCommands(program: Command, io: CliIo, setStatus: Action): void {
  const rules = program.command('rules').description('work on rules');
  for (const add of [
    addRulesCheckCommand,
    addRulesListCommand,
    addRulesExplainCommand,
    addRulesTestCommand,
    addRulesTuneCommands,
    addRulesEventsCommand,
    addRulesImport,
  ]) {
    add(rules, io, setStatus);
  }
}
