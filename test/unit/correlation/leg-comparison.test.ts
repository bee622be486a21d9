import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorrelationLab, logIn, type LabFlow } from '../../support/correlation-lab.ts';

const SMALL = { flowTableFlows: 64, xmlSlots: 4 };
const HEADER =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'";

interface Scenario {
  readonly lab: CorrelationLab;
  readonly alice: LabFlow;
  readonly bob: LabFlow;
}

/** Alice and Bob, logged in to one server. */
function meet(pieceBytes = Infinity): Scenario {
  const lab = new CorrelationLab({ pieceBytes, limits: SMALL });
  const alice = lab.flow({ client: '192.0.2.10' });
  logIn(alice, 'alice');
  const bob = lab.flow({ client: '192.0.2.11' });
  logIn(bob, 'bob', 'corp.example', 'phone');
  return { lab, alice, bob };
}

function told({ lab }: Scenario): string[] {
  return lab.raised
    .filter(({ event }) => event.startsWith('xml.leg_'))
    .map(({ event, context }) => `${event} ${String(context['difference'])}`);
}

function sent(inner: string, id = 'm1'): string {
  return `<message to='bob@corp.example' type='chat' id='${id}'>${inner}</message>`;
}

function delivered(inner: string, id = 'm1'): string {
  return `<message from='alice@corp.example/desk' to='bob@corp.example/phone' id='${id}' type='chat' xml:lang='en'>${inner}</message>`;
}

const FORWARDED = (from: string) =>
  `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${from}' to='bob@corp.example'><body>x</body></message></forwarded>`;

const CHANGED: readonly (readonly [what: string, before: string, after: string, told: string])[] = [
  [
    'a stanza that nobody wrote',
    sent('<body>hi</body>'),
    delivered("<body>hi</body><x xmlns='urn:x'><iq xmlns='jabber:client' type='set' id='r'/></x>"),
    'xml.leg_nested nested',
  ],
  [
    'a stream error that nobody wrote',
    sent('<body>hi</body>'),
    delivered(
      "<body>hi</body><e:error xmlns:e='http://etherx.jabber.org/streams'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></e:error>",
    ),
    'xml.leg_nested nested',
  ],
  [
    'another text',
    sent('<body>pay to account 1</body>'),
    delivered('<body>pay to account 2</body>'),
    'xml.leg_mismatch text',
  ],
  [
    'a text where there was none',
    sent("<x xmlns='urn:x'/>"),
    delivered("<body>hello</body><x xmlns='urn:x'/>"),
    'xml.leg_mismatch text',
  ],
  [
    'another sender in what is forwarded',
    sent(FORWARDED('carol@corp.example')),
    delivered(FORWARDED('admin@corp.example')),
    'xml.leg_mismatch forwarded',
  ],
  [
    'another request',
    "<iq to='bob@corp.example/phone' type='get' id='m1'><query xmlns='jabber:iq:version'/></iq>",
    "<iq from='alice@corp.example/desk' to='bob@corp.example/phone' type='set' id='m1'><query xmlns='jabber:iq:roster'/></iq>",
    'xml.leg_mismatch payload',
  ],
];

