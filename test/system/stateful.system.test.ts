/**
 * Attacks that take time and several parties, between real servers: Prosody (corp.example, its port mirrored to the
 * sensor) and ejabberd (ext.example) federate by dialback without TLS. Each attack must raise its detection, one alert
 * for each attacker or victim that grows, and what people do beside it must raise nothing.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  clientHeader,
  expect,
  hear,
  logIn,
  logOut,
  offerLogin,
  playDialogues,
  send,
  serverHeader,
  tell,
  wait,
  type Account,
  type Dialogue,
  type Step,
} from '../support/dialogues.ts';
import { Ejabberd } from '../support/ejabberd.ts';
import { Lab } from '../support/lab.ts';
import { LiveSensor, type StoredAlert } from '../support/live-sensor.ts';
import { sentPackets } from '../support/netns.ts';
import { Names } from '../support/names.ts';
import { Prosody } from '../support/prosody.ts';

const CORP = 'corp.example';
const EXT = 'ext.example';
const ROOM = 'team@rooms.corp.example';
/** Addresses the servers have for each other. */
const CORP_ADDRESS = '203.0.113.2';
const EXT_ADDRESS = '203.0.113.3';
const CLIENT_ADDRESS = '10.99.0.10';
/** Hosts of attackers, one for each attack. */
const ATTACKER = {
  spam: '10.99.0.66',
  spray: '10.99.0.67',
  flood: '10.99.0.68',
  s2s: '203.0.113.66',
};
const PEOPLE = ['alice', 'bob', 'carol'];
const STAFF = Array.from({ length: 12 }, (_, i) => `staff${String(i + 1).padStart(2, '0')}`);
const BOTS = [
  'k7x2m9q4w1t',
  'r3b8z6n1v5h',
  'p9d4j7s2f8c',
  'w1y6t3g9l4x',
  'h8q5v2k7m3z',
  'b4n9c1r6x8d',
];
/** True of this network whatever anybody does in it: nothing is encrypted, everybody may register. */
const AMBIENT = new Set([
  ...['sasl-plain-clear', 'pol-plaintext-session', 'pol-s2s-plaintext'],
  ...['ibr-advertised', 'ibr-sensitive'],
]);
/** All outputs have an alert that long after the last packet was read. */
const SETTLE_MS = 2000;
/** Until what is expected is there; a busy machine takes its time. */
const PATIENCE_MS = 60_000;

function password(user: string): string {
  return `${user}-s3same-0pen`;
}

function account(user: string, domain: string): Account {
  return { user, domain, password: password(user) };
}

function passwords(users: readonly string[]): Record<string, string> {
  return Object.fromEntries(users.map((user) => [user, password(user)]));
}

/** What a client that is spoken to says when it can hear. */
const THERE = tell('alice is there');

function chat(to: string, id: string, body: string): Step {
  return send(`<message to='${to}' type='chat' id='${id}'><body>${body}</body></message>`);
}

/** The same for each number from 0 on. */
function repeated(times: number, steps: (i: number) => readonly Step[]): Step[] {
  return Array.from({ length: times }, (_, i) => steps(i)).flat();
}

