import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHASE } from '../../../sensor/xmpp/index.ts';
import {
  BIND_FEATURES,
  PLAIN_FEATURES,
  clientHeader,
  everySegmentation,
  login,
  play,
  plainPayload,
  serverHeader,
  type Seen,
  type SeenSession,
  type Turn,
} from '../../support/dialogue.ts';

const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const SUCCESS: Turn = ['S', `<success ${SASL}/>`];
const FAILURE: Turn = ['S', `<failure ${SASL}><not-authorized/></failure>`];
const BIND: Turn = [
  'C',
  "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
];
const BOUND: Turn = [
  'S',
  "<iq type='result' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@corp.example/x</jid></bind></iq>",
];
const MESSAGE: Turn = ['C', "<message to='bob@corp.example' id='m1'><body>hi</body></message>"];
const auth = (mechanism: string, payload: string): Turn => [
  'C',
  `<auth ${SASL} mechanism='${mechanism}'>${payload}</auth>`,
];

function session(seen: Seen): SeenSession {
  const one = seen.sessions[0];
  assert.ok(one);
  return one;
}

describe('c2s login by SASL', () => {
  it('reaches the session with user, mechanism, outcome and JID', () => {
    everySegmentation([...login(), MESSAGE], (seen) => {
      const one = session(seen);
      assert.equal(one.connection, 'c2s');
      assert.equal(one.authenticated, true);
      assert.equal(one.user, 'alice');
      assert.equal(one.domain, 'corp.example');
      assert.equal(one.mechanism, 'PLAIN');
      assert.equal(one.outcome, 'success');
      assert.equal(one.jid, 'alice@corp.example/desk');
      assert.equal(one.phase, PHASE.closed);
      assert.deepEqual(one.inSync, [true, true]);
      assert.deepEqual(one.summary.mechanismsOffered, ['SCRAM-SHA-1', 'PLAIN']);
      assert.deepEqual(one.summary.messages, [1, 0]);
      assert.deepEqual(one.summary.iqs, [1, 1]);
      assert.equal(one.summary.starttls, 'absent');
      assert.equal(one.summary.endReason, 'closed');
      assert.deepEqual(seen.names(), ['xmpp.sasl_plain_clear_success', 'xmpp.plaintext_session']);
      assert.equal(seen.stanzas.at(-1)?.from, 'alice@corp.example/desk');
    });
  });

  it('raises nothing at all for SCRAM but that the session is in clear', () => {
    const turns: Turn[] = [
      ['C', clientHeader('corp.example')],
      ['S', serverHeader('corp.example')],
      ['S', PLAIN_FEATURES],
      auth('SCRAM-SHA-1', Buffer.from('n,,n=alice,r=abc').toString('base64')),
      ['S', `<challenge ${SASL}>cj1hYmM=</challenge>`],
      ['C', `<response ${SASL}>Yz1iaXdz</response>`],
      ['S', `<success ${SASL}>dj1hYmM=</success>`],
      ['C', clientHeader('corp.example')],
      ['S', serverHeader('corp.example')],
      ['S', BIND_FEATURES],
      BIND,
      BOUND,
    ];
    everySegmentation(turns, (seen) => {
      assert.equal(session(seen).user, 'alice');
      assert.equal(session(seen).mechanism, 'SCRAM-SHA-1');
      assert.deepEqual(seen.names(), ['xmpp.plaintext_session']);
    });
  });

  it('tells of LOGIN when the password itself is sent', () => {
    const turns: Turn[] = [
      ['C', clientHeader('corp.example')],
      ['S', serverHeader('corp.example')],
      auth('LOGIN', ''),
      ['S', `<challenge ${SASL}>VXNlcm5hbWU6</challenge>`],
      ['C', `<response ${SASL}>${Buffer.from('alice').toString('base64')}</response>`],
      ['S', `<challenge ${SASL}>UGFzc3dvcmQ6</challenge>`],
    ];
    assert.deepEqual(play(turns).names(), []);
    const seen = play([...turns, ['C', `<response ${SASL}>c2VjcmV0</response>`], SUCCESS]);
    assert.deepEqual(seen.names(), ['xmpp.sasl_plain_clear_success']);
    assert.deepEqual(seen.events[0]?.context, {
      user: 'alice',
      mechanism: 'LOGIN',
      domain: 'corp.example',
    });
  });

  it('takes PLAIN from a response when the auth element was empty', () => {
    const seen = play([
      ['C', clientHeader('corp.example')],
      ['S', serverHeader('corp.example')],
      auth('plain', ''),
      ['S', `<challenge ${SASL}/>`],
      ['C', `<response ${SASL}>${plainPayload('alice', 'x')}</response>`],
      FAILURE,
    ]);
    assert.deepEqual(seen.names(), ['xmpp.sasl_plain_clear']);
    assert.equal(session(seen).outcome, 'failure');
    assert.equal(session(seen).authenticated, false);
  });

  it('names who the session shall be when PLAIN says so', () => {
    const payload = Buffer.from('admin@corp.example\0alice\0x').toString('base64');
    const seen = play(login({ payload }));
    assert.equal(seen.events[0]?.context['authzid'], 'admin@corp.example');
    assert.equal(seen.events[0].context['user'], 'alice');
  });

  it('follows a failed attempt and a second one', () => {
    const seen = play([
      ...login().slice(0, 3),
      auth('PLAIN', plainPayload('alice', 'wrong')),
      FAILURE,
      ...login().slice(3),
    ]);
    assert.equal(session(seen).outcome, 'success');
    assert.deepEqual(seen.names('xmpp.sasl'), [
      'xmpp.sasl_plain_clear',
      'xmpp.sasl_plain_clear_success',
    ]);
  });
});

