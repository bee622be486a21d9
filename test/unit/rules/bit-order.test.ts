/** Order of rules that share bits, and what is said about bits that lead nowhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderByBits, type BitRule } from '../../../sensor/rules/bit-order.ts';
import { loadRuleSources } from '../../../sensor/rules/index.ts';

/** Bits a rule changes and tests; `x:name` is an xbit. */
function rule(sid: number, changes: string, tests: string): BitRule {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
  const bit = (word: string): { track: 'flow' | 'ip_src'; name: string } =>
    word.startsWith('x:')
      ? { track: 'ip_src', name: word.slice(2) }
      : { track: 'flow', name: word };
  return {
    gid: 1,
    sid,
    bitChanges: words(changes).map((word) => ({ ...bit(word), action: 'set', expireSeconds: 1 })),
    bitTests: words(tests).map((word) => {
      const { track, name } = bit(word);
      return { track, names: name.split('|'), wantsSet: true };
    }),
  };
}

function levels(...rules: BitRule[]): number[] {
  return [...orderByBits(rules).levels];
}

describe('orderByBits', () => {
  it('counts the rules that must come before', () => {
    assert.deepEqual(levels(rule(1, '', ''), rule(2, '', '')), [0, 0]);
    assert.deepEqual(levels(rule(1, '', 'a'), rule(2, 'a', '')), [1, 0]);
    assert.deepEqual(levels(rule(1, '', 'b|c'), rule(2, 'b', 'a'), rule(3, 'a', '')), [2, 1, 0]);
    assert.deepEqual(levels(rule(1, '', 'x:a'), rule(2, 'a', '')), [0, 0], 'tracks are apart');
    assert.deepEqual(levels(rule(1, 'a', 'a'), rule(2, '', 'a'), rule(3, 'a', '')), [1, 2, 0]);
  });

  it('finds rules that wait for each other, by gid and sid', () => {
    const circle = [rule(7, 'b', 'a'), rule(3, 'a', 'b'), rule(5, '', 'b')];
    const { levels: found, cycles } = orderByBits(circle);
    assert.deepEqual(cycles, [[1, 0]]);
    assert.deepEqual([...found], [0, 0, 1]);
    const { cycles: none } = orderByBits([rule(1, 'a', 'a'), rule(2, 'a', 'a')]);
    assert.deepEqual(none, [], 'one bit that rules test and set is no circle');
  });

  it('takes many rules in a row or around one bit', () => {
    const count = 20_000;
    const chain = Array.from({ length: count }, (_, i) => rule(i, `b${i}`, `b${i - 1}`));
    assert.equal(orderByBits(chain).levels.at(-1), count - 1);
    const star = Array.from({ length: count }, (_, i) =>
      i % 2 === 0 ? rule(i, 'b', '') : rule(i, '', 'b'),
    );
    assert.deepEqual([...orderByBits(star).levels.subarray(0, 3)], [0, 1, 0]);
  });
});

describe('the linter', () => {
  function warnings(...options: string[]): string[] {
    const text = options
      .map(
        (option, i) =>
          `alert xmpp any any -> any any (msg:"m${i}"; xmpp.body; content:"abc"; ${option} sid:${i + 1};)`,
      )
      .join('\n');
    const at = 'alert xmpp any any -> any any (msg:"m0"; xmpp.body; content:"abc"; '.length;
    return loadRuleSources([{ file: 'b.rules', text }])
      .problems.filter(({ message }) => /bit|wait/.test(message))
      .map(({ line, column, message }) => `${line}:${column - 1 - at} ${message}`);
  }

  it('warns of rules that wait for each other', () => {
    assert.deepEqual(
      warnings(
        'flowbits:isset,a; flowbits:set,b;',
        'flowbits:isset,b; flowbits:set,a;',
        'flowbits:isset,b;',
      ),
      ['1:0 Rules 1, 2 wait for bits of each other'],
    );
    assert.deepEqual(warnings('flowbits:set,b;', 'flowbits:isset,b; flowbits:set,c;'), []);
  });

  it('warns of a bit that is tested and never set, by its track', () => {
    assert.deepEqual(
      warnings(
        'xbits:set,a,track ip_src; flowbits:unset,f; flowbits:toggle,t;',
        'xbits:isset,a,track ip_dst; flowbits:isset,t;',
        'flowbits:isset,f|t; flowbits:isnotset,never;',
      ),
      [
        '2:0 xbit a (track ip_dst) is tested, but no rule sets it',
        '3:0 flowbit f is tested, but no rule sets it',
      ],
    );
  });
});
