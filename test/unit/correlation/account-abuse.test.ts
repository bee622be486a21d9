import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab, type LabFlow } from '../../support/correlation-lab.ts';
import { attempt, bind, fail, offer, register } from '../../support/logins.ts';

const PHONE = " xml:lang='en'";
const SM = "xmlns='urn:xmpp:sm:3'";

function names(lab: CorrelationLab, prefix = 'auth.'): string[] {
  return lab.raised.map(({ event }) => event).filter((event) => event.startsWith(prefix));
}

interface Where {
  readonly client?: string;
  readonly header?: string;
  readonly user?: string;
}

/** A session up to its login. */
function enter(
  lab: CorrelationLab,
  { client = '192.0.2.10', header = PHONE, user = 'alice' }: Where = {},
): LabFlow {
  return attempt(offer(lab.flow({ client }), { header }), user, { mechanism: 'SCRAM-SHA-1' })
    .c(
      '<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="corp.example" version="1.0">',
    )
    .s(
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='corp.example' id='x' version='1.0'><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
    );
}

function resume(lab: CorrelationLab, previd: string, where: Where = {}, succeeds = true): LabFlow {
  return enter(lab, where)
    .c(`<resume ${SM} h='0' previd='${previd}'/>`)
    .s(succeeds ? `<resumed ${SM} h='0' previd='${previd}'/>` : `<failed ${SM}/>`);
}

describe('sm-hijack', () => {
  const enabled = (lab: CorrelationLab, id: string, where: Where = {}): void => {
    enter(lab, where)
      .c(`<enable ${SM} resume='true'/>`)
      .s(`<enabled ${SM} id='${id}' resume='true'/>`);
  };

  it('another account, or another program in another network', () => {
    const lab = new CorrelationLab();
    enabled(lab, 'one');
    resume(lab, 'one', { user: 'mallory' });
    assert.equal(lab.of('auth.resume_elsewhere')[0]?.context['differs'], 'account');
    enabled(lab, 'two');
    resume(lab, 'two', { client: '203.0.113.7', header: '' });
    assert.equal(lab.of('auth.resume_elsewhere')[1]?.context['differs'], 'client');
    assert.equal(names(lab).length, 2);
    assert.ok(!JSON.stringify(lab.raised).includes("'two'"));
  });

  it('a phone on the move, a new version of a program at home', () => {
    const lab = new CorrelationLab();
    enabled(lab, 'one');
    resume(lab, 'one', { client: '203.0.113.7' });
    resume(lab, 'one', { client: '198.18.0.1' });
    enabled(lab, 'two');
    resume(lab, 'two', { header: '' });
    assert.deepEqual(names(lab), []);
  });

  it('without a login', () => {
    const lab = new CorrelationLab();
    offer(lab.flow()).c(`<resume ${SM} h='0' previd='x'/>`).s(`<failed ${SM}/>`);
    assert.deepEqual(names(lab), ['auth.resume_preauth']);
    offer(lab.flow()).c(`<resume ${SM} h='0' previd='x'/>`).close();
    assert.equal(names(lab).length, 2);
  });

  it('ids that were never given out', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 4; i++) resume(lab, `guess${i}`, {}, false);
    assert.deepEqual(names(lab), []);
    resume(lab, 'guess4', {}, false);
    assert.deepEqual(names(lab), ['auth.resume_guessing']);
  });

  it('a server that restarts: everybody asks, everybody is refused', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 20; i++) enabled(lab, `id${i}`, { user: `user${i}` });
    for (let i = 0; i < 20; i++) resume(lab, `id${i}`, { user: `user${i}` }, false);
    for (let i = 0; i < 8; i++) resume(lab, 'forgotten', { user: 'bob' }, false);
    assert.deepEqual(names(lab), []);
  });

  it('confirms what was not sent', () => {
    const message = "<message from='bob@corp.example/x'><body>hi</body></message>";
    const lab = new CorrelationLab();
    const start = (): LabFlow =>
      enter(lab).c(`<enable ${SM}/>`).s(`<enabled ${SM}/>`).s(message.repeat(3));
    start().c(`<a ${SM} h='3'/>`).c(`<a ${SM} h='8'/>`).close();
    // Stanzas that come late in the capture.
    start().c(`<a ${SM} h='13'/>`).s(message.repeat(10)).c(`<a ${SM} h='13'/>`).close();
    const lossy = start();
    lossy.gap(1);
    lossy.c(`<a ${SM} h='100'/>`).c(`<a ${SM} h='100'/>`).close();
    assert.deepEqual(names(lab), []);
    start().c(`<a ${SM} h='9'/>`).c(`<a ${SM} h='9'/>`);
    start().c(`<a ${SM} h='4294967295'/>`).close();
    assert.deepEqual(names(lab), ['auth.ack_surplus', 'auth.ack_surplus']);
  });
});

