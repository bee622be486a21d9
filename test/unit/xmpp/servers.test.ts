import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHASE } from '../../../sensor/xmpp/index.ts';
import {
  clientHeader,
  component,
  everySegmentation,
  federation,
  login,
  play,
  serverHeader,
  type Turn,
} from '../../support/dialogue.ts';

const message = (from: string, to: string): Turn => [
  'C',
  `<message from='${from}' to='${to}'><body>hi</body></message>`,
];

describe('servers', () => {
  it('are named by their headers and proved by dialback', () => {
    everySegmentation(
      [...federation(), message('a@ext.example/x', 'b@corp.example')],
      (seen) => {
        const session = seen.sessions[0];
        assert.equal(session?.connection, 's2s');
        assert.equal(session.peerDomain, 'ext.example');
        assert.equal(session.domain, 'corp.example');
        assert.equal(session.mechanism, 'DIALBACK');
        assert.equal(session.outcome, 'success');
        assert.equal(session.authenticated, true);
        assert.deepEqual(seen.names(), []);
        assert.equal(seen.stanzas[0]?.from, 'a@ext.example/x');
        assert.deepEqual(seen.stanzas[0].buffers['xmpp.from_domain'], ['ext.example']);
      },
      { serverPort: 5269 },
    );
  });

  it('are known by the namespace on any port', () => {
    assert.equal(play(federation(), { serverPort: 12345 }).sessions[0]?.connection, 's2s');
    assert.equal(play(login(), { serverPort: 12345 }).sessions[0]?.connection, 'c2s');
    assert.equal(play(component(), { serverPort: 12345 }).sessions[0]?.connection, 'component');
  });

  it('are known by the port before anything was said', () => {
    const kind = (serverPort: number): string | undefined =>
      play([], { serverPort }).sessions[0]?.connection;
    assert.equal(kind(5269), 's2s');
    assert.equal(kind(5347), 'component');
    assert.equal(kind(5298), 'serverless');
    assert.equal(kind(5222), 'c2s');
  });

  it('fail', () => {
    const refused: Turn[] = [
      ...federation().slice(0, 4),
      ['S', "<db:result from='corp.example' to='ext.example' type='invalid'/>"],
    ];
    const session = play(refused, { serverPort: 5269 }).sessions[0];
    assert.equal(session?.outcome, 'failure');
    assert.equal(session.authenticated, false);
  });

  it('are named by the key when their headers name nobody', () => {
    const header = (id: string): string =>
      `<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'${id}>`;
    const turns: Turn[] = [['C', header('')], ['S', header(" id='1'")], ...federation().slice(3)];
    const session = play(turns, { serverPort: 5269 }).sessions[0];
    assert.deepEqual([session?.peerDomain, session?.domain], ['ext.example', 'corp.example']);
  });

  it('verify keys without logging in', () => {
    const verify: Turn[] = [
      ...federation().slice(0, 3),
      ['C', "<db:verify id='1' from='ext.example' to='corp.example'>key</db:verify>"],
      ['S', "<db:verify id='1' from='corp.example' to='ext.example' type='valid'/>"],
    ];
    assert.equal(play(verify, { serverPort: 5269 }).sessions[0]?.authenticated, false);
  });

  it('log in by SASL EXTERNAL as well', () => {
    const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
    const turns: Turn[] = [
      ...federation().slice(0, 3),
      [
        'C',
        `<auth ${sasl} mechanism='EXTERNAL'>${Buffer.from('ext.example').toString('base64')}</auth>`,
      ],
      ['S', `<success ${sasl}/>`],
      ...federation().slice(0, 3),
      message('a@ext.example', 'b@corp.example'),
    ];
    everySegmentation(
      turns,
      (seen) => {
        assert.equal(seen.sessions[0]?.mechanism, 'EXTERNAL');
        assert.equal(seen.sessions[0].user, 'ext.example');
        assert.deepEqual(seen.names(), []);
      },
      { serverPort: 5269 },
    );
  });

  it('are learned midstream from what they send', () => {
    const seen = play([message('a@ext.example/x', 'b@corp.example')], {
      serverPort: 5269,
      midstream: true,
    });
    const session = seen.sessions[0];
    assert.deepEqual([session?.peerDomain, session?.domain], ['ext.example', 'corp.example']);
    assert.equal(seen.stanzas[0]?.buffers['xmpp.body']?.[0], 'hi');
  });
});

describe('components', () => {
  it('shake hands', () => {
    everySegmentation(
      [...component(), message('x@gateway.corp.example', 'b@corp.example')],
      (seen) => {
        const session = seen.sessions[0];
        assert.equal(session?.connection, 'component');
        assert.equal(session.domain, 'gateway.corp.example');
        assert.equal(session.jid, 'gateway.corp.example');
        assert.equal(session.outcome, 'success');
        assert.equal(session.mechanism, 'XEP-0114 handshake');
        assert.deepEqual(seen.names(), ['xmpp.component_handshake']);
        assert.equal(seen.stanzas[0]?.buffers['xmpp.body']?.[0], 'hi');
      },
      { serverPort: 5347 },
    );
  });
});

describe('serverless messaging', () => {
  it('needs no login', () => {
    const seen = play(
      [
        ['C', clientHeader('romeo@forza', " from='juliet@pronto'")],
        ['S', serverHeader('romeo@forza')],
        ['C', "<message to='romeo@forza'><body>hi</body></message>"],
      ],
      { serverPort: 49152 },
    );
    const session = seen.sessions[0];
    assert.equal(session?.connection, 'serverless');
    assert.equal(session.authenticated, true);
    assert.equal(seen.stanzas[0]?.from, 'juliet@pronto');
    assert.deepEqual(seen.names(), []);
  });
});

describe('the life of a session', () => {
  it('ends once, with its counters back where they were', () => {
    const seen = play([...login(), ['C', '</stream:stream>'], ['S', '</stream:stream>']]);
    assert.equal(seen.sessions.length, 1);
    assert.equal(seen.sessions[0]?.phase, PHASE.closed);
    assert.equal(seen.counters.get('sessionsC2s'), 0);
  });

  it('counts sessions by kind, also when the kind turns out to be another', () => {
    const before = play([]).counters.get('sessionsOpened');
    const seen = play(federation(), { close: false });
    assert.equal(seen.counters.get('sessionsS2s'), 1);
    assert.equal(seen.counters.get('sessionsC2s'), 0);
    assert.equal(seen.counters.get('sessionsOpened'), before + 1);
  });

  it('counts stanzas and bytes', () => {
    const { counters } = play([]);
    const [messages, iqs, bytes] = [
      counters.get('stanzasMessageToServer'),
      counters.get('stanzasIqToClient'),
      counters.get('xmlBytes'),
    ];
    const turns: Turn[] = [...login(), ['C', '<message/>'], ['C', '<message/>']];
    play(turns);
    assert.equal(counters.get('stanzasMessageToServer'), messages + 2);
    assert.equal(counters.get('stanzasIqToClient'), iqs + 1);
    const sent = turns.reduce((n, [, what]) => n + (what as string).length, 0);
    assert.equal(counters.get('xmlBytes'), bytes + sent);
  });
});
