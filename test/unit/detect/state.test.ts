/** What rules remember: bits, rates, suppressions, and that all of it survives new rules. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters, defaultLimits, eventId, type Direction } from '../../../sensor/core/index.ts';
import { RuleState, type Detector, type FlowEndpoints } from '../../../sensor/detect/index.ts';
import { OverrideReader } from '../../../sensor/rules/threshold-config.ts';
import { ProblemList } from '../../../sensor/rules/problems.ts';
import type { RuleSet } from '../../../sensor/rules/index.ts';
import { RuleLab, ruleText, soundRules } from '../../support/rule-lab.ts';
import { makeSession, type RegionText, type StanzaFacts } from '../../support/stanza-view.ts';

const SECOND = 1_000_000;
const PASS = 'pass xmpp any any -> any any';

function body(text: string): RegionText[] {
  return [['xmpp.body', text]];
}

/** 10.0.0.`flow` talks to 10.0.1.`server`. */
function endpointsOf(flow: number, server = 9): FlowEndpoints {
  const words = (last: number, net: number): number[] => [
    0,
    0,
    0xffff,
    0x0a000000 | (net << 8) | last,
  ];
  return {
    flowId: flow,
    clientWords: words(flow, 0),
    clientPort: 40000,
    serverWords: words(server, 1),
    serverPort: 5222,
  };
}

function inFlow(flow: number, direction: Direction = 0): StanzaFacts {
  return { session: makeSession({ flow, sessionId: flow }), direction };
}

function lab(rules: readonly string[], config = '', state?: RuleState): RuleLab {
  const ruleSet = withConfig(soundRules(rules.join('\n')), config);
  return new RuleLab(ruleSet, {
    flowEndpoints: (flow) => (flow < 0 ? undefined : endpointsOf(flow)),
    ...(state === undefined ? {} : { state }),
  });
}

/** The rule set with the lines of a threshold.config. */
function withConfig(ruleSet: RuleSet, config: string): RuleSet {
  const problems = new ProblemList(10);
  const reader = new OverrideReader(new Map(), problems, {
    rulesRuleChars: 1000,
    rulesOverrides: 100,
  });
  reader.read('t', config);
  const overrides = reader.finish(ruleSet.rules);
  const errors = problems.list().filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  return { ...ruleSet, overrides };
}

/** For each time in seconds: `x` when the rule was told. */
function told(target: RuleLab, times: readonly number[], facts: StanzaFacts = {}): string {
  return times
    .map((time) => target.sids(body('abc'), { ...facts, tsUsec: time * SECOND }))
    .map((sids) => (sids.length > 0 ? 'x' : '.'))
    .join('');
}