describe('a client that writes UTF-16', () => {
  const encode = (text: string, isLittle: boolean): Uint8Array => {
    const bytes = Buffer.from(text, 'utf16le');
    return new Uint8Array(isLittle ? bytes : bytes.swap16());
  };
  for (const isLittle of [true, false]) {
    for (const mark of ['\ufeff', '']) {
      it(`${isLittle ? 'little' : 'big'} endian, ${mark === '' ? 'without' : 'with'} mark`, () => {
        const turns = [...login(), MESSAGE].map(([who, what], i): Turn => {
          if (who !== 'C') return [who, what] as Turn;
          const start = i === 0 || i === 5 ? mark : '';
          return ['C', encode(start + (what as string), isLittle)];
        });
        everySegmentation(turns, (seen) => {
          assert.equal(session(seen).user, 'alice');
          assert.equal(seen.stanzas.at(-1)?.buffers['xmpp.body']?.[0], 'hi');
          assert.deepEqual(seen.names('xmpp'), [
            'xmpp.sasl_plain_clear_success',
            'xmpp.plaintext_session',
          ]);
          const raw = seen.nonzas.find(({ name }) => name === 'auth')?.buffers['xmpp.stanza']?.[0];
          assert.match(raw ?? '', />\*+<\/auth>$/);
        });
      });
    }
  }
});