const UNCHANGED: readonly (readonly [what: string, before: string, after: string])[] = [
  [
    'what servers add',
    sent("<body>hi</body><active xmlns='http://jabber.org/protocol/chatstates'/>"),
    delivered(
      "<stanza-id xmlns='urn:xmpp:sid:0' by='bob@corp.example' id='77'/><active xmlns='http://jabber.org/protocol/chatstates'/><body>hi</body><origin-id xmlns='urn:xmpp:sid:0' id='m1'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='9'/><store xmlns='urn:xmpp:hints'/>",
    ),
  ],
  [
    'XHTML that a server drops',
    sent(
      "<body>hi</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><b>hi</b></body></html>",
    ),
    delivered('<body>hi</body>'),
  ],
  [
    'text that is written in another way',
    sent('<body>a &lt; b &amp;<![CDATA[ <c> ]]>&#228;</body>'),
    delivered('<body>a &lt; b &amp; &lt;c&gt; \u00e4</body>'),
  ],
  [
    'a carriage return that is lost',
    sent('<body>one&#13;\ntwo</body>'),
    delivered('<body>one\ntwo</body>'),
  ],
  [
    'a comment the server leaves out',
    sent('<body>pass<!-- -->word</body>'),
    delivered('<body>password</body>'),
  ],
  [
    'a stanza in a stanza that the sender wrote',
    sent("<body>hi</body><x xmlns='urn:x'><iq xmlns='jabber:client' type='set' id='r'/></x>"),
    delivered("<body>hi</body><x xmlns='urn:x'><iq xmlns='jabber:client' type='set' id='r'/></x>"),
  ],
  [
    'other prefixes',
    sent("<body>hi</body><a:x xmlns:a='urn:x'/>"),
    delivered("<body>hi</body><x xmlns='urn:x'/>"),
  ],
  ['another id', sent('<body>hi</body>'), delivered('<body>ho</body>', 'm2')],
  [
    'an error that answers it',
    sent('<body>hi</body>'),
    "<message from='alice@corp.example/desk' to='bob@corp.example/phone' id='m1' type='error'><error type='cancel'/></message>",
  ],
  [
    'what is forwarded with a delay',
    sent(FORWARDED('carol@corp.example')),
    delivered(
      FORWARDED('carol@corp.example').replace(
        "<forwarded xmlns='urn:xmpp:forward:0'>",
        "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' from='corp.example' stamp='2026-01-01T00:00:00Z'/>",
      ),
    ),
  ],
];

for (const [what, before, after, expected] of CHANGED) {
  test(`leg comparison tells of ${what}`, () => {
    for (const size of [Infinity, 1, 50]) {
      const scenario = meet(size);
      scenario.alice.c(before);
      scenario.bob.s(after);
      assert.deepEqual(told(scenario), [expected], `pieces of ${size}`);
    }
  });
}

for (const [what, before, after] of UNCHANGED) {
  test(`leg comparison is silent about ${what}`, () => {
    const scenario = meet();
    scenario.alice.c(before);
    scenario.bob.s(after);
    assert.deepEqual(told(scenario), []);
  });
}

test('leg comparison follows a stanza between servers', () => {
  const scenario = meet();
  const s2s = scenario.lab.flow({ client: '198.51.100.20', server: '203.0.113.5', port: 5269 });
  s2s.c(
    `${HEADER.replace('jabber:client', 'jabber:server')} xmlns:db='jabber:server:dialback' from='corp.example' to='ext.example' version='1.0'>`,
  );
  s2s.s(
    `${HEADER.replace('jabber:client', 'jabber:server')} xmlns:db='jabber:server:dialback' to='corp.example' from='ext.example' id='1' version='1.0'>`,
  );
  scenario.alice.c("<message to='carol@ext.example' id='m1'><body>one</body></message>");
  s2s.c(
    "<message from='alice@corp.example/desk' to='carol@ext.example' id='m1'><body>two</body></message>",
  );
  assert.deepEqual(told(scenario), ['xml.leg_mismatch text']);
});

test('leg comparison tells of a second stanza under the id of one that was sent', () => {
  const scenario = meet();
  scenario.alice.c(sent('<body>hi</body>'));
  scenario.bob.s(delivered('<body>hi</body>')).s(delivered('<body>approved by the admin</body>'));
  assert.deepEqual(told(scenario), ['xml.leg_mismatch text']);
});

test('leg comparison does not judge a sender that uses one id for all', () => {
  const scenario = meet();
  scenario.alice.c(sent('<body>one</body>')).c(sent('<body>two</body>'));
  scenario.bob.s(delivered('<body>one</body>')).s(delivered('<body>two</body>'));
  assert.deepEqual(told(scenario), []);
});

test('leg comparison knows a resend', () => {
  const scenario = meet();
  scenario.alice.c(sent('<body>one</body>')).c(sent('<body>one</body>'));
  scenario.bob.s(delivered('<body>one</body>')).s(delivered('<body>one</body>'));
  assert.deepEqual(told(scenario), []);
});

test('leg comparison leaves copies alone', () => {
  const scenario = meet();
  scenario.alice.c(sent('<body>one</body>'));
  scenario.bob
    .s(delivered("<body>late</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"))
    .s(
      "<message from='bob@corp.example' to='bob@corp.example/phone' id='m1'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='alice@corp.example/desk' to='bob@corp.example'><body>two</body></message></forwarded></received></message>",
    );
  assert.deepEqual(told(scenario), []);
});

