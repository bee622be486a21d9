import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab, logIn, type LabFlow } from '../../support/correlation-lab.ts';

const PIECES = [1, 7, Infinity];
const ROOM = 'tea@rooms.corp.example';

function session(lab: CorrelationLab, user: string): LabFlow {
  const flow = lab.flow();
  logIn(flow, user);
  return flow;
}

function join(room: string, nick: string): string {
  return `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`;
}

function keys(lab: CorrelationLab, event: string): Set<string | undefined> {
  return new Set(lab.of(event).map(({ incident }) => incident?.key));
}

describe('accounts tried out', () => {
  function tryOut(lab: CorrelationLab, flow: LabFlow, account: string, id: number): void {
    flow
      .c(`<iq type='get' to='${account}' id='i${id}'><query xmlns='jabber:iq:last'/></iq>`)
      .s(
        `<iq type='error' from='${account}' to='mallory@corp.example/desk' id='i${id}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
      );
    lab.wait(1);
  }

  for (const pieceBytes of PIECES) {
    it(`are one incident that grows, in pieces of ${pieceBytes}`, () => {
      const lab = new CorrelationLab({ pieceBytes });
      const flow = session(lab, 'mallory');
      for (let i = 0; i < 40; i++) tryOut(lab, flow, `u${i}@corp.example`, i);
      const raised = lab.of('service.jid_enumeration');
      assert.equal(raised.length, 11);
      assert.deepEqual([...keys(lab, 'service.jid_enumeration')], ['mallory@corp.example']);
      assert.equal(
        raised.at(-1)?.context['summary'],
        'mallory@corp.example tried 40 accounts within 10 minutes, and 40 of them do not exist',
      );
    });
  }

  it('count once each', () => {
    const lab = new CorrelationLab();
    const flow = session(lab, 'mallory');
    for (let i = 0; i < 200; i++) tryOut(lab, flow, `u${i % 29}@corp.example`, i);
    assert.deepEqual(lab.of('service.jid_enumeration'), []);
  });

  it('begin anew after the window, wherever the clock goes', () => {
    const lab = new CorrelationLab();
    const flow = session(lab, 'mallory');
    for (let i = 0; i < 20; i++) tryOut(lab, flow, `u${i}@corp.example`, i);
    lab.wait(-86_400 * 365);
    for (let i = 20; i < 40; i++) tryOut(lab, flow, `u${i}@corp.example`, i);
    assert.deepEqual(lab.of('service.jid_enumeration'), []);
  });
});

describe('rooms', () => {
  it('tell of every newcomer beyond the threshold, as one incident', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 25; i++) session(lab, `u${i}`).c(join(ROOM, `u${i}`));
    assert.equal(lab.of('service.muc_join_flood').length, 6);
    assert.deepEqual([...keys(lab, 'service.muc_join_flood')], [ROOM]);
  });

  it('count an occupant with two devices once', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 30; i++) session(lab, `u${i % 15}`).c(join(ROOM, `u${i % 15}`));
    assert.deepEqual(lab.of('service.muc_join_flood'), []);
  });

  it('count a message once, whatever it is passed on to', () => {
    const lab = new CorrelationLab();
    const flows = ['alice', 'bob', 'carol', 'dave'].map((user) => session(lab, user));
    for (let i = 0; i < 8; i++) {
      const text = `message number ${i} of this morning`;
      flows[0]?.c(
        `<message to='${ROOM}' type='groupchat' id='g${i}'><body>${text}</body></message>`,
      );
      for (const [n, user] of ['alice', 'bob', 'carol', 'dave'].entries()) {
        flows[n]?.s(
          `<message from='${ROOM}/alice' to='${user}@corp.example/desk' type='groupchat' id='g${i}'><body>${text}</body></message>`,
        );
      }
    }
    assert.deepEqual(lab.of('service.muc_message_flood'), []);
    assert.deepEqual(lab.of('service.muc_repeat'), []);
  });

  it('do not take presence shown to a person for a nickname', () => {
    const lab = new CorrelationLab();
    const flow = session(lab, 'alice');
    for (let i = 0; i < 20; i++) flow.c(`<presence to='bob@corp.example/r${i}'/>`);
    assert.deepEqual(lab.of('service.muc_nick_changes'), []);
  });

  it('believe no client about who owns them', () => {
    const lab = new CorrelationLab();
    const flow = session(lab, 'mallory');
    const owner = (from: string, jid: string): string =>
      `<presence from='${from}' to='mallory@corp.example/desk'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='${jid}'/></x></presence>`;
    flow.c(join(ROOM, 'mallory')).s(owner(`${ROOM}/Olga`, 'olga@corp.example/x'));
    // Another room, and the client itself, have no say.
    flow.s(owner('evil@rooms.ext.example/M', 'mallory@corp.example/desk'));
    flow.c(owner(`${ROOM}/mallory`, 'mallory@corp.example/desk'));
    flow
      .c(
        `<iq type='set' to='${ROOM}' id='d1'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
      )
      .s(`<iq type='result' from='${ROOM}' to='mallory@corp.example/desk' id='d1'/>`);
    assert.equal(lab.of('service.muc_destroyed').length, 1);
  });

  it('trust whom a newcomer raised only after a day', () => {
    for (const [seconds, count] of [
      [3600, 1],
      [90_000, 0],
    ] as const) {
      const lab = new CorrelationLab();
      const presence = (user: string, affiliation: string): string =>
        `<presence from='${ROOM}/${user}' to='${user}@corp.example/desk'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='${affiliation}' role='moderator'/><status code='110'/></x></presence>`;
      const olga = session(lab, 'olga').s(presence('olga', 'owner'));
      const alice = session(lab, 'alice').s(presence('alice', 'member'));
      const mallory = session(lab, 'mallory').s(presence('mallory', 'none'));
      alice
        .c(
          `<iq type='set' to='${ROOM}' id='g1'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner' jid='mallory@corp.example'/></query></iq>`,
        )
        .s(`<iq type='result' from='${ROOM}' to='alice@corp.example/desk' id='g1'/>`);
      assert.equal(lab.of('service.muc_grant').length, 1);
      mallory.s(presence('mallory', 'owner'));
      lab.wait(seconds);
      mallory
        .c(
          `<iq type='set' to='${ROOM}' id='d1'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
        )
        .s(`<iq type='result' from='${ROOM}' to='mallory@corp.example/desk' id='d1'/>`);
      assert.equal(lab.of('service.muc_destroyed').length, count);
      olga.close();
    }
  });
});

describe('bounds', () => {
  it('hold for any number of rooms, people and addresses of any length', () => {
    const lab = new CorrelationLab({
      limits: {
        correlationOccupantEntries: 512,
        correlationRoomEntries: 512,
        correlationEnumerationEntries: 512,
        correlationServiceSenderEntries: 512,
        correlationNuisanceEntries: 512,
      },
    });
    const flow = session(lab, 'mallory');
    const long = 'x'.repeat(900);
    for (let i = 0; i < 3000; i++) {
      const who = `${long}${i}@corp.example`;
      flow
        .c(join(`r${i}@rooms.corp.example`, `${long}${i}`))
        .c(
          `<message to='r${i}@rooms.corp.example' type='groupchat' id='m${i}'><body>what is the matter with number ${i}</body></message>`,
        )
        .c(`<iq type='get' to='${who}' id='v${i}'><vCard xmlns='vcard-temp'/></iq>`)
        .c(`<iq type='get' to='${who}' id='p${i}'><ping xmlns='urn:xmpp:ping'/></iq>`)
        .s(
          `<iq type='error' from='${who}' to='mallory@corp.example/desk' id='v${i}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
        );
    }
    for (const { name, count, capacity } of lab.correlation.report()) {
      assert.ok(count <= capacity, name);
    }
    for (const { context, incident } of lab.raised) {
      assert.ok(String(context['summary'] ?? '').length < 700);
      assert.ok((incident?.contributors ?? []).every((text) => text.length <= 128));
    }
  });
});
