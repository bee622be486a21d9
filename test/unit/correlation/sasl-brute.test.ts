import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab } from '../../support/correlation-lab.ts';
import { attempt, fail, offer } from '../../support/logins.ts';

const ATTACKER = '203.0.113.7';

/** A connection with one failure each, `seconds` apart. */
function failures(
  lab: CorrelationLab,
  count: number,
  seconds: number,
  options: { user?: (i: number) => string; client?: (i: number) => string; password?: string } = {},
): void {
  for (let i = 0; i < count; i++) {
    const flow = lab.flow({ client: options.client?.(i) ?? ATTACKER });
    const password = options.password ?? `guess-${i}`;
    fail(offer(flow), options.user?.(i) ?? 'alice', { password }).close();
    lab.wait(seconds);
  }
}

function told(lab: CorrelationLab): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { event } of lab.raised) {
    if (event.startsWith('auth.')) counts[event] = (counts[event] ?? 0) + 1;
  }
  return counts;
}

describe('sasl-brute', () => {
  it('five guesses in half a minute, at any segmentation; four are none', () => {
    for (const pieceBytes of [1, 7, 100, Infinity]) {
      const lab = new CorrelationLab({ pieceBytes });
      failures(lab, 4, 1);
      assert.deepEqual(told(lab), {});
      failures(lab, 2, 1);
      const raised = lab.of('auth.brute_force');
      assert.equal(raised.length, 2);
      assert.equal(raised[0]?.incident?.key, ATTACKER);
      assert.deepEqual(raised[0].incident.contributors, ['alice@corp.example']);
      assert.match(
        String(raised[0].context['summary']),
        /^203\.0\.113\.7 guesses passwords of alice@corp\.example: 5 failed logins, 5 guesses within 30 seconds$/,
      );
      assert.equal(raised[0].context['not_authorized'], 5);
    }
  });

  it('on one stream as well as on many', () => {
    const lab = new CorrelationLab();
    const flow = offer(lab.flow({ client: ATTACKER }));
    for (let i = 0; i < 4; i++) fail(flow, 'alice', { password: `p${i}` });
    assert.deepEqual(told(lab), {});
    fail(flow, 'alice', { password: 'p4' });
    assert.equal(lab.of('auth.brute_force').length, 1);
  });

  it('twenty in an hour, of different users', () => {
    const user = (i: number): string => `user${i % 4}`;
    const lab = new CorrelationLab();
    failures(lab, 19, 100, { user });
    assert.equal(lab.of('auth.brute_force').length, 0);
    failures(lab, 1, 0, { user: () => 'user3', password: 'another' });
    assert.equal(lab.of('auth.brute_force').length, 1);
  });

  it('counts conditions apart; failures of the server are no guesses', () => {
    const lab = new CorrelationLab();
    const flow = offer(lab.flow({ client: ATTACKER }));
    for (let i = 0; i < 30; i++) {
      fail(flow, 'alice', { password: `p${i}`, condition: 'temporary-auth-failure' });
    }
    assert.deepEqual(told(lab), {});
    const conditions = ['malformed-request', 'account-disabled', 'account-disabled'];
    for (const condition of [...conditions, 'not-authorized', 'not-authorized']) {
      fail(flow, 'alice', { password: `${condition}${lab.nowUsec}`, condition });
    }
    const { context } = lab.of('auth.brute_force')[0] ?? {};
    assert.deepEqual(
      [context?.['malformed_request'], context?.['account_disabled'], context?.['not_authorized']],
      [1, 2, 2],
    );
  });

  it('a wrong password saved in a phone is told apart, and later', () => {
    const lab = new CorrelationLab();
    failures(lab, 20, 10, { password: 'old' });
    assert.deepEqual(told(lab), {});
    failures(lab, 1, 10, { password: 'old' });
    assert.deepEqual(told(lab), { 'auth.repeated_failure': 1 });
    assert.equal(lab.of('auth.repeated_failure')[0]?.context['failures'], 20);
  });

  it('and so is one that SCRAM hides, by its pace', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 12; i++) {
      fail(offer(lab.flow({ client: ATTACKER })), 'alice', { mechanism: 'SCRAM-SHA-1' }).close();
      lab.wait(30);
    }
    assert.deepEqual(told(lab), {});
    for (let i = 0; i < 5; i++) {
      fail(offer(lab.flow({ client: ATTACKER })), 'bob', { mechanism: 'SCRAM-SHA-1' }).close();
      lab.wait(1);
    }
    assert.equal(lab.of('auth.brute_force').length, 1);
  });

  it('an office behind one address: many users, a mistake or two each', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 40; i++) {
      const flow = offer(lab.flow({ client: ATTACKER }));
      fail(flow, `user${i}`, { password: 'typo' });
      attempt(flow, `user${i}`);
      lab.wait(20);
    }
    // The next day everybody is known there, and some forget twice.
    lab.wait(86_400);
    for (let i = 0; i < 40; i++) {
      const flow = offer(lab.flow({ client: ATTACKER }));
      for (const password of ['typo', 'tyop', 'tpyo']) fail(flow, `user${i}`, { password });
      attempt(flow, `user${i}`);
      lab.wait(60);
    }
    assert.deepEqual(told(lab), {});
  });

  it('one account, guessed from many addresses', () => {
    const client = (i: number): string => `203.0.${i}.7`;
    const lab = new CorrelationLab();
    failures(lab, 9, 60, { client });
    assert.deepEqual(told(lab), {});
    failures(lab, 1, 0, { client: () => '203.0.113.9' });
    assert.deepEqual(told(lab), { 'auth.brute_force_target': 1 });
    assert.equal(lab.of('auth.brute_force_target')[0]?.incident?.key, 'alice@corp.example');
  });

  it('a phone that takes its wrong password from network to network', () => {
    const lab = new CorrelationLab();
    failures(lab, 30, 60, { client: (i) => `203.0.${i}.7`, password: 'old' });
    assert.deepEqual(told(lab), {});
  });

  it('a component with a wrong secret', () => {
    const lab = new CorrelationLab();
    const header = (names: string): string =>
      `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' ${names}>`;
    for (let i = 0; i < 22; i++) {
      lab
        .flow({ port: 5347 })
        .c(header("to='gate.corp.example'"))
        .s(header("from='gate.corp.example' id='c1'"))
        .c('<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>')
        .s(
          "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
        )
        .close();
      lab.wait(1);
    }
    assert.equal(lab.of('auth.brute_force').length, 0);
    assert.equal(lab.of('auth.repeated_failure').length, 2);
  });

  it('a guess that is right', () => {
    const lab = new CorrelationLab();
    failures(lab, 5, 1);
    attempt(offer(lab.flow({ client: ATTACKER })), 'alice');
    const raised = lab.of('auth.success_after_failures');
    assert.equal(raised.length, 1);
    assert.equal(raised[0]?.incident?.key, 'alice@corp.example');
    // A colleague behind the same address has guessed nothing.
    attempt(offer(lab.flow({ client: ATTACKER })), 'bob');
    assert.equal(lab.of('auth.success_after_failures').length, 1);
  });

  it('a few mistakes, then the right password', () => {
    const lab = new CorrelationLab();
    failures(lab, 4, 1);
    attempt(offer(lab.flow({ client: ATTACKER })), 'alice');
    assert.deepEqual(told(lab), {});
  });

  it('clocks that jump, names of full length, no addresses', () => {
    const lab = new CorrelationLab();
    const user = 'u'.repeat(1023);
    for (const seconds of [-100, 4e9, -8e9, 1]) {
      failures(lab, 3, 1, { user: () => user });
      lab.wait(seconds);
    }
    for (const { context } of lab.raised) {
      assert.ok(String(context['summary'] ?? '').length < 600);
    }
  });
});