describe('directions captured in the wrong order', () => {
  const turns = login();
  const swap = (i: number): Turn[] => {
    const copy = [...turns];
    const [a, b] = [copy[i], copy[i + 1]];
    assert.ok(a && b);
    copy[i] = b;
    copy[i + 1] = a;
    return copy;
  };
  const expected = play([...turns, MESSAGE])
    .names()
    .sort();

  for (let i = 0; i + 1 < turns.length; i++) {
    const [a, b] = [turns[i], turns[i + 1]];
    if (a?.[0] === b?.[0]) continue;
    it(`turn ${i + 1} before turn ${i} changes nothing`, () => {
      everySegmentation([...swap(i), MESSAGE], (seen) => {
        assert.deepEqual(seen.names().sort(), expected);
        assert.equal(session(seen).outcome, 'success');
        assert.equal(session(seen).jid, 'alice@corp.example/desk');
        assert.equal(seen.stanzas.at(-1)?.name, 'message');
      });
    });
  }

  it('holds with a challenge in between, success before the last response', () => {
    const seen = play([
      ['C', clientHeader('corp.example')],
      ['S', serverHeader('corp.example')],
      auth('SCRAM-SHA-1', Buffer.from('n,,n=alice,r=abc').toString('base64')),
      ['S', `<challenge ${SASL}>cj1hYmM=</challenge>`],
      ['S', `<success ${SASL}>dj1hYmM=</success>`],
      ['S', serverHeader('corp.example') + BIND_FEATURES],
      ['C', `<response ${SASL}>Yz1iaXdz</response>`],
      ['C', clientHeader('corp.example')],
      BIND,
      BOUND,
      MESSAGE,
    ]);
    assert.deepEqual(seen.names(), ['xmpp.plaintext_session']);
    assert.equal(seen.stanzas.at(-1)?.from, 'alice@corp.example/x');
  });

  it('still tells of a header without a reason when the login fails', () => {
    const seen = play([
      ...turns.slice(0, 4),
      ['C', clientHeader('corp.example')],
      FAILURE,
      [
        'S',
        "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
      ],
    ]);
    assert.ok(seen.names().includes('xmpp.stream_reopen'));
    assert.deepEqual(session(seen).summary.streamErrors, ['policy-violation']);
  });
});

describe('captures of one direction', () => {
  it('raises no phase event when only the client was seen', () => {
    const seen = play([...login().filter(([who]) => who === 'C'), MESSAGE]);
    assert.deepEqual(seen.names(), ['xmpp.sasl_plain_clear']);
    assert.equal(session(seen).user, 'alice');
    assert.equal(seen.stanzas.at(-1)?.buffers['xmpp.body']?.[0], 'hi');
  });

  it('raises no phase event when only the server was seen', () => {
    const seen = play(login().filter(([who]) => who === 'S'));
    assert.deepEqual(seen.names(), ['xmpp.plaintext_session']);
    assert.equal(session(seen).jid, 'alice@corp.example/desk');
  });
});

