/** What the cases (signatures/cases/spim-campaigns.yaml) do not show: campaigns, contexts, bounds, odd clocks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CorrelationLab,
  logIn,
  type LabFlow,
  type LabOptions,
} from '../../support/correlation-lab.ts';

const ADVERT =
  'we are a young team with years of experience and look for people in your town who would like to earn a little extra from home';

function link(lab: CorrelationLab, peer = 'ext.example'): LabFlow {
  const header = (from: string, to: string, id: string): string =>
    `<?xml version='1.0'?><stream:stream from='${from}' to='${to}'${id} version='1.0' xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'>`;
  return lab
    .flow({ port: 5269, client: '203.0.113.9' })
    .c(header(peer, 'corp.example', ''))
    .s(header('corp.example', peer, " id='d1'"))
    .s('<stream:features/>');
}

function message(from: string, to: string, body: string, id = ''): string {
  const named = id === '' ? '' : ` id='${id}'`;
  return `<message from='${from}' to='${to}' type='chat'${named}><body>${body}</body></message>`;
}

/** `count` messages of as many accounts to as many people. */
function campaign(lab: CorrelationLab, count: number, body: (i: number) => string): void {
  const out = link(lab);
  for (let i = 0; i < count; i++) {
    out.c(message(`s${i}@ext.example/x`, `u${i}@corp.example`, body(i)));
  }
}

describe('campaigns', () => {
  it('are told at birth, at doublings and at the end, with all their people', () => {
    const lab = new CorrelationLab();
    campaign(lab, 11, () => ADVERT);
    assert.deepEqual(
      lab.campaigns.map(({ messages }) => messages),
      [5, 10],
    );
    lab.correlation.finish();
    const last = lab.campaigns.at(-1);
    assert.ok(last !== undefined);
    assert.deepEqual(
      [last.messages, last.senders, last.domains, last.recipients, last.kind],
      [11, 11, 1, 11, 'text'],
    );
    assert.deepEqual(last.senderSamples.slice(0, 2), ['s0@ext.example', 's1@ext.example']);
    assert.deepEqual(last.domainSamples, ['ext.example']);
    assert.match(last.campaignId, /^text-[0-9a-f]{16}$/);
    assert.match(last.fingerprint, /^[0-9a-f]{16}$/);
    assert.ok(last.firstUsec < last.lastUsec);
    lab.correlation.finish();
    assert.equal(lab.campaigns.length, 3, 'nothing new, nothing told');
  });

  it('are told a minute after they stopped growing, when anybody writes', () => {
    const lab = new CorrelationLab();
    campaign(lab, 6, () => ADVERT);
    assert.equal(lab.campaigns.at(-1)?.messages, 5);
    lab.wait(61);
    link(lab, 'other.example').c(message('a@other.example/x', 'b@corp.example', 'hi'));
    assert.equal(lab.campaigns.at(-1)?.messages, 6);
  });

  it('are told when nobody writes any more', () => {
    const lab = new CorrelationLab();
    campaign(lab, 6, () => ADVERT);
    lab.correlation.onTick(lab.nowUsec + 30e6);
    assert.equal(lab.campaigns.at(-1)?.messages, 5);
    lab.correlation.onTick(lab.nowUsec + 61e6);
    assert.equal(lab.campaigns.at(-1)?.messages, 6);
  });

  it('are one incident that grows, with the same id in every replay', () => {
    const ids = [1, 2].map(() => {
      const lab = new CorrelationLab();
      campaign(lab, 9, (i) => `Hello friend${i}, ${ADVERT}`);
      const raised = lab.of('spim.near_duplicate');
      assert.equal(raised.length, 5);
      const keys = new Set(raised.map(({ incident }) => incident?.key));
      assert.equal(keys.size, 1);
      const incident = raised[0]?.incident;
      assert.equal(incident?.campaignId, incident?.key);
      assert.deepEqual(incident?.contributors, ['s4@ext.example']);
      return incident.key;
    });
    assert.equal(ids[0], ids[1]);
  });

  it('say in a sentence what goes on', () => {
    const lab = new CorrelationLab();
    campaign(lab, 5, () => ADVERT);
    assert.equal(
      lab.of('spim.near_duplicate')[0]?.context['summary'],
      '5 accounts sent 5 strangers nearly the same text within 1 second (5 messages, the latest from s4@ext.example)',
    );
  });

  it('hold links together whose texts are spun, however the link is written', () => {
    const lab = new CorrelationLab();
    const words = ['shoes', 'watches for men', 'bags and belts', 'sunglasses', 'perfume of paris'];
    const forms = [
      'https://Shop.example/Deal',
      'hxxps://shop[.]example/Deal',
      'http://shop.example/Deal/',
      'https://shop.example/Deal#x',
      'shop.example/Deal',
    ];
    campaign(lab, 5, (i) => `${words[i] ?? ''} ${forms[i] ?? ''}`);
    const [raised] = lab.of('spim.shared_link');
    assert.equal(raised?.context['fingerprint'], 'shop.example/Deal');
    assert.equal(lab.campaigns[0]?.kind, 'link');
    assert.equal(lab.of('spim.near_duplicate').length, 0);
  });

  it('are joined by other alerts about their messages', () => {
    const lab = new CorrelationLab({ thresholds: { 'spim.fanout_burst': 9 } });
    const out = link(lab);
    for (let i = 0; i < 9; i++) out.c(message('eve@ext.example/x', `u${i}@corp.example`, ADVERT));
    const id = lab.of('spim.near_duplicate')[0]?.incident?.campaignId;
    assert.ok(id !== undefined);
    assert.equal(lab.of('spim.fanout')[0]?.incident?.campaignId, id);
    out.c(message('eve@ext.example/x', 'u99@corp.example', 'something else'));
    assert.equal(lab.of('spim.fanout')[1]?.incident?.campaignId, undefined);
  });

  it('begin at the next copy once three people reported a sender', () => {
    const lab = new CorrelationLab();
    const out = link(lab);
    out.c(message('eve@ext.example/x', 'u1@corp.example', ADVERT));
    out.c(message('eve@ext.example/x', 'u2@corp.example', ADVERT));
    for (const user of ['u1', 'u2', 'u3']) {
      const flow = lab.flow();
      logIn(flow, user);
      flow.c(
        "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='eve@ext.example'><report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></item></block></iq>",
      );
    }
    assert.equal(lab.of('spim.reported').length, 1);
    assert.equal(lab.of('spim.near_duplicate').length, 0);
    out.c(message('mallory@ext.example/x', 'u4@corp.example', ADVERT));
    assert.equal(lab.of('spim.near_duplicate').length, 1);
  });

  it('are bounded: the wave unused for longest is told and forgotten', () => {
    const lab = new CorrelationLab({ limits: { correlationCampaigns: 2 } });
    const word = (i: number): string => 'abcdefghij'.charAt(i).repeat(7);
    for (let wave = 0; wave < 4; wave++) {
      campaign(
        lab,
        5,
        () =>
          `${word(wave)} ${word(wave + 1)} ${ADVERT.split(' ')
            .map((w) => w + word(wave))
            .join(' ')}`,
      );
    }
    lab.correlation.finish();
    assert.equal(new Set(lab.campaigns.map(({ campaignId }) => campaignId)).size, 4);
  });
});