describe('bind-churn', () => {
  const session = (lab: CorrelationLab, resource: string, where: Where = {}): LabFlow => {
    const { client = '192.0.2.10', header = '' } = where;
    const flow = offer(lab.flow({ client }), { header });
    return bind(attempt(flow, 'alice', { mechanism: 'SCRAM-SHA-1' }), 'alice', resource, header);
  };
  const conflict =
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";

  it('eleven sessions at once', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 10; i++) {
      session(lab, `r${i}`);
      lab.wait(60);
    }
    assert.deepEqual(names(lab), []);
    session(lab, 'r10');
    assert.equal(lab.of('auth.bind_churn')[0]?.context['live'], 11);
  });

  it('eleven binds in a minute', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 10; i++) session(lab, `r${i}`).close();
    assert.deepEqual(names(lab), []);
    session(lab, 'r10').close();
    assert.equal(names(lab).length, 1);
  });

  it('a monitoring check every ten seconds, a phone that reconnects', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 100; i++) {
      session(lab, `check-${i}`).close();
      lab.wait(10);
    }
    assert.deepEqual(names(lab), []);
  });

  it('two places that throw each other out; a phone that throws out itself', () => {
    const lab = new CorrelationLab();
    const fight = (i: number, header: string): void => {
      session(lab, 'home', { client: i % 2 === 0 ? '192.0.2.10' : '203.0.113.7', header })
        .s(conflict)
        .close();
      lab.wait(20);
    };
    for (let i = 0; i < 20; i++) fight(i, PHONE);
    assert.deepEqual(names(lab), []);
    lab.wait(3600);
    for (let i = 0; i < 4; i++) fight(i, i % 2 === 0 ? PHONE : '');
    assert.deepEqual(names(lab), []);
    fight(4, PHONE);
    assert.deepEqual(names(lab), ['auth.session_contest']);
  });

  it('no room for more sessions', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(names(lab), []);
      enter(lab)
        .c("<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        .s(
          "<iq type='error' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        );
    }
    assert.deepEqual(names(lab), ['auth.bind_churn']);
  });
});

