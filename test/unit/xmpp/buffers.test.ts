import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters, bufferId, defaultLimits } from '../../../sensor/core/index.ts';
import { STANZA, createXmpp } from '../../../sensor/xmpp/index.ts';
import {
  Collector,
  everySegmentation,
  federation,
  login,
  play,
  type DialogueOptions,
  type SeenStanza,
  type Turn,
} from '../../support/dialogue.ts';

/** The last stanza of a logged-in client or server, checked at every segmentation. */
function last(who: 'C' | 'S', xml: string, check: (stanza: SeenStanza) => void): void {
  everySegmentation([...login(), [who, xml]], (seen) => {
    const stanza = seen.stanzas.at(-1);
    assert.ok(stanza);
    check(stanza);
  });
}

function one(who: 'C' | 'S', xml: string, options: DialogueOptions = {}): SeenStanza {
  const start = options.serverPort === 5269 ? federation() : login();
  const stanza = play([...start, [who, xml]], options).stanzas.at(-1);
  assert.ok(stanza);
  return stanza;
}

describe('buffers of a message', () => {
  const xml =
    "<message type='chat' id='m1' to='Bob@Corp.Example/Phone'><subject>Re: lunch</subject><body>see you &amp; <![CDATA[<bye>]]></body><thread>t1</thread><nick xmlns='http://jabber.org/protocol/nick'>Ally</nick></message>";

  it('are all there', () => {
    last('C', xml, ({ kind, buffers, ...stanza }) => {
      assert.equal(kind, STANZA.message);
      assert.equal(stanza.from, 'alice@corp.example/desk');
      assert.deepEqual(stanza.namespaces, ['http://jabber.org/protocol/nick']);
      assert.deepEqual(buffers, {
        'xmpp.stanza': [xml],
        'xmpp.kind': ['message'],
        'xmpp.type': ['chat'],
        'xmpp.id': ['m1'],
        'xmpp.to': ['Bob@Corp.Example/Phone'],
        'xmpp.to_domain': ['corp.example'],
        'xmpp.from': ['alice@corp.example/desk'],
        'xmpp.from_domain': ['corp.example'],
        'xmpp.resource': ['desk'],
        'xmpp.ns': ['http://jabber.org/protocol/nick'],
        'xmpp.subject': ['Re: lunch'],
        'xmpp.body': ['see you & <bye>'],
        'xmpp.nick': ['Ally'],
        'xmpp.text': ['Re: lunch', 'see you & <bye>', 'Ally'],
        'xmpp.text_folded': ['Re: lunch', 'see you & <bye>', 'Ally'],
        'xmpp.path': [
          '/message@type@id@to\n/message/subject\n/message/body\n/message/thread\n/message/nick\n',
        ],
        'xmpp.relation': ['local'],
      });
    });
  });
});

describe('addresses', () => {
  it('falls back to the account for what the server sends without from', () => {
    const stanza = one('S', "<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>");
    assert.equal(stanza.from, 'alice@corp.example');
    assert.deepEqual(stanza.buffers['xmpp.from'], ['alice@corp.example']);
    assert.deepEqual(stanza.buffers['xmpp.from_domain'], ['corp.example']);
    assert.equal(stanza.buffers['xmpp.resource'], undefined);
  });

  it('prefers what is written', () => {
    const stanza = one('C', "<message from='alice@corp.example/other' to='b@x.example'/>");
    assert.equal(stanza.from, 'alice@corp.example/other');
    assert.deepEqual(stanza.buffers['xmpp.resource'], ['other']);
  });

  it('is not fooled by attributes with a prefix', () => {
    const stanza = one('C', "<message xmlns:e='urn:example' e:to='x@y.example' to='b@x.example'/>");
    assert.equal(stanza.to, 'b@x.example');
  });

  it('gives domains in one form', () => {
    const domain = (to: string): string | undefined =>
      one('C', `<message to='${to}'/>`).buffers['xmpp.to_domain']?.[0];
    assert.equal(domain('a@XN--BCHER-KVA.example/x'), 'bücher.example');
    assert.equal(domain('a@BÜCHER.example'), 'bücher.example');
    assert.equal(domain('ext.example.'), 'ext.example');
    assert.equal(domain('a@10.0.0.1'), '10.0.0.1');
  });

  it('has no implicit from between servers', () => {
    const stanza = one('C', "<message to='b@corp.example'/>", { serverPort: 5269 });
    assert.equal(stanza.from, '');
  });
});