describe('STARTTLS', () => {
  const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'";
  const head: Turn[] = [
    ['C', clientHeader('corp.example')],
    ['S', serverHeader('corp.example')],
    ['S', `<stream:features><starttls ${TLS}><required/></starttls></stream:features>`],
  ];
  const hello = Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3);

  it('ends reading at proceed, in both directions', () => {
    everySegmentation(
      [
        ...head,
        ['C', `<starttls ${TLS}/>`],
        ['S', `<proceed ${TLS}/>`],
        ['C', hello],
        ['S', hello],
      ],
      (seen) => {
        assert.deepEqual(seen.encrypted, ['starttls']);
        assert.equal(session(seen).tls, 'started');
        assert.equal(session(seen).summary.starttls, 'proceeded');
        assert.deepEqual(seen.names(), []);
      },
    );
  });

  it('takes a client hello captured before the proceed for what it is', () => {
    everySegmentation(
      [
        ...head,
        ['C', `<starttls ${TLS}/>`],
        ['C', hello],
        ['S', `<proceed ${TLS}/>`],
        ['S', hello],
      ],
      (seen) => {
        assert.deepEqual(seen.encrypted, ['starttls']);
        assert.deepEqual(seen.names(), []);
      },
    );
  });

  it('stops in the middle of a packet', () => {
    const proceed = new TextEncoder().encode(`<proceed ${TLS}/>`);
    const both = Uint8Array.of(...proceed, ...hello);
    const seen = play([...head, ['C', `<starttls ${TLS}/>`], ['S', both], ['C', hello]]);
    assert.deepEqual(seen.encrypted, ['starttls']);
    assert.deepEqual(seen.names(), []);
  });

  it('keeps what was hidden behind a starttls that came to nothing', () => {
    const turns: Turn[] = [...head, ['C', `<starttls ${TLS}/><a b='1' b='2'/>`]];
    assert.deepEqual(play(turns).names('xml'), ['xml.dup_attr']);
    assert.deepEqual(play([...turns, ['S', `<failure ${TLS}/>`]]).names('xml'), ['xml.dup_attr']);
  });

  it('sees TLS although the proceed was lost', () => {
    const seen = play([
      ...head,
      ['C', `<starttls ${TLS}/>`],
      ['S', { gap: 50 }],
      ['C', hello],
      ['S', hello],
    ]);
    assert.deepEqual(seen.encrypted, ['starttls']);
    assert.deepEqual(seen.names(), []);
  });

  it('goes on in clear after a failure, and knows what was offered', () => {
    const seen = play([
      ...head,
      ['C', `<starttls ${TLS}/>`],
      ['S', `<failure ${TLS}/>`],
      ...login().slice(3),
    ]);
    assert.deepEqual(seen.encrypted, []);
    const told = seen.events.find((event) => event.name === 'xmpp.plaintext_session');
    assert.deepEqual(told?.context, {
      jid: 'alice@corp.example/desk',
      server: 'corp.example',
      starttls: 'required',
    });
    assert.equal(session(seen).tls, 'required');
  });

  it('reports optional STARTTLS that nobody used', () => {
    const seen = play([
      ...head.slice(0, 2),
      ['S', `<stream:features><starttls ${TLS}/></stream:features>`],
      ...login().slice(3),
    ]);
    assert.equal(seen.events.at(-1)?.context['starttls'], 'offered');
  });
});

describe('stream compression', () => {
  const compress = "xmlns='http://jabber.org/protocol/compress'";
  it('ends reading at compressed', () => {
    everySegmentation(
      [
        ...login(),
        ['C', `<compress ${compress}><method>zlib</method></compress>`],
        ['S', `<compressed ${compress}/>`],
        ['C', Uint8Array.of(0x78, 0x9c, 1, 2)],
      ],
      (seen) => {
        assert.deepEqual(seen.encrypted, ['compressed']);
        assert.equal(session(seen).compressed, true);
        assert.equal(session(seen).summary.compression, 'active');
        assert.deepEqual(seen.names('xml'), []);
      },
    );
  });

  it('goes on when it is refused', () => {
    const seen = play([
      ...login(),
      ['C', `<compress ${compress}><method>lzw</method></compress>`],
      ['S', `<failure ${compress}><unsupported-method/></failure>`],
      MESSAGE,
    ]);
    assert.deepEqual(seen.encrypted, []);
    assert.equal(seen.stanzas.at(-1)?.name, 'message');
  });
});

describe('SASL2', () => {
  const NS2 = "xmlns='urn:xmpp:sasl:2'";
  const turns: Turn[] = [
    ['C', clientHeader('corp.example')],
    ['S', serverHeader('corp.example')],
    [
      'S',
      `<stream:features><authentication ${NS2}><mechanism>PLAIN</mechanism></authentication></stream:features>`,
    ],
    [
      'C',
      `<authenticate ${NS2} mechanism='PLAIN'><initial-response>${plainPayload('alice', 'x')}</initial-response><user-agent id='1'><software>Dino</software><device>desk</device></user-agent><bind xmlns='urn:xmpp:bind:0'/></authenticate>`,
    ],
    [
      'S',
      `<success ${NS2}><authorization-identifier>alice@corp.example/Dino.1</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>`,
    ],
    ['S', BIND_FEATURES],
    MESSAGE,
  ];

  it('is one login without a restart, with the resource bound at once', () => {
    everySegmentation(turns, (seen) => {
      assert.equal(session(seen).jid, 'alice@corp.example/Dino.1');
      assert.equal(session(seen).user, 'alice');
      assert.equal(session(seen).client, 'Dino');
      assert.deepEqual(session(seen).summary.mechanismsOffered, ['PLAIN']);
      assert.deepEqual(seen.names(), ['xmpp.sasl_plain_clear_success', 'xmpp.plaintext_session']);
      assert.equal(seen.stanzas.at(-1)?.from, 'alice@corp.example/Dino.1');
    });
  });

  it('waits for the success when the first stanza was captured before it', () => {
    const late = [...turns.slice(0, 4), turns[6], turns[4], turns[5]] as Turn[];
    assert.deepEqual(play(late).names('xmpp.stanza'), []);
    assert.deepEqual(play(late.slice(0, 5)).names('xmpp.stanza'), ['xmpp.stanza_preauth']);
  });
});

