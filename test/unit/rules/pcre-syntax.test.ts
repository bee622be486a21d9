import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Database, FLAG, MATCH_WORDS, Scanner } from 'hyperscan-js';
import { MAX_PCRE_SIZE, translatePcre } from '../../../sensor/rules/pcre-syntax.ts';
import { RuleError } from '../../../sensor/rules/problems.ts';

const PLAIN = { caseless: false, extended: false };

function facts(source: string, flags = PLAIN): ReturnType<typeof translatePcre> {
  return translatePcre(source, 0, flags);
}

/** Everything an expression matches in a text, as libhs finds it: [start, end] in bytes. */
function matches(source: string, text: string, caseless = false): [number, number][] {
  const { expression } = facts(source, { caseless, extended: false });
  const flags = FLAG.somLeftmost | (caseless ? FLAG.caseless : 0);
  const database = Database.compile([{ expression, id: 0, flags }]);
  const scanner = new Scanner([database]);
  const out = new Uint32Array(MATCH_WORDS * 100);
  const count = scanner.scan(0, Buffer.from(text), out);
  scanner.close();
  database.close();
  return Array.from({ length: count }, (_, i) => [out[4 * i + 2] ?? 0, out[4 * i + 3] ?? 0]);
}

function failure(source: string, flags = PLAIN): string {
  try {
    facts(source, flags);
  } catch (error) {
    if (error instanceof RuleError) return `${error.at}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('translatePcre', () => {
  it('keeps what libhs reads the same way', () => {
    for (const source of [
      'ab+c?',
      '[a-f0-9]{2,4}',
      '^ab$',
      'a|b|cd',
      '\\bword\\b',
      '[^abc]',
      '\\d+\\s',
    ]) {
      const { expression } = facts(source);
      assert.deepEqual(
        matches(source, 'ab word 12 '),
        matchesOf(expression, 'ab word 12 '),
        source,
      );
    }
    function matchesOf(expression: string, text: string): [number, number][] {
      return matches(expression, text);
    }
  });

  it('drops captures, names, comments and laziness', () => {
    assert.equal(facts('(a)(?<n>b)(?P<m>c)(?:d)(?#note)').expression, '(?:a)(?:b)(?:c)(?:d)');
    assert.equal(facts('a+?b*?').expression, 'a+b*');
  });

  it('works extended mode in', () => {
    const extended = { caseless: false, extended: true };
    assert.equal(facts('a b # rest\n c \\  [ ]', extended).expression, 'abc [\\x20]');
    assert.equal(facts('a +b', extended).expression, 'a+b');
    assert.equal(facts('(?x) a (?-x) b').expression, 'a b');
    assert.equal(facts('(?ix: a )b').expression, '(?i:a)b');
  });

  it('quotes', () => {
    assert.deepEqual(matches('\\Qa.b*\\Ec+', 'a.b*cc axb'), [
      [0, 5],
      [0, 6],
    ]);
  });

  it('spells characters outside ASCII as their bytes', () => {
    assert.deepEqual(matches('пи{2}', 'пии пи'), [[0, 6]]);
    assert.deepEqual(matches('[а-яё]+!', 'ёж! EЖ!'), [[0, 5]]);
    assert.deepEqual(matches('[a-zа-я]{4}', 'abшд'), [[0, 6]]);
    assert.deepEqual(matches('\\x{43f}', 'п'), [[0, 2]]);
    assert.deepEqual(matches('[😀-😂]', '😁'), [[0, 4]]);
    assert.deepEqual(matches('[\\x{800}-\\x{ffff}]', 'ࠀ'), [[0, 3]]);
  });

  it('folds letters outside ASCII', () => {
    assert.deepEqual(matches('привет', 'ПРИВет', true), [[0, 12]]);
    assert.deepEqual(matches('[а-я]{3}x', 'ЖУКX', true), [[0, 7]]);
    assert.deepEqual(matches('(?i)größe', 'GRÖßE'), [[0, 7]]);
    assert.deepEqual(matches('привет', 'ПРИВЕТ', false), []);
  });

  it('covers exactly the code points of a class', () => {
    for (const [from, to] of [
      [0x80, 0x7ff],
      [0x7fe, 0x801],
      [0x3b1, 0x4ff],
      [0xd7ff, 0xe000],
      [0xfffe, 0x10001],
      [0x1f600, 0x1f64f],
    ] as const) {
      const source = `[\\x{${from.toString(16)}}-\\x{${to.toString(16)}}]`;
      for (const code of [from - 1, from, from + 1, (from + to) >> 1, to - 1, to, to + 1]) {
        if (code >= 0xd800 && code <= 0xdfff) continue;
        const inside = code >= from && code <= to;
        const text = String.fromCodePoint(code);
        const whole: [number, number][] = inside ? [[0, Buffer.byteLength(text)]] : [];
        assert.deepEqual(matches(source, text), whole, `${source} on U+${code.toString(16)}`);
      }
    }
  });

  it('tells the shortest match and the literal in it', () => {
    const of = (source: string): number[] => {
      const { minLength, literalLength } = facts(source);
      return [minLength, literalLength];
    };
    assert.deepEqual(of('abc'), [3, 3]);
    assert.deepEqual(of('ab+cd{3}e'), [7, 5]);
    assert.deepEqual(of('a(?:bcd|ef)g'), [4, 2]);
    assert.deepEqual(of('x?y*'), [0, 0]);
    assert.deepEqual(of('\\d{4}'), [4, 0]);
    assert.deepEqual(of('[ab]abc(?:d)?'), [4, 3]);
  });

  it('knows when the text before a match decides', () => {
    for (const source of ['^a', '\\bfoo', '\\Afoo', 'a|^b', '(?:\\B)a', 'x?\\ba', '(^|,)a']) {
      assert.equal(facts(source).startSensitive, true, source);
    }
    for (const source of ['a', 'foo\\b', 'a\\b.', 'ab$', '[^a]b', '\\^a', 'x+\\ba', 'a(?:^|,)b']) {
      assert.equal(facts(source).startSensitive, false, source);
    }
  });

  it('refuses by name what needs backtracking, at its place', () => {
    const cases: [source: string, expected: RegExp][] = [
      ['a(?=b)', /^1: Lookaround/],
      ['a(?!b)', /^1: Lookaround/],
      ['(?<=a)b', /^0: Lookaround/],
      ['(?<!a)b', /^0: Lookaround/],
      ['(a)\\1', /^3: Back references/],
      ['(a)\\g{1}', /^3: Back references/],
      ['(?P<n>a)(?P=n)', /^8: Back references/],
      ['(?>ab)', /^0: Atomic groups/],
      ['ab++', /^3: Possessive repeats/],
      ['a{2}+', /^4: Possessive repeats/],
      ['(?(1)a|b)', /^0: Conditional groups/],
      ['a(?R)', /^1: Recursion/],
      ['(?1)', /^0: Recursion/],
      ['(?|a|b)', /^0: Branch reset/],
      ['(*ACCEPT)a', /^0: Backtracking verbs/],
      ['a(?C1)', /^1: Callouts/],
      ['\\p{L}', /^0: \\p is not supported/],
      ['\\Ka', /^0: \\K is not supported/],
    ];
    for (const [source, expected] of cases) assert.match(failure(source), expected, source);
  });

  it('refuses what is not well-formed', () => {
    const cases: [source: string, expected: RegExp][] = [
      ['(a', /^0: Group is not closed/],
      ['a)', /^1: Closing parenthesis/],
      ['[a', /^0: Character class is not closed/],
      ['[]', /^0: Character class is not closed/],
      ['*a', /^0: Nothing to repeat/],
      ['a\\', /^1: Expression ends with a backslash/],
      ['[b-a]', /^1: Range runs backwards/],
      ['a{3,2}', /^0: Repeat runs backwards/],
      ['a{99999}', /^0: Repeat count is above/],
      ['(?#a', /^0: Comment is not closed/],
      ['(?z)a', /^0: Unknown kind of group/],
      ['[^я]', /^0: Characters outside ASCII in a negated class/],
      ['\\x{110000}', /^0: Character beyond U\+10FFFF/],
      [`${'('.repeat(70)}a${')'.repeat(70)}`, /nested too deeply/],
    ];
    for (const [source, expected] of cases) assert.match(failure(source), expected, source);
  });

  it('refuses expressions that blow up, before libhs is asked', () => {
    assert.match(failure('(?:(?:ab){1,200}c){1,200}'), /Expression is too large/);
    assert.match(failure('(?:a[bc]d){3000}'), /Expression is too large/);
    assert.match(failure(`[\\x{100}-\\x{5000}]`, { caseless: true, extended: false }), /too many/);
    assert.ok(facts('[a-z]{1,1000}').size < MAX_PCRE_SIZE);
  });
});
