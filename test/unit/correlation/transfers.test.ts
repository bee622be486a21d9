import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { CorrelationLab, logIn, type LabFlow } from '../../support/correlation-lab.ts';

const IBB = 'http://jabber.org/protocol/ibb';
const BOB = 'bob@corp.example/desk';

function session(lab: CorrelationLab): LabFlow {
  const flow = lab.flow();
  logIn(flow, 'alice');
  return flow;
}

function open(flow: LabFlow, size = 16): void {
  flow.c(
    `<iq type='set' id='o' to='${BOB}'><open xmlns='${IBB}' sid='s1' block-size='${size}' stanza='iq'/></iq>`,
  );
}

function data(flow: LabFlow, seq: number | string, text = 'QUJD', sid = 's1'): void {
  flow.c(
    `<iq type='set' id='d${seq}' to='${BOB}'><data xmlns='${IBB}' sid='${sid}' seq='${seq}'>${text}</data></iq>`,
  );
}

describe('in-band bytestreams', () => {
  for (const pieceBytes of [1, 13, Infinity]) {
    it(`a sound transfer is silent, in pieces of ${pieceBytes}`, () => {
      const lab = new CorrelationLab({ pieceBytes });
      const flow = session(lab);
      open(flow);
      for (let seq = 0; seq < 5; seq++) data(flow, seq, 'QUJDREVGR0hJSktMTU5PUA==');
      flow.s(
        `<iq type='set' id='x' from='${BOB}'><data xmlns='${IBB}' sid='s1' seq='0'>QQ==</data></iq>`,
      );
      flow.c(`<iq type='set' id='c' to='${BOB}'><close xmlns='${IBB}' sid='s1'/></iq>`);
      assert.deepEqual(
        lab.raised.filter(({ event }) => event.startsWith('service.ibb')),
        [],
      );
    });
  }

  it('the number wraps at 65536', () => {
    const lab = new CorrelationLab();
    const flow = lab.flow({ midstream: true });
    data(flow, 65_534);
    data(flow, 65_535);
    data(flow, 0);
    data(flow, 1);
    assert.deepEqual(lab.of('service.ibb_sequence'), []);
  });

  it('out of sequence, unknown, too large, no base64', () => {
    const lab = new CorrelationLab();
    const flow = session(lab);
    open(flow);
    data(flow, 0);
    data(flow, 2);
    assert.equal(lab.of('service.ibb_sequence').length, 1);
    data(flow, 7, 'QUJD', 'other');
    assert.equal(lab.of('service.ibb_unknown').length, 1);
    data(flow, 3, 'QUJDREVGR0hJSktMTU5PUFE=');
    assert.equal(lab.of('service.ibb_block')[0]?.context['bytes'], 17);
    data(flow, 4, 'QUJD\u00e4');
    data(flow, 5, 'QQ==QQ==');
    data(flow, 6, ' QUJD\nREVG ');
    assert.equal(lab.of('service.ibb_encoding').length, 2);
  });

  it('a gap explains a missing number', () => {
    const lab = new CorrelationLab();
    const flow = session(lab);
    open(flow);
    data(flow, 0);
    flow.gap(0);
    data(flow, 2);
    data(flow, 3, 'QUJD', 'other');
    assert.deepEqual(
      lab.raised.filter(({ event }) => event.startsWith('service.ibb')),
      [],
    );
  });
});

describe('SOCKS5 bytestreams', () => {
  const name = createHash('sha1').update(`vj3hs98yalice@corp.example/desk${BOB}`).digest('hex');

  function offer(lab: CorrelationLab): void {
    session(lab).c(
      `<iq type='set' id='q' to='${BOB}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='vj3hs98y'><streamhost jid='proxy.corp.example' host='198.51.100.20' port='9000'/></query></iq>`,
    );
  }

  function connect(
    lab: CorrelationLab,
    client: string,
    facts: {
      readonly host?: string;
      readonly port?: number;
      readonly command?: number;
      readonly methods?: readonly number[];
      readonly server?: number;
    } = {},
  ): number {
    const flow = lab.flow({ client, port: facts.server ?? 7777 }).index;
    lab.correlation.onSocks({
      flow,
      tsUsec: lab.nowUsec,
      methods: facts.methods ?? [0],
      command: facts.command ?? 1,
      addressType: 3,
      host: facts.host ?? name,
      port: facts.port ?? 0,
    });
    return flow;
  }

  function spoken(lab: CorrelationLab): string[] {
    return lab.raised
      .map(({ event }) => event)
      .filter((event) => event.startsWith('service.socks'));
  }

  it('both parties at the proxy are silent, a third address is not', () => {
    const lab = new CorrelationLab();
    offer(lab);
    connect(lab, '192.0.2.10');
    connect(lab, '192.0.2.11');
    connect(lab, '192.0.2.10');
    assert.deepEqual(spoken(lab), []);
    connect(lab, '192.0.2.66');
    assert.deepEqual(spoken(lab), ['service.socks_race']);
    assert.match(String(lab.raised.at(-1)?.context['summary']), /alice@corp.example\/desk for bob/);
  });

  it('a stream nobody offered, or one offered too long ago', () => {
    const lab = new CorrelationLab();
    connect(lab, '192.0.2.10');
    offer(lab);
    lab.wait(700);
    connect(lab, '192.0.2.10');
    assert.deepEqual(spoken(lab), ['service.socks_unexplained', 'service.socks_unexplained']);
  });

  it('requests that are no bytestream, at known proxies and offered ones', () => {
    const lab = new CorrelationLab();
    offer(lab);
    connect(lab, '192.0.2.10', { host: 'www.ext.example', port: 443 });
    connect(lab, '192.0.2.10', { port: 80 });
    connect(lab, '192.0.2.10', { command: 2 });
    connect(lab, '192.0.2.10', { methods: [2] });
    connect(lab, '192.0.2.10', { host: 'www.ext.example', server: 9000 });
    assert.equal(lab.of('service.socks_request').length, 5);
    connect(lab, '192.0.2.10', { host: 'www.ext.example', port: 443, server: 1080 });
    assert.equal(lab.of('service.socks_request').length, 5);
  });

  it('Jingle offers explain both directions', () => {
    const lab = new CorrelationLab();
    session(lab).c(
      `<iq type='set' id='q' to='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='a'><content creator='initiator' name='f'><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='vj3hs98y'/></content></jingle></iq>`,
    );
    connect(lab, '192.0.2.10');
    const back = createHash('sha1').update(`vj3hs98y${BOB}alice@corp.example/desk`).digest('hex');
    connect(lab, '192.0.2.11', { host: back, server: 4444 });
    assert.deepEqual(spoken(lab), []);
  });

  it('twenty connections that carry nothing, not nineteen, not files', () => {
    const lab = new CorrelationLab();
    offer(lab);
    for (let i = 0; i < 25; i++)
      lab.correlation.onSocksEnd(connect(lab, '192.0.2.10'), lab.nowUsec, 90_000);
    for (let i = 0; i < 19; i++)
      lab.correlation.onSocksEnd(connect(lab, '192.0.2.10'), lab.nowUsec, 900);
    assert.deepEqual(lab.of('service.socks_idle'), []);
    lab.correlation.onSocksEnd(connect(lab, '192.0.2.10'), lab.nowUsec, 900);
    assert.equal(lab.of('service.socks_idle').length, 1);
  });
});
