/** `rules ...`: the commands of rule authors, one file each. */
import type { Command } from 'commander';
import type { CliIo } from './io.ts';
import type { Action } from './program.ts';
import { addRulesCheckCommand } from './rules-check.ts';
import { addRulesTestCommand } from './rules-test.ts';

export function addRulesCommands(program: Command, io: CliIo, setStatus: Action): void {
  const rules = program.command('rules').description('work on rules');
  for (const add of [addRulesCheckCommand, addRulesTestCommand]) {
    add(rules, io, setStatus);
  }
}
