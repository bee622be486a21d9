import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadRuleSources } from '../../../sensor/rules/index.ts';

/** Warnings about the terms behind `xmpp.body;`, each as the keyword it points at and what it says. */
function warnings(terms: string): string[] {
  const text = `alert xmpp any any -> any any (msg:"m"; priority:3; xmpp.body; ${terms} sid:1;)`;
  return loadRuleSources([{ file: 'l.rules', text }])
    .problems.filter(({ message }) => !message.includes('classtype'))
    .map(({ severity, column, message }) => {
      const at = /^[\w.]+/.exec(text.slice(column - 1))?.[0] ?? '';
      const place = text.slice(0, column - 1).split(' ').length - 10;
      return `${severity} ${at} ${place}: ${message}`;
    });
}

/** Each: terms that can never hold with what is said of them, and terms close to them that can. */
const CASES: readonly [name: string, terms: string, said: string, nearMiss: string][] = [
  [
    'a chain of matches longer than bsize',
    'content:"abcd"; content:"efgh"; distance:4; bsize:<12;',
    'warning content 2: Can never match: it needs 12 bytes, bsize allows 11',
    'content:"abcd"; content:"efgh"; distance:4; bsize:12;',
  ],
  [
    'a relative pcre behind the end',
    'content:"abcd"; pcre:"/e{4}f/R"; bsize:8;',
    'warning pcre 2: Can never match: it needs 9 bytes, bsize allows 8',
    'content:"abcd"; pcre:"/e{4}f/R"; bsize:9;',
  ],
  [
    'a distance that goes back',
    'content:"abcd"; content:"defgh"; distance:-1; bsize:<8;',
    'warning content 2: Can never match: it needs 8 bytes, bsize allows 7',
    'content:"abcd"; content:"defgh"; distance:-1; bsize:8;',
  ],
  [
    'sizes that exclude each other',
    'content:"abc"; bsize:>10; bsize:<11;',
    'warning bsize 3: Sizes exclude each other: at least 11 bytes and at most 10',
    'content:"abc"; bsize:>10; bsize:<12;',
  ],
  [
    'isdataat behind bsize',
    'content:"abc"; bsize:10; isdataat:10;',
    'warning isdataat 3: Sizes exclude each other: at least 11 bytes and at most 10',
    'content:"abc"; bsize:10; isdataat:9;',
  ],
  [
    'a text that must end before its content',
    'content:"abcdef"; isdataat:!5;',
    'warning content 1: Can never match: it needs 6 bytes, bsize allows 5',
    'content:"abcdef"; isdataat:!6;',
  ],
  [
    'data behind the last byte',
    'content:"abcdef"; isdataat:2,relative; bsize:7;',
    'warning isdataat 2: Can never match: it needs 8 bytes, bsize allows 7',
    'content:"abcdef"; isdataat:2,relative; bsize:8;',
  ],
  [
    'an end before the end',
    'content:"abc"; depth:8; endswith; bsize:>8;',
    'warning content 1: Can never match: it ends within 8 bytes, the text has at least 9',
    'content:"abc"; depth:8; endswith; bsize:>7;',
  ],
  [
    'a whole text that must be longer',
    'content:"abc"; startswith; endswith; isdataat:3;',
    'warning content 1: Can never match: it ends within 3 bytes, the text has at least 4',
    'content:"abc"; startswith; endswith; isdataat:2;',
  ],
  [
    'two beginnings',
    'content:"abcd"; startswith; content:"abx"; startswith;',
    'warning content 3: Can never match: another content has startswith with other bytes',
    'content:"abcd"; startswith; content:"abc"; startswith;',
  ],
  [
    'two ends',
    'content:"abcd"; endswith; content:"Xd"; endswith; nocase;',
    'warning content 3: Can never match: another content has endswith with other bytes',
    'content:"abcd"; endswith; content:"CD"; endswith; nocase;',
  ],
  [
    'a content that is forbidden',
    'content:"cheap pills"; content:!"pills";',
    'warning content 3: Can never match: the rule demands a content that holds this one',
    'content:"cheap pills"; content:!"pills "; content:!"PILLS"; content:!"cheap"; offset:1;',
  ],
  [
    'a content that is forbidden in any case',
    'content:"Cheap"; content:!"CHEAP"; nocase;',
    'warning content 2: Can never match: the rule demands a content that holds this one',
    'content:"Cheap"; nocase; content:!"Cheap";',
  ],
];

describe('constraints that exclude each other', () => {
  for (const [name, terms, said, nearMiss] of CASES) {
    it(`are warned of: ${name}`, () => {
      assert.deepEqual(warnings(terms), [said]);
    });
    it(`are not seen where there are none: ${name}`, () => {
      assert.deepEqual(warnings(nearMiss), []);
    });
  }
  it('are looked for in one group only', () => {
    assert.deepEqual(warnings('content:"abcdef"; xmpp.subject; content:"xyz"; bsize:3;'), []);
  });
});