describe('jabber:iq:auth', () => {
  const head: Turn[] = [
    ['C', clientHeader('corp.example')],
    ['S', serverHeader('corp.example')],
  ];
  const request = (secret: string): Turn => [
    'C',
    `<iq type='set' id='a2'><query xmlns='jabber:iq:auth'><username>leg</username>${secret}<resource>raw</resource></query></iq>`,
  ];
  const password = request('<password>leg-pw-1</password>');
  const digest = request('<digest>79e33780cc766fa6958b2fa9cc1ccca993745310</digest>');
  const accepted: Turn = ['S', "<iq type='result' id='a2'/>"];
  const form: Turn = [
    'S',
    "<iq type='result' id='a2'><query xmlns='jabber:iq:auth'><username/><password/><resource/></query></iq>",
  ];

  it('logs in with a password', () => {
    everySegmentation([...head, password, accepted, MESSAGE], (seen) => {
      assert.equal(session(seen).jid, 'leg@corp.example/raw');
      assert.equal(session(seen).mechanism, 'XEP-0078 plaintext');
      assert.equal(session(seen).outcome, 'success');
      assert.deepEqual(seen.names(), ['xmpp.legacy_auth_password', 'xmpp.plaintext_session']);
      assert.equal(seen.stanzas.at(-1)?.from, 'leg@corp.example/raw');
    });
  });

  it('tells a digest from a password', () => {
    const seen = play([...head, digest, accepted]);
    assert.equal(session(seen).mechanism, 'XEP-0078 digest');
    assert.deepEqual(seen.names('xmpp.legacy'), ['xmpp.legacy_auth_digest']);
  });

  it('does not call it a login when the result is the form again', () => {
    const seen = play([
      ...head,
      digest,
      form,
      MESSAGE,
      [
        'S',
        "<message type='error' id='m1'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
      ],
    ]);
    assert.equal(session(seen).authenticated, false);
    assert.equal(session(seen).outcome, '');
    assert.deepEqual(seen.names(), ['xmpp.legacy_auth_digest']);
  });

  it('takes what the server sends afterwards as proof', () => {
    const seen = play([...head, digest, form, ['S', "<presence from='leg@corp.example/raw'/>"]]);
    assert.equal(session(seen).outcome, 'success');
    assert.equal(session(seen).jid, 'leg@corp.example/raw');
  });

  it('notes a refusal', () => {
    const seen = play([
      ...head,
      password,
      [
        'S',
        "<iq type='error' id='a2'><error type='auth'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
      ],
    ]);
    assert.equal(session(seen).outcome, 'failure');
    assert.deepEqual(seen.names(), ['xmpp.legacy_auth_password']);
  });

  it('holds when the answer was captured after the first stanza', () => {
    assert.deepEqual(play([...head, password, MESSAGE, accepted]).names('xmpp.stanza'), []);
    assert.deepEqual(
      play([...head, password, MESSAGE, ['S', "<iq type='error' id='a2'/>"]]).names('xmpp.stanza'),
      ['xmpp.stanza_preauth'],
    );
  });

  it('asks for the form without an event', () => {
    const seen = play([
      ...head,
      [
        'C',
        "<iq type='get' id='a1'><query xmlns='jabber:iq:auth'><username>leg</username></query></iq>",
      ],
      [
        'S',
        "<iq type='result' id='a1'><query xmlns='jabber:iq:auth'><username/><password/><resource/></query></iq>",
      ],
    ]);
    assert.deepEqual(seen.names(), []);
    assert.equal(session(seen).mechanism, '');
  });
});

