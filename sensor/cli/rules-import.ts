/** `rules import`: rule files of Suricata and Snort, with a report of what became of every rule. */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { limitValues } from '../config/index.ts';
import { EXIT, OperatorError, errorText, printable } from '../core/index.ts';
import { importForeignRules } from '../rule-files.ts';
import type { ImportRemark, ImportReport, ImportedRule, RuleSource } from '../rules/index.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';

interface ImportCliOptions extends SharedOptions {
  readonly output?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function addRulesImport(rules: Command, io: CliIo, setStatus: Action): void {
  const command = rules
    .command('import')
    .description(
      'read rule files of Suricata 5 to 7 and Snort 2: what is taken, what is changed, what is refused and why',
    )
    .argument('<file...>', 'rule files, or folders of *.rules')
    .option('-o, --output <file>', 'write the rules that were taken there, "-" for standard output')
    .option('--strict', 'exit status 1 when any rule was refused')
    .option('--json', 'print the report as JSON');
  addConfigOptions(command).action((paths: string[], options: ImportCliOptions) => {
    const config = configFrom(options);
    const { rulesFileBytes } = limitValues(config);
    const sources = paths.flatMap(listFiles).map((file) => readSource(file, rulesFileBytes));
    const report = importForeignRules(config, sources);
    const isToStdout = options.output === '-';
    // Rules on standard output go to a file or a pipe: the report must not stand among them.
    const print = isToStdout ? io.err.bind(io) : io.out.bind(io);
    print(options.json === true ? jsonReport(report) : textReport(report));
    if (isToStdout) io.out(report.output);
    else if (options.output !== undefined) writeOutput(options.output, report.output);
    const { loaded, translated, refused } = counts(report);
    const isEmpty = loaded + translated === 0;
    if (isEmpty || (options.strict === true && refused > 0)) setStatus(EXIT.usage);
  });
}

function listFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith('.rules'));
    if (names.length === 0) throw new Error('the folder holds no *.rules file');
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readSource(file: string, maxBytes: number): RuleSource {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > maxBytes) {
      throw new Error(`it is larger than ${maxBytes} bytes (limit rules.file_bytes)`);
    }
    if (bytes.includes(0)) throw new Error('it holds NUL bytes, so it is no text');
    return { file, text: bytes.toString('utf8') };
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): OperatorError {
  return new OperatorError(
    'INPUT_UNREADABLE',
    `Cannot read rules from ${path}: ${errorText(error)}`,
    'name a text file of rules, or a folder with *.rules files',
  );
}

function writeOutput(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new OperatorError(
      'RULES_UNWRITABLE',
      `Cannot write ${file}: ${errorText(error)}`,
      'check path and rights',
      { cause: error },
    );
  }
}

interface Counts {
  readonly loaded: number;
  readonly translated: number;
  readonly refused: number;
  /** Of those taken. */
  readonly disabled: number;
  readonly warnings: number;
}

function counts({ rules }: ImportReport): Counts {
  const count = (fits: (rule: ImportedRule) => boolean): number => rules.filter(fits).length;
  return {
    loaded: count(({ status }) => status === 'loaded'),
    translated: count(({ status }) => status === 'translated'),
    refused: count(({ status }) => status === 'refused'),
    disabled: count(({ status, isDisabled }) => isDisabled && status !== 'refused'),
    warnings: rules.reduce((sum, { warnings }) => sum + warnings.length, 0),
  };
}

function jsonReport(report: ImportReport): string {
  const rules = report.rules.map((rule) => ({
    file: rule.file,
    line: rule.line,
    sid: rule.sid,
    msg: rule.msg,
    status: rule.status,
    disabled: rule.isDisabled,
    changes: rule.changes,
    reasons: rule.reasons,
    warnings: rule.warnings,
  }));
  return `${JSON.stringify({ ...counts(report), rules }, null, 2)}\n`;
}

function textReport(report: ImportReport): string {
  const lines: string[] = [];
  const say = (kind: string, rule: ImportedRule, remarks: readonly ImportRemark[]): void => {
    for (const { file, line, column, keyword, message, hint } of remarks) {
      const about = keyword === '' ? 'header' : keyword;
      const sid = rule.sid === undefined ? '' : ` sid ${rule.sid}:`;
      const tail = hint === undefined ? '' : ` (${hint})`;
      const state = rule.isDisabled ? ' [disabled]' : '';
      lines.push(`${kind}: ${file}:${line}:${column}:${sid} ${about}: ${message}${tail}${state}`);
    }
  };
  for (const rule of report.rules) {
    say('refused', rule, rule.reasons);
    say('changed', rule, rule.changes);
    say('warning', rule, rule.warnings);
  }
  const { loaded, translated, refused, disabled, warnings } = counts(report);
  lines.push(
    `${loaded} loaded, ${translated} translated, ${refused} refused, ${warnings} warnings; ${disabled} of those taken stay disabled`,
    'tcp rules are run on flows that speak XMPP, on any port; other flows are not inspected',
  );
  return lines.map((line) => `${printable(line)}\n`).join('');
}
