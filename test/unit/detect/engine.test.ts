/** Events, pass rules, detectors, thresholds, header: what decides whether a match is told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferId, eventId } from '../../../sensor/core/index.ts';
import {
  type Detector,
  type DetectorLiteral,
  type FlowEndpoints,
} from '../../../sensor/detect/index.ts';
import type { XmppEvent } from '../../../sensor/xmpp/index.ts';
import { RuleLab, ruleText } from '../../support/rule-lab.ts';
import { makeSession, makeStanza, type RegionText } from '../../support/stanza-view.ts';

const BODY: RegionText[] = [['xmpp.body', 'abc']];

function xmppEvent(name: string, facts: Partial<XmppEvent> = {}): XmppEvent {
  return {
    event: eventId(name),
    session: makeSession(),
    direction: 0,
    tsUsec: 5,
    serial: 7,
    stanza: { name: 'message', from: 'a@b', to: 'c@d', id: 'i', type: 'chat' },
    context: { depth: 40 },
    ...facts,
  };
}

function endpoints(client: number[], clientPort: number, serverPort: number): FlowEndpoints {
  return {
    flowId: 77,
    clientWords: [
      0,
      0,
      0xffff,
      ((client[0] ?? 0) << 24) |
        ((client[1] ?? 0) << 16) |
        ((client[2] ?? 0) << 8) |
        (client[3] ?? 0),
    ],
    clientPort,
    serverWords: [0x20010db8, 0, 0, 1],
    serverPort,
  };
}

describe('events', () => {
  const text = [
    ruleText('xmpp.event:xml.dtd; xmpp.event:xml.comment;', 1),
    ruleText('xmpp.event:xml.dtd; flow:to_client;', 2),
    ruleText('xmpp.event:reassembly.gap;', 3, 'alert tcp any any -> any any'),
    ruleText('app-layer-event:reassembly.gap;', 4),
    ruleText('xmpp.body; content:"abc";', 5),
  ].join('\n');

  it('fire the rules that name them, with the facts of the event', () => {
    const lab = new RuleLab(text);
    lab.engine.onEvent(xmppEvent('xml.comment'));
    assert.equal(lab.findings.length, 1);
    const [finding] = lab.findings;
    assert.equal(finding?.rule.sid, 1);
    assert.deepEqual(finding.context, { event: 'xml.comment', depth: 40 });
    assert.deepEqual(finding.stanza, {
      serial: 7,
      name: 'message',
      type: 'chat',
      id: 'i',
      from: 'a@b',
      to: 'c@d',
      ns: [],
      isCopy: false,
    });
    assert.deepEqual([finding.buffer, finding.evidence.length, finding.tsUsec], [-1, 0, 5]);
    lab.engine.onEvent(xmppEvent('xml.pi'));
    assert.equal(lab.findings.length, 1);
  });

  it('respect the direction', () => {
    const lab = new RuleLab(text);
    lab.engine.onEvent(xmppEvent('xml.dtd', { direction: 1 }));
    assert.deepEqual(
      lab.findings.map(({ rule }) => rule.sid),
      [1, 2],
    );
  });

  it('of the transport fire tcp rules, and xmpp rules where there is a session', () => {
    const lab = new RuleLab(text);
    lab.engine.onFlowEvent(9, 1, eventId('reassembly.gap'), 11);
    assert.deepEqual(
      lab.findings.map(({ rule }) => rule.sid),
      [3],
    );
    const [finding] = lab.findings;
    assert.deepEqual([finding?.flow, finding?.direction, finding?.session], [9, 1, undefined]);
    lab.engine.onFlowEvent(9, 1, eventId('reassembly.gap'), 11, makeSession());
    assert.deepEqual(
      lab.findings.map(({ rule }) => rule.sid),
      [3, 3, 4],
    );
  });
});

describe('pass and noalert', () => {
  it('silence the stanza, or only the rule itself', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.body; content:"abc";', 1),
        ruleText('xmpp.body; content:"quiet";', 2, 'pass xmpp any any -> any any'),
        ruleText('xmpp.body; content:"abc"; noalert;', 3),
        ruleText('xmpp.body; content:"quiet"; flow:to_client;', 4),
      ].join('\n'),
    );
    assert.deepEqual(lab.sids([['xmpp.body', 'abc']]), [1]);
    assert.deepEqual(lab.sids([['xmpp.body', 'abc quiet']]), []);
    assert.deepEqual(lab.sids([['xmpp.body', 'quiet']]), []);
  });

  it('apply to events by name', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.event:xml.comment;', 1),
        ruleText('xmpp.event:xml.comment; flow:to_client;', 2, 'pass xmpp any any -> any any'),
      ].join('\n'),
    );
    lab.engine.onEvent(xmppEvent('xml.comment', { direction: 1 }));
    assert.equal(lab.findings.length, 0);
    lab.engine.onEvent(xmppEvent('xml.comment', { direction: 0 }));
    assert.equal(lab.findings.length, 1);
  });
});

describe('headers', () => {
  const lab = (header: string, way: FlowEndpoints | undefined): RuleLab =>
    new RuleLab(ruleText('xmpp.body; content:"abc";', 1, header), { flowEndpoints: () => way });
  const home = endpoints([10, 1, 2, 3], 40000, 5222);

  it('match addresses and ports of the packet, in its direction', () => {
    const cases: [header: string, direction: 0 | 1, fires: boolean][] = [
      ['alert xmpp 10.0.0.0/8 any -> any 5222', 0, true],
      ['alert xmpp 10.0.0.0/8 any -> any 5222', 1, false],
      ['alert xmpp any 5222 -> 10.1.0.0/16 any', 1, true],
      ['alert xmpp 10.0.0.0/8 any <> any 5222', 1, true],
      ['alert xmpp 10.2.0.0/16 any <> any any', 0, false],
      ['alert xmpp !10.0.0.0/8 any -> any any', 0, false],
      ['alert xmpp [10.0.0.0/8,!10.1.0.0/16] any -> any any', 0, false],
      ['alert xmpp [!10.9.0.0/16] any -> any any', 0, true],
      ['alert xmpp ![10.0.0.0/8,!10.1.0.0/16] any -> any any', 0, true],
      ['alert xmpp any any -> 2001:db8::/32 any', 0, true],
      ['alert xmpp any any -> 2001:db9::/32 any', 0, false],
      ['alert xmpp any any -> any [5000:5300,!5222]', 0, false],
      ['alert xmpp any any -> any !5269', 0, true],
      ['alert xmpp 10.1.2.3 40000 -> any any', 0, true],
      ['alert xmpp 10.1.2.4 any -> any any', 0, false],
      ['alert xmpp 0.0.0.0/0 any -> ::/0 any', 0, true],
    ];
    for (const [header, direction, fires] of cases) {
      assert.equal(
        lab(header, home).sids(BODY, { direction }).length === 1,
        fires,
        `${header} in direction ${direction}`,
      );
    }
  });

  it('do not match a flow nobody knows', () => {
    assert.deepEqual(lab('alert xmpp any any -> any 5222', undefined).sids(BODY), []);
  });

  it('are not asked for when they are any', () => {
    const asked = new RuleLab(ruleText('xmpp.body; content:"abc";'), {
      flowEndpoints: () => assert.fail('asked'),
    });
    assert.deepEqual(asked.sids(BODY), [1]);
  });
});

describe('detectors', () => {
  const literals: DetectorLiteral[] = ['cash', 'CASHFLOW', 'ash'].map((word, id) => ({
    bytes: Buffer.from(word),
    nocase: id < 2,
    id: id + 10,
  }));

  /** Notes what it is told and raises an event when there was anything. */
  class Probe implements Detector {
    readonly name = 'probe';
    readonly seen: number[][] = [];
    readonly calls: string[] = [];
    readonly patterns = {
      buffer: bufferId('xmpp.text_folded'),
      literals,
      onMatches: (_view: unknown, matches: Uint32Array, count: number): void => {
        this.calls.push('matches');
        for (let i = 0; i < count; i++)
          this.seen.push(Array.from(matches.subarray(3 * i, 3 * i + 3)));
      },
    };

    stanza(...[, emit]: Parameters<Detector['stanza']>): void {
      this.calls.push('stanza');
      if (this.seen.length > 0) emit(eventId('spim.lexicon'), { score: this.seen.length }, 1);
    }
  }

  it('get all matches of their literals in their buffer, then the stanza', () => {
    const probe = new Probe();
    const lab = new RuleLab(ruleText('xmpp.event:spim.lexicon;', 1), { detectors: [probe] });
    const texts: RegionText[] = [
      ['xmpp.text', 'cash'],
      ['xmpp.text_folded', 'Cash CASHFLOW'],
      ['xmpp.text_folded', 'no money'],
      ['xmpp.text_folded', 'ash'],
    ];
    const [finding] = lab.stanza(texts);
    assert.deepEqual(probe.calls, ['matches', 'stanza']);
    assert.deepEqual(
      probe.seen.map((words) => words.join(' ')).sort((a, b) => a.localeCompare(b)),
      ['1 10 4', '1 10 9', '1 11 13', '1 12 4', '3 12 3'].sort((a, b) => a.localeCompare(b)),
    );
    assert.ok(finding !== undefined);
    assert.deepEqual(finding.context, { event: 'spim.lexicon', score: 5 });
    assert.equal(Buffer.from(finding.evidence).toString(), 'Cash CASHFLOW');
    assert.equal(lab.counters.events[eventId('spim.lexicon')], 1);
  });

  it('get their matches grouped by region and in order of their ends', () => {
    const probe = new Probe();
    const lab = new RuleLab(ruleText('xmpp.event:spim.lexicon;', 1), { detectors: [probe] });
    lab.stanza([
      ['xmpp.text_folded', 'cash ash cash'],
      ['xmpp.text_folded', 'cashflow'],
    ]);
    const keys = probe.seen.map(([region = 0, , end = 0]) => region * 100 + end);
    assert.deepEqual(
      keys,
      [...keys].sort((a, b) => a - b),
    );
    assert.equal(keys.length, 8);
  });

  it('are told of the regions of their own buffer when bytes are shared', () => {
    const probe = new Probe();
    const lab = new RuleLab(ruleText('xmpp.event:spim.lexicon;', 1), { detectors: [probe] });
    lab.stanza([
      ['xmpp.body', 'my cash'],
      ['xmpp.text', 'my cash'],
      ['xmpp.text_folded', 'my cash'],
    ]);
    assert.deepEqual([...new Set(probe.seen.map(([region]) => region))], [2]);
  });

  it('hear nothing of other buffers, and of no match at all', () => {
    const probe = new Probe();
    const lab = new RuleLab(ruleText('xmpp.event:spim.lexicon;', 1), { detectors: [probe] });
    lab.stanza([['xmpp.body', 'cash']]);
    assert.deepEqual(probe.calls, ['stanza']);
    assert.equal(lab.findings.length, 0);
  });

  it('are silenced by a pass rule on the same stanza', () => {
    const lab = new RuleLab(
      [
        ruleText('xmpp.event:spim.lexicon;', 1),
        ruleText('xmpp.body; content:"trusted";', 2, 'pass xmpp any any -> any any'),
      ].join('\n'),
      { detectors: [new Probe()] },
    );
    lab.stanza([
      ['xmpp.text_folded', 'cash'],
      ['xmpp.body', 'trusted'],
    ]);
    assert.equal(lab.findings.length, 0);
  });
});

