import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServerFeatures } from '../../../sensor/correlation/index.ts';
import { CorrelationLab } from '../../support/correlation-lab.ts';
import {
  PROCEED,
  STARTTLS,
  TLS_FAILURE,
  attempt,
  bind,
  fail,
  offer,
  type OfferOptions,
} from '../../support/logins.ts';

const HELLO = Uint8Array.of(0x16, 3, 1, 0, 3, 1, 2, 3);

function offers(
  lab: CorrelationLab,
  count: number,
  options: OfferOptions,
  client?: (i: number) => string,
): void {
  for (let i = 0; i < count; i++) {
    offer(lab.flow({ client: client?.(i) ?? '192.0.2.10' }), options).close();
    lab.wait(60);
  }
}

describe('starttls-stripped', () => {
  it('an offer that is gone, a demand that is gone, at any segmentation', () => {
    for (const pieceBytes of [1, 100, Infinity]) {
      for (const [starttls, event] of [
        ['offered', 'policy.starttls_stripped'],
        ['required', 'policy.starttls_required_stripped'],
      ] as const) {
        const lab = new CorrelationLab({ pieceBytes });
        offers(lab, 3, { starttls });
        assert.equal(lab.raised.length, 0);
        offers(lab, 2, {});
        assert.equal(lab.of(event).length, 2);
        assert.equal(lab.raised.length, 2);
        assert.equal(new Set(lab.raised.map(({ incident }) => incident?.key)).size, 1);
      }
    }
  });

  it('the baseline of an earlier run counts', () => {
    const first = new CorrelationLab();
    offers(first, 2, { starttls: 'required' });
    const kept = first.serverFeatures.at(-1) as ServerFeatures;
    assert.deepEqual(
      [kept.serverIp, kept.serverPort, kept.domain, kept.connection, kept.starttls],
      ['198.51.100.20', 5222, 'corp.example', 'c2s', 'required'],
    );
    assert.deepEqual(kept.mechanisms, ['PLAIN', 'SCRAM-SHA-1']);
    const second = new CorrelationLab({ serverFeatures: [kept] });
    offers(second, 1, {});
    assert.equal(second.of('policy.starttls_required_stripped').length, 1);
  });

  it('a new configuration: told while it is new, then the baseline', () => {
    const lab = new CorrelationLab();
    offers(lab, 3, { starttls: 'offered' });
    offers(lab, 30, {}, (i) => `192.0.${i % 5}.10`);
    assert.equal(lab.of('policy.starttls_stripped').length, 10);
    assert.equal(lab.serverFeatures.at(-1)?.starttls, 'absent');
    offers(lab, 3, { starttls: 'offered' });
    offers(lab, 1, {});
    assert.equal(lab.of('policy.starttls_stripped').length, 11);
  });

  it('one network sees less than the others: that never becomes the baseline', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 40; i++) {
      offers(lab, 1, { starttls: 'offered' }, () => `198.18.${i}.1`);
      offers(lab, 1, {}, () => '192.0.2.10');
    }
    assert.equal(lab.of('policy.starttls_stripped').length, 40);
  });

  it('servers, ports and domains of their own; more than before; behind the login', () => {
    const lab = new CorrelationLab();
    offers(lab, 2, { starttls: 'required', mechanisms: [] });
    offer(lab.flow({ server: '198.51.100.21' })).close();
    offer(lab.flow({ port: 5223 })).close();
    offers(lab, 1, { domain: 'other.example' });
    offers(lab, 1, { starttls: 'required', more: "<x xmlns='urn:example:new'/>" });
    const flow = offer(lab.flow({ server: '198.51.100.22' }), { starttls: 'offered' });
    bind(attempt(flow, 'alice'), 'alice');
    const late = lab.flow({ midstream: true });
    late.s("<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>");
    assert.deepEqual(
      lab.raised.filter(({ event }) => event.startsWith('policy.')),
      [],
    );
  });

  it('a password on a stream that was stripped', () => {
    const lab = new CorrelationLab();
    offers(lab, 3, { starttls: 'required', mechanisms: [] });
    const before = lab.flow();
    attempt(offer(before), 'alice');
    assert.equal(lab.of('policy.path_attack').length, 1);
    assert.equal(lab.of('policy.path_attack')[0]?.context['outcome'], 'accepted');
    const scram = lab.flow();
    attempt(offer(scram), 'bob', { mechanism: 'SCRAM-SHA-1' });
    assert.equal(lab.of('policy.path_attack').length, 1);
  });
});