describe('flowbits', () => {
  const RULES = [
    ruleText('xmpp.body; content:"open"; flowbits:set,seen; flowbits:noalert;', 1),
    ruleText('xmpp.body; content:"use"; flowbits:isset,seen;', 2),
    ruleText('xmpp.body; content:"use"; flowbits:isnotset,seen;', 3),
    ruleText('xmpp.body; content:"shut"; flowbits:unset,seen; noalert;', 4),
    ruleText('xmpp.body; content:"flip"; flowbits:toggle,seen; noalert;', 5),
  ];

  it('belong to the flow, in both directions, until it ends', () => {
    const target = lab(RULES);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [3]);
    assert.deepEqual(target.sids(body('open'), inFlow(1)), []);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [2]);
    assert.deepEqual(target.sids(body('use'), inFlow(1, 1)), [2]);
    assert.deepEqual(target.sids(body('use'), inFlow(2)), [3]);
    target.engine.onFlowClose(1);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [3]);
    assert.deepEqual(target.engine.state.bits.sizes, [0, 0]);
  });

  it('are unset and toggled', () => {
    const target = lab(RULES);
    const use = (text: string): number[] => {
      target.sids(body(text), inFlow(1));
      return target.sids(body('use'), inFlow(1));
    };
    assert.deepEqual(use('open'), [2]);
    assert.deepEqual(use('shut'), [3]);
    assert.deepEqual(use('flip'), [2]);
    assert.deepEqual(use('flip'), [3]);
  });

  it('are set before they are tested on one stanza, in any order of rules', () => {
    for (const order of [RULES, RULES.toReversed()]) {
      assert.deepEqual(lab(order).sids(body('open use'), inFlow(1)), [2]);
    }
    const chain = [
      ruleText('xmpp.body; content:"c"; flowbits:isset,b;', 3),
      ruleText('xmpp.body; content:"b"; flowbits:isset,a; flowbits:set,b; noalert;', 2),
      ruleText('xmpp.body; content:"a"; flowbits:set,a; noalert;', 1),
    ];
    assert.deepEqual(lab(chain).sids(body('abc'), inFlow(1)), [3]);
  });

  it('take lists: any of the bits', () => {
    const target = lab([
      ruleText('xmpp.body; content:"set1"; flowbits:set,a; noalert;', 1),
      ruleText('xmpp.body; content:"set2"; flowbits:set,b; noalert;', 2),
      ruleText('xmpp.body; content:"ask"; flowbits:isset,a|b;', 3),
      ruleText('xmpp.body; content:"ask"; flowbits:isnotset,a|b;', 4),
    ]);
    assert.deepEqual(target.sids(body('ask'), inFlow(1)), [4]);
    target.sids(body('set2'), inFlow(1));
    assert.deepEqual(target.sids(body('ask'), inFlow(1)), [3, 4]);
    target.sids(body('set1'), inFlow(1));
    assert.deepEqual(target.sids(body('ask'), inFlow(1)), [3]);
  });

  it('are changed only by a rule that matches in full', () => {
    const target = lab([
      ruleText(
        'xmpp.body; content:"open"; flowbits:set,seen; noalert;',
        1,
        'alert xmpp 10.0.0.1 any -> any any',
      ),
      ruleText('xmpp.body; content:"use"; flowbits:isset,seen;', 2),
    ]);
    target.sids(body('open'), inFlow(2));
    assert.deepEqual(target.sids(body('use'), inFlow(2)), []);
    target.sids(body('open'), inFlow(1));
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [2]);
  });

  it('are all a rule asks for, if it likes', () => {
    const target = lab([
      ruleText('xmpp.body; content:"open"; flowbits:set,seen; noalert;', 1),
      ruleText('flowbits:isset,seen;', 2),
    ]);
    assert.deepEqual(target.sids(body('x'), inFlow(1)), []);
    assert.deepEqual(target.sids(body('open'), inFlow(1)), [2]);
    const [finding] = target.stanza(body('x'), inFlow(1));
    assert.deepEqual([finding?.rule.sid, finding?.buffer], [2, -1]);
  });

  it('tie events to stanzas', () => {
    const comment = eventId('xml.comment');
    const target = lab([
      ruleText('xmpp.event:xml.comment; flowbits:set,odd; noalert;', 1),
      ruleText('xmpp.body; content:"use"; flowbits:isset,odd;', 2),
      ruleText('xmpp.event:xml.dtd; flowbits:isset,odd;', 3),
    ]);
    const event = (id: number, flow: number): void => {
      target.engine.onFlowEvent(flow, 0, id, SECOND, makeSession({ flow }));
    };
    event(eventId('xml.dtd'), 1);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), []);
    event(comment, 1);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [2]);
    event(eventId('xml.dtd'), 1);
    assert.deepEqual(
      target.findings.map(({ rule }) => rule.sid),
      [2, 3],
    );
  });

  it('of events that a detector raises come in order too', () => {
    const detector: Detector = {
      name: 'probe',
      stanza: (_view, emit) => {
        emit(eventId('spim.lexicon'), {});
      },
    };
    const rules = soundRules(
      [
        ruleText('xmpp.body; content:"use"; flowbits:isset,odd;', 1),
        ruleText('xmpp.event:spim.lexicon; flowbits:set,odd;', 2),
      ].join('\n'),
    );
    const target = new RuleLab(rules, { detectors: [detector] });
    assert.deepEqual(target.sids(body('use')), [1, 2]);
  });

  it('do not exist outside a flow', () => {
    const gap = eventId('flow.table_full');
    const target = lab([
      ruleText('xmpp.event:flow.table_full; flowbits:set,x;', 1, 'alert tcp any any -> any any'),
      ruleText('xmpp.event:flow.table_full; flowbits:isset,x;', 2, 'alert tcp any any -> any any'),
      ruleText(
        'xmpp.event:flow.table_full; flowbits:isnotset,x;',
        3,
        'alert tcp any any -> any any',
      ),
    ]);
    target.engine.onFlowEvent(-1, 0, gap, SECOND);
    assert.deepEqual(
      target.findings.map(({ rule }) => rule.sid),
      [1],
    );
    assert.deepEqual(target.engine.state.bits.sizes, [0, 0]);
  });
});

