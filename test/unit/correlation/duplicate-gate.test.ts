import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SceneLab, client, link } from '../../support/scene-lab.ts';

interface Attributes {
  readonly from?: string;
  readonly to?: string;
  readonly id?: string;
  readonly type?: string;
  readonly body?: string;
  readonly extra?: string;
}

function stanza(name: string, { body, extra = '', ...attributes }: Attributes): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}='${value}'`);
  return `<${name}${words.join('')}>${body === undefined ? '' : `<body>${body}</body>`}${extra}</${name}>`;
}

const message = (attributes: Attributes): string =>
  stanza('message', { type: 'chat', body: 'lunch at noon then', ...attributes });
const presence = (attributes: Attributes): string => stanza('presence', attributes);

const ALICE = 'alice@corp.example/desk';
const BOB = 'bob@corp.example/phone';

describe('DuplicateGate on messages between two accounts', () => {
  it('knows the second leg again, with and without an id', () => {
    for (const id of ['m1', undefined]) {
      const { lab, ...room } = setUp();
      const named = id === undefined ? {} : { id };
      const first = message({ ...named, to: 'bob@corp.example' });
      const second = message({ ...named, from: ALICE, to: BOB });
      assert.equal(
        room.isRepeat(() => room.alice.c(first)),
        false,
        'first hop',
      );
      assert.equal(
        room.isRepeat(() => room.bob.s(second)),
        true,
        'last hop',
      );
      assert.ok(lab.nowUsec > 0);
    }
  });

  it('knows three legs and a carbon as one message', () => {
    const room = setUp();
    const out = link(room.lab);
    const remote = client(room.lab, 'carl@ext.example/pad');
    const to = 'carl@ext.example';
    const sent = message({ id: 'm2', to });
    const passed = message({ id: 'm2', from: ALICE, to });
    const legs = [
      room.isRepeat(() => room.alice.c(sent)),
      room.isRepeat(() => out.c(passed)),
      room.isRepeat(() => remote.s(passed)),
    ];
    assert.deepEqual(legs, [false, true, true]);
    const carbon = `<message from='alice@corp.example' to='alice@corp.example/pad'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${ALICE}' to='${to}' type='chat'><body>lunch at noon then</body></message></forwarded></sent></message>`;
    const second = client(room.lab, 'alice@corp.example/pad');
    assert.equal(
      room.isRepeat(() => second.s(carbon)),
      true,
    );
  });

  it('counts what comes by the same place again, whatever its id', () => {
    const room = setUp();
    const first = message({ id: 'same', to: 'bob@corp.example' });
    const last = message({ id: 'same', from: ALICE, to: BOB });
    for (let i = 0; i < 3; i++) {
      assert.equal(
        room.isRepeat(() => room.alice.c(first)),
        false,
      );
      assert.equal(
        room.isRepeat(() => room.bob.s(last)),
        true,
      );
    }
    const mallory = message({ id: 'x', from: 'mallory@ext.example/a', to: BOB });
    for (let i = 0; i < 3; i++)
      assert.equal(
        room.isRepeat(() => room.bob.s(mallory)),
        false,
      );
  });

  it('counts each recipient of one text with one id', () => {
    const room = setUp();
    const incoming = link(room.lab);
    for (const user of ['ann', 'ben', 'cid']) {
      const text = message({ id: 'ad', from: 'm@ext.example', to: `${user}@corp.example` });
      assert.equal(
        room.isRepeat(() => incoming.c(text)),
        false,
        user,
      );
      const inbox = client(room.lab, `${user}@corp.example/x`);
      const last = message({ id: 'ad', from: 'm@ext.example', to: `${user}@corp.example/x` });
      assert.equal(
        room.isRepeat(() => inbox.s(last)),
        true,
        user,
      );
    }
  });

  it('counts another text, another id and another sender', () => {
    const room = setUp();
    room.alice.c(message({ id: 'm', to: 'bob@corp.example' }));
    const others = [
      message({ id: 'm', from: ALICE, to: BOB, body: 'no lunch today' }),
      message({ id: 'n', from: ALICE, to: BOB }),
      message({ id: 'm', from: 'carl@corp.example/x', to: BOB }),
    ];
    for (const other of others)
      assert.equal(
        room.isRepeat(() => room.bob.s(other)),
        false,
        other,
      );
  });

  it('forgets after its windows, and when the clock jumps', () => {
    const cases: readonly [seconds: number, id: string | undefined, expected: boolean][] = [
      [59, undefined, true],
      [61, undefined, false],
      [899, 'm', true],
      [901, 'm', false],
      [-899, 'm', true],
      [-4e7, 'm', false],
      [4e8, 'm', false],
    ];
    for (const [seconds, id, expected] of cases) {
      const room = setUp();
      const named = id === undefined ? {} : { id };
      room.alice.c(message({ ...named, to: 'bob@corp.example' }));
      room.lab.wait(seconds - 0.001);
      const last = message({ ...named, from: ALICE, to: BOB });
      assert.equal(
        room.isRepeat(() => room.bob.s(last)),
        expected,
        `${seconds} ${id ?? ''}`,
      );
    }
  });

  it('knows what a client writes again on a new connection', () => {
    const room = setUp();
    const text = message({ id: 'r1', to: 'bob@corp.example' });
    room.alice.c(text);
    const resumed = client(room.lab, ALICE);
    assert.equal(
      room.isRepeat(() => resumed.c(text)),
      true,
    );
    const device = client(room.lab, 'alice@corp.example/pad');
    assert.equal(
      room.isRepeat(() => device.c(text)),
      false,
      'another device',
    );
    const nameless = message({ to: 'bob@corp.example' });
    room.alice.c(nameless);
    assert.equal(
      room.isRepeat(() => resumed.c(nameless)),
      false,
      'no proof',
    );
  });

  it('knows a message whose sender was unknown at its first hop', () => {
    const room = setUp();
    const unknown = room.lab.flow({ midstream: true });
    unknown.c(
      `<message xmlns='jabber:client' type='chat' id='a1' to='bob@corp.example'><body>hello you</body></message>`,
    );
    const last = message({ id: 'a1', from: 'carl@corp.example/x', to: BOB, body: 'hello you' });
    assert.equal(
      room.isRepeat(() => room.bob.s(last)),
      true,
    );
  });

  it('does not count archives, room history and late deliveries, unless somebody else wraps them', () => {
    const room = setUp();
    const inner = `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='carl@ext.example/x' to='bob@corp.example' type='chat'><body>old news</body></message></forwarded>`;
    const result = `<result xmlns='urn:xmpp:mam:2' id='1' queryid='q'>${inner}</result>`;
    const own = `<message to='${BOB}'>${result}</message>`;
    const forged = `<message from='mallory@ext.example/x' to='${BOB}'>${result}</message>`;
    assert.equal(
      room.isRepeat(() => room.bob.s(own)),
      true,
    );
    assert.equal(
      room.isRepeat(() => room.bob.s(forged)),
      false,
    );
    const delay =
      "<delay xmlns='urn:xmpp:delay' from='corp.example' stamp='2026-11-20T10:00:00Z'/>";
    const late = message({ id: 'o1', from: 'carl@ext.example/x', to: BOB, extra: delay });
    assert.equal(
      room.isRepeat(() => room.bob.s(late)),
      true,
    );
    room.lab.wait(300);
    const marked = message({ id: 'o2', from: 'carl@ext.example/x', to: BOB, extra: delay });
    assert.equal(
      room.isRepeat(() => room.bob.s(marked)),
      false,
      'long after the login',
    );
  });

  it('counts an error once on its way back', () => {
    const room = setUp();
    const out = link(room.lab);
    const error = { id: 'e1', type: 'error', from: 'nobody@ext.example', to: ALICE };
    const extra =
      "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    const text = message({ ...error, extra });
    assert.equal(
      room.isRepeat(() => out.s(text)),
      false,
    );
    const judged = room.say(() => room.alice.s(text));
    assert.deepEqual([judged[0]?.isRepeat, judged[0]?.isCanned], [true, true]);
  });
});

