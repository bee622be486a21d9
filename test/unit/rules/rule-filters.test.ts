import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  OverrideIndex,
  loadRules,
  type LoadOptions,
  type RuleSet,
} from '../../../sensor/rules/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'filters-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function rule(sid: number, rest = '', msg = `rule ${sid}`): string {
  return `alert xmpp any any -> any any (msg:"${msg}"; xmpp.body; content:"abcd"; ${rest} sid:${sid};)\n`;
}

/** Three rules in two files, and whatever else is given. */
function load(files: Record<string, string>, options: LoadOptions = {}): RuleSet {
  writeFileSync(join(folder, 'one.rules'), rule(1, 'rev:2;') + rule(2, 'metadata:Confidence Low;'));
  writeFileSync(join(folder, 'two.rules'), `# ${rule(3)}${rule(4, 'gid:7;')}`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return loadRules([folder], options);
}

const sids = (set: RuleSet): number[] => set.rules.map(({ sid }) => sid);

/** Problems about files other than rules, as `file:line:column severity message (hint)`. */
function told(set: RuleSet): string[] {
  return set.problems
    .filter(({ message }) => !message.includes('classtype'))
    .map(
      ({ file, line, column, severity, message }) =>
        `${basename(file)}:${line}:${column} ${severity} ${message}`,
    );
}

describe('disable.conf', () => {
  const cases: readonly [string, number[]][] = [
    ['1', [2, 4]],
    ['1:1', [2, 4]],
    ['1:1:2', [2, 4]],
    ['1,2', [4]],
    ['7:4', [1, 2]],
    ['re:RULE [12]', [4]],
    ['re:(?i)Rule 2', [1, 4]],
    ['group:one.rules', [4]],
    ['group:one', [4]],
    ['one.rules', [4]],
    ['group:t*', [1, 2]],
    ['group:[!t]*', [4]],
    ['filename:*/two.rules', [1, 2]],
    ['metadata:confidence low', [1, 4]],
    ['*', []],
    ['1 # with a remark', [2, 4]],
    ['# 1', [1, 2, 4]],
  ];
  for (const [line, left] of cases) {
    it(`reads ${line}`, () => {
      const set = load({ 'disable.conf': `# site\n\n${line}\r\n` });
      assert.deepEqual(sids(set), left);
      assert.deepEqual(told(set), []);
      assert.equal(set.disabled, 4 - left.length);
    });
  }
  const misses: readonly string[] = [
    ['9', '4', '1:1:3', 're:rule 9', 'group:on', 'filename:two.rules', 'metadata:confidence lo'],
  ].flat();
  for (const line of misses) {
    it(`warns of ${line}, which is no rule`, () => {
      const set = load({ 'disable.conf': `\n  ${line}\n` });
      assert.deepEqual(sids(set), [1, 2, 4]);
      assert.deepEqual(told(set), ['disable.conf:2:3 warning Line disables no rule']);
    });
  }
  it('warns where nothing was left to do', () => {
    const set = load({ 'disable.conf': '1\n1\n3\n' });
    assert.deepEqual(told(set), [
      'disable.conf:2:1 warning Every rule the line disables is disabled already',
      'disable.conf:3:1 warning Every rule the line disables is disabled already',
    ]);
  });
  it('says where a line is wrong', () => {
    const lines = ['xyz', '1,two', 're:(a', 'metadata:one', 're:', '1:2:3:4'];
    const set = load({ 'disable.conf': lines.map((line) => ` ${line}\n`).join('') });
    assert.deepEqual(sids(set), [1, 2, 4]);
    assert.deepEqual(told(set), [
      'disable.conf:1:2 error "xyz" does not say which rules are meant',
      'disable.conf:2:2 error "1,two" does not say which rules are meant',
      'disable.conf:3:5 error Expression cannot be read: unterminated group',
      'disable.conf:4:11 error metadata: needs a key and a value',
      'disable.conf:5:5 error Expression is empty',
      'disable.conf:6:2 error "1:2:3:4" is no sid',
    ]);
  });
  it('stops an expression that tries every combination', () => {
    const set = load({
      'disable.conf': 're:(a+)+$\n',
      'three.rules': rule(5, '', `${'a'.repeat(60)}b`),
    });
    assert.deepEqual(told(set), [
      'disable.conf:1:1 error Expression takes longer than 2000 ms: the line was stopped',
    ]);
  });
  it('takes out a rule that cannot be read', () => {
    const broken = 'alert xmpp any any -> any any (msg:"x" sid:8;)\n';
    assert.equal(load({ 'three.rules': broken }).failed, 1);
    assert.equal(load({ 'three.rules': broken, 'disable.conf': '8\n' }).failed, 0);
  });
});

describe('enable.conf', () => {
  it('brings back rules behind a #, at their places', () => {
    const set = load({ 'enable.conf': '3\n' });
    assert.deepEqual(sids(set), [1, 2, 3, 4]);
    assert.deepEqual(told(set), []);
    assert.equal(set.disabled, 0);
    const bad = load({ 'enable.conf': '6\n', 'three.rules': ` #  ${rule(6, 'offset:x;')}` });
    assert.deepEqual(told(bad), [
      'three.rules:1:84 error offset must be a whole number, found "x"',
    ]);
  });
  it('wins over disable.conf', () => {
    const set = load({ 'enable.conf': '2\n', 'disable.conf': 'group:one\n' });
    assert.deepEqual(sids(set), [2, 4]);
  });
  it('warns of a rule that is enabled', () => {
    assert.deepEqual(told(load({ 'enable.conf': '1' })), [
      'enable.conf:1:1 warning Every rule the line enables is enabled already',
    ]);
  });
});

describe('modify.conf', () => {
  const changes: readonly [string, string][] = [
    ['1 "rule (\\d+)" "changed \\1"', 'changed 1'],
    ["1 'rule' 'ru\\g<0>'", 'rurule 1'],
    ['1 "(?P<what>rule)" "no \\g<what>"', 'no rule 1'],
    ['1 rule rôle', 'rôle 1'],
    ['modifysid 1 "rule" | "was ${0}"', 'was rule 1'],
    ['1 "(?i)RULE" "$1 $&"', '$1 $& 1'],
    ['re:rule.1 rule other', 'other 1'],
    ['* "(r)(u)(l)(e) 1" "\\4\\3\\2\\1"', 'elur'],
  ];
  for (const [line, msg] of changes) {
    it(`reads ${line}`, () => {
      const set = load({ 'modify.conf': line });
      assert.deepEqual(told(set), []);
      assert.equal(set.rules[0]?.msg, msg);
    });
  }
  it('lets later lines see what earlier ones did', () => {
    const set = load({ 'modify.conf': '1 "rule 1" "bb"\n\'re:"bb"\' "bb" "c"\n' });
    assert.equal(set.rules[0]?.msg, 'c');
  });
  it('adds metadata', () => {
    const set = load({ 'modify.conf': 'metadata-add 1 team "chat ops"' });
    assert.deepEqual(set.rules[0]?.metadata.get('team'), ['chat ops']);
    assert.equal(set.rules[0].line, 1);
  });
  it('changes rules that are disabled too', () => {
    const set = load({ 'modify.conf': '3 "rule" "old"' }, { keepDisabled: true });
    assert.deepEqual(
      set.disabledRules.map(({ rule: { msg, sid }, by }) => [sid, msg, by]),
      [[3, 'old 3', undefined]],
    );
  });
  it('blames the line for a rule it broke, at the rule', () => {
    const set = load({ 'modify.conf': '\n2 "content" "contnt"' });
    assert.deepEqual(sids(set), [1, 4]);
    const [problem] = set.problems.filter(({ severity }) => severity === 'error');
    const where = join(folder, 'modify.conf');
    assert.equal(problem?.message, `Keyword contnt is unknown, as changed by ${where}:2`);
    assert.equal(basename(problem.file), 'one.rules');
    assert.equal(problem.line, 2);
    assert.equal(problem.column, 57);
  });
  it('warns of an expression that is in no rule', () => {
    assert.deepEqual(told(load({ 'modify.conf': '1 "ruler" "x"\n9 a b' })), [
      'modify.conf:1:1 warning Expression is found in no rule the line is about',
      'modify.conf:2:1 warning Line changes no rule',
    ]);
  });
  it('lets no rule grow without bound', () => {
    const set = load({ 'modify.conf': '1 "rule" "rulerule"\n'.repeat(20) });
    const [first] = told(set).filter((text) => text.includes('longer'));
    assert.match(
      first ?? '',
      /^modify.conf:14:1 error Change makes the rule at .*one.rules:1 longer/,
    );
    assert.deepEqual(told(load({ 'modify.conf': `1 rule ${'x'.repeat(1025)}` })), [
      'modify.conf:1:8 error Replacement is longer than 1024 characters',
    ]);
  });
  it('says where a line is wrong', () => {
    const lines = ['1 "a"', '1 a b c', '1 "a', '1 "(" "b"', 'x "a" "b"', 'metadata-add 1 a'];
    const set = load({ 'modify.conf': lines.join('\n') });
    assert.deepEqual(told(set), [
      'modify.conf:1:1 error Line of modify.conf has too few parts',
      'modify.conf:2:7 error Line of modify.conf has too many parts',
      'modify.conf:3:3 error Quotation mark is not closed',
      'modify.conf:4:3 error Expression cannot be read: unterminated group',
      'modify.conf:5:1 error "x" does not say which rules are meant',
      'modify.conf:6:1 error metadata-add needs three parts',
    ]);
  });
});

describe('files that change rules', () => {
  it('tell which line did what', () => {
    const set = load(
      { 'disable.conf': '*', 'enable.conf': '1', 'modify.conf': '1 rule row' },
      { keepDisabled: true },
    );
    const at = (name: string): string => join(folder, name);
    assert.deepEqual(set.changes.get('1:1'), [
      { kind: 'disable', file: at('disable.conf'), line: 1 },
      { kind: 'enable', file: at('enable.conf'), line: 1 },
      { kind: 'modify', file: at('modify.conf'), line: 1 },
    ]);
    assert.deepEqual(
      set.disabledRules.map(({ rule: { sid }, by }) => [sid, by && basename(by.file)]),
      [
        [2, 'disable.conf'],
        [3, undefined],
        [4, 'disable.conf'],
      ],
    );
  });
  it('may lie elsewhere', () => {
    writeFileSync(join(folder, 'site-off'), '1\n');
    const set = load(
      { 'disable.conf': '2' },
      { filterFiles: { disable: [join(folder, 'site-off')] } },
    );
    assert.deepEqual(sids(set), [2, 4]);
  });
  it('must exist when they are named', () => {
    const set = load({}, { filterFiles: { enable: [join(folder, 'missing')] } });
    assert.match(told(set)[0] ?? '', /^missing:0:0 error Cannot read file/);
  });
  it('leave rules that are not in force out of the set unless they are asked for', () => {
    assert.deepEqual(load({ 'disable.conf': '1' }).disabledRules, []);
  });
});

describe('tuned rules', () => {
  const tuned = (name: string, text: string): { file: string; text: string } => ({
    file: join(folder, 'tuning', name),
    text,
  });

  it('are disabled whatever enable.conf says, and modified after that as any', () => {
    const disable = tuned('disable.conf', '2\n3\n');
    const files = { 'enable.conf': '*\n', 'disable.conf': '1\n' };
    const set = load(files, { tuning: { disable }, keepDisabled: true });
    assert.deepEqual(sids(set), [1, 4]);
    const by = set.disabledRules.map(({ rule: { sid }, by: change }) => [sid, change?.line]);
    assert.deepEqual(by, [
      [2, 1],
      [3, 2],
    ]);
    assert.deepEqual(told(set), []);
  });
  it('have the last line of threshold.config', () => {
    const site = 'threshold gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 60\n';
    const threshold = tuned('threshold.config', `# by anna\n${site.replace('count 1', 'count 9')}`);
    const set = load({ 'threshold.config': site }, { tuning: { threshold } });
    const counts = set.overrides.thresholds.map(({ file, line, threshold: { count } }) => [
      basename(join(file, '..')),
      ...[line, count],
    ]);
    assert.deepEqual(counts.at(-1), ['tuning', 2, 9]);
    assert.equal(counts.length, 2);
    const [rule1] = set.rules;
    assert.ok(rule1 !== undefined);
    assert.equal(new OverrideIndex(set.overrides).ratesOf(rule1).threshold?.count, 9);
    assert.notEqual(set.hash, load({ 'threshold.config': site }).hash);
  });
  it('are read from files, and tell what is wrong with its place', () => {
    const file = join(folder, 'tuned.conf');
    writeFileSync(file, '1\nnobody\n99\n');
    const set = load({}, { tuning: { disable: file, threshold: join(folder, 'gone.config') } });
    assert.deepEqual(sids(set), [2, 4]);
    const [gone, ...others] = told(set);
    assert.match(gone ?? '', /^gone\.config:0:0 error Cannot read file/);
    assert.deepEqual(others, [
      'tuned.conf:2:1 error "nobody" does not say which rules are meant',
      'tuned.conf:3:1 warning Line disables no rule',
    ]);
  });
});
