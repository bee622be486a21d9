import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LIMITS } from '../../../sensor/core/index.ts';
import {
  ExpressionStore,
  loadRuleSources,
  loadRules,
  type RuleLimits,
} from '../../../sensor/rules/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'rules-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function rule(sid: number, rest = ''): string {
  return `alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"abc"; ${rest} sid:${sid};)\n`;
}

function limits(changed: Partial<RuleLimits>): RuleLimits {
  return {
    rulesFileBytes: LIMITS.rulesFileBytes.default,
    rulesRuleChars: LIMITS.rulesRuleChars.default,
    rulesRules: LIMITS.rulesRules.default,
    rulesProblems: LIMITS.rulesProblems.default,
    rulesDatasetLines: LIMITS.rulesDatasetLines.default,
    rulesDatasetBytes: LIMITS.rulesDatasetBytes.default,
    rulesLearnedBytes: LIMITS.rulesLearnedBytes.default,
    rulesOverrides: LIMITS.rulesOverrides.default,
    ...changed,
  };
}

describe('loadRules', () => {
  it('reads files and folders, with the classification beside them', () => {
    write('set/b.rules', rule(2, 'classtype:data-leak;'));
    write(
      'set/a.rules',
      `${rule(1, 'classtype:data-leak; priority:1; reference:cve,2022-25236;')}# ${rule(9)}`,
    );
    write('set/notes.txt', rule(3));
    write(
      'set/classification.config',
      '# types\nconfig classification: data-leak,Sensitive data left,2\n',
    );
    write('set/reference.config', 'config reference: cve https://cve.example/\n');
    const { rules, problems, disabled, failed } = loadRules([join(folder, 'set')]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      rules.map(({ sid, severity, category }) => [sid, severity, category]),
      [
        [1, 1, 'Sensitive data left'],
        [2, 2, 'Sensitive data left'],
      ],
    );
    assert.deepEqual(rules[0]?.references, ['https://cve.example/2022-25236']);
    assert.deepEqual([disabled, failed], [1, 0]);
  });

  it('says where a classtype or reference is unknown', () => {
    const file = join(folder, 'set', 'c.rules');
    const text = rule(1, 'classtype:data-leek; reference:cev,1;');
    const { problems } = loadRuleSources([{ file, text }]);
    assert.deepEqual(
      problems.map(({ line, column, hint }) => [line, column, hint]),
      [
        [1, text.indexOf('data-leek') + 1, 'did you mean data-leak?'],
        [1, text.indexOf('cev') + 1, 'did you mean cve?'],
      ],
    );
  });

  it('lists what cannot be read and goes on', () => {
    const good = write('good.rules', rule(1));
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const { rules, problems } = loadRules([
      join(folder, 'none.rules'),
      join(folder, 'empty'),
      good,
    ]);
    assert.equal(rules.length, 1);
    const errors = problems.filter(({ severity }) => severity === 'error');
    assert.match(errors[0]?.message ?? '', /Cannot read rules: ENOENT/);
    assert.match(errors[1]?.message ?? '', /Folder holds no \*\.rules file/);
    assert.deepEqual([errors[0]?.line, errors[0]?.column], [0, 0]);
  });

  it('names broken lines of the configuration files', () => {
    write('odd/a.rules', rule(1));
    write(
      'odd/classification.config',
      'config classification: a,b\nconfig classification: c,C,9\n',
    );
    write('odd/reference.config', 'reference: x\n');
    const { problems } = loadRules([join(folder, 'odd')]);
    assert.deepEqual(
      problems.slice(0, 3).map(({ severity, line, message }) => `${severity} ${line} ${message}`),
      [
        'error 1 Not a classification line',
        'warning 2 Priority 9 of c is taken as 4',
        'error 1 Not a reference line',
      ],
    );
  });

  it('keeps good rules beside bad ones and points at the bad', () => {
    const text = `${rule(1)}${rule(2, 'hostbits:set,x;')}\n${rule(3)}`;
    const { rules, problems, failed } = loadRuleSources([{ file: 'x.rules', text }]);
    assert.deepEqual(
      rules.map(({ sid, line }) => [sid, line]),
      [
        [1, 1],
        [3, 4],
      ],
    );
    assert.equal(failed, 1);
    const error = problems.find(({ severity }) => severity === 'error');
    assert.deepEqual([error?.file, error?.line], ['x.rules', 2]);
  });

  it('refuses a sid that is taken, not the same sid of another gid', () => {
    const text = `${rule(1)}${rule(1)}${rule(1, 'gid:2;')}`;
    const { rules, problems } = loadRuleSources([{ file: 'x.rules', text }]);
    assert.equal(rules.length, 2);
    const error = problems.find(({ severity }) => severity === 'error');
    assert.match(error?.message ?? '', /sid 1 is already used at x.rules:1/);
    assert.deepEqual([error?.line, error?.column], [2, text.indexOf('sid:1') + 1]);
  });

  it('hashes what is loaded', () => {
    const hash = (text: string): string => loadRuleSources([{ file: 'x.rules', text }]).hash;
    assert.match(hash(rule(1)), /^[0-9a-f]{64}$/);
    assert.equal(hash(rule(1)), hash(`# comment\n${rule(1)}`));
    assert.notEqual(hash(rule(1)), hash(rule(2)));
  });

  it('uses variables of the configuration', () => {
    const text = rule(1).replace('any any', '$HOME any');
    assert.equal(loadRuleSources([{ file: 'x', text }]).rules.length, 0);
    const vars = new Map([['HOME', ['10.0.0.0/8']]]);
    const { rules } = loadRuleSources([{ file: 'x', text }], { vars });
    assert.equal(rules[0]?.src.entries.length, 1);
  });
});