describe('DuplicateGate in rooms', () => {
  const ROOM = 'ops@muc.corp.example';

  it('counts a message to a room once, reflected to every occupant', () => {
    for (const id of ['g1', undefined]) {
      const room = setUp();
      const named = id === undefined ? {} : { id };
      const sent = message({ ...named, type: 'groupchat', to: ROOM });
      assert.equal(
        room.isRepeat(() => room.alice.c(sent)),
        false,
      );
      for (const [inbox, to] of [
        [room.alice, ALICE],
        [room.bob, BOB],
      ] as const) {
        const reflected = message({ ...named, type: 'groupchat', from: `${ROOM}/al`, to });
        assert.equal(
          room.isRepeat(() => inbox.s(reflected)),
          true,
          to,
        );
      }
    }
  });

  it('counts it once when only reflections are seen, and again when it is said again', () => {
    const room = setUp();
    const out = link(room.lab);
    const say = (to: string): boolean =>
      room.isRepeat(() => out.c(message({ type: 'groupchat', from: `${ROOM}/al`, to })));
    assert.deepEqual([say('x@ext.example/1'), say('y@ext.example/1')], [false, true]);
    assert.deepEqual([say('x@ext.example/1'), say('y@ext.example/1')], [false, true]);
  });

  it('takes another nick with the same text for another message', () => {
    const room = setUp();
    room.alice.c(message({ type: 'groupchat', to: ROOM, body: 'yes I agree' }));
    const say = (nick: string): boolean =>
      room.isRepeat(() =>
        room.bob.s(
          message({ type: 'groupchat', from: `${ROOM}/${nick}`, to: BOB, body: 'yes I agree' }),
        ),
      );
    assert.equal(say('al'), true);
    assert.equal(say('carla'), false);
  });

  it('knows a message whose id the room rewrote', () => {
    const room = setUp();
    room.alice.c(message({ id: 'mine', type: 'groupchat', to: ROOM }));
    const reflected = message({ id: 'theirs', type: 'groupchat', from: `${ROOM}/al`, to: BOB });
    assert.equal(
      room.isRepeat(() => room.bob.s(reflected)),
      true,
    );
  });

  it('knows a private message delivered under a nick', () => {
    const room = setUp();
    const extra = "<x xmlns='http://jabber.org/protocol/muc#user'/>";
    room.alice.c(message({ id: 'p1', to: `${ROOM}/bobby`, extra }));
    const last = message({ id: 'p1', from: `${ROOM}/al`, to: BOB, extra });
    assert.equal(
      room.isRepeat(() => room.bob.s(last)),
      true,
    );
    const other = message({ id: 'p1', from: `${ROOM}/eve`, to: BOB, extra });
    assert.equal(
      room.isRepeat(() => room.bob.s(other)),
      false,
      'another occupant',
    );
  });

  it('knows it as well when only the room marks it, as many clients do not', () => {
    const room = setUp();
    room.alice.c(
      presence({ to: `${ROOM}/al`, extra: "<x xmlns='http://jabber.org/protocol/muc'/>" }),
    );
    room.alice.c(message({ id: 'p2', to: `${ROOM}/bobby` }));
    const extra = "<x xmlns='http://jabber.org/protocol/muc#user'/>";
    const last = message({ id: 'p2', from: `${ROOM}/al`, to: BOB, extra });
    assert.equal(
      room.isRepeat(() => room.bob.s(last)),
      true,
    );
  });

  it('counts an invitation once that the room passes on in its own words', () => {
    const room = setUp();
    const invite = (attribute: string): string =>
      `<x xmlns='http://jabber.org/protocol/muc#user'><invite ${attribute}='bob@corp.example'/></x>`;
    const sent = `<message id='v1' to='${ROOM}'>${invite('to')}</message>`;
    assert.equal(
      room.isRepeat(() => room.alice.c(sent)),
      false,
    );
    const passed = `<message id='v1' from='${ROOM}' to='${BOB}'><body>Al invited you</body>${invite('from')}</message>`;
    assert.equal(
      room.isRepeat(() => room.bob.s(passed)),
      true,
    );
    const forged = `<message id='v2' from='${ROOM}' to='${BOB}'><body>Al invited you</body>${invite('from')}</message>`;
    assert.equal(
      room.isRepeat(() => room.bob.s(forged)),
      false,
    );
  });

  it('counts a new subject once, also where the room drops its id', () => {
    const room = setUp();
    const subject = '<subject>Release on Monday</subject>';
    room.alice.c(`<message type='groupchat' id='s1' to='${ROOM}'>${subject}</message>`);
    const seen = `<message type='groupchat' from='${ROOM}/al' to='${BOB}'>${subject}</message>`;
    assert.equal(
      room.isRepeat(() => room.bob.s(seen)),
      true,
    );
  });

  it('does not count history', () => {
    const room = setUp();
    const extra = `<delay xmlns='urn:xmpp:delay' from='${ROOM}' stamp='2026-11-20T10:00:00Z'/>`;
    const old = message({ type: 'groupchat', from: `${ROOM}/zoe`, to: BOB, extra });
    assert.equal(
      room.isRepeat(() => room.bob.s(old)),
      true,
    );
  });

  it('counts an entry once, and the next one again', () => {
    const room = setUp();
    const join = presence({
      to: `${ROOM}/al`,
      extra: "<x xmlns='http://jabber.org/protocol/muc'/>",
    });
    const seen = presence({
      from: `${ROOM}/al`,
      to: BOB,
      extra: "<x xmlns='http://jabber.org/protocol/muc#user'/>",
    });
    for (let i = 0; i < 2; i++) {
      assert.equal(
        room.isRepeat(() => room.alice.c(join)),
        false,
      );
      assert.equal(
        room.isRepeat(() => room.bob.s(seen)),
        true,
      );
    }
    const rival = room.isRepeat(() => room.bob.c(join));
    assert.equal(rival, false, 'somebody else wants the nick');
  });
});