describe('sasl-downgrade', () => {
  const STRONG = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'];

  it('mechanisms that are gone', () => {
    for (const [mechanisms, lost] of [
      [['PLAIN'], 'SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS'],
      [['DIGEST-MD5', 'PLAIN'], 'SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS'],
      [['SCRAM-SHA-256', 'PLAIN'], 'SCRAM-SHA-256-PLUS'],
    ] as const) {
      const lab = new CorrelationLab();
      offers(lab, 3, { mechanisms: STRONG });
      offers(lab, 1, { mechanisms });
      assert.equal(lab.of('auth.mechanisms_weakened')[0]?.context['lost'], lost);
    }
  });

  it('binding to the channel that is gone', () => {
    const more =
      "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>";
    const lab = new CorrelationLab();
    offers(lab, 2, { more });
    offers(lab, 1, {});
    assert.equal(lab.of('auth.mechanisms_weakened')[0]?.context['lost'], 'sasl-channel-binding');
  });

  it('an upgrade: mechanisms that are new, weak ones that are gone, all of them behind TLS', () => {
    const lab = new CorrelationLab();
    offers(lab, 2, { mechanisms: ['SCRAM-SHA-1', 'DIGEST-MD5', 'PLAIN'] });
    offers(lab, 1, { mechanisms: STRONG });
    offers(lab, 1, { mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] });
    offers(lab, 1, { starttls: 'required', mechanisms: [] });
    assert.equal(lab.raised.length, 0);
  });

  it('a client that has used SCRAM sends its password', () => {
    const lab = new CorrelationLab();
    const login = (mechanism: 'PLAIN' | 'SCRAM-SHA-1', user = 'alice', header = ''): void => {
      attempt(offer(lab.flow(), { header }), user, { mechanism }).close();
      lab.wait(60);
    };
    login('PLAIN', 'bob');
    login('SCRAM-SHA-1');
    login('PLAIN', 'bob');
    // Another program of the same account may know no better.
    login('PLAIN', 'alice', " xml:lang='en'");
    assert.equal(lab.of('auth.client_downgraded').length, 0);
    login('PLAIN');
    assert.equal(lab.of('auth.client_downgraded').length, 1);
    assert.equal(lab.of('auth.client_downgraded')[0]?.context['account'], 'alice@corp.example');
  });

  it('a backend without SCRAM: clients have no choice once that is the baseline', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 20; i++) {
      attempt(offer(lab.flow({ client: `192.0.${i}.1` })), `user${i}`, {
        mechanism: 'SCRAM-SHA-1',
      });
    }
    offers(lab, 12, { mechanisms: ['PLAIN'] }, (i) => `192.0.${i}.1`);
    for (let i = 0; i < 20; i++) {
      attempt(offer(lab.flow({ client: `192.0.${i}.1` }), { mechanisms: ['PLAIN'] }), `user${i}`);
    }
    assert.equal(lab.of('auth.client_downgraded').length, 0);
  });
});

describe('clear-after-tls', () => {
  const event = 'policy.clear_after_tls_failure';
  const broken = (lab: CorrelationLab, answer = PROCEED): void => {
    const flow = offer(lab.flow(), { starttls: 'offered' }).c(STARTTLS).s(answer);
    if (answer === PROCEED) flow.c(HELLO);
    lab.wait(1);
    flow.close();
  };

  it('TLS refused or broken, then the same client logs in without', () => {
    for (const answer of [PROCEED, TLS_FAILURE]) {
      const lab = new CorrelationLab();
      broken(lab, answer);
      lab.wait(120);
      bind(attempt(offer(lab.flow(), { starttls: 'offered' }), 'alice'), 'alice');
      assert.equal(lab.of(event).length, 1);
    }
  });

  it('by SCRAM as well', () => {
    const lab = new CorrelationLab();
    broken(lab);
    const flow = attempt(offer(lab.flow()), 'alice', { mechanism: 'SCRAM-SHA-1' });
    bind(flow, 'alice');
    assert.equal(lab.of(event).length, 1);
  });

  it('later, from elsewhere, by another program, after TLS that worked', () => {
    const lab = new CorrelationLab();
    broken(lab);
    attempt(offer(lab.flow({ client: '192.0.2.11' })), 'bob');
    attempt(offer(lab.flow(), { header: " xml:lang='en'" }), 'bob');
    lab.wait(301);
    attempt(offer(lab.flow()), 'alice');
    const flow = offer(lab.flow({ client: '192.0.2.12' }), { starttls: 'offered' });
    flow.c(STARTTLS).s(PROCEED).c(HELLO).s(HELLO);
    lab.wait(600);
    flow.close();
    fail(offer(lab.flow({ client: '192.0.2.12' })), 'carol');
    assert.equal(lab.of(event).length, 0);
  });
});
