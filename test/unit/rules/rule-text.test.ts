import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RuleError } from '../../../sensor/rules/problems.ts';
import { readRules, splitRule, type RuleText } from '../../../sensor/rules/rule-text.ts';

function read(
  text: string,
  maxChars = 1000,
): { rules: RuleText[]; disabled: number; long: number[] } {
  const result = { rules: [] as RuleText[], disabled: 0, long: [] as number[] };
  readRules('f.rules', text, maxChars, {
    onRule: (rule) => result.rules.push(rule),
    onDisabled: () => result.disabled++,
    onTooLong: ({ line }) => result.long.push(line),
  });
  return result;
}

describe('readRules', () => {
  it('takes one rule a line and skips blank lines and comments', () => {
    const { rules, disabled } = read('a 1\n\n  # note\n#note\n\t\nb 2');
    assert.deepEqual(
      rules.map(({ text, line }) => [text, line]),
      [
        ['a 1', 1],
        ['b 2', 6],
      ],
    );
    assert.equal(disabled, 0);
  });

  it('joins lines that end in a backslash and finds the way back', () => {
    const { rules } = read('x\nalert a \\\n  b \\\r\n c\nnext');
    const rule = rules[1];
    assert.equal(rule?.text, 'alert a   b  c');
    assert.deepEqual(rule.place(0), { file: 'f.rules', line: 2, column: 1 });
    assert.deepEqual(rule.place(rule.text.indexOf('b')), { file: 'f.rules', line: 3, column: 3 });
    assert.deepEqual(rule.place(rule.text.indexOf('c')), { file: 'f.rules', line: 4, column: 2 });
    assert.equal(rules[2]?.line, 5);
  });

  it('counts rules that are commented out, and only those', () => {
    const off =
      '# alert xmpp any any -> any any (msg:"x"; sid:1;)\n#pass tcp a b <> c d (sid:2;)\n';
    assert.equal(read(`${off}# alert the team (about this)\n# alert\n`).disabled, 2);
  });

  it('does not let a comment swallow the next line', () => {
    assert.deepEqual(
      read('# comment \\\nrule').rules.map(({ text }) => text),
      ['rule'],
    );
  });

  it('refuses rules above the limit, also when they are long by continuation', () => {
    assert.deepEqual(read(`ok\n${'x'.repeat(21)}\n${'y'.repeat(20)}`, 20).long, [2]);
    const { rules, long } = read(`${'abcdefgh\\\n'.repeat(4)}end\nok`, 20);
    assert.deepEqual(long, [1]);
    assert.deepEqual(
      rules.map(({ text }) => text),
      ['ok'],
    );
  });

  it('ignores a byte order mark and a backslash at the end of the file', () => {
    assert.deepEqual(
      read('\ufeffrule \\').rules.map(({ text }) => text),
      ['rule '],
    );
  });
});

function failure(text: string): string {
  try {
    splitRule(text, 5);
  } catch (error) {
    if (error instanceof RuleError) return `${error.at}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('splitRule', () => {
  it('takes header and options apart with their offsets', () => {
    const rule = splitRule('alert xmpp [1.1.1.1, 2.2.2.2] any -> $X :80 ( a:b c ; d; )', 5);
    assert.equal(rule.src.text, '[1.1.1.1, 2.2.2.2]');
    assert.equal(rule.dst.text, '$X');
    assert.equal(rule.dstPort.text, ':80');
    assert.deepEqual(
      rule.options.map(({ name, value }) => [name.text, value?.text]),
      [
        ['a', 'b c'],
        ['d', undefined],
      ],
    );
    assert.deepEqual(rule.options[0]?.value, { text: 'b c', at: 48 });
  });

  it('keeps semicolons and parentheses inside quotes and behind backslashes', () => {
    const rule = splitRule('a b c d e f g (x:"1;)\\"2"; y:3\\;4;)', 5);
    assert.deepEqual(
      rule.options.map(({ value }) => value?.text),
      ['"1;)\\"2"', '3\\;4'],
    );
  });

  it('names what is out of place', () => {
    const header = 'a b c d e f g ';
    assert.match(failure('alert xmpp any'), /^14: Rule header lacks a source port/);
    assert.match(failure(`${header}x:1;)`), /^14: Rule lacks the opening parenthesis/);
    assert.match(failure(`${header}(x:1;`), /^19: Rule ends without the closing parenthesis/);
    assert.match(failure(`${header}(x:1)`), /^15: Value of x does not end with a semicolon/);
    assert.match(failure(`${header}(x:"1;)`), /^17: Quotation mark of x is not closed/);
    assert.match(failure(`${header}(x y;)`), /^17: Expected : or ; after x, found "y"/);
    assert.match(failure(`${header}(;)`), /^15: Expected a keyword, found ";"/);
    assert.match(failure(`${header}(x;) y`), /^19: Text after the closing parenthesis/);
    assert.match(failure(`${header}(a;b;c;d;e;f;)`), /^25: Rule has more than 5 keywords/);
  });
});