describe('DuplicateGate on presence and iq', () => {
  it('counts a subscription request once on its way, and not again when it is delivered anew', () => {
    const room = setUp();
    const out = link(room.lab);
    const asked = presence({ type: 'subscribe', from: 'zed@ext.example', to: 'bob@corp.example' });
    assert.equal(
      room.isRepeat(() => out.c(asked)),
      false,
    );
    assert.equal(
      room.isRepeat(() => room.bob.s(asked)),
      true,
    );
    room.lab.wait(7200);
    const again = client(room.lab, BOB);
    assert.equal(
      room.isRepeat(() => again.s(asked)),
      true,
      'at the next login',
    );
    assert.equal(
      room.isRepeat(() => out.c(asked)),
      false,
      'asked again',
    );
    room.lab.wait(2 * 86400);
    assert.equal(
      room.isRepeat(() => again.s(asked)),
      false,
      'after two days',
    );
  });

  it('knows a broadcast the client wrote once', () => {
    const room = setUp();
    assert.equal(
      room.isRepeat(() => room.alice.c('<presence><show>away</show></presence>')),
      false,
    );
    const seen = presence({ from: ALICE, to: BOB });
    assert.equal(
      room.isRepeat(() => room.bob.s(seen)),
      true,
    );
  });

  it('knows a request and its answer by id', () => {
    const room = setUp();
    const query = "<query xmlns='jabber:iq:version'/>";
    const request = stanza('iq', { type: 'get', id: 'v1', to: BOB, extra: query });
    const passed = stanza('iq', { type: 'get', id: 'v1', from: ALICE, to: BOB, extra: query });
    assert.equal(
      room.isRepeat(() => room.alice.c(request)),
      false,
    );
    assert.equal(
      room.isRepeat(() => room.bob.s(passed)),
      true,
    );
    const answer = stanza('iq', { type: 'result', id: 'v1', to: ALICE });
    const returned = stanza('iq', { type: 'result', id: 'v1', from: BOB, to: ALICE });
    assert.equal(
      room.isRepeat(() => room.bob.c(answer)),
      false,
    );
    assert.equal(
      room.isRepeat(() => room.alice.s(returned)),
      true,
    );
    assert.equal(
      room.isRepeat(() => room.alice.c(request)),
      false,
      'asked again',
    );
  });
});

/** Alice and Bob, connected to one server. */
function setUp() {
  const room = new SceneLab();
  const { lab } = room;
  return {
    lab,
    alice: client(lab, ALICE),
    bob: client(lab, BOB),
    say: (write: () => unknown) => room.say(write),
    isRepeat: (write: () => unknown) => room.isRepeat(write),
  };
}