describe('text', () => {
  const texts = (who: 'C' | 'S', xml: string): readonly string[] =>
    one(who, xml).buffers['xmpp.text'] ?? [];

  it('joins what markup cuts apart', () => {
    last(
      'C',
      "<message to='b@x.example'><body>pa<!-- x -->ss<x/>wo&#114;d</body></message>",
      ({ buffers }) => {
        assert.deepEqual(buffers['xmpp.body'], ['password']);
        assert.deepEqual(buffers['xmpp.text'], ['password']);
      },
    );
  });

  it('reads XHTML-IM as one text with its lines, and its links', () => {
    last(
      'C',
      "<message to='b@x.example'><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>pi<b>ll</b>s</p><p>at <a href='http://shop.example/'>this<br/>place</a></p></body></html></message>",
      ({ buffers }) => {
        assert.deepEqual(buffers['xmpp.text'], ['http://shop.example/', 'pills\nat this\nplace\n']);
        assert.equal(buffers['xmpp.body'], undefined);
      },
    );
  });

  it('reads bodies in every language and in wrappers', () => {
    const stanza = one(
      'S',
      "<message from='alice@corp.example' to='alice@corp.example/desk'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='bob@x.example'><body>one</body><body xml:lang='de'>eins</body></message></forwarded></received></message>",
    );
    assert.deepEqual(stanza.buffers['xmpp.body'], ['one', 'eins']);
    assert.deepEqual(stanza.namespaces, ['urn:xmpp:carbons:2']);
    assert.deepEqual(stanza.buffers['xmpp.ns'], ['urn:xmpp:carbons:2', 'urn:xmpp:forward:0']);
  });

  it('reads status, forms, vCards, invitations, feeds and what nobody has heard of', () => {
    assert.deepEqual(
      texts('C', '<presence><show>away</show><status>at lunch</status></presence>'),
      ['away', 'at lunch'],
    );
    assert.deepEqual(
      texts(
        'C',
        "<iq type='set' id='1'><x xmlns='jabber:x:data'><title>Form</title><field var='a' label='Your name'><value>Ann</value></field></x></iq>",
      ),
      ['Form', 'Your name', 'Ann'],
    );
    assert.deepEqual(
      texts(
        'C',
        "<iq type='set' id='1'><vCard xmlns='vcard-temp'><FN>Ann B</FN><NICKNAME>ab</NICKNAME><PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO></vCard></iq>",
      ),
      ['Ann B', 'ab', 'image/png'],
    );
    assert.deepEqual(
      texts(
        'S',
        "<message from='room@muc.example'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@x.example'><reason>join us</reason></invite></x></message>",
      ),
      ['join us'],
    );
    assert.deepEqual(
      texts(
        'S',
        "<message from='a@x.example'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='1'><entry xmlns='http://www.w3.org/2005/Atom'><title>news</title></entry></item></items></event></message>",
      ),
      ['news'],
    );
    assert.deepEqual(
      texts(
        'C',
        "<iq type='set' id='1'><secretplan xmlns='urn:example:p'>  plan b </secretplan></iq>",
      ),
      ['  plan b '],
    );
  });

  it('leaves out white space, ciphertext and base64', () => {
    assert.deepEqual(
      texts(
        'C',
        "<message to='b@x.example'>\n  <body>x</body>\n  <encrypted xmlns='eu.siacs.conversations.axolotl'><payload>QUJD</payload></encrypted>\n <data xmlns='http://jabber.org/protocol/ibb' sid='1' seq='0'>QUJD</data><x xmlns='jabber:x:encrypted'>QUJD</x></message>",
      ),
      ['x'],
    );
  });

  it('has a folded copy of text that is not ASCII', () => {
    last(
      'C',
      "<message to='b@x.example'><body>сhеар рi\u200blls</body></message>",
      ({ buffers }) => {
        assert.deepEqual(buffers['xmpp.text'], ['сhеар рi\u200blls']);
        assert.deepEqual(buffers['xmpp.text_folded'], ['cheap pills']);
      },
    );
  });

  it('is cut off and counted where the table ends', () => {
    const fields = Array.from({ length: 9000 }, (_, i) => `<v>${i}</v>`).join('');
    const seen = play([
      ...login(),
      [
        'C',
        `<message to='b@x.example'><x xmlns='urn:example'>${fields}</x><body>end</body></message>`,
      ],
    ]);
    const before = seen.counters.get('xmppStanzasCapped');
    assert.ok(before > 0);
    const found = seen.stanzas.at(-1)?.buffers['xmpp.text'];
    assert.ok(found !== undefined && found.length > 4000 && found[100] === '100');
  });
});