describe('stream resumption', () => {
  it('is a session without a bind', () => {
    const seen = play([
      ...login().slice(0, 8),
      ['C', "<resume xmlns='urn:xmpp:sm:3' h='1' previd='abc'/>"],
      ['S', "<resumed xmlns='urn:xmpp:sm:3' h='1' previd='abc'/>"],
      MESSAGE,
    ]);
    assert.equal(seen.names('xmpp.plaintext').length, 1);
    assert.equal(session(seen).jid, 'alice@corp.example');
    assert.equal(seen.stanzas.at(-1)?.from, 'alice@corp.example');
  });
});

describe('midstream', () => {
  it('learns the address from what the server sends', () => {
    const seen = play(
      [
        ['C', "lo</body></message><message to='bob@corp.example'><body>first</body></message>"],
        [
          'S',
          "<message from='bob@corp.example/x' to='alice@corp.example/desk'><body>yes</body></message>",
        ],
        ['C', "<message to='bob@corp.example'><body>hi</body></message>"],
      ],
      { midstream: true },
    );
    assert.equal(session(seen).jid, 'alice@corp.example/desk');
    assert.equal(session(seen).user, 'alice');
    assert.equal(session(seen).domain, 'corp.example');
    assert.equal(seen.stanzas.at(-1)?.from, 'alice@corp.example/desk');
    assert.deepEqual(seen.names(), ['xmpp.plaintext_session']);
    assert.equal(seen.events[0]?.context['starttls'], 'not_seen');
  });

  it('follows a login that begins after the capture did', () => {
    const seen = play(login(), { midstream: true });
    assert.equal(session(seen).outcome, 'success');
    assert.equal(session(seen).jid, 'alice@corp.example/desk');
    assert.deepEqual(session(seen).inSync, [false, false]);
  });
});

describe('gaps', () => {
  it('goes on at the next stanza, without well-formedness or phase events', () => {
    const seen = play([
      ...login(),
      ['C', "<message to='bob@corp.example'><body>lo"],
      ['C', { gap: 100 }],
      ['C', "st</body></message><message to='bob@corp.example'><body>found</body></message>"],
      ['C', '<message><a></b></message>'],
    ]);
    assert.deepEqual(seen.names('xml'), []);
    assert.equal(
      seen.stanzas.some((stanza) => stanza.buffers['xmpp.body']?.[0] === 'found'),
      true,
    );
    assert.deepEqual(session(seen).inSync, [false, true]);
  });

  it('takes lost login answers for given when the server goes on', () => {
    const turns = login();
    turns[4] = ['S', { gap: 80 }];
    const seen = play([...turns, MESSAGE]);
    assert.equal(session(seen).authenticated, true);
    assert.equal(session(seen).jid, 'alice@corp.example/desk');
    assert.deepEqual(seen.names('xmpp.str'), []);
    assert.deepEqual(seen.names('xmpp.stanza'), []);
  });

  it('assumes a login where bytes before it were lost', () => {
    const seen = play([
      ['C', clientHeader('corp.example')],
      ['S', serverHeader('corp.example')],
      ['S', { gap: 500 }],
      ['C', { gap: 500 }],
      MESSAGE,
    ]);
    assert.deepEqual(seen.names(), []);
    assert.equal(session(seen).authenticated, true);
  });
});
