/**
 * enable.conf, disable.conf and modify.conf of any bytes: reading and applying them never throws, every problem
 * points into its file, and every rule is either in the set, disabled or refused.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRules } from '../../sensor/rules/index.ts';

export const name = 'filters';

const RULES = [1, 2, 3, 4]
  .map(
    (sid) =>
      `${sid % 2 === 0 ? '# ' : ''}alert xmpp any any -> any any (msg:"rule ${sid}"; xmpp.body; content:"abc${sid}"; metadata:level low; sid:${sid}; rev:1;)\n`,
  )
  .join('');

const SEEDS: readonly string[] = [
  ...['1', '1:2', '1:3:1', '1,2,3', 're:rule [12]', 're:(?i)RULE', 'group:a*', 'group:a.rules'],
  ...['filename:*/a.rules', 'metadata:level low', '*', '# 1', '1 # 2'],
  ...[
    '1 "rule" "row"',
    '* "(r)(u)" "\\\\2\\\\1"',
    'modifysid 1 "a" | "b${1}"',
    "2 'content' 'contnt'",
  ],
  ...['metadata-add 1 team "chat ops"', 're:"abc" "(?P<x>a)" "\\g<x>"', '3 "sid:3" "sid:1"'],
];

const TOKENS = [
  '"',
  "'",
  '\\',
  '\n',
  '(',
  ')',
  '[',
  ']',
  '*',
  '+',
  '?',
  '|',
  ':',
  ',',
  '$',
  ' ',
  '1',
  '#',
  're:',
];

function line(random: () => number): string {
  let text = SEEDS[Math.floor(random() * SEEDS.length)] ?? '';
  for (let changes = Math.floor(random() * 4); changes > 0; changes--) {
    const at = Math.floor(random() * (text.length + 1));
    const token = TOKENS[Math.floor(random() * TOKENS.length)] ?? '';
    const cut = random() < 0.5 ? 1 : 0;
    text = text.slice(0, at) + token + text.slice(at + cut);
  }
  return text;
}

export function fuzz(random: () => number, deadlineMs: () => boolean): { runs: number } {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-filters-'));
  let runs = 0;
  try {
    writeFileSync(join(folder, 'a.rules'), RULES);
    while (!deadlineMs()) {
      for (const kind of ['enable', 'disable', 'modify']) {
        const lines = Array.from({ length: Math.floor(random() * 4) }, () => line(random));
        writeFileSync(join(folder, `${kind}.conf`), lines.join('\n'));
      }
      const set = loadRules([folder], { keepDisabled: true });
      const known = set.rules.length + set.disabled + set.failed;
      if (known !== 4) throw new Error(`${known} of 4 rules are accounted for`);
      for (const { file, line: number, message } of set.problems) {
        if (!file.startsWith(folder) || number < 1) throw new Error(`no place: ${message}`);
      }
      runs++;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { runs };
}