describe('file names', () => {
  const names = (xml: string): readonly string[] | undefined =>
    one('C', xml).buffers['xmpp.file_name'];

  it('come from offers of every kind', () => {
    assert.deepEqual(
      names(
        "<iq type='set' id='1'><si xmlns='http://jabber.org/protocol/si'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='plan.pdf' size='1'><desc>the plan</desc></file></si></iq>",
      ),
      ['plan.pdf'],
    );
    assert.deepEqual(
      names(
        "<iq type='set' id='1'><jingle xmlns='urn:xmpp:jingle:1'><content><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>salary.xlsx</name></file></description></content></jingle></iq>",
      ),
      ['salary.xlsx'],
    );
    assert.deepEqual(
      names(
        "<message to='b@x.example'><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>cat.jpg</name></file></file-sharing></message>",
      ),
      ['cat.jpg'],
    );
    assert.deepEqual(
      names(
        "<iq type='get' id='1'><request xmlns='urn:xmpp:http:upload:0' filename='a b.zip' size='1'/></iq>",
      ),
      ['a b.zip'],
    );
    assert.deepEqual(
      names(
        "<message to='b@x.example'><x xmlns='jabber:x:oob'><url>https://up.example/abc/cat.jpg?x=1#k</url></x></message>",
      ),
      ['cat.jpg'],
    );
  });

  it('do not come from a URL that is only a host', () => {
    for (const url of ['https://up.example', 'https://up.example/', 'cat']) {
      assert.equal(
        names(`<message to='b@x.example'><x xmlns='jabber:x:oob'><url>${url}</url></x></message>`),
        undefined,
        url,
      );
    }
  });

  it('are text too', () => {
    const stanza = one(
      'C',
      "<iq type='get' id='1'><request xmlns='urn:xmpp:http:upload:0' filename='a b.zip'/></iq>",
    );
    assert.deepEqual(stanza.buffers['xmpp.text'], ['a b.zip']);
  });
});

describe('rooms', () => {
  const room = (who: 'C' | 'S', xml: string, options: DialogueOptions = {}): string | undefined =>
    one(who, xml, options).buffers['xmpp.room']?.[0];

  it('are the bare JID of the room, whichever way the message goes', () => {
    assert.equal(room('C', "<message type='groupchat' to='tea@muc.example'/>"), 'tea@muc.example');
    assert.equal(
      room(
        'S',
        "<message type='groupchat' from='tea@muc.example/Ann' to='alice@corp.example/desk'/>",
      ),
      'tea@muc.example',
    );
    assert.equal(
      room(
        'C',
        "<presence to='tea@muc.example/Ann'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
      ),
      'tea@muc.example',
    );
    assert.equal(
      room(
        'S',
        "<presence from='tea@muc.example/Ann'><x xmlns='http://jabber.org/protocol/muc#user'/></presence>",
      ),
      'tea@muc.example',
    );
    const s2s = { serverPort: 5269 };
    assert.equal(
      room(
        'C',
        "<message type='groupchat' from='a@ext.example/x' to='tea@muc.corp.example'/>",
        s2s,
      ),
      'tea@muc.corp.example',
    );
    assert.equal(
      room(
        'C',
        "<message type='groupchat' from='tea@muc.ext.example/Ann' to='b@corp.example/y'/>",
        s2s,
      ),
      'tea@muc.ext.example',
    );
  });

  it('are not named by a chat', () => {
    assert.equal(room('C', "<message type='chat' to='bob@corp.example'/>"), undefined);
  });
});

