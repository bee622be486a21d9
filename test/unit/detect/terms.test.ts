/** Every matching keyword with a case that fires and near misses that must not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Validator } from '../../../sensor/detect/index.ts';
import { RuleLab, ruleText } from '../../support/rule-lab.ts';

/** options, bodies that fire, bodies that do not. */
type Case = readonly [options: string, fires: readonly string[], misses: readonly string[]];

const validators = new Map<string, Validator>([
  ['luhn', (text, start, end) => text.subarray(start, end).every((byte) => byte === 0x37)],
  ['ends', (text, _start, end, argument) => text[end - 1] === argument.charCodeAt(0)],
]);

const CASES: Readonly<Record<string, readonly Case[]>> = {
  content: [
    ['content:"abc";', ['abc', 'xabcx', 'ababc'], ['ab', 'aBc', 'ab c', '']],
    ['content:"a|62|c";', ['abc'], ['a62c', 'a|62|c']],
    ['content:"a\\;b";', ['a;b'], ['ab', 'a\\;b']],
    ['content:"say \\"hi\\"";', ['I say "hi"'], ['say hi']],
    ['content:"a\\\\b\\:c";', ['a\\b:c'], ['ab:c']],
    ['content:"пароль";', ['мой пароль тут'], ['паpоль', 'Пароль']],
    ['content:"a|00|b";', ['a\u0000b'], ['ab']],
  ],
  nocase: [['content:"aBc"; nocase;', ['abc', 'ABC', 'xAbCx'], ['ab', 'a\u0042 c']]],
  'content with !': [
    ['content:"aaa"; content:!"bbb";', ['aaa', 'aaa bb'], ['aaa bbb', 'bbbaaa', 'bbb']],
  ],
  offset: [['content:"abc"; offset:2;', ['xxabc', 'abcabc'], ['abc', 'xabc']]],
  depth: [['content:"abc"; depth:4;', ['abc', 'xabc'], ['xxabc']]],
  'offset and depth': [
    ['content:"abc"; offset:1; depth:4;', ['xabc', 'xxabc'], ['abcx', 'xxxabc']],
  ],
  startswith: [['content:"abc"; startswith;', ['abc', 'abcx'], ['xabc', ' abc']]],
  endswith: [['content:"abc"; endswith;', ['abc', 'xabc', 'abcabc'], ['abcx', 'abc ']]],
  'startswith and endswith': [['content:"abc"; startswith; endswith;', ['abc'], ['xabc', 'abcx']]],
  distance: [
    ['content:"ab"; content:"cd"; distance:2;', ['abxxcd', 'abxxxcd'], ['abcd', 'abxcd', 'cdxxab']],
    ['content:"abc"; content:"bcd"; distance:-2;', ['abcd', 'abcbcd'], ['bcdabc']],
    ['content:"ab"; content:"cd"; distance:0;', ['abcd', 'cdabcd'], ['cdab']],
  ],
  within: [
    ['content:"ab"; content:"cd"; within:4;', ['abcd', 'abxxcd'], ['abxxxcd', 'cdab']],
    ['content:"ab"; content:"cd"; distance:1; within:3;', ['abxcd', 'abxxcd'], ['abcd', 'abxxxcd']],
    // Only the second "ab" has "cd" near enough: the first must not end the search.
    ['content:"ab"; content:"cd"; within:3;', ['ab....ab.cd', 'ababab.cd'], ['ab....cd', 'ab..cd']],
    // The first "cd" is near the "ab" but has no "ef" behind it.
    [
      'content:"ab"; content:"cd"; within:8; content:"ef"; within:2;',
      ['ab cd cdef', 'abcd abcdef'],
      ['ab cd ef', 'abcd cd ef'],
    ],
  ],
  'relative with !': [
    ['content:"ab"; content:!"cd"; within:4;', ['abxxxcd', 'ab', 'abcdab'], ['abcd', 'abxxcd']],
    [
      'content:"ab"; content:!"cd"; distance:0;',
      ['cdab', 'abcd ab'],
      ['abcd', 'ab cd', 'ab ab cd'],
    ],
    // The end that passes "not cd" must be the one "ef" is counted from.
    [
      'content:"ab"; content:!"cd"; within:2; content:"ef"; distance:0; within:2;',
      ['abcd abef'],
      ['abcdef', 'abcd ab ef'],
    ],
  ],
  bsize: [
    ['content:"a"; bsize:3;', ['abc', 'xxa'], ['ab', 'abcd']],
    ['content:"a"; bsize:>3;', ['abcd'], ['abc']],
    ['content:"a"; bsize:<3;', ['ab'], ['abc']],
    ['content:"a"; bsize:>=3;', ['abc'], ['ab']],
    ['content:"a"; bsize:<=3;', ['abc'], ['abcd']],
    ['content:"a"; bsize:2<>5;', ['abc', 'abcd'], ['ab', 'abcde']],
    ['content:"a"; bsize:!3;', ['ab'], ['abc']],
  ],
  isdataat: [
    ['content:"ab"; isdataat:4;', ['abxxx'], ['abxx']],
    ['content:"ab"; isdataat:!4;', ['abxx'], ['abxxx']],
    ['content:"ab"; isdataat:2,relative;', ['abxx', 'xabxx'], ['abx', 'xxxab']],
    ['content:"ab"; isdataat:!1,relative;', ['xxab', 'abxab'], ['abx']],
    // Data must follow the same "ab" that "cd" is counted from.
    [
      'content:"ab"; isdataat:3,relative; content:"c"; within:1;',
      ['abcxx', 'abx abcxx'],
      ['abxx abc', 'abc'],
    ],
  ],
  pcre: [
    ['pcre:"/ab+c/";', ['abc', 'xabbbc'], ['ac', 'ABC', 'abb']],
    ['pcre:"/ab+c/i";', ['ABC', 'aBBc'], ['ac']],
    ['pcre:"/^ab/";', ['abc'], ['xab', 'x\nab']],
    ['pcre:"/^ab/m";', ['abc', 'x\nab'], ['xab']],
    ['pcre:"/a.b/";', ['axb'], ['a\nb']],
    ['pcre:"/a.b/s";', ['axb', 'a\nb'], ['ab']],
    ['pcre:"/a b  (?#letters) c/x";', ['abc'], ['a b c']],
    ['pcre:"/\\bcat\\b/";', ['the cat sat', 'cat'], ['concatenate', 'cats']],
    ['pcre:"/x{2,3}y/";', ['xxy', 'xxxy'], ['xy']],
    ['pcre:"/(?i)ab(?-i)c/";', ['ABc', 'abc'], ['ABC']],
    ['pcre:"/[а-я]{3}/";', ['мир'], ['МИР', 'ми', 'abc']],
    ['pcre:"/[а-я]{3}/i";', ['мир', 'МИР'], ['ми', 'abc']],
    ['pcre:"/пароль/i";', ['ПАРОЛЬ', 'Пароль'], ['парол']],
    ['pcre:"/\\"a\\"\\;/";', ['"a";'], ['a;']],
  ],
  'pcre whose starts libhs cannot tell': [
    [
      'pcre:"/(?:[ab]{1,20}[cd]{1,20}){1,20}e/"; content:"!"; within:1;',
      ['ace!', 'xaabbcdace!', 'bde ace!'],
      ['ace', 'ae!', 'ace.!', 'xe!'],
    ],
  ],
  'pcre with !': [['content:"abc"; pcre:!"/x\\d/";', ['abc', 'abc x'], ['abc x1', 'x1abc']]],
  'pcre relative': [
    ['content:"ab"; pcre:"/\\d{3}/R";', ['ab123', 'ab x123', '12 ab 345'], ['123ab', 'ab12']],
    ['content:"ab"; pcre:"/^\\d{3}/R";', ['ab123', 'ab ab123'], ['ab 123', '123ab']],
    ['content:"ab"; pcre:!"/\\d/R";', ['1ab', 'ab1ab'], ['ab1', 'ab ab x1']],
    ['content:"ab"; pcre:!"/^\\d/R";', ['ab 1', 'ab1 abx'], ['ab1', 'ab1ab2']],
    ['pcre:"/a+/"; content:"b"; within:1;', ['xaab'], ['aa b', 'b']],
  ],
  validators: [
    ['pcre:"/\\d{4}/"; luhn;', ['x7777'], ['1234', '777', '7177']],
    ['content:"77"; luhn;', ['77'], ['78']],
    ['pcre:"/x[a-c]+/"; validate:ends c;', ['xabc', 'xaca'], ['xab', 'x']],
    ['pcre:"/x[a-c]+/"; validate:ends c; content:"!"; within:1;', ['xabc!'], ['xabca!', 'xab!']],
    ['pcre:"/x[a-c]+/"; validate:ends c; luhn;', [], ['xabc']],
  ],
};

describe('terms', () => {
  for (const [name, cases] of Object.entries(CASES)) {
    it(`${name}: fires on its cases and not on near misses`, () => {
      for (const [options, fires, misses] of cases) {
        const lab = new RuleLab(ruleText(`xmpp.body; ${options}`), { validators });
        for (const body of fires) {
          assert.deepEqual(lab.sids([['xmpp.body', body]]), [1], `${options} on ${body}`);
        }
        for (const body of misses) {
          assert.deepEqual(lab.sids([['xmpp.body', body]]), [], `${options} on ${body}`);
        }
        lab.engine.close();
      }
    });
  }
});
