/**
 * `rules list`: which rules there are, those that are not in force too.
 *
 * `--json`: an array of `{ gid, sid, rev, msg, severity, classtype, detection, techniques, confidence, isEnabled,
 * changes: [{ kind, file, line }], file, line }`, by gid and sid.
 */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { readConfiguredRules } from '../rule-files.ts';
import { ruleEntries, ruleState, type RuleEntry } from '../rules/index.ts';
import { severityName } from './alert-text.ts';
import { severities } from './alert-options.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, collect, configFrom, type SharedOptions } from './options.ts';
import { renderTable, type Column } from './table.ts';

interface ListOptions extends SharedOptions {
  readonly family?: string;
  readonly severity?: readonly number[];
  readonly technique?: string;
  readonly detection?: string;
  readonly enabled?: boolean;
  readonly disabled?: boolean;
  readonly text?: string;
  readonly json?: boolean;
}

const COLUMNS: readonly Column<RuleEntry>[] = [
  { title: 'sid', value: ({ gid, sid }) => (gid === 1 ? sid : `${gid}:${sid}`), align: 'right' },
  { title: 'severity', value: ({ severity }) => severityName(severity) },
  { title: 'detection', value: ({ detection }) => detection, flexible: true, least: 16 },
  { title: 'state', value: ruleState, flexible: true },
  { title: 'msg', value: ({ msg }) => msg, flexible: true, least: 24 },
  { title: 'technique', value: ({ techniques }) => techniques.join(' '), optional: true },
  { title: 'rev', value: ({ rev }) => rev, align: 'right', optional: true },
];

export function addRulesListCommand(rules: Command, io: CliIo): void {
  const command = rules
    .command('list')
    .description('list rules, those that are disabled too')
    .option('--family <name>', 'rule file or first word of the detection: xml, dlp, spim ...')
    .option(
      '--severity <level>',
      'critical, high, medium, info or 1 to 4, several with commas',
      severities,
    )
    .option('--technique <id>', 'MITRE ATT&CK technique, with those below it: T1048')
    .option('--detection <slug>', 'for example dlp-pan; dlp-* for a family')
    .option('--enabled', 'only rules in force')
    .option('--disabled', 'only rules that are not in force')
    .option('--text <text>', 'words in msg, in either case')
    .option('-S, --only-rules <file>', 'only these rules (repeatable)', collect)
    .option('-s, --rules <file>', 'these rules too (repeatable)', collect)
    .option('--json', 'print JSON');
  addConfigOptions(command).action((options: ListOptions) => {
    const set = readConfiguredRules(configFrom(options), { keepDisabled: true });
    const rows = ruleEntries(set).filter((entry) => fits(entry, options));
    if (options.json === true) io.out(`${JSON.stringify(rows, null, 2)}\n`);
    else if (rows.length === 0) io.out('no rule\n');
    else {
      io.out(renderTable(rows, COLUMNS, io.columns));
      const off = rows.filter(({ isEnabled }) => !isEnabled).length;
      const refused =
        set.failed > 0 ? `; ${set.failed} were refused (stanzawatch rules check)` : '';
      io.out(`${rows.length} rules, ${off} of them disabled${refused}\n`);
    }
  });
}

function fits(entry: RuleEntry, options: ListOptions): boolean {
  const { family, severity, technique, detection, text } = options;
  const { detection: slug, techniques, file, msg } = entry;
  return (
    (options.enabled !== true || entry.isEnabled) &&
    (options.disabled !== true || !entry.isEnabled) &&
    (family === undefined ||
      basename(file, '.rules') === family ||
      slug === family ||
      slug.startsWith(`${family}-`)) &&
    (severity === undefined || severity.includes(entry.severity)) &&
    (technique === undefined ||
      techniques.some((id) => id === technique || id.startsWith(`${technique}.`))) &&
    (detection === undefined ||
      (detection.endsWith('*') ? slug.startsWith(detection.slice(0, -1)) : slug === detection)) &&
    (text === undefined || msg.toLowerCase().includes(text.toLowerCase()))
  );
}
