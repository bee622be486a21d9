import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CorrelationLab,
  logIn,
  type LabFlow,
  type LabOptions,
} from '../../support/correlation-lab.ts';

const ALICE = 'alice@corp.example/desk';
const VCARD = "<vCard xmlns='vcard-temp'><FN>x</FN></vCard>";

function opened(options: LabOptions = {}): {
  readonly lab: CorrelationLab;
  readonly flow: LabFlow;
} {
  const lab = new CorrelationLab(options);
  const flow = lab.flow();
  logIn(flow, 'alice');
  return { lab, flow };
}

/** What was told, accusations that wait a moment included. */
function spoofs(lab: CorrelationLab): string[] {
  lab.wait(2);
  lab.correlation.onTick(lab.nowUsec);
  return lab.raised.map(({ event }) => event).filter((event) => event.startsWith('spoof.'));
}

function ask(flow: LabFlow, id: string, to: string): void {
  flow.c(`<iq type='get' id='${id}' to='${to}'><vCard xmlns='vcard-temp'/></iq>`);
}

function answer(flow: LabFlow, id: string, from: string): void {
  flow.s(`<iq type='result' id='${id}' from='${from}' to='${ALICE}'>${VCARD}</iq>`);
}

function carbon(flow: LabFlow, from: string): void {
  flow.s(
    `<message from='${from}' to='${ALICE}'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='boss@corp.example' to='alice@corp.example'><body>hi</body></message></forwarded></received></message>`,
  );
}

describe('ledger of questions', () => {
  it('accuses nobody of answering what it had to forget', () => {
    const { lab, flow } = opened({ limits: { correlationIqLedgerEntries: 8 } });
    ask(flow, 'first', 'bob@ext.example');
    for (let i = 0; i < 20; i++) ask(flow, `q${i}`, 'carol@ext.example');
    lab.wait(300);
    answer(flow, 'first', 'bob@ext.example');
    answer(flow, 'never', 'eve@ext.example');
    assert.deepEqual(spoofs(lab), []);
    // What it still knows it judges.
    answer(flow, 'q19', 'eve@ext.example');
    assert.deepEqual(spoofs(lab), ['spoof.iq_answer']);
  });

  it('trusts itself again in sessions younger than what it forgot', () => {
    const { lab, flow } = opened({ limits: { correlationIqLedgerEntries: 8 } });
    for (let i = 0; i < 20; i++) ask(flow, `q${i}`, 'carol@ext.example');
    flow.close();
    lab.wait(10);
    const next = lab.flow();
    logIn(next, 'alice');
    lab.wait(130);
    answer(next, 'never', 'eve@ext.example');
    assert.deepEqual(spoofs(lab), ['spoof.iq_unasked']);
  });

  it('a clock that jumps makes no answer a forged one', () => {
    for (const years of [-20, 20]) {
      const { lab, flow } = opened();
      ask(flow, 'a', 'bob@ext.example');
      lab.wait(years * 365 * 86_400);
      answer(flow, 'a', 'bob@ext.example');
      assert.deepEqual(spoofs(lab), [], `${years} years`);
      // Nor does it make the sensor silent.
      const next = lab.flow();
      logIn(next, 'alice');
      lab.wait(130);
      answer(next, 'never', 'eve@ext.example');
      assert.deepEqual(spoofs(lab), ['spoof.iq_unasked'], `${years} years`);
    }
  });

  it('questions of one account do not answer for another', () => {
    const lab = new CorrelationLab();
    const bob = lab.flow();
    logIn(bob, 'bob');
    ask(bob, 'a', 'carol@ext.example');
    const flow = lab.flow();
    logIn(flow, 'alice');
    lab.wait(130);
    answer(flow, 'a', 'carol@ext.example');
    assert.deepEqual(spoofs(lab), ['spoof.iq_unasked']);
  });

  it('addresses of greatest length are kept apart', () => {
    const { lab, flow } = opened();
    const long = (end: string): string => `${'a'.repeat(1022)}${end}@${'b'.repeat(1000)}.example`;
    ask(flow, 'a', long('1'));
    answer(flow, 'a', long('1'));
    assert.deepEqual(spoofs(lab), []);
    answer(flow, 'a', long('2'));
    assert.deepEqual(spoofs(lab), ['spoof.iq_answer']);
    const [raised] = lab.of('spoof.iq_answer');
    assert.ok(raised !== undefined);
    assert.ok(String(raised.context['summary']).length < 500);
  });
});