describe('pass rules', () => {
  it('come before all others: what they silence changes no bit, their own bits count', () => {
    const target = lab([
      ruleText('xmpp.body; content:"open"; flowbits:set,seen; noalert;', 1),
      ruleText('xmpp.body; content:"use"; flowbits:isset,seen;', 2),
      ruleText('xmpp.body; content:"ok"; flowbits:set,okayed;', 3, PASS),
      ruleText('xmpp.body; content:"use"; flowbits:isset,okayed;', 4),
    ]);
    assert.deepEqual(target.sids(body('ok open use'), inFlow(1)), []);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [4]);
  });

  it('are all looked at, one that passes does not hide the next', () => {
    const target = lab([
      ruleText('xmpp.body; content:"ok"; flowbits:set,one;', 1, PASS),
      ruleText('xmpp.body; content:"ok"; flowbits:set,two;', 2, PASS),
      ruleText('xmpp.body; content:"use"; flowbits:isset,one; flowbits:isset,two;', 3),
    ]);
    assert.deepEqual(target.sids(body('ok use'), inFlow(1)), []);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [3]);
  });

  it('may depend on bits and on how often they match', () => {
    const target = lab([
      ruleText('xmpp.body; content:"open"; flowbits:set,seen; noalert;', 1),
      ruleText('xmpp.body; content:"use"; flowbits:isset,seen;', 2, PASS),
      ruleText('xmpp.body; content:"use";', 3),
      ruleText(
        'xmpp.body; content:"abc"; detection_filter:track by_rule, count 2, seconds 9;',
        4,
        PASS,
      ),
      ruleText('xmpp.body; content:"abc";', 5),
    ]);
    assert.deepEqual(target.sids(body('use'), inFlow(1)), [3]);
    target.sids(body('open'), inFlow(1));
    assert.deepEqual(target.sids(body('use'), inFlow(1)), []);
    assert.equal(told(target, [1, 2, 3, 4, 20]), 'xx..x');
  });

  it('speak when a rate filter turns them into alerts', () => {
    const target = lab(
      [ruleText('xmpp.body; content:"abc";', 4, PASS), ruleText('xmpp.body; content:"abc";', 5)],
      'rate_filter gen_id 1, sig_id 4, track by_rule, count 1, seconds 9, new_action alert, timeout 5',
    );
    const sids = (time: number): number[] => target.sids(body('abc'), { tsUsec: time * SECOND });
    assert.deepEqual([sids(1), sids(2), sids(7), sids(8)], [[], [4, 5], [4, 5], []]);
    assert.ok(target.findings.every(({ rule }) => rule.action === 'alert'));
  });
});

