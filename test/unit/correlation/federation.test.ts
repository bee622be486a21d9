import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab, type LabFlow } from '../../support/correlation-lab.ts';

const KEY = '37c69b1cf07a3f6737c69b1cf07a3f67';
const NAMESPACES =
  "version='1.0' xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'";

function open(
  lab: CorrelationLab,
  facts: { readonly from?: string; readonly to?: string; readonly id?: string } = {},
): LabFlow {
  const { from = 'ext.example', to = 'corp.example', id = 'd1' } = facts;
  return lab
    .flow({ port: 5269, client: '203.0.113.9' })
    .c(`<stream:stream from='${from}' to='${to}' ${NAMESPACES}>`)
    .s(`<stream:stream from='${to}' to='${from}' id='${id}' ${NAMESPACES}>`)
    .s("<stream:features><dialback xmlns='urn:xmpp:features:dialback'/></stream:features>");
}

function prove(flow: LabFlow, from = 'ext.example', to = 'corp.example', key = KEY): LabFlow {
  return flow
    .c(`<db:result from='${from}' to='${to}'>${key}</db:result>`)
    .s(`<db:result from='${to}' to='${from}' type='valid'/>`);
}

function message(from: string, to = 'alice@corp.example', id = 'm1'): string {
  return `<message from='${from}' to='${to}' id='${id}'><body>hi</body></message>`;
}

