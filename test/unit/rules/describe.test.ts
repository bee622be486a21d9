import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  contentText,
  describeEndpoint,
  describeTerm,
  describeThreshold,
  durationWords,
  loadRuleSources,
  type Rule,
} from '../../../sensor/rules/index.ts';

function rule(options: string, header = 'alert xmpp any any -> any any'): Rule {
  const text = `${header} (msg:"m"; sid:1; ${options})`;
  const { rules, problems } = loadRuleSources([{ file: 'd.rules', text }], {
    vars: new Map([['HOME_NET', ['192.0.2.0/24', '!192.0.2.7', '2001:db8::1']]]),
  });
  const [first] = rules;
  assert.ok(first !== undefined, JSON.stringify(problems));
  return first;
}

const words = (options: string): string[] => rule(`xmpp.body; ${options}`).terms.map(describeTerm);

describe('describeTerm()', () => {
  const cases: readonly [options: string, last: string][] = [
    ['content:"abc";', 'holds "abc"'],
    ['content:!"abc";', 'does not hold "abc"'],
    ['content:"abc"; nocase;', 'holds "abc", in small or capital letters'],
    ['content:"abc"; startswith;', 'holds "abc", at its start'],
    ['content:"abc"; endswith;', 'holds "abc", at its end'],
    ['content:"abc"; depth:9;', 'holds "abc", within its first 9 bytes'],
    ['content:"abc"; offset:2; depth:9;', 'holds "abc", within the 9 bytes from offset 2'],
    ['content:"abc"; offset:2;', 'holds "abc", from offset 2 on'],
    ['content:"x1"; content:"abc"; distance:0;', 'holds "abc", anywhere behind the match before'],
    [
      'content:"x1"; content:"abc"; distance:1;',
      'holds "abc", at least 1 byte behind the match before',
    ],
    [
      'content:"x1"; content:"abc"; within:9;',
      'holds "abc", within 9 bytes behind the match before',
    ],
    [
      'content:"x1"; content:"abc"; distance:2; within:9;',
      'holds "abc", within 9 bytes behind the match before, not counting the first 2',
    ],
    [
      'content:"x1"; content:"abc"; distance:-2;',
      'holds "abc", at the earliest 2 bytes before the end of the match before',
    ],
    ['pcre:"/a+b/i";', 'matches /a+b/i'],
    ['content:"abc"; pcre:!"/a+b/R";', 'does not match /a+b/ behind the match before'],
    ['content:"abc"; bsize:3;', 'is exactly 3 bytes long'],
    ['content:"abc"; bsize:>9;', 'is at least 10 bytes long'],
    ['content:"abc"; bsize:<9;', 'is at most 8 bytes long'],
    ['content:"abc"; bsize:!5<>9;', 'is not 6 to 8 bytes long'],
    ['content:"abc"; isdataat:4;', 'has at least 5 bytes'],
    ['content:"abc"; isdataat:!1,relative;', 'has fewer than 1 byte behind the match before'],
    [
      'pcre:"/\\d{16}/"; validate:pan no-test-numbers;',
      'that match passes the check pan no-test-numbers',
    ],
  ];
  for (const [options, last] of cases) {
    it(`says of ${options} that it ${last}`, () => {
      assert.equal(words(options).at(-1), last);
    });
  }
});

describe('contentText()', () => {
  it('writes text as text and bytes as bytes', () => {
    const bytes = (...values: (string | number)[]): Uint8Array =>
      Uint8Array.from(
        values.flatMap((value) => (typeof value === 'string' ? [...Buffer.from(value)] : [value])),
      );
    assert.equal(contentText(bytes('Über alles; a:b')), '"Über alles; a:b"');
    assert.equal(contentText(bytes('a|b"c\\')), '"a|7c|b\\"c\\\\"');
    assert.equal(contentText(bytes('a', 0, 1, 'b')), '"a|00 01|b"');
    assert.equal(contentText(bytes(0xff, 'a')), '"|ff|a"');
    assert.equal(contentText(bytes('a\u202eb')), '"a|e2 80 ae|b"');
  });
});

describe('rates and ends of a rule', () => {
  it('are told in words', () => {
    const { threshold } = rule(
      'xmpp.body; content:"abc"; threshold:type both, track by_domain, count 22, seconds 7200;',
    );
    assert.ok(threshold !== undefined);
    assert.equal(
      describeThreshold(threshold),
      'alerts once in 2 hours, at the 22nd firing, counted for each sending domain',
    );
    assert.equal(durationWords(90), '90 seconds');
    assert.equal(durationWords(86_400), '1 day');
  });
  it('are written as in a header', () => {
    const { src, srcPort, dst, dstPort } = rule(
      'xmpp.body; content:"abc";',
      'alert xmpp $HOME_NET [5222,!5269,6000:6010] -> !198.51.100.0/24 any',
    );
    assert.equal(
      describeEndpoint(src, srcPort),
      '[192.0.2.0/24,!192.0.2.7,2001:db8::1] [5222,!5269,6000:6010]',
    );
    assert.equal(describeEndpoint(dst, dstPort), '!198.51.100.0/24 any');
  });
});