describe('xbits', () => {
  const rules = (track: string, back = track): string[] => [
    ruleText(`xmpp.body; content:"mark"; xbits:set,bad,track ${track},expire 10; noalert;`, 1),
    ruleText(`xmpp.body; content:"use"; xbits:isset,bad,track ${back};`, 2),
    ruleText(`xmpp.body; content:"flip"; xbits:toggle,bad,track ${track},expire 10; noalert;`, 3),
    ruleText(`xmpp.body; content:"clear"; xbits:unset,bad,track ${track}; noalert;`, 4),
  ];
  const jids = (from: string, to: string): StanzaFacts => ({ from, to });

  it('belong to addresses by the direction of the packet, and to pairs whichever the direction', () => {
    const cases: readonly (readonly [
      track: string,
      back: string,
      facts: StanzaFacts,
      isSet: boolean,
    ])[] = [
      ['ip_src', 'ip_src', inFlow(1), true],
      ['ip_src', 'ip_src', inFlow(2), false],
      ['ip_src', 'ip_src', inFlow(1, 1), false],
      ['ip_src', 'ip_dst', inFlow(1, 1), false],
      ['ip_dst', 'ip_dst', inFlow(2), true],
      ['ip_dst', 'ip_dst', inFlow(1, 1), false],
      ['ip_pair', 'ip_pair', inFlow(1, 1), true],
      ['ip_pair', 'ip_pair', inFlow(2), false],
    ];
    for (const [track, back, facts, isSet] of cases) {
      const target = lab(rules(track, back));
      target.sids(body('mark'), inFlow(1));
      assert.deepEqual(
        target.sids(body('use'), facts),
        isSet ? [2] : [],
        `${track} ${back} ${JSON.stringify([facts.session?.flow, facts.direction])}`,
      );
    }
  });

  it('belong to bare JIDs and to pairs of them', () => {
    const cases: readonly (readonly [track: string, facts: StanzaFacts, isSet: boolean])[] = [
      ['by_from_jid', jids('A@x.example/other', 'z@z'), true],
      ['by_from_jid', jids('b@y', 'a@x.example'), false],
      ['by_to_jid', jids('z@z', 'b@y.example/r'), true],
      ['by_to_jid', jids('b@y.example', 'a@x.example'), false],
      ['by_jid_pair', jids('b@y.example/1', 'a@x.example/2'), true],
      ['by_jid_pair', jids('a@x.example', 'c@y.example'), false],
    ];
    for (const [track, facts, isSet] of cases) {
      const target = lab(rules(track));
      target.sids(body('mark'), jids('a@x.example/home', 'b@y.example'));
      assert.deepEqual(target.sids(body('use'), facts), isSet ? [2] : [], track);
    }
  });

  it('cross flows, expire in packet time, and are set anew', () => {
    const target = lab(rules('ip_pair'));
    const at = (text: string, time: number): number[] =>
      target.sids(body(text), { ...inFlow(1), tsUsec: time * SECOND });
    at('mark', 0);
    assert.deepEqual([at('use', 5), at('use', 10), at('use', 10.5)], [[2], [2], []]);
    at('mark', 20);
    at('mark', 28);
    assert.deepEqual([at('use', 35), at('clear', 36), at('use', 36)], [[2], [], []]);
    at('mark', 40);
    at('flip', 60);
    assert.deepEqual([at('use', 61), at('flip', 62), at('use', 63)], [[2], [], []]);
  });

  it('of one track are not those of another, nor of a flow', () => {
    const target = lab([
      ...rules('ip_src', 'ip_dst'),
      ruleText('xmpp.body; content:"use"; flowbits:isset,bad;', 5),
    ]);
    target.sids(body('mark'), inFlow(1));
    assert.deepEqual(target.sids(body('use'), inFlow(1)), []);
  });

  it('of somebody unknown are never set', () => {
    const target = lab([
      ...rules('by_to_jid'),
      ruleText('xmpp.body; content:"use"; xbits:isnotset,bad,track by_to_jid;', 5),
    ]);
    target.sids(body('mark'), { to: '' });
    assert.deepEqual(target.sids(body('use'), { to: '' }), [5]);
    assert.deepEqual(target.engine.state.bits.sizes, [0, 0]);
  });
});

