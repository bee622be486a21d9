import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SUBSCRIPTION } from '../../../sensor/correlation/tables/roster.ts';
import type { LabFlow } from '../../support/correlation-lab.ts';
import { SceneLab, client, keysOf, type Judged } from '../../support/scene-lab.ts';

const BOB = 'bob@corp.example/phone';
const EVE = 'eve@ext.example/x';

function text(from: string, to: string, body = 'good morning to you'): string {
  return `<message from='${from}' to='${to}' type='chat'><body>${body}</body></message>`;
}

function roster(...items: readonly (readonly [jid: string, subscription: string])[]): string {
  const list = items.map(([jid, is]) => `<item jid='${jid}' subscription='${is}'/>`).join('');
  return `<iq type='result' id='r' to='${BOB}'><query xmlns='jabber:iq:roster'>${list}</query></iq>`;
}

function setUp(options: ConstructorParameters<typeof SceneLab>[0] = {}) {
  const room = new SceneLab(options);
  const bob = client(room.lab, BOB);
  const hear = (from: string, body?: string): Judged => {
    const [judged] = room.say(() => bob.s(text(from, BOB, body)));
    assert.ok(judged !== undefined);
    return judged;
  };
  return { room, lab: room.lab, bob, hear };
}

describe('Relations', () => {
  it('calls nobody a stranger before it has watched long enough', () => {
    const { lab, hear } = setUp();
    assert.equal(hear(EVE).relation, 'unknown');
    lab.wait(3500);
    assert.equal(hear('ann@ext.example').relation, 'unknown');
    lab.wait(101);
    assert.equal(hear('joe@ext.example').relation, 'stranger');
  });

  it('judges at once whose roster was seen', () => {
    const { bob, hear } = setUp();
    bob.s(
      roster(['ann@ext.example', 'both'], ['joe@ext.example', 'none'], ['sms.corp.example', 'to']),
    );
    assert.equal(hear(EVE).relation, 'stranger');
    assert.equal(hear('Ann@Ext.example/home').relation, 'contact');
    assert.equal(hear('joe@ext.example').relation, 'contact');
    assert.equal(hear('+4912345@sms.corp.example').relation, 'contact');
  });

  it('tells the first message of a stranger from the next', () => {
    const { bob, hear } = setUp();
    bob.s(roster());
    assert.deepEqual(
      [hear(EVE), hear(EVE, 'are you there?')].map((j) => j.isFirstOfStranger),
      [true, false],
    );
  });

  it('knows whom the addressee has written to, shown presence or asked for a subscription', () => {
    const acts: readonly ((bob: LabFlow) => unknown)[] = [
      (bob) => bob.c(text(BOB, 'eve@ext.example')),
      (bob) => bob.c("<presence to='eve@ext.example'/>"),
      (bob) => bob.c("<presence type='subscribe' to='eve@ext.example'/>"),
      (bob) => bob.c("<presence type='subscribed' to='eve@ext.example'/>"),
      (bob) =>
        bob.c(
          "<message to='eve@ext.example'><encrypted xmlns='urn:xmpp:omemo:2'><header/></encrypted></message>",
        ),
    ];
    for (const act of acts) {
      const { bob, hear } = setUp();
      bob.s(roster());
      act(bob);
      assert.equal(hear(EVE).relation, 'answered', String(act));
    }
  });

  it('is not acquainted by what a client sends by itself, or by what a stranger sends', () => {
    const acts: readonly ((bob: LabFlow) => unknown)[] = [
      (bob) =>
        bob.c(
          "<message to='eve@ext.example'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
        ),
      (bob) =>
        bob.c(
          "<message type='error' to='eve@ext.example'><body>no</body><error type='cancel'/></message>",
        ),
      (bob) => bob.c("<presence type='unsubscribed' to='eve@ext.example'/>"),
      (bob) => bob.c("<presence type='unavailable' to='eve@ext.example'/>"),
      (bob) => bob.c("<iq type='result' id='v' to='eve@ext.example/x'/>"),
      (bob) => bob.s(`<presence type='subscribe' from='eve@ext.example' to='${BOB}'/>`),
      (bob) => bob.s(text(EVE, BOB)),
      (bob) =>
        bob.s(
          `<iq type='set' id='p' from='eve@ext.example/x' to='${BOB}'><query xmlns='jabber:iq:roster'><item jid='eve@ext.example' subscription='both'/></query></iq>`,
        ),
      (bob) =>
        bob.s(
          `<message from='eve@ext.example' to='${BOB}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${BOB}' to='eve@ext.example'><body>hi</body></message></forwarded></sent></message>`,
        ),
    ];
    for (const act of acts) {
      const { bob, hear } = setUp();
      bob.s(roster());
      act(bob);
      assert.equal(hear(EVE).relation, 'stranger', String(act));
    }
  });

  it('learns from genuine copies of conversations it missed', () => {
    const { bob, hear } = setUp();
    bob.s(roster());
    const wrap = `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='${BOB}' to='eve@ext.example/x'><body>hi</body></message></forwarded>`;
    bob.s(`<message to='${BOB}'><result xmlns='urn:xmpp:mam:2' id='1'>${wrap}</result></message>`);
    assert.equal(hear(EVE).relation, 'answered');
  });

  it("takes the sender's roster only where the other side agreed to it", () => {
    const cases = [
      ['none', 'unknown'],
      ['to', 'contact'],
      ['from', 'contact'],
    ] as const;
    for (const [subscription, expected] of cases) {
      const { bob, room } = setUp();
      bob.s(roster(['carl@ext.example', subscription]));
      const [judged] = room.say(() => bob.c(text(BOB, 'carl@ext.example')));
      assert.equal(judged?.relation, expected, subscription);
    }
  });

  it('knows oneself, the own server and its services', () => {
    const { bob, hear } = setUp();
    bob.s(roster());
    assert.equal(hear('bob@corp.example/desk').relation, 'self');
    assert.equal(hear('corp.example').relation, 'server');
    assert.equal(hear('upload.corp.example').relation, 'server');
    assert.equal(hear('notcorp.example').relation, 'stranger');
  });

  it('survives clocks that jump', () => {
    const { lab, bob, hear } = setUp();
    bob.s(roster(['ann@ext.example', 'both']));
    lab.wait(-10 * 365 * 86400);
    assert.equal(hear('ann@ext.example').relation, 'unknown');
    lab.wait(30 * 365 * 86400);
    assert.equal(hear('ann@ext.example').relation, 'stranger');
  });
});