describe('an answer without its question', () => {
  const late = (): { readonly lab: CorrelationLab; readonly flow: LabFlow } => {
    const session = opened();
    session.lab.wait(130);
    return session;
  };

  it('is told after a moment, and once', () => {
    const { lab, flow } = late();
    answer(flow, 'a', 'eve@ext.example');
    lab.correlation.onTick(lab.nowUsec);
    assert.deepEqual(lab.of('spoof.iq_unasked'), []);
    assert.deepEqual(spoofs(lab), ['spoof.iq_unasked']);
    flow.close();
    assert.equal(lab.of('spoof.iq_unasked').length, 1);
  });

  it('is told at the end of the session at the latest', () => {
    const { lab, flow } = late();
    answer(flow, 'a', 'eve@ext.example');
    flow.close();
    const [raised] = lab.of('spoof.iq_unasked');
    assert.deepEqual([raised?.from, raised?.to], ['eve@ext.example', ALICE]);
  });

  it('is none when the question was captured behind it', () => {
    const { lab, flow } = late();
    answer(flow, 'a', 'bob@ext.example');
    ask(flow, 'a', 'bob@ext.example');
    assert.deepEqual(spoofs(lab), []);
  });

  it('is none when the question turns out to be lost', () => {
    const { lab, flow } = late();
    answer(flow, 'a', 'bob@ext.example');
    flow.gap(0);
    assert.deepEqual(spoofs(lab), []);
  });

  it('many of them wait in bounded room, and all are told', () => {
    const { lab, flow } = late();
    for (let i = 0; i < 1000; i++) answer(flow, `a${i}`, `eve${i}@ext.example`);
    assert.equal(spoofs(lab).length, 1000);
  });
});

describe('what is told', () => {
  it('one incident for each attacker, with the accounts that were sent something', () => {
    const lab = new CorrelationLab();
    for (const name of ['alice', 'bob', 'carol']) {
      const flow = lab.flow();
      logIn(flow, name);
      flow.s(
        `<iq type='set' id='p' from='Eve@Ext.example/x' to='${name}@corp.example/desk'><query xmlns='jabber:iq:roster'><item jid='a@b.example'/></query></iq>`,
      );
    }
    const raised = lab.of('spoof.roster_push');
    assert.deepEqual(
      [...new Set(raised.map(({ incident }) => incident?.key))],
      ['eve@ext.example'],
    );
    assert.deepEqual(
      raised.flatMap(({ incident }) => incident?.contributors ?? []),
      ['alice@corp.example', 'bob@corp.example', 'carol@corp.example'],
    );
  });

  it('names who is logged in, not who is claimed', () => {
    const { lab, flow } = opened();
    flow.c(
      "<message from='boss@corp.example' to='bob@corp.example'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></sent></message>",
    );
    assert.deepEqual(spoofs(lab).sort(), ['spoof.c2s_from', 'spoof.carbon']);
    for (const { incident } of lab.raised.filter(({ event }) => event.startsWith('spoof.'))) {
      assert.equal(incident?.key, 'alice@corp.example');
    }
  });

  it('no text of messages', () => {
    const { lab, flow } = opened();
    carbon(flow, 'eve@ext.example/x');
    const [raised] = lab.of('spoof.carbon');
    assert.equal(
      raised?.context['summary'],
      'eve@ext.example/x sent alice@corp.example a forged copy of a message, as if another device of that account had sent or received it',
    );
  });
});