describe('limits', () => {
  it('forget what was marked longest ago, and count it', () => {
    const counters = new Counters();
    const limits = { ...defaultLimits(), detectFlowBits: 3, detectXbits: 2 };
    const { bits } = new RuleState(limits, counters);
    bits.changeFlowBit(1, 'a', 'set');
    bits.changeFlowBit(1, 'b', 'set');
    bits.changeFlowBit(2, 'a', 'set');
    bits.changeFlowBit(2, 'a', 'set');
    assert.equal(counters.get('bitsForgotten'), 0);
    bits.changeFlowBit(2, 'b', 'set');
    assert.deepEqual([bits.hasFlowBit(1, 'a'), bits.hasFlowBit(2, 'b')], [false, true]);
    assert.equal(counters.get('bitsForgotten'), 2);
    bits.changeFlowBit(2, 'c', 'set');
    bits.changeFlowBit(2, 'd', 'set');
    assert.deepEqual(bits.sizes, [1, 0]);
    bits.changeFlowBit(2, 'd', 'unset');
    bits.changeFlowBit(2, 'd', 'unset');
    assert.deepEqual(bits.sizes, [0, 0]);

    bits.changeXbit('a', 'set', 5, 0);
    bits.changeXbit('b', 'set', 50, 0);
    bits.changeXbit('c', 'set', 50, 9 * SECOND);
    assert.equal(counters.get('bitsForgotten'), 5, 'an expired bit is no loss');
    bits.changeXbit('b', 'set', 50, 10 * SECOND);
    bits.changeXbit('d', 'set', 50, 11 * SECOND);
    assert.deepEqual([bits.hasXbit('b', 0), bits.hasXbit('c', 0)], [true, false]);
    assert.equal(counters.get('bitsForgotten'), 6);
  });

  it('bound the keys of thresholds: the least recently used is forgotten', () => {
    const counters = new Counters();
    const state = new RuleState({ ...defaultLimits(), alertThresholdKeys: 2 }, counters);
    const target = lab(
      [
        ruleText(
          'xmpp.body; content:"abc"; threshold:type limit, track by_from_jid, count 1, seconds 60;',
        ),
      ],
      '',
      state,
    );
    const from = (jid: string): boolean => target.sids(body('abc'), { from: jid }).length > 0;
    assert.deepEqual(
      [from('a@x'), from('b@x'), from('a@x'), from('c@x')],
      [true, true, false, true],
    );
    assert.equal(state.rates.size, 2);
    assert.deepEqual([from('a@x'), from('b@x')], [false, true]);
    assert.equal(counters.get('ratesForgotten'), 2);
    from(`${'x'.repeat(3000)}@x`);
    assert.equal(from(`${'x'.repeat(3000)}@x`), false);
  });
});