test('leg comparison needs both flows whole', () => {
  for (const which of ['alice', 'bob'] as const) {
    const scenario = meet();
    scenario[which].gap(which === 'alice' ? 0 : 1).gap(1);
    scenario.alice.c(sent('<body>one</body>'));
    scenario.bob.s(delivered('<body>two</body>'));
    assert.deepEqual(told(scenario), [], which);
  }
});

test('leg comparison forgets after its time', () => {
  const scenario = meet();
  scenario.alice.c(sent('<body>one</body>'));
  scenario.lab.wait(31);
  scenario.bob.s(delivered('<body>two</body>'));
  assert.deepEqual(told(scenario), []);
});

test('leg comparison leaves reflections of a room alone', () => {
  const scenario = meet();
  scenario.alice.c(
    "<message to='room@conference.corp.example' type='groupchat' id='m1'><body>one</body></message>",
  );
  scenario.bob.s(
    "<message from='room@conference.corp.example/ali' to='bob@corp.example/phone' type='groupchat' id='m1'><body>filtered</body></message>",
  );
  assert.deepEqual(told(scenario), []);
});

for (const [what, cause] of [
  ['ill-formed UTF-8', '<body>hi\u00eb</body>'],
  ['a declaration', "<x xmlns='urn:x'><?xml version='1.0'?></x>"],
] as const) {
  test(`smuggling is told when ${what} is followed by a stanza in a stanza at the recipient`, () => {
    const play = (waitSeconds: number, from: string, to: string) => {
      const scenario = meet();
      scenario.alice.c(Buffer.from(`<message to='bob@corp.example'>${cause}</message>`, 'latin1'));
      scenario.lab.wait(waitSeconds);
      scenario.bob.s(
        `<message from='${from}' to='${to}'><x xmlns='urn:x'><iq xmlns='jabber:client' type='set'/></x></message>`,
      );
      return scenario.lab.of('xml.smuggling');
    };
    assert.equal(play(0, 'alice@corp.example/desk', 'bob@corp.example/phone').length, 1);
    assert.equal(play(1.5, 'corp.example', 'bob@corp.example/phone').length, 1);
    assert.equal(play(3, 'alice@corp.example/desk', 'bob@corp.example/phone').length, 0);
    assert.equal(play(0, 'dave@corp.example/desk', 'carol@corp.example/phone').length, 0);
  });
}

test('smuggling is told when the recipient gets what parsers read differently', () => {
  const scenario = meet();
  scenario.alice.c(
    Buffer.from("<message to='bob@corp.example'><body>\u00eb</body></message>", 'latin1'),
  );
  scenario.bob.s(
    "<message from='alice@corp.example/desk' from='admin@corp.example' to='bob@corp.example/phone'/>",
  );
  assert.equal(scenario.lab.of('xml.smuggling').length, 1);
});

test('smuggling is not told of what the sender writes on another flow', () => {
  const scenario = meet();
  const second = scenario.lab.flow({ client: '192.0.2.12' });
  logIn(second, 'alice', 'corp.example', 'two');
  scenario.alice.c(
    Buffer.from("<message to='bob@corp.example'><body>\u00eb</body></message>", 'latin1'),
  );
  second.c(
    "<message to='bob@corp.example'><x xmlns='urn:x'><iq xmlns='jabber:client'/></x></message>",
  );
  assert.deepEqual(scenario.lab.of('xml.smuggling'), []);
});

test('smuggling: the latest causes are remembered, those of 64 sessions', () => {
  const lab = new CorrelationLab({ limits: { flowTableFlows: 128, xmlSlots: 4 } });
  const odd = (user: number) => {
    lab
      .flow()
      .c(
        Buffer.from(
          `${HEADER} to='corp.example' version='1.0'><message from='user${user}@corp.example' to='x${user}@corp.example'><body>\u00eb</body></message>`,
          'latin1',
        ),
      );
  };
  const bob = lab.flow({ client: '192.0.2.11' });
  logIn(bob, 'bob');
  for (let user = 0; user < 65; user++) odd(user);
  for (const user of [0, 1, 64]) {
    bob.s(
      `<message from='user${user}@corp.example' to='bob@corp.example'><x xmlns='urn:x'><iq xmlns='jabber:client'/></x></message>`,
    );
  }
  const senders = lab.of('xml.smuggling').map(({ from }) => from);
  assert.deepEqual(senders, ['user1@corp.example', 'user64@corp.example']);
});