describe('Roster', () => {
  it('follows pushes, and removals', () => {
    const { bob, room, lab } = setUp();
    const [owner, ann] = [keysOf(BOB).bare, keysOf('ann@ext.example').bare];
    const push = (subscription: string): number => {
      bob.s(
        `<iq type='set' id='p' to='${BOB}'><query xmlns='jabber:iq:roster'><item jid='ann@ext.example' subscription='${subscription}'/></query></iq>`,
      );
      return room.tables.roster.subscription(owner, ann, lab.nowUsec);
    };
    assert.equal(room.tables.roster.isSeen(owner, lab.nowUsec), false);
    assert.equal(push('to'), SUBSCRIPTION.to);
    assert.equal(push('both'), SUBSCRIPTION.both);
    assert.equal(push('from'), SUBSCRIPTION.from);
    assert.equal(push('remove'), 0);
    assert.equal(room.tables.roster.isSeen(owner, lab.nowUsec), false, 'a push is no whole list');
    bob.s(roster());
    assert.equal(room.tables.roster.isSeen(owner, lab.nowUsec), true);
  });

  it('learns no more of one list than its limit', () => {
    const { bob, room } = setUp({ limits: { correlationRosterPerOwner: 10 } });
    const items = Array.from({ length: 100 }, (_, i): [string, string] => [
      `u${i}@ext.example`,
      'both',
    ]);
    bob.s(roster(...items));
    const report = room.memory.report().find(({ name }) => name === 'roster');
    assert.equal(report?.count, 10);
  });
});

describe('Senders', () => {
  it('counts messages, different recipients and errors of an account in its window', () => {
    const { room, lab, bob } = setUp();
    const eve = client(lab, EVE);
    for (const to of ['bob', 'ann', 'bob', 'joe', 'bob']) {
      const body = `good morning ${to}`;
      eve.c(`<message to='${to}@corp.example' type='chat'><body>${body}</body></message>`);
      if (to === 'bob') bob.s(text(EVE, BOB, body));
    }
    eve.s(
      `<message from='joe@corp.example' to='${EVE}' type='error'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
    );
    const { senders } = room.tables;
    const facts = (): number[] => {
      const slot = senders.find(keysOf(EVE).bare, lab.nowUsec);
      const { nowUsec } = lab;
      return [
        senders.messages(slot, nowUsec),
        senders.recipients(slot, nowUsec),
        senders.errors(slot, nowUsec),
        senders.firstUsec(slot),
      ];
    };
    const [messages, recipients, errors, first] = facts();
    assert.deepEqual([messages, recipients, errors], [5, 3, 1]);
    lab.wait(3601);
    assert.deepEqual(facts(), [0, 0, 0, first], 'the window is over');
    eve.c("<message to='bob@corp.example' type='chat'><body>and again</body></message>");
    assert.deepEqual(facts(), [1, 1, 0, first]);
    lab.wait(15 * 86400);
    assert.equal(senders.find(keysOf(EVE).bare, lab.nowUsec), -1);
  });
});

describe('Software', () => {
  it('keeps what accounts and servers say of themselves, and what they said before', () => {
    const { room, lab, bob } = setUp();
    const { software } = room.tables;
    const caps = (node: string): string =>
      `<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='${node}' ver='x'/></presence>`;
    bob.c(caps('https://gajim.org'));
    const { bare } = keysOf(BOB);
    assert.equal(software.client(bare, lab.nowUsec), 'https://gajim.org');
    bob.c(
      "<iq type='result' id='v' to='ann@ext.example/1'><query xmlns='jabber:iq:version'><name>Psi</name><version>1.5</version></query></iq>",
    );
    assert.equal(software.client(bare, lab.nowUsec), 'Psi 1.5');
    assert.equal(software.clientBefore(bare, lab.nowUsec), 'https://gajim.org');
    bob.s(
      `<iq type='result' id='w' from='corp.example' to='${BOB}'><query xmlns='jabber:iq:version'><name>Prosody</name><version>0.12</version></query></iq>`,
    );
    assert.equal(software.server(keysOf('corp.example').bare, lab.nowUsec), 'Prosody 0.12');
    bob.c(caps('n'.repeat(5000)));
    assert.equal(software.client(bare, lab.nowUsec).length, 96);
  });
});
