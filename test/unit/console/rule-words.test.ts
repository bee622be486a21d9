import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { RuleRow } from '../../../sensor/api/contract.ts';
import {
  familiesOf,
  loadedSentence,
  orderedRules,
  rulePath,
  tuningWords,
} from '../../../dashboards/console/src/logic/rule-words.ts';

function rule(sid: number, rest: Partial<RuleRow> = {}): RuleRow {
  return {
    ...{ gid: 1, sid, rev: 1, msg: `Rule ${sid}`, detection: 'dlp-pan', category: '', severity: 3 },
    ...{ confidence: '', file: 'a.rules', isEnabled: true, isTuned: false, alerts: 0 },
    lastUsec: undefined,
    ...rest,
  };
}

describe('words of rules', () => {
  it('orders noisy ones first, those that never fired by sid', () => {
    const rows = [rule(3), rule(2, { alerts: 5 }), rule(1), rule(4, { alerts: 9, severity: 1 })];
    const order = (by: string): number[] => orderedRules(rows, by).map(({ sid }) => sid);
    assert.deepEqual(order(''), [4, 2, 1, 3]);
    assert.deepEqual(order('sid'), [1, 2, 3, 4]);
    assert.deepEqual(order('severity'), [4, 2, 1, 3]);
    const fired = [rule(1, { lastUsec: 5 }), rule(2), rule(3, { lastUsec: 9 }), rule(4)];
    assert.deepEqual(
      orderedRules(fired, 'last').map(({ sid }) => sid),
      [3, 1, 2, 4],
    );
  });

  it('names the largest families', () => {
    const rows = ['xml-dtd', 'dlp-pan', 'dlp-iban', 'c2-blob', 'xml-bomb', ''].map(
      (detection, sid) => rule(sid, { detection }),
    );
    assert.deepEqual(familiesOf(rows, 2), [
      ['dlp', 2],
      ['xml', 2],
    ]);
  });

  it('leads to rules of other generators by both numbers', () => {
    assert.equal(rulePath({ gid: 1, sid: 7 }), '/rules/7');
    assert.equal(rulePath({ gid: 3, sid: 7 }), '/rules/3%3A7');
  });

  it('says how many are in force', () => {
    const rows = { items: [], loaded: 1200, failed: 2, generation: 3, problem: '' };
    assert.equal(
      loadedSentence(rows),
      '1\u202f200 rules are in force, 2 could not be loaded (generation 3).',
    );
  });
});

describe('tuningWords', () => {
  const cases: [Parameters<typeof tuningWords>[0]['action'], string, string][] = [
    ['disable', '1550205', 'The rule is switched off'],
    ['suppress', 'suppress gen_id 1, sig_id 7', 'It never alerts'],
    [
      'suppress',
      'suppress gen_id 1, sig_id 7, track by_src, ip 10.0.0.0/8',
      'It never alerts on what comes from 10.0.0.0/8',
    ],
    [
      'suppress',
      'suppress gen_id 1, sig_id 7, track by_from_jid, value a@x',
      'It never alerts on what is sent by a@x',
    ],
    [
      'threshold',
      'threshold gen_id 1, sig_id 7, type limit, track by_src, count 1, seconds 3600',
      'It alerts at most once in 1 h for each source',
    ],
    [
      'threshold',
      'threshold gen_id 1, sig_id 7, type both, track by_rule, count 5, seconds 60',
      'It alerts once in 1 min in all, when it fires 5 times',
    ],
    [
      'threshold',
      'threshold gen_id 1, sig_id 7, type threshold, track by_room, count 5, seconds 90',
      'It alerts each time it fired 5 times within 1 min 30 s for each room',
    ],
  ];
  for (const [action, line, words] of cases) {
    it(words, () => {
      assert.equal(tuningWords({ action, line }), words);
    });
  }
});