describe('thresholds', () => {
  const rule = (threshold: string): RuleLab =>
    lab([ruleText(`xmpp.body; content:"abc"; threshold:${threshold};`)]);

  it('limit, threshold and both count in windows of packet time, their ends included', () => {
    const times = [0, 1, 2, 3, 10, 11, 12, 13];
    assert.equal(told(rule('type limit, track by_rule, count 2, seconds 10'), times), 'xx...xx.');
    assert.equal(
      told(rule('type threshold, track by_rule, count 2, seconds 10'), times),
      '.x.x..x.',
    );
    assert.equal(told(rule('type both, track by_rule, count 2, seconds 10'), times), '.x....x.');
    assert.equal(told(rule('type both, track by_rule, count 1, seconds 10'), times), 'x....x..');
    assert.equal(
      told(rule('type threshold, track by_rule, count 1, seconds 10'), times),
      'xxxxxxxx',
    );
    const back = rule('type limit, track by_rule, count 1, seconds 10');
    assert.equal(told(back, [20, 15, 30, 31]), 'x..x');
    assert.equal(back.counters.get('alertsSuppressed'), 2);
    assert.deepEqual(back.engine.suppressedBySid(), [[1, 2]]);
  });

  it('back off within a flow', () => {
    const ticks = Array.from({ length: 20 }, (_, i) => i);
    assert.equal(
      told(rule('type backoff, track by_flow, count 1, multiplier 2'), ticks),
      'xx.x...x.......x....',
    );
    assert.equal(
      told(rule('type backoff, track by_flow, count 3, multiplier 5'), ticks),
      '..x...........x.....',
    );
    const flows = rule('type backoff, track by_flow, count 1, multiplier 9');
    assert.deepEqual(
      [1, 1, 2].map((flow) => flows.sids(body('abc'), inFlow(flow)).length),
      [1, 0, 1],
    );
  });

  it('count by what they track', () => {
    const base = { from: 'a@x.example/1', to: 'b@y.example', ...inFlow(1) };
    const cases: readonly (readonly [track: string, facts: StanzaFacts, isCounted: boolean])[] = [
      ['by_from_jid', { from: 'A@x.example/2' }, true],
      ['by_from_jid', { from: 'c@x.example/1' }, false],
      ['by_to_jid', { to: 'b@y.example/r' }, true],
      ['by_to_jid', { to: 'z@y.example' }, false],
      ['by_domain', { from: 'other@x.example' }, true],
      ['by_domain', { from: 'a@z.example' }, false],
      ['by_room', { to: 'room@muc.example' }, false],
      ['by_flow', { tsUsec: 2 }, true],
      ['by_flow', inFlow(2), false],
      ['by_src', inFlow(1), true],
      ['by_src', inFlow(2), false],
      ['by_src', inFlow(1, 1), false],
      ['by_dst', inFlow(2), true],
      ['by_dst', inFlow(1, 1), false],
      ['by_both', inFlow(1, 1), true],
      ['by_both', inFlow(2), false],
      ['by_rule', { ...inFlow(2), from: 'q@q' }, true],
    ];
    for (const [track, facts, isCounted] of cases) {
      const target = rule(`type limit, track ${track}, count 1, seconds 60`);
      assert.deepEqual(target.sids(body('abc'), base), [1]);
      const second = target.sids(body('abc'), { ...base, ...facts });
      assert.deepEqual(second, isCounted ? [] : [1], track);
    }
  });

  it('count rooms by the room buffer', () => {
    const target = rule('type limit, track by_room, count 1, seconds 60');
    const texts: RegionText[] = [...body('abc'), ['xmpp.room', 'room@muc.example']];
    assert.deepEqual(target.sids(texts, { to: 'x@y' }), [1]);
    assert.deepEqual(target.sids(texts, { to: 'z@y' }), []);
  });

  it('hold for events too', () => {
    const target = lab([
      ruleText('xmpp.event:xml.comment; threshold:type limit, track by_flow, count 1, seconds 60;'),
    ]);
    for (let i = 0; i < 2; i++) {
      target.engine.onFlowEvent(1, 0, eventId('xml.comment'), SECOND, makeSession());
    }
    assert.equal(target.findings.length, 1);
  });
});

describe('detection_filter', () => {
  it('lets a rule fire from the firing after the count on, in each window', () => {
    const target = lab([
      ruleText('xmpp.body; content:"abc"; detection_filter:track by_rule, count 2, seconds 10;'),
    ]);
    assert.equal(told(target, [0, 1, 2, 3, 10, 11, 12, 13]), '..xxx..x');
    assert.deepEqual(target.engine.suppressedBySid(), [], 'what has not fired is not held back');
  });

  it('is counted before the threshold', () => {
    const target = lab(
      [ruleText('xmpp.body; content:"abc"; detection_filter:track by_rule, count 2, seconds 100;')],
      'threshold gen_id 1, sig_id 1, type threshold, track by_rule, count 2, seconds 100',
    );
    assert.equal(told(target, [0, 1, 2, 3, 4, 5]), '...x.x');
  });

  it('does not keep a rule from changing bits', () => {
    const target = lab([
      ruleText(
        'xmpp.body; content:"abc"; flowbits:set,seen; detection_filter:track by_rule, count 9, seconds 100;',
        1,
      ),
      ruleText('xmpp.body; content:"use"; flowbits:isset,seen;', 2),
    ]);
    assert.deepEqual(target.sids(body('abc use')), [2]);
  });
});