describe('ato-sync', () => {
  const page = (max: string): string =>
    `<iq type='set' id='m'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>${max}</set></query></iq>`;
  const ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>";
  const CARBONS = "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>";
  const copy = (flow: LabFlow, max = '<max>1000</max>'): LabFlow =>
    bind(flow, 'alice').c(ROSTER).c(CARBONS).c(page(max));
  const home = (lab: CorrelationLab): void => {
    enter(lab).close();
    lab.wait(86_400);
  };

  it('a new program in a new network copies the archive', () => {
    const lab = new CorrelationLab();
    home(lab);
    copy(enter(lab, { client: '203.0.113.7', header: '' }));
    assert.deepEqual(names(lab), ['auth.sync_from_new_place']);
  });

  it('a new device at home, the old one abroad, the first ever, one that only catches up', () => {
    const lab = new CorrelationLab();
    copy(enter(lab, { user: 'alice' })).close();
    copy(enter(lab, { header: '' })).close();
    copy(enter(lab, { client: '203.0.113.7' })).close();
    copy(enter(lab, { client: '198.18.0.1', header: " b='1'" }), '<max>50</max><before/>').close();
    const late = enter(lab, { client: '198.19.0.1', header: " c='1'" });
    lab.wait(301);
    copy(late);
    assert.deepEqual(names(lab), []);
  });

  it('guessed, let in, copied: one account, taken over', () => {
    const lab = new CorrelationLab();
    const thief = { client: '203.0.113.7', header: '' };
    for (let i = 0; i < 5; i++) {
      const flow = offer(lab.flow({ client: thief.client }), { header: '' });
      fail(flow, 'alice', { password: `p${i}` }).close();
    }
    enter(lab, thief).close();
    assert.ok(names(lab).includes('auth.success_after_failures'));
    assert.equal(lab.of('auth.account_takeover').length, 0);
    bind(enter(lab, thief), 'alice').c(CARBONS);
    const raised = lab.of('auth.account_takeover');
    assert.equal(raised.length, 1);
    assert.equal(raised[0]?.incident?.key, 'alice@corp.example');
    // The owner, from where he always is.
    bind(enter(lab), 'alice').c(CARBONS);
    assert.equal(lab.of('auth.account_takeover').length, 1);
  });
});

describe('ibr-flood', () => {
  const NAMES = ['anna', 'bertram', 'carla', 'dimitri', 'elena', 'farid', 'greta', 'hamza', 'ines'];
  const open = (
    lab: CorrelationLab,
    client: string,
    name: string,
    password = `own-${name}`,
  ): void => {
    register(offer(lab.flow({ client })), name, password).close();
    lab.wait(30);
  };

  it('three accounts from one address outside, at any segmentation; two are none', () => {
    for (const pieceBytes of [1, 50, Infinity]) {
      const lab = new CorrelationLab({ pieceBytes });
      open(lab, '203.0.113.7', 'anna');
      open(lab, '203.0.113.7', 'bertram');
      register(offer(lab.flow({ client: '203.0.113.7' })), 'anna', 'x', 'conflict');
      open(lab, '203.0.113.7', 'bertram');
      assert.deepEqual(names(lab, 'service.'), []);
      open(lab, '203.0.113.7', 'carla');
      assert.deepEqual(names(lab, 'service.'), ['service.registration_flood']);
    }
  });

  it('a class that signs up in one room', () => {
    const lab = new CorrelationLab();
    for (const name of NAMES) open(lab, '10.1.2.3', name);
    assert.deepEqual(names(lab, 'service.'), []);
  });

  it('thirty at one server, from anywhere', () => {
    const lab = new CorrelationLab();
    const name = (i: number): string => `${NAMES[i % 9] ?? ''}${String.fromCharCode(97 + i / 9)}`;
    for (let i = 0; i < 29; i++) open(lab, `203.${i}.113.7`, name(i));
    assert.deepEqual(names(lab, 'service.'), []);
    open(lab, '203.99.113.7', 'zoe');
    assert.equal(lab.of('service.registration_flood')[0]?.context['by'], 'server');
  });

  it('numbered names, made up names, one password', () => {
    for (const [name, password] of [
      [(i: number) => `worker${i}`, (i: number) => `p${i}`],
      [(i: number) => `x7k2m9q${i}w4z8`, (i: number) => `p${i}`],
      [(i: number) => NAMES[i] ?? '', () => 'same'],
    ] as const) {
      const lab = new CorrelationLab();
      for (let i = 0; i < 4; i++) open(lab, `203.${i}.113.7`, name(i), password(i));
      assert.deepEqual(names(lab, 'service.'), []);
      open(lab, '203.99.113.7', name(4), password(4));
      assert.deepEqual(names(lab, 'service.'), ['service.registration_series']);
    }
  });

  it('changes of passwords are no registrations', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 5; i++) {
      const flow = bind(attempt(offer(lab.flow({ client: '203.0.113.7' })), `u${i}x`), `u${i}x`);
      register(flow, `u${i}x`, 'same').close();
    }
    assert.deepEqual(names(lab, 'service.'), []);
  });
});
