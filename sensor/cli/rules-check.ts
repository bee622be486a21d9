/**
 * `rules check`: errors and warnings with file:line:column, what to write instead, and what each rule costs.
 *
 * `--json`: `{ loaded, refused, disabled, problems: [{ severity, file, line, column, message, hint }] }`, with --cost
 * also `costs: [{ gid, sid, level, reason }]`. Lines and columns count from 1; 0 means the whole file.
 */
import type { Command } from 'commander';
import { EXIT, printable } from '../core/index.ts';
import { checkRules, type RuleCheck } from '../rule-check.ts';
import { formatProblem } from '../rule-files.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';
import { renderTable, type Column } from './table.ts';

interface CheckOptions extends SharedOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly cost?: boolean;
}

interface CostRow {
  readonly gid: number;
  readonly sid: number;
  readonly level: string;
  readonly reason: string;
}

const COST_COLUMNS: readonly Column<CostRow>[] = [
  { title: 'sid', value: ({ sid }) => sid, align: 'right' },
  { title: 'cost', value: ({ level }) => level },
  { title: 'why', value: ({ reason }) => reason, flexible: true },
];

const LEVELS = ['costly', 'moderate', 'cheap'];

export function addRulesCheckCommand(rules: Command, io: CliIo, setStatus: Action): void {
  const command = rules
    .command('check')
    .description('check rule files: errors and warnings with file:line:column')
    .argument('[file...]', 'rule files or folders; none: those of the configuration')
    .option('--cost', 'print what each rule costs, the costly ones first')
    .option('--strict', 'warnings fail too, and missing rev, reference, detection are warnings')
    .option('--json', 'print JSON');
  addConfigOptions(command).action((files: string[], options: CheckOptions) => {
    const only = files.length > 0 ? { onlyRules: files } : {};
    const isStrict = options.strict === true;
    const check = checkRules(configFrom({ ...options, ...only }), isStrict);
    const errors = check.problems.filter(({ severity }) => severity === 'error').length;
    if (options.json === true) io.out(json(check, options.cost === true));
    else {
      for (const problem of check.problems) {
        io.out(`${printable(`${problem.severity}: ${formatProblem(problem)}`)}\n`);
      }
      if (options.cost === true) {
        io.out(renderTable(costRows(check), COST_COLUMNS, io.columns));
      }
      const { rules: loaded, failed, disabled, skipped } = check.ruleSet;
      const parts = [
        `${loaded.length} rules loaded`,
        `${failed} refused`,
        ...(disabled > 0 ? [`${disabled} disabled`] : []),
        ...(skipped.length > 0 ? [`${skipped.length} skipped by requires`] : []),
        `${check.problems.length - errors} warnings`,
      ];
      io.out(`${parts.join(', ')}\n`);
    }
    if (errors > 0 || (isStrict && check.problems.length > 0)) setStatus(EXIT.usage);
  });
}

function json({ ruleSet, problems, ...check }: RuleCheck, wantsCost: boolean): string {
  const { rules, failed: refused, disabled } = ruleSet;
  const costs = wantsCost ? { costs: costRows({ ruleSet, problems, ...check }) } : {};
  return `${JSON.stringify({ loaded: rules.length, refused, disabled, problems, ...costs }, null, 2)}\n`;
}

/** The costly first, by sid within a level. */
function costRows({ costs }: RuleCheck): CostRow[] {
  return [...costs]
    .map(([{ gid, sid }, { level, reason }]) => ({ gid, sid, level, reason }))
    .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || a.sid - b.sid);
}