describe('suppress', () => {
  const RULES = [
    ruleText('xmpp.body; content:"abc"; flowbits:set,seen;', 1),
    ruleText('xmpp.body; content:"abc"; gid:3;', 2),
    ruleText('xmpp.body; content:"use"; flowbits:isset,seen;', 3),
  ];

  it('silences a rule, a generator, or everything, and counts it; bits are changed all the same', () => {
    const one = lab(RULES, 'suppress gen_id 1, sig_id 1');
    assert.deepEqual(one.sids(body('abc use')), [2, 3]);
    assert.deepEqual(one.engine.suppressedBySid(), [[1, 1]]);
    assert.equal(one.engine.explain(1)?.suppressed, 1);
    assert.equal(one.counters.get('alertsSuppressed'), 1);
    assert.deepEqual(lab(RULES, 'suppress gen_id 1, sig_id 0').sids(body('abc')), [2]);
    assert.deepEqual(lab(RULES, 'suppress gen_id 3, sig_id 0').sids(body('abc')), [1]);
    assert.deepEqual(lab(RULES, 'suppress gen_id 0, sig_id 0').sids(body('abc')), []);
  });

  it('goes by addresses of the packet, JIDs, domains and rooms', () => {
    const room: RegionText[] = [...body('abc'), ['xmpp.room', 'Lunch@rooms.x.example']];
    const cases: readonly (readonly [
      rest: string,
      texts: RegionText[],
      facts: StanzaFacts,
      isQuiet: boolean,
    ])[] = [
      ['track by_src, ip 10.0.0.1', body('abc'), inFlow(1), true],
      ['track by_src, ip 10.0.0.1', body('abc'), inFlow(2), false],
      ['track by_src, ip 10.0.0.1', body('abc'), inFlow(1, 1), false],
      ['track by_dst, ip 10.0.0.0/24', body('abc'), inFlow(1, 1), true],
      ['track by_dst, ip 10.0.0.0/24', body('abc'), inFlow(1), false],
      ['track by_either, ip [10.0.0.1,10.0.0.2]', body('abc'), inFlow(2, 1), true],
      ['track by_either, ip [10.0.0.0/8,!10.0.0.0/23]', body('abc'), inFlow(2, 1), false],
      ['track by_from_jid, value bot@x.example', body('abc'), { from: 'Bot@x.example/r' }, true],
      ['track by_from_jid, value bot@x.example', body('abc'), { from: 'abot@x.example/r' }, false],
      ['track by_from_jid, value bot@x.example/R', body('abc'), { from: 'bot@x.example/R' }, true],
      ['track by_from_jid, value bot@x.example/R', body('abc'), { from: 'bot@x.example/r' }, false],
      ['track by_from_jid, value [q@q,x.example]', body('abc'), { from: 'a@sub.x.example' }, true],
      ['track by_from_jid, value x.example', body('abc'), { from: 'a@notx.example' }, false],
      ['track by_to_jid, value b@y.example', body('abc'), { to: 'b@y.example/r' }, true],
      [
        'track by_to_jid, value b@y.example',
        body('abc'),
        { from: 'b@y.example', to: 'c@c' },
        false,
      ],
      ['track by_domain, value x.example', body('abc'), { from: 'a@x.example/r' }, true],
      ['track by_domain, value x.example', body('abc'), { from: '', to: 'a@x.example' }, false],
      ['track by_room, value lunch@rooms.x.example', room, {}, true],
      ['track by_room, value rooms.x.example', room, {}, true],
      ['track by_room, value tea@rooms.x.example', room, {}, false],
    ];
    for (const [rest, texts, facts, isQuiet] of cases) {
      const target = lab(
        [ruleText('xmpp.body; content:"abc";')],
        `suppress gen_id 1, sig_id 1, ${rest}`,
      );
      assert.deepEqual(
        target.sids(texts, facts),
        isQuiet ? [] : [1],
        `${rest} ${facts.from ?? ''}`,
      );
    }
  });

  it('comes before every count', () => {
    const target = lab(
      [
        ruleText(
          'xmpp.body; content:"abc"; threshold:type limit, track by_rule, count 1, seconds 99;',
        ),
      ],
      'suppress gen_id 1, sig_id 1, track by_from_jid, value bot@x.example',
    );
    assert.deepEqual(target.sids(body('abc'), { from: 'bot@x.example' }), []);
    assert.deepEqual(target.sids(body('abc'), { from: 'man@x.example' }), [1]);
  });
});