describe('who a session is', () => {
  it('is known from its login, and stays known after a hole', () => {
    const { lab, flow } = opened();
    flow.c('<presence/>');
    flow.gap(0);
    flow.c(
      "<message from='boss@corp.example' to='bob@corp.example' id='1'><body>hi</body></message>",
    );
    assert.deepEqual(spoofs(lab), ['spoof.c2s_from']);
  });

  it('is what its server bound last, whatever resource the client wanted', () => {
    const lab = new CorrelationLab();
    const flow = lab.flow();
    logIn(flow, 'alice', 'corp.example', 'given-by-server');
    flow.c(
      "<message from='alice@corp.example/wanted' to='bob@corp.example'><body>hi</body></message>",
    );
    assert.deepEqual(spoofs(lab), []);
  });

  it('is forgotten with the session: the flow of another begins anew', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 4097; i++) {
      const flow = lab.flow();
      if (i === 0 || i === 4096) {
        logIn(flow, i === 0 ? 'alice' : 'bob');
        flow.c(`<presence from='${i === 0 ? 'alice' : 'bob'}@corp.example/desk'/>`);
      }
      flow.close();
    }
    assert.deepEqual(spoofs(lab), []);
  });
});

describe('authors of messages', () => {
  const room = 'den@rooms.ext.example';
  const say = (flow: LabFlow, nick: string, id: string, more = ''): void => {
    flow.s(
      `<message from='${room}/${nick}' to='${ALICE}' type='groupchat' id='${id}'><body>hi</body>${more}</message>`,
    );
  };
  const correct = (id: string): string =>
    `<replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`;
  const rename = (flow: LabFlow, from: string, to: string): void => {
    flow.s(
      `<presence from='${room}/${from}' to='${ALICE}' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item nick='${to}'/><status code='303'/></x></presence>`,
    );
  };

  it('are followed through several nicknames, and nicknames that change hands', () => {
    const { lab, flow } = opened();
    say(flow, 'ann', 'a1');
    say(flow, 'ben', 'b1');
    rename(flow, 'ann', 'temp');
    rename(flow, 'ben', 'ann');
    rename(flow, 'temp', 'ben');
    say(flow, 'ben', 'a2', correct('a1'));
    say(flow, 'ann', 'b2', correct('b1'));
    assert.deepEqual(spoofs(lab), []);
    say(flow, 'ann', 'b3', correct('a1'));
    assert.deepEqual(spoofs(lab), ['spoof.correction']);
  });

  it('many who share one id are not judged by it', () => {
    const { lab, flow } = opened();
    for (const nick of ['ann', 'ben', 'cat', 'dan']) say(flow, nick, '1');
    say(flow, 'eve', '2', correct('1'));
    assert.deepEqual(spoofs(lab), []);
  });

  it('in a session joined late only occupant ids tell', () => {
    const lab = new CorrelationLab();
    const flow = lab.flow({ midstream: true });
    say(flow, 'ann', 'a1');
    say(flow, 'eve', 'e1', correct('a1'));
    assert.deepEqual(spoofs(lab), []);
    const occupant = (id: string): string =>
      `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='${id}'/>`;
    say(flow, 'ann', 'a2', occupant('1'));
    say(flow, 'eve', 'e2', correct('a2') + occupant('2'));
    assert.deepEqual(spoofs(lab), ['spoof.correction']);
  });

  it('a room seen by two of its members is judged once for each, as one incident', () => {
    const { lab, flow } = opened();
    const other = lab.flow();
    logIn(other, 'bob');
    for (const each of [flow, other]) {
      say(each, 'ann', 'a1');
      say(each, 'eve', 'e1', correct('a1'));
    }
    const keys = lab.of('spoof.correction').map(({ incident }) => incident?.key);
    assert.deepEqual(keys, [`${room}/eve ${room}`, `${room}/eve ${room}`]);
  });
});

describe('addresses', () => {
  it('letters beyond ASCII fold by the book', () => {
    const lab = new CorrelationLab();
    const flow = lab.flow();
    logIn(flow, 'jürgen', 'bücher.example');
    for (const from of [
      'JÜRGEN@bücher.example',
      'jürgen@BÜCHER.example',
      'Jürgen@xn--bcher-kva.example',
    ]) {
      flow.s(
        `<iq type='set' id='p' from='${from}' to='jürgen@bücher.example/desk'><query xmlns='jabber:iq:roster'><item jid='a@b.example'/></query></iq>`,
      );
      flow.c(`<presence from='${from}/desk'/>`);
    }
    assert.deepEqual(spoofs(lab), []);
    flow.c("<presence from='jurgen@bücher.example/desk'/>");
    assert.deepEqual(spoofs(lab), ['spoof.c2s_from']);
  });
});