describe('attacks over time between real servers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-stateful-'));
  /** What must be undone, in the order it was done. */
  const stops: (() => Promise<void> | void)[] = [];
  let lab: Lab;
  let sensor: LiveSensor;
  /** Packets of the mirror that came before the sensor. */
  let mirroredBefore = 0;

  before(async () => {
    lab = new Lab();
    stops.push(() => {
      lab.remove();
    });
    lab.server.ip('addr', 'add', `${CORP_ADDRESS}/24`, 'dev', 's0');
    for (const address of ['203.0.113.10', ...Object.values(ATTACKER)]) {
      lab.client.ip('addr', 'add', `${address}/24`, 'dev', 'c0');
    }
    const peer = lab.addHost('peer', `${EXT_ADDRESS}/24`);
    const rooms = ROOM.split('@')[1] ?? '';
    const hosts = { [CORP]: CORP_ADDRESS, [rooms]: CORP_ADDRESS, [EXT]: EXT_ADDRESS };
    for (const namespace of [lab.server, peer]) {
      const names = await Names.start(namespace, hosts);
      stops.push(() => names.stop());
    }
    const prosody = await Prosody.start({
      enter: lab.server.enter,
      address: lab.serverAddress,
      openAddress: CORP_ADDRESS,
      domain: CORP,
      rooms,
      users: passwords([...PEOPLE, ...STAFF]),
    });
    stops.push(() => prosody.stop());
    const ejabberd = await Ejabberd.start({
      enter: peer.enter,
      address: EXT_ADDRESS,
      domain: EXT,
      users: passwords(['zoe', 'mallory']),
    });
    stops.push(() => ejabberd.stop());
    sensor = await LiveSensor.start({
      namespace: lab.sensor,
      device: lab.mirrorDevice,
      folder,
      // Whoever looks at every packet must not shed some because the machine is busy.
      args: ['--set', 'capture.dispatch_ms=1000'],
    });
    stops.push(() => {
      sensor.kill();
    });
    const read = sensor.metric('capture_packets_total');
    mirroredBefore = sentPackets(lab.switch, 'm1') - read;
  });

  after(async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true });
  });

  /** A client of Prosody, with an account that logs in. */
  function inCorp(user: string, steps: readonly Step[], at = 0): Dialogue {
    return fromHost(CLIENT_ADDRESS, user, [...logIn(account(user, CORP)), ...steps, ...logOut], at);
  }

  /** A client of ejabberd: what it does is seen between the servers only. */
  function inExt(user: string, steps: readonly Step[], at = 0): Dialogue {
    const whole = [...logIn(account(user, EXT)), ...steps, ...logOut];
    return { name: user, connect: { address: EXT_ADDRESS, port: 5222 }, at, steps: whole };
  }

  /** Any connection to Prosody's clients' port. */
  function fromHost(from: string, name: string, steps: readonly Step[], at = 0): Dialogue {
    return { name, connect: { address: lab.serverAddress, port: 5222, from }, at, steps };
  }

  /** A connection to Prosody's port for servers, from a host that says it is ext.example. */
  function asExt(name: string, steps: readonly Step[], at: number): Dialogue {
    const connect = { address: CORP_ADDRESS, port: 5269, from: ATTACKER.s2s };
    const whole = [send(serverHeader(EXT, CORP)), expect('</stream:features>'), ...steps];
    return { name, connect, at, steps: whole };
  }

  /** Two colleagues who talk while something else goes on. */
  function colleagues(): Dialogue[] {
    const talk = (to: string, lines: readonly string[]): Step[] => [
      wait(300),
      ...lines.flatMap((line, i) => [chat(`${to}@${CORP}`, `${to}-${i}`, line), wait(200)]),
    ];
    return [
      inCorp('bob', talk('carol', ['are you at your desk?', 'the build is green again'])),
      inCorp('carol', talk('bob', ['nearly there', 'good, I will release it then'])),
    ];
  }

  /** Plays an attack beside colleagues who talk: these alerts are about it, so many of each detection, and no others. */
  async function expectAlerts(
    wanted: Readonly<Record<string, number>>,
    dialogues: readonly Dialogue[],
  ): Promise<void> {
    const before = sensor.storedAlerts().length;
    const raised = (): StoredAlert[] =>
      sensor
        .storedAlerts()
        .slice(before)
        .filter(({ detection }) => !AMBIENT.has(detection));
    const seen = (): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { detection } of raised()) counts[detection] = (counts[detection] ?? 0) + 1;
      return counts;
    };
    const hasAll = (): boolean => {
      const counts = seen();
      return Object.entries(wanted).every(([slug, count]) => (counts[slug] ?? 0) >= count);
    };
    playDialogues(lab.client, [...colleagues(), ...dialogues]);
    const mirrored = sentPackets(lab.switch, 'm1');
    await sensor.until(
      () => sensor.metric('capture_packets_total') >= mirrored - mirroredBefore,
      PATIENCE_MS,
      'every packet is read',
    );
    const end = performance.now() + PATIENCE_MS;
    while (!hasAll() && performance.now() < end) await pause(100);
    await pause(SETTLE_MS);
    const texts = raised().map(({ sid, summary }) => `${sid} ${summary}`);
    assert.deepEqual(seen(), wanted, texts.join('\n'));
  }

  it('everyday traffic of both servers raises nothing', async () => {
    await expectAlerts({}, [
      ...STAFF.map((user, i) => inCorp(user, [wait(300)], 100 * i)),
      inCorp('alice', [
        expect("type='subscribe'"),
        send(`<presence to='zoe@${EXT}' type='subscribed'/>`),
        expect('hello from afar'),
        chat(`zoe@${EXT}`, 'a1', 'hello there'),
        wait(500),
      ]),
      inExt(
        'zoe',
        [
          send(`<presence to='alice@${CORP}' type='subscribe'/>`),
          expect("type='subscribed'"),
          chat(`alice@${CORP}`, 'z1', 'hello from afar'),
          expect('hello there'),
        ],
        500,
      ),
    ]);
  });

  it('dialback without TLS is told once for each direction', () => {
    const trusted = sensor
      .storedAlerts()
      .filter(({ detection }) => detection === 'pol-s2s-plaintext');
    assert.equal(trusted.length, 2);
  });

  it('a burst of registrations, and SPIM of the new accounts to strangers', async () => {
    const register = (user: string): Step[] => [
      send(clientHeader(CORP)),
      expect('</stream:features>'),
      send(
        `<iq type='set' id='reg1'><query xmlns='jabber:iq:register'><username>${user}</username><password>${password('bot')}</password></query></iq>`,
      ),
      expect("type='result'"),
      tell(`${user} is registered`),
      ...logOut,
    ];
    const text = (i: number): string =>
      `Dear customer, your balance of 2,3${i}0 EUR at our exchange expires tonight. Log in at http://bonus-claim.example/u${i} and confirm your details to keep it.`;
    const spam = (bot: string, i: number): Step[] => [
      hear(`${bot} is registered`),
      ...logIn({ user: bot, domain: CORP, password: password('bot') }),
      ...STAFF.flatMap((user, j) => [chat(`${user}@${CORP}`, `s${j}`, text(10 * i + j)), wait(20)]),
      ...logOut,
      tell('a bot is done'),
    ];
    const wanted = { 'ibr-flood': 1, 'spim-neardup': 1, 'spim-fanout': BOTS.length };
    const victim = [expect('bonus-claim'), hear('a bot is done', BOTS.length), wait(1000)];
    await expectAlerts(wanted, [
      // Some of the victims are there: each message is seen twice.
      ...STAFF.slice(0, 4).map((user) => inCorp(user, victim)),
      ...BOTS.map((bot, i) => fromHost(ATTACKER.spam, `register ${bot}`, register(bot), 200 * i)),
      ...BOTS.map((bot, i) => fromHost(ATTACKER.spam, bot, spam(bot, i), 2000 + 300 * i)),
    ]);
  });

  it('password spraying', async () => {
    const guess = (user: string): Step[] => [
      ...offerLogin({ user, domain: CORP, password: 'Autumn2026!' }),
      expect('not-authorized'),
      ...logOut,
    ];
    await expectAlerts(
      { 'sasl-spray': 1 },
      STAFF.map((user, i) => fromHost(ATTACKER.spray, `guess ${user}`, guess(user), 150 * i)),
    );
  });

  it('forged dialback', async () => {
    const claim = (key: string): Step[] => [
      send(`<db:result from='${EXT}' to='${CORP}'>${key}</db:result>`),
      expect("type='(?:invalid|error)'"),
      wait(200),
    ];
    const unasked: Step[] = [
      send(`<db:result from='${EXT}' to='${CORP}' type='valid'/>`),
      send(
        `<message from='admin@${EXT}' to='alice@${CORP}' id='x1'><body>call me</body></message>`,
      ),
      wait(500),
    ];
    const wanted = {
      'db-fail-burst': 1,
      'db-unsolicited': 1,
      // What the forger says on a stream that proved nothing.
      'stanza-preauth': 1,
      'spim-stranger': 1,
    };
    await expectAlerts(wanted, [
      ...['1', '2', '3', '4'].map((digit, i) => asExt('forger', claim(digit.repeat(64)), 500 * i)),
      asExt('unasked', unasked, 3000),
    ]);
  });

  it('roster pushes of another account, which both servers pass on', async () => {
    const push = (i: number): Step[] => [
      send(
        `<iq type='set' id='rp${i}' to='alice@${CORP}/desk'><query xmlns='jabber:iq:roster'><item jid='ceo@corp-example.net' name='CEO' subscription='both'/></query></iq>`,
      ),
      wait(200),
    ];
    await expectAlerts({ 'roster-push-spoof': 1 }, [
      inCorp('alice', [THERE, expect('corp-example.net'), hear('mallory is done'), wait(1500)]),
      inExt(
        'mallory',
        [hear('alice is there'), ...repeated(3, push), tell('mallory is done')],
        1000,
      ),
    ]);
  });

  it('forged carbons, which both servers pass on', async () => {
    const carbon = (i: number): Step[] => [
      send(
        `<message to='alice@${CORP}/desk' type='chat' id='cf${i}'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='ceo@${CORP}/desk' to='alice@${CORP}'><body>wire it today, number ${i}</body></message></forwarded></received></message>`,
      ),
      wait(200),
    ];
    await expectAlerts({ 'carbon-spoof': 1, 'spim-stranger': 1 }, [
      inCorp('alice', [THERE, expect('urn:xmpp:carbons:2'), hear('mallory is done'), wait(1500)]),
      inExt(
        'mallory',
        [hear('alice is there'), ...repeated(3, carbon), tell('mallory is done')],
        1000,
      ),
    ]);
  });

  it('a flood of messages in a room', async () => {
    const enter = (nick: string): Step[] => [
      send(`<presence to='${ROOM}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`),
      expect("code='110'"),
    ];
    const say = (id: string, text: string): Step =>
      send(`<message to='${ROOM}' type='groupchat' id='${id}'><body>${text}</body></message>`);
    const open = `<iq type='set' id='o1' to='${ROOM}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`;
    const flood = repeated(40, (i) => [say(`f${i}`, `nothing to see here ${i}`), wait(40)]);
    const visitor = [
      ...logIn(account('staff12', CORP)),
      ...[hear('the room is open'), ...enter('visitor'), ...flood, wait(500)],
      ...[...logOut, tell('the flood is over')],
    ];
    const overIt = [hear('the flood is over'), wait(500)];
    await expectAlerts({ 'muc-msg-flood': 1 }, [
      inCorp('alice', [
        ...enter('alice'),
        send(open),
        expect("id='o1'"),
        tell('the room is open'),
        say('m1', 'morning all'),
        ...overIt,
      ]),
      inCorp(
        'staff01',
        [hear('the room is open'), ...enter('guest'), say('m2', 'hello'), ...overIt],
        1500,
      ),
      fromHost(ATTACKER.flood, 'visitor', visitor, 2500),
    ]);
  });

  it('every attack grew as one alert, in the store and in EVE', async () => {
    assert.equal(await sensor.stop(), 0, sensor.output);
    const least: Readonly<Record<string, number>> = {
      'spim-neardup': 20,
      'spim-fanout': 3,
      'sasl-spray': 3,
      'db-fail-burst': 2,
      'roster-push-spoof': 3,
      'carbon-spoof': 3,
      'muc-msg-flood': 20,
    };
    const alerts = sensor.storedAlerts().filter(({ detection }) => detection in least);
    const [fresh, grown] = [sensor.eveAlerts('alert'), sensor.eveAlerts('alert_update')];
    for (const { alertId, detection, count, summary } of alerts) {
      assert.ok(count >= (least[detection] ?? 0), `${detection} counts ${count}: ${summary}`);
      assert.equal(fresh.filter((event) => event.alert_id === alertId).length, 1, detection);
      const last = grown.filter((event) => event.alert_id === alertId).at(-1);
      assert.equal(last?.alert.count, count, `${detection} in EVE`);
      assert.ok(!/s3same|Autumn2026|wire it/.test(summary), summary);
    }
    assert.deepEqual(
      new Set(alerts.map(({ detection }) => detection)),
      new Set(Object.keys(least)),
    );
  });
});