describe('copies', () => {
  const copy = (who: 'C' | 'S', xml: string): boolean => one(who, xml).isCopy;
  const forwarded =
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>x</body></message></forwarded>";
  const carbon = `<received xmlns='urn:xmpp:carbons:2'>${forwarded}</received>`;
  const delay = (from: string): string =>
    `<delay xmlns='urn:xmpp:delay' from='${from}' stamp='2026-11-21T00:00:00Z'/>`;

  it('are carbons, archive results, delayed deliveries and echoes', () => {
    assert.ok(
      copy(
        'S',
        `<message from='Alice@corp.example' to='alice@corp.example/desk'>${carbon}</message>`,
      ),
    );
    assert.ok(
      copy(
        'S',
        `<message to='alice@corp.example/desk'><result xmlns='urn:xmpp:mam:2'>${forwarded}</result></message>`,
      ),
    );
    assert.ok(
      copy(
        'S',
        `<message from='bob@ext.example/x'><body>x</body>${delay('corp.example')}</message>`,
      ),
    );
    assert.ok(
      copy(
        'S',
        `<message type='groupchat' from='tea@muc.example/Ann'><body>x</body>${delay('tea@muc.example')}</message>`,
      ),
    );
    assert.ok(
      copy(
        'S',
        "<message type='error' from='bob@corp.example'><body>x</body><error type='cancel'/></message>",
      ),
    );
  });

  it('are not what somebody else wraps to look like one', () => {
    assert.ok(!copy('S', `<message from='mallory@ext.example'>${carbon}</message>`));
    assert.ok(!copy('C', `<message to='bob@corp.example'>${carbon}</message>`));
    assert.ok(
      !copy('C', `<message to='bob@corp.example'><body>x</body>${delay('corp.example')}</message>`),
    );
    assert.ok(
      !copy(
        'S',
        `<message from='mallory@ext.example/x'><body>x</body>${delay('bob@corp.example')}</message>`,
      ),
    );
    assert.ok(
      !copy(
        'S',
        `<message from='mallory@ext.example/x'><body>x</body><delay xmlns='urn:xmpp:delay' stamp='x'/></message>`,
      ),
    );
    assert.ok(!copy('S', "<message type='error' from='bob@corp.example'><body>x</body></message>"));
    assert.ok(!copy('S', "<message from='bob@corp.example/x'><body>x</body></message>"));
  });
});

describe('other elements', () => {
  it('are headers and nonzas with their own buffers', () => {
    const seen = play(login());
    assert.equal(seen.headers.length, 4);
    const header = seen.headers[0];
    assert.equal(header?.kind, STANZA.header);
    assert.equal(header.name, 'stream');
    assert.equal(header.to, 'corp.example');
    assert.deepEqual(header.buffers['xmpp.kind'], ['header']);
    assert.match(
      header.buffers['xmpp.stream_header']?.[0] ?? '',
      /^<stream:stream to='corp.example'.*>$/,
    );
    assert.equal(header.buffers['xmpp.stanza'], undefined);
    const auth = seen.nonzas.find(({ name }) => name === 'auth');
    assert.deepEqual(auth?.buffers['xmpp.kind'], ['nonza']);
    assert.deepEqual(auth.buffers['xmpp.sasl_mechanism'], ['PLAIN']);
    assert.deepEqual(auth.buffers['xmpp.sasl_user'], ['alice']);
    assert.equal(auth.buffers['xmpp.text'], undefined);
  });

  it('give the text of a stream error', () => {
    const seen = play([
      ...login(),
      [
        'S',
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Replaced</text></stream:error>",
      ],
    ]);
    assert.deepEqual(seen.nonzas.at(-1)?.buffers['xmpp.text'], ['Replaced']);
  });
});