describe('threshold.config over rules', () => {
  const OWN = ruleText(
    'xmpp.body; content:"abc"; threshold:type limit, track by_rule, count 1, seconds 99;',
    1,
  );
  const NONE = ruleText('xmpp.body; content:"abc";', 2);

  it('replaces the threshold of one rule, the last line wins', () => {
    const target = lab(
      [OWN],
      [
        'threshold gen_id 1, sig_id 1, type limit, track by_rule, count 4, seconds 99',
        'event_filter gen_id 1, sig_id 1, type limit, track by_rule, count 2, seconds 99',
      ].join('\n'),
    );
    assert.equal(told(target, [1, 2, 3]), 'xx.');
  });

  it('gives all rules a threshold that have none', () => {
    const target = lab(
      [OWN, NONE],
      'threshold gen_id 1, sig_id 0, type threshold, track by_rule, count 2, seconds 99',
    );
    const sids = [1, 2, 3, 4].map(() => target.sids(body('abc')));
    assert.deepEqual(sids, [[1], [2], [], [2]]);
  });

  it('rate_filter keeps quiet for its time, then listens again', () => {
    const target = lab(
      [NONE],
      'rate_filter gen_id 1, sig_id 2, track by_src, count 2, seconds 10, new_action pass, timeout 20',
    );
    assert.equal(told(target, [0, 1, 2, 12, 22, 23, 24, 25, 26], inFlow(1)), 'xx...xxx.');
    assert.equal(told(target, [27], inFlow(2)), 'x');
    assert.deepEqual(target.engine.suppressedBySid(), [[2, 4]]);
  });

  it('rate_filter goes on counting in the window it began', () => {
    const target = lab(
      [NONE],
      'rate_filter gen_id 1, sig_id 2, track by_src, count 1, seconds 100, new_action pass, timeout 5',
    );
    assert.equal(told(target, [0, 1, 6, 7, 8, 102], inFlow(1)), 'x..x.x');
  });

  it('rate_filter counts what a threshold keeps back', () => {
    const target = lab(
      [OWN],
      'rate_filter gen_id 1, sig_id 1, track by_rule, count 3, seconds 1000, new_action pass, timeout 1000',
    );
    assert.equal(told(target, [0, 1, 2, 3, 200]), 'x....');
  });
});

describe('a reload', () => {
  it('keeps bits, counts and suppressions, whatever the order of the new rules', () => {
    const rules = [
      ruleText(
        'xmpp.body; content:"open"; flowbits:set,seen; xbits:set,bad,track ip_src; noalert;',
        1,
      ),
      ruleText('xmpp.body; content:"use"; flowbits:isset,seen;', 2),
      ruleText('xmpp.body; content:"use"; xbits:isset,bad,track ip_src;', 3),
      ruleText(
        'xmpp.body; content:"abc"; threshold:type limit, track by_rule, count 1, seconds 99;',
        4,
      ),
      ruleText('xmpp.body; content:"abc"; detection_filter:track by_rule, count 1, seconds 99;', 5),
      ruleText('xmpp.body; content:"abc";', 6),
    ];
    const config =
      'rate_filter gen_id 1, sig_id 6, track by_rule, count 1, seconds 99, new_action pass, timeout 99';
    const first = lab(rules, config);
    first.sids(body('open'), inFlow(1));
    assert.deepEqual(first.sids(body('abc'), inFlow(1)), [4, 6]);
    const { state } = first.engine;
    first.engine.close();
    const second = lab(
      [ruleText('xmpp.body; content:"new";', 9), ...rules.toReversed()],
      config,
      state,
    );
    assert.deepEqual(second.sids(body('abc use'), inFlow(1)), [5, 3, 2]);
    assert.deepEqual(second.engine.suppressedBySid(), [
      [4, 1],
      [6, 1],
    ]);
    const third = lab([ruleText('xmpp.body; content:"abc";', 6)], '', second.engine.state);
    assert.deepEqual(third.engine.suppressedBySid(), [[6, 1]]);
  });
});