describe('limits', () => {
  it('bound files, rules and problems', () => {
    const file = write('large.rules', rule(1));
    const tooLarge = loadRules([file], { limits: limits({ rulesFileBytes: 10 }) });
    assert.match(tooLarge.problems[0]?.message ?? '', /File is larger than 10 bytes/);

    const text = [1, 2, 3, 4].map((sid) => rule(sid)).join('');
    const tooMany = loadRuleSources([{ file: 'x', text }], { limits: limits({ rulesRules: 2 }) });
    assert.deepEqual([tooMany.rules.length, tooMany.failed], [2, 2]);
    const errors = tooMany.problems.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(({ line, message }) => `${line} ${message}`),
      ['3 More than 2 rules: the rest is left out'],
    );

    const bad = 'nonsense\n'.repeat(50);
    const { problems } = loadRuleSources([{ file: 'x', text: bad }], {
      limits: limits({ rulesProblems: 5 }),
    });
    assert.equal(problems.length, 6);
    assert.equal(problems.at(-1)?.message, '45 further errors are not listed');

    const long = loadRuleSources([{ file: 'x', text: rule(1) }], {
      limits: limits({ rulesRuleChars: 20 }),
    });
    assert.match(long.problems[0]?.message ?? '', /Rule is longer than 20 characters/);
  });

  it('bound expressions, by their own error', () => {
    const pcre = (source: string): string =>
      loadRuleSources([{ file: 'x', text: rule(1, `pcre:"/${source}/";`) }]).problems.find(
        ({ severity }) => severity === 'error',
      )?.message ?? 'none';
    assert.match(pcre('a'.repeat(5000)), /longer than 4096 characters/);
    assert.match(pcre('(?:a{1,500}b){1,500}'), /too large/);
  });
});

describe('expressions whose starts libhs cannot tell', () => {
  const load = (options: string): ReturnType<typeof loadRuleSources> =>
    loadRuleSources([{ file: 'x', text: rule(1, options) }]);

  it('run, but cannot be validated', () => {
    const wide = 'pcre:"/(?:.{1,100}x){1,10}/";';
    assert.equal(load(wide).rules.length, 1);
    const { problems } = load(`${wide} luhn;`);
    assert.match(
      problems.find(({ severity }) => severity === 'error')?.message ?? '',
      /libhs cannot tell where the matches of this pcre start/,
    );
  });
});

describe('the cache of expressions', () => {
  it('saves compiling, survives damage and forgets what is no longer used', () => {
    const cacheDir = join(folder, 'data', 'cache');
    const load = (...pcres: string[]): ReturnType<typeof loadRuleSources> =>
      loadRuleSources(
        [{ file: 'x', text: pcres.map((pcre, i) => rule(i + 1, `pcre:"/${pcre}/";`)).join('') }],
        { cacheDir },
      );
    assert.equal(load('a+b', 'c+d').rules.length, 2);
    const [name = ''] = readdirSync(cacheDir);
    assert.match(name, /^expressions-[0-9a-f]{16}\.cache$/);
    // It may be what makes the data folder: that is not for everybody.
    for (const path of [cacheDir, join(folder, 'data')]) {
      assert.equal(statSync(path).mode & 0o007, 0, path);
    }

    const store = new ExpressionStore(cacheDir);
    assert.equal(store.problem('a+b', ''), undefined);
    assert.ok(store.database('a+b', '').info.bytes > 0);
    assert.match(store.problem('(', '') ?? '', /./);

    assert.equal(load('a+b').rules.length, 1);
    writeFileSync(join(cacheDir, name), 'damaged');
    assert.equal(load('a+b', 'e+f').rules.length, 2);
    assert.deepEqual(readdirSync(cacheDir), [name]);
  });

  it('does without a folder it cannot write', () => {
    const file = write('plain-file', '');
    const { rules } = loadRuleSources([{ file: 'x', text: rule(1, 'pcre:"/g+h/";') }], {
      cacheDir: join(file, 'sub'),
    });
    assert.equal(rules.length, 1);
  });
});
