import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab } from '../../support/correlation-lab.ts';
import { attempt, bind, fail, offer, register } from '../../support/logins.ts';

const SM = "xmlns='urn:xmpp:sm:3'";
const ENTRIES = 64;
const LIMITS = {
  correlationLoginSourceEntries: ENTRIES,
  correlationLoginUserEntries: ENTRIES,
  correlationLoginSecretEntries: ENTRIES,
  correlationServerFeatureEntries: ENTRIES,
};
const TABLES =
  /^(?:login_|brute_|spray_|bound_|guessed_|resum|registrations|tls_failures|server_features)/;

/** Every table of logins sees a new key with each round. */
function storm(lab: CorrelationLab, rounds: number, long = ''): void {
  for (let i = 0; i < rounds; i++) {
    const client = `${11 + (i % 80)}.${(i >> 4) & 255}.${i & 255}.7`;
    const domain = `d${i}${long}.example`;
    const flow = offer(lab.flow({ client }), { starttls: 'offered', domain, header: ` a${i}='1'` });
    fail(flow, `u${i}${long}`, { password: `p${i}` });
    register(flow, `r${i}${long}`, `q${i}`);
    attempt(flow, `v${i}${long}`, { mechanism: 'SCRAM-SHA-1', nonce: `n${i}`, serverNonce: 'x' });
    bind(flow, `v${i}${long}`, `res${i}`);
    flow.c(`<resume ${SM} h='0' previd='g${i}${long}'/>`).s(`<failed ${SM}/>`);
    flow.c(`<enable ${SM}/>`).s(`<enabled ${SM} id='e${i}${long}'/>`).c(`<a ${SM} h='0'/>`);
    if (i % 3 === 0) flow.close();
  }
}

describe('state of logins', () => {
  it('stays within its limits, and says what it forgot', () => {
    const lab = new CorrelationLab({ limits: LIMITS });
    storm(lab, 1000);
    const tables = lab.correlation.report().filter(({ name }) => TABLES.test(name));
    assert.ok(tables.length >= 14, tables.map(({ name }) => name).join());
    for (const { name, count, capacity, evictions } of tables) {
      assert.ok(count <= capacity && capacity <= ENTRIES, name);
      const isFed = name !== 'guessed_accounts' && name !== 'tls_failures';
      assert.equal(evictions > 0, isFed, `${name}: ${evictions}`);
    }
  });

  it('takes names of full length, and clocks that jump', () => {
    const lab = new CorrelationLab({ limits: LIMITS });
    for (const seconds of [1, -3600, 10 * 365 * 86_400, -20 * 365 * 86_400]) {
      storm(lab, 5, 'x'.repeat(900));
      lab.wait(seconds);
    }
    for (const { context, event } of lab.raised) {
      const summary = context['summary'];
      if (typeof summary === 'string') assert.ok(summary.length < 700, event);
    }
  });

  it('is the same in every replay', () => {
    const replay = (): unknown => {
      const lab = new CorrelationLab({ limits: LIMITS });
      storm(lab, 200);
      for (let i = 0; i < 30; i++) {
        fail(offer(lab.flow({ client: '203.0.113.7' })), `u${i % 12}`, { password: `x${i}` });
      }
      return [lab.raised, lab.serverFeatures];
    };
    assert.deepEqual(replay(), replay());
  });
});