describe('the engine', () => {
  it('tells one finding per rule and stanza, in the order of the rules', () => {
    const lab = new RuleLab(
      [ruleText('xmpp.body; content:"b";', 2), ruleText('xmpp.body; content:"abc";', 1)].join('\n'),
    );
    assert.deepEqual(
      lab.sids([
        ['xmpp.body', 'abc abc'],
        ['xmpp.body', 'abc'],
      ]),
      [2, 1],
    );
    assert.equal(lab.counters.get('findings'), 2);
    assert.equal(lab.counters.get('scans'), 1);
  });

  it('carries the copy mark and the session along', () => {
    const lab = new RuleLab(ruleText('xmpp.body; content:"abc";'));
    const session = makeSession({ sessionId: 5, flow: 3 });
    const [finding] = lab.stanza(BODY, { isCopy: true, session, serial: 9, tsUsec: 4 });
    assert.equal(finding?.stanza.isCopy, true);
    assert.equal(finding.session, session);
    assert.deepEqual([finding.flow, finding.stanza.serial, finding.tsUsec], [3, 9, 4]);
  });

  it('names the buffers it reads', () => {
    const lab = new RuleLab(ruleText('xmpp.path; content:"abc"; xmpp.id; bsize:>3;'));
    assert.deepEqual(lab.engine.buffers, new Set([bufferId('xmpp.path'), bufferId('xmpp.id')]));
    const urls = new RuleLab(ruleText('xmpp.url; content:"abc";'));
    assert.ok(urls.engine.buffers.has(bufferId('xmpp.text_folded')));
  });

  it('works without any rule', () => {
    const lab = new RuleLab('');
    assert.deepEqual(lab.sids(BODY), []);
    lab.engine.onEvent(xmppEvent('xml.comment'));
    assert.equal(lab.findings.length, 0);
  });

  it('does not keep the memory of a stanza', () => {
    const lab = new RuleLab(ruleText('xmpp.body; content:"abc";'));
    const view = makeStanza([['xmpp.body', 'xabcx']]);
    lab.engine.onStanza(view);
    view.memory.fill(0);
    assert.equal(Buffer.from(lab.findings[0]?.evidence ?? []).toString(), 'xabcx');
  });
});