describe('client software', () => {
  const client = (...turns: Turn[]): string | undefined =>
    play([...login(), ...turns]).sessions[0]?.client;
  const caps: Turn = [
    'C',
    "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://gajim.org' ver='x'/></presence>",
  ];
  const version: Turn = [
    'C',
    "<iq type='result' id='v' to='corp.example'><query xmlns='jabber:iq:version'><name>Gajim</name><version>1.8</version><os>Linux</os></query></iq>",
  ];

  it('comes from the surest source', () => {
    assert.equal(client(caps), 'https://gajim.org');
    assert.equal(client(version, caps), 'Gajim 1.8');
    assert.equal(client(caps, version), 'Gajim 1.8');
    assert.equal(client(), '');
    assert.equal(play(login({ resource: 'gajim.8KD2' })).sessions[0]?.client, 'gajim');
    assert.equal(play(login({ resource: 'Swiftly' })).sessions[0]?.client, '');
  });

  it('is not what others run', () => {
    assert.equal(client(['S', caps[1] as string]), '');
    const servers = play([...federation(), version, caps], { serverPort: 5269 });
    assert.equal(servers.sessions[0]?.client, '');
  });

  it('has a buffer on the stanzas that say it', () => {
    assert.deepEqual(play([...login(), caps]).stanzas.at(-1)?.buffers['xmpp.client'], [
      'https://gajim.org',
    ]);
    assert.deepEqual(play([...login(), version]).stanzas.at(-1)?.buffers['xmpp.client'], [
      'Gajim 1.8',
    ]);
  });
});

describe('wantBuffers', () => {
  const paths = (wanted: readonly number[] | undefined): readonly string[] => {
    const collector = new Collector();
    const xmpp = createXmpp({
      limits: { ...defaultLimits(), flowTableFlows: 4, xmlSlots: 2 },
      counters: new Counters(),
      handler: collector,
      config: { redirectAllow: [] },
    });
    if (wanted !== undefined) xmpp.wantBuffers(new Set(wanted));
    xmpp.open(0, true, 40000, 5222, 0);
    const bytes = new TextEncoder().encode("<message to='b@x.example'><body>x</body></message>");
    assert.equal(xmpp.data(0, 0, bytes, 0, bytes.length, 0), bytes.length);
    return Object.keys(collector.stanzas[0]?.buffers ?? {}).filter((name) =>
      /path|folded/.test(name),
    );
  };

  it('leaves out the costly buffers that no rule reads', () => {
    assert.deepEqual(paths(undefined), ['xmpp.text_folded', 'xmpp.path']);
    assert.deepEqual(paths([bufferId('xmpp.body')]), []);
    assert.deepEqual(paths([bufferId('xmpp.path')]), ['xmpp.path']);
    assert.deepEqual(paths([bufferId('xmpp.text_folded')]), ['xmpp.text_folded']);
  });
});

describe('flows the room does not know', () => {
  it('are ignored', () => {
    const collector = new Collector();
    const xmpp = createXmpp({
      limits: { ...defaultLimits(), flowTableFlows: 4, xmlSlots: 2 },
      counters: new Counters(),
      handler: collector,
      config: { redirectAllow: [] },
    });
    assert.equal(xmpp.data(7, 0, Uint8Array.of(60), 0, 1, 0), 0);
    xmpp.gap(7, 0, 10);
    xmpp.close(7, 'closed', 0);
    assert.equal(xmpp.session(7), undefined);
    assert.equal(collector.sessions.length, 0);
  });
});
