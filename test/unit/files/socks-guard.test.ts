import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { BOB, FilesLab } from '../../support/ledger-lab.ts';

describe('SOCKS5 bytestreams', () => {
  const name = createHash('sha1').update(`vj3hs98yalice@corp.example/desk${BOB}`).digest('hex');

  function offer(lab: FilesLab): void {
    lab
      .client()
      .c(
        `<iq type='set' id='q' to='${BOB}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='vj3hs98y'><streamhost jid='proxy.corp.example' host='198.51.100.20' port='9000'/></query></iq>`,
      );
  }

  function connect(
    lab: FilesLab,
    client: string,
    facts: {
      readonly host?: string;
      readonly port?: number;
      readonly command?: number;
      readonly methods?: readonly number[];
      readonly server?: number;
    } = {},
  ): number {
    const flow = lab.lab.flow({ client, port: facts.server ?? 7777 }).index;
    const request = {
      methods: facts.methods ?? [0],
      command: facts.command ?? 1,
      addressType: 3,
      host: facts.host ?? name,
      port: facts.port ?? 0,
      isFromReply: false,
    };
    lab.files.onSocks(flow, request, lab.nowUsec);
    return flow;
  }

  function spoken(lab: FilesLab): string[] {
    return lab.lab.raised
      .map(({ event }) => event)
      .filter((event) => event.startsWith('service.socks'));
  }

  it('both parties at the proxy are silent, a third address is not', () => {
    const lab = new FilesLab();
    offer(lab);
    connect(lab, '192.0.2.10');
    connect(lab, '192.0.2.11');
    connect(lab, '192.0.2.10');
    assert.deepEqual(spoken(lab), []);
    connect(lab, '192.0.2.66');
    assert.deepEqual(spoken(lab), ['service.socks_race']);
    assert.match(
      String(lab.lab.raised.at(-1)?.context['summary']),
      /alice@corp.example\/desk for bob/,
    );
  });

  it('a stream nobody offered, and one offered too long ago, are told when seconds have passed', () => {
    const lab = new FilesLab();
    connect(lab, '192.0.2.10');
    lab.wait(4);
    assert.deepEqual(spoken(lab), []);
    lab.wait(2);
    assert.deepEqual(spoken(lab), ['service.socks_unexplained']);
    lab.wait(60);
    offer(lab);
    lab.wait(700);
    connect(lab, '192.0.2.10');
    lab.wait(6);
    assert.deepEqual(spoken(lab), ['service.socks_unexplained', 'service.socks_unexplained']);
  });

  it('a stream nobody offered is told at its end, once', () => {
    const lab = new FilesLab();
    const flow = connect(lab, '192.0.2.10');
    lab.closeSocks(flow, 90_000);
    lab.wait(60);
    assert.deepEqual(spoken(lab), ['service.socks_unexplained']);
  });

  it('an offer that is seen a moment later explains it, also one of another worker', () => {
    const lab = new FilesLab({ peers: true });
    connect(lab, '192.0.2.10');
    offer(lab);
    lab.wait(60);
    const other = new FilesLab();
    const flow = connect(other, '192.0.2.10');
    for (const news of lab.news) {
      other.files.learnOffer(JSON.parse(JSON.stringify(news)) as typeof news);
    }
    other.closeSocks(flow, 90_000);
    other.wait(60);
    assert.deepEqual([...spoken(lab), ...spoken(other)], []);
  });

  it('requests that are no bytestream, at known proxies and offered ones', () => {
    const lab = new FilesLab();
    offer(lab);
    connect(lab, '192.0.2.10', { host: 'www.ext.example', port: 443 });
    connect(lab, '192.0.2.10', { port: 80 });
    connect(lab, '192.0.2.10', { command: 2 });
    connect(lab, '192.0.2.10', { methods: [2] });
    connect(lab, '192.0.2.10', { host: 'www.ext.example', server: 9000 });
    assert.equal(lab.lab.of('service.socks_request').length, 5);
    connect(lab, '192.0.2.10', { host: 'www.ext.example', port: 443, server: 1080 });
    assert.equal(lab.lab.of('service.socks_request').length, 5);
  });

  it('Jingle offers explain both directions', () => {
    const lab = new FilesLab();
    lab
      .client()
      .c(
        `<iq type='set' id='q' to='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='a'><content creator='initiator' name='f'><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='vj3hs98y'/></content></jingle></iq>`,
      );
    connect(lab, '192.0.2.10');
    const back = createHash('sha1').update(`vj3hs98y${BOB}alice@corp.example/desk`).digest('hex');
    connect(lab, '192.0.2.11', { host: back, server: 4444 });
    assert.deepEqual(spoken(lab), []);
  });

  it('twenty connections that carry nothing, not nineteen, not files', () => {
    const lab = new FilesLab();
    offer(lab);
    for (let i = 0; i < 25; i++) lab.closeSocks(connect(lab, '192.0.2.10'), 90_000);
    for (let i = 0; i < 19; i++) lab.closeSocks(connect(lab, '192.0.2.10'), 900);
    assert.deepEqual(lab.lab.of('service.socks_idle'), []);
    lab.closeSocks(connect(lab, '192.0.2.10'), 900);
    assert.equal(lab.lab.of('service.socks_idle').length, 1);
  });
});