describe('stanzas of domains that were not proven', () => {
  for (const pieceBytes of [1, 7, Infinity]) {
    it(`are one incident that says who wrote to whom, in pieces of ${pieceBytes}`, () => {
      const lab = new CorrelationLab({ pieceBytes });
      const flow = prove(open(lab));
      flow.c(message('boss@bank.example/desk')).c(message('ceo@bank.example/x', undefined, 'm2'));
      lab.wait(3);
      flow.c(message('zoe@ext.example'));
      const raised = lab.of('s2s.domain_mismatch');
      assert.equal(raised.length, 2);
      assert.equal(new Set(raised.map(({ incident }) => incident?.key)).size, 1);
      const [first] = raised;
      assert.equal(first?.from, 'boss@bank.example/desk');
      assert.match(
        String(first.context['summary']),
        /^203\.0\.113\.9 sent a message from boss@bank\.example\/desk to alice@corp\.example on a stream that was validated for ext\.example/,
      );
    });
  }

  it('are told at the end of a stream that says no more', () => {
    const lab = new CorrelationLab();
    const flow = prove(open(lab)).c(message('boss@bank.example/desk'));
    assert.equal(lab.of('s2s.domain_mismatch').length, 0);
    flow.close();
    assert.equal(lab.of('s2s.domain_mismatch').length, 1);
  });

  it('may be proven by SASL', () => {
    const lab = new CorrelationLab();
    const flow = open(lab)
      .c("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
      .s("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
      .c(`<stream:stream from='ext.example' to='corp.example' ${NAMESPACES}>`)
      .s(`<stream:stream from='corp.example' to='ext.example' id='d2' ${NAMESPACES}>`)
      .s('<stream:features/>')
      .c(message('zoe@ext.example'))
      .c(message('boss@bank.example', undefined, 'm2'));
    lab.wait(3);
    flow.close();
    assert.deepEqual(
      lab.of('s2s.domain_mismatch').map(({ from }) => from),
      ['boss@bank.example'],
    );
  });

  it('are not told where bytes are missing', () => {
    for (const direction of [0, 1] as const) {
      const lab = new CorrelationLab();
      const flow = prove(open(lab));
      flow.gap(direction).c(message('boss@bank.example/desk'));
      flow.close();
      assert.deepEqual(lab.of('s2s.domain_mismatch'), []);
    }
  });

  it('are not told when the pair may have been forgotten', () => {
    const lab = new CorrelationLab({ limits: { correlationDialbackEntries: 64 } });
    const flow = prove(open(lab));
    for (let i = 0; i < 200; i++)
      prove(open(lab, { from: `d${i}.example`, id: `x${i}` }), `d${i}.example`);
    flow.c(message('zoe@ext.example')).close();
    assert.deepEqual(lab.of('s2s.domain_mismatch'), []);
    assert.ok(
      lab.correlation.report().some(({ name, evictions }) => name === 's2s_pairs' && evictions > 0),
    );
  });

  it('survive a clock that jumps', () => {
    const lab = new CorrelationLab();
    const flow = prove(open(lab));
    lab.wait(20 * 365 * 86_400);
    flow.c(message('zoe@ext.example'));
    lab.wait(-30 * 365 * 86_400);
    flow
      .c(message('zoe@ext.example', undefined, 'm2'))
      .c(message('boss@bank.example', undefined, 'm3'));
    flow.close();
    assert.deepEqual(
      lab.of('s2s.domain_mismatch').map(({ from }) => from),
      ['boss@bank.example'],
    );
  });
});

describe('answers nobody asked for', () => {
  it('name the address that gave them', () => {
    const lab = new CorrelationLab();
    const flow = prove(open(lab)).c(
      "<db:result from='bank.example' to='corp.example' type='valid'/>",
    );
    flow.close();
    const [raised] = lab.of('s2s.dialback_unsolicited');
    assert.match(String(raised?.context['summary']), /^203\.0\.113\.9 told corp\.example/);
    assert.deepEqual(raised?.incident?.contributors, ['203.0.113.9']);
  });

  it('are refused by honest servers, which answers what was asked', () => {
    const lab = new CorrelationLab();
    open(lab)
      .c("<db:result from='ext.example' to='corp.example' type='valid'/>")
      .s("<db:result from='corp.example' to='ext.example' type='invalid'/>")
      .close();
    const raised = lab.of('s2s.dialback_unsolicited');
    assert.equal(raised.length, 1);
    assert.match(String(raised[0]?.context['summary']), /^203\.0\.113\.9 told corp\.example/);
  });

  it('count only where their question cannot be in a hole that shows later', () => {
    const lab = new CorrelationLab();
    const flow = prove(open(lab));
    flow.s("<db:result from='corp.example' to='rooms.ext.example' type='valid'/>").gap(0);
    lab.wait(3);
    flow.s(message('alice@corp.example', 'zoe@ext.example')).close();
    assert.equal(lab.of('s2s.dialback_unsolicited').length, 0);
  });

  it('do not pile up', () => {
    const lab = new CorrelationLab();
    const flow = prove(open(lab));
    for (let i = 0; i < 1000; i++) {
      flow.c(`<db:result from='bank${i}.example' to='corp.example' type='valid'/>`);
    }
    flow.close();
    assert.equal(lab.of('s2s.dialback_unsolicited').length, 1000);
  });

  it('of an error are no proof of anything', () => {
    const lab = new CorrelationLab();
    const flow = prove(open(lab)).c(
      "<db:result from='bank.example' to='corp.example' type='error'/>",
    );
    flow.close();
    assert.deepEqual(lab.of('s2s.dialback_unsolicited'), []);
  });

  it('may have domains of any length', () => {
    const lab = new CorrelationLab();
    const long = `${'a'.repeat(1000)}.example`;
    const flow = prove(open(lab)).c(`<db:result from='${long}' to='corp.example' type='valid'/>`);
    flow.close();
    const [raised] = lab.of('s2s.dialback_unsolicited');
    assert.ok(raised !== undefined && String(raised.context['summary']).length < 600);
  });
});

describe('claims without an answer', () => {
  function claim(lab: CorrelationLab, n: number): LabFlow {
    const flow = open(lab, { from: `d${n}.example`, id: `c${n}` });
    return flow.c(`<db:result from='d${n}.example' to='corp.example'>${KEY}${n}</db:result>`);
  }

  it('count when their stream ends', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 9; i++) claim(lab, i).close();
    assert.deepEqual(lab.of('s2s.domain_claims'), []);
    claim(lab, 9).close();
    assert.equal(lab.of('s2s.domain_claims').length, 1);
  });

  it('count after a minute on a stream that stays', () => {
    const lab = new CorrelationLab();
    const flow = open(lab);
    for (let i = 0; i < 12; i++) {
      flow.c(`<db:result from='d${i}.example' to='corp.example'>${KEY}${i}</db:result>`);
    }
    assert.deepEqual(lab.of('s2s.domain_claims'), []);
    lab.wait(61);
    flow.c(`<db:result from='last.example' to='corp.example'>${KEY}</db:result>`);
    assert.equal(lab.of('s2s.domain_claims').length, 3);
  });

  it('do not count where bytes are missing', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 20; i++) {
      const flow = claim(lab, i);
      flow.gap(1);
      flow.close();
    }
    assert.deepEqual(lab.of('s2s.domain_claims'), []);
  });
});