describe('who is new', () => {
  /** One new sender of ext.example to a stranger. */
  const knock = (out: LabFlow, i: number): void => {
    out.c(message(`new${i}@ext.example/x`, `u${i}@corp.example`, `hi ${i}`));
  };

  it('is held against what is usual for a domain', () => {
    for (const [days, surges] of [
      [0, 2],
      [6, 0],
    ] as const) {
      const lab = new CorrelationLab();
      const out = link(lab);
      let senders = 0;
      out.c(message('first@other.example/x', 'u@corp.example', 'hi'));
      lab.wait(3600);
      // 72 a day are 3 an hour: five times that is usual.
      for (let i = 0; i < days * 72; i++) {
        lab.wait(1200);
        knock(out, senders++);
      }
      assert.equal(lab.of('spim.domain_surge').length, 0);
      lab.wait(7200);
      for (let i = 0; i < 11; i++) knock(out, senders++);
      assert.equal(lab.of('spim.domain_surge').length, surges, `${days} days`);
      for (let i = 0; i < 5; i++) knock(out, senders++);
      assert.equal(lab.of('spim.domain_surge').length, surges + (days === 0 ? 5 : 2));
    }
  });

  it('are accounts that were registered of late: their colleagues are strangers to them', () => {
    const outcome = (isRegistered: boolean): number => {
      const lab = new CorrelationLab();
      const flow = lab.flow();
      if (isRegistered) {
        const form = lab.flow();
        const header = `<?xml version='1.0'?><stream:stream to='corp.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;
        form
          .c(header)
          .s(header.replace('to=', "id='r' from="))
          .s(
            "<stream:features><register xmlns='http://jabber.org/features/iq-register'/></stream:features>",
          )
          .c(
            "<iq type='set' id='r1'><query xmlns='jabber:iq:register'><username>Eve</username><password>secret</password></query></iq>",
          )
          .s("<iq type='result' id='r1'/>");
      }
      logIn(flow, 'eve');
      for (let i = 0; i < 10; i++) {
        flow.c(
          `<message to='u${i}@corp.example' type='chat' id='m${i}'><body>hi ${i}</body></message>`,
        );
      }
      return lab.of('spim.fanout').length;
    };
    assert.deepEqual([outcome(false), outcome(true)], [0, 1]);
  });

  it('are no bots that the operator allows', () => {
    for (const [botAllow, found] of [
      [[], 1],
      [['news@ext.example'], 0],
    ] as const) {
      const lab = new CorrelationLab({ botAllow: [...botAllow] });
      const out = link(lab);
      for (let i = 0; i < 10; i++) {
        out.c(message('news@ext.example/x', `u${i}@corp.example`, `hi ${i}`));
      }
      assert.equal(lab.of('spim.fanout').length, found);
    }
  });
});

describe('spim state', () => {
  const small: LabOptions = {
    limits: {
      correlationContentEntries: 64,
      correlationLinkEntries: 64,
      correlationSourceEntries: 64,
      correlationSurgeEntries: 64,
      correlationRequestEntries: 64,
      correlationVictimEntries: 64,
      correlationOnlineEntries: 64,
      correlationVisitEntries: 64,
      correlationNameEntries: 64,
      correlationReportEntries: 64,
      correlationVerdictEntries: 64,
      correlationCampaigns: 8,
    },
  };

  it('stays bounded under thousands of senders, texts and links', () => {
    const lab = new CorrelationLab(small);
    const out = link(lab);
    const words = (i: number): string =>
      Array.from({ length: 6 }, (_, w) =>
        ((i * 7919 + w * 104_729) % 1_679_616).toString(36).replace(/\d/g, 'q'),
      ).join(' ');
    for (let i = 0; i < 2000; i++) {
      out.c(
        message(
          `prefix_${i}abc1@d${i}.example/x`,
          `u${i}@corp.example`,
          `${words(i)} https://h${i}.example/p${i}`,
        ),
      );
      out.c(`<presence from='s${i}@d${i}.example' to='u${i}@corp.example' type='subscribe'/>`);
    }
    const tables = lab.correlation.report();
    for (const name of [
      'contents',
      'links',
      'domains',
      'fanout_accounts',
      'surges',
      'targets',
      'asked',
      'requests',
      'name_families',
    ]) {
      const table = tables.find((one) => one.name === name);
      assert.ok(table !== undefined, name);
      assert.ok(table.count <= 64, `${name}: ${table.count}`);
    }
    assert.ok((tables.find(({ name }) => name === 'contents')?.evictions ?? 0) > 1000);
  });

  it('survives clocks that jump and addresses of any length', () => {
    const lab = new CorrelationLab();
    const out = link(lab);
    const long = 'x'.repeat(1023);
    for (const jump of [0, -86_400 * 800, 86_400 * 3000, -5, 3600]) {
      lab.wait(jump);
      for (let i = 0; i < 12; i++) {
        out.c(message(`${long}@ext.example/${long}`, `u${i}@corp.example`, ADVERT));
        out.c(`<presence from='${long}${i}@ext.example' to='bob@corp.example' type='subscribe'/>`);
      }
    }
    for (const { context } of lab.raised) {
      assert.ok(String(context['summary'] ?? '').length < 700);
    }
    assert.ok(lab.of('spim.near_duplicate').length > 0);
  });

  it('gives the same events whatever the pieces bytes come in', () => {
    const outcome = (pieceBytes: number): string => {
      const lab = new CorrelationLab({ pieceBytes });
      campaign(lab, 12, (i) => `Hello friend${i}, ${ADVERT} https://shop.example/p`);
      lab.correlation.finish();
      return JSON.stringify([
        lab.raised.map(({ event, context, incident }) => [
          event,
          context['messages'],
          incident?.key,
        ]),
        lab.campaigns.map((one) => [one.campaignId, one.messages]),
      ]);
    };
    assert.equal(outcome(1), outcome(1400));
    assert.equal(outcome(7), outcome(1400));
  });

  it('tells hundreds of texts of one shape apart, and knows each again', () => {
    const lab = new CorrelationLab();
    const out = link(lab);
    const letter = (i: number): string => 'abcdefghijklmnopqrst'.charAt(i % 20);
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 300; i++) {
        const word = `k${letter(i)}${letter(i / 20)}m`;
        out.c(message(`r${round}@d${i}.example/x`, `u${i}@corp.example`, `${word} `.repeat(30)));
      }
    }
    const ids = new Set(lab.of('spim.near_duplicate').map(({ incident }) => incident?.key));
    assert.equal(ids.size, 300);
  });
});
