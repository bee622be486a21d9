import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab } from '../../support/correlation-lab.ts';
import { attempt, fail, offer } from '../../support/logins.ts';

const TOOL = " xml:lang='en'";

interface Spray {
  readonly users: number;
  readonly client?: (i: number) => string;
  readonly password?: (i: number) => string;
  readonly header?: string;
  readonly seconds?: number;
  readonly condition?: string;
}

function spray(lab: CorrelationLab, options: Spray, first = 0): void {
  const { users, header = TOOL, seconds = 20, condition = 'not-authorized' } = options;
  for (let i = first; i < first + users; i++) {
    const flow = lab.flow({ client: options.client?.(i) ?? '203.0.113.7' });
    const password = options.password?.(i) ?? `p${i}`;
    fail(offer(flow, { header }), `user${i}`, { password, condition }).close();
    lab.wait(seconds);
  }
}

describe('sasl-spray', () => {
  it('ten users from one address in ten minutes, at any segmentation; nine are none', () => {
    for (const pieceBytes of [1, 100, Infinity]) {
      const lab = new CorrelationLab({ pieceBytes });
      spray(lab, { users: 9 });
      assert.equal(lab.of('auth.spray').length, 0);
      spray(lab, { users: 3 }, 9);
      const raised = lab.of('auth.spray');
      assert.equal(raised.length, 3);
      assert.equal(new Set(raised.map(({ incident }) => incident?.key)).size, 1);
      assert.equal(
        raised[0]?.context['summary'],
        '203.0.113.7 failed to log in to at least 10 different accounts of corp.example within 10 minutes',
      );
      assert.equal(lab.of('auth.brute_force').length, 0);
    }
  });

  it('slower than the window', () => {
    const lab = new CorrelationLab();
    spray(lab, { users: 30, seconds: 70 });
    assert.equal(lab.of('auth.spray').length, 0);
  });

  it('from the addresses of one network, and from everywhere by one program', () => {
    const near = new CorrelationLab();
    spray(near, { users: 10, client: (i) => `203.0.113.${i}` });
    assert.equal(near.of('auth.spray')[0]?.context['by'], 'network');
    assert.equal(near.of('auth.spray')[0]?.context['source'], '203.0.113.0/24');
    const far = new CorrelationLab();
    spray(far, { users: 10, client: (i) => `203.${i}.113.7` });
    assert.equal(far.of('auth.spray')[0]?.context['by'], 'client');
  });

  it('one password from many places, whatever the programs and however slow', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 10; i++) {
      assert.equal(lab.of('auth.spray_password').length, 0);
      const client = (): string => `203.${i}.113.7`;
      const header = ` a${i}='1'`;
      spray(lab, { users: 1, client, header, password: () => 'Winter2026!', seconds: 200 }, i);
    }
    const raised = lab.of('auth.spray_password');
    assert.equal(raised.length, 1);
    assert.equal(lab.of('auth.spray').length, 0);
    assert.ok(!JSON.stringify(raised).includes('Winter2026'));
  });

  it('the guess that is right at the first try', () => {
    const lab = new CorrelationLab();
    spray(lab, { users: 12 });
    attempt(offer(lab.flow({ client: '203.0.113.7' }), { header: TOOL }), 'victim');
    assert.deepEqual(
      lab.of('auth.success_after_failures')[0]?.context['account'],
      'victim@corp.example',
    );
    // Somebody else behind the same address, with another program.
    attempt(offer(lab.flow({ client: '203.0.113.7' })), 'bob');
    assert.equal(lab.of('auth.success_after_failures').length, 1);
  });

  it('an office behind one address: its people are known there', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 30; i++) attempt(offer(lab.flow({ client: '203.0.113.7' })), `user${i}`);
    lab.wait(86_400);
    spray(lab, { users: 30, header: '' });
    assert.equal(lab.of('auth.spray').length, 0);
  });

  it('the first morning: many come, some mistype', () => {
    const lab = new CorrelationLab();
    for (let i = 0; i < 60; i++) {
      const flow = offer(lab.flow({ client: '203.0.113.7' }));
      if (i % 4 === 0) fail(flow, `user${i}`, { password: `typo${i}` });
      attempt(flow, `user${i}`);
      lab.wait(5);
    }
    assert.equal(lab.of('auth.spray').length, 0);
  });

  it('a directory that is down', () => {
    const lab = new CorrelationLab();
    spray(lab, { users: 40, seconds: 1, condition: 'temporary-auth-failure' });
    assert.equal(lab.raised.filter(({ event }) => event.startsWith('auth.')).length, 0);
  });
});

describe('sasl-weak', () => {
  const scram = (
    lab: CorrelationLab,
    nonce: string,
    options: { client?: string; serverNonce?: string } = {},
  ): void => {
    const { client = '192.0.2.10', ...more } = options;
    const flow = offer(lab.flow({ client }));
    attempt(flow, 'alice', { mechanism: 'SCRAM-SHA-1', nonce, ...more }).close();
  };

  it('a nonce that comes again', () => {
    const lab = new CorrelationLab();
    scram(lab, 'same');
    lab.wait(60);
    scram(lab, 'other');
    assert.equal(lab.of('auth.nonce_reused').length, 0);
    scram(lab, 'same');
    assert.equal(lab.of('auth.nonce_reused').length, 1);
  });

  it('one login seen on both sides of a load balancer', () => {
    const lab = new CorrelationLab();
    scram(lab, 'same', { serverNonce: 'xyz' });
    scram(lab, 'same', { serverNonce: 'xyz', client: '10.0.0.1' });
    assert.equal(lab.of('auth.nonce_reused').length, 0);
  });

  it('a token for later logins in clear', () => {
    const lab = new CorrelationLab();
    const login = (token: string): void => {
      offer(lab.flow())
        .c(
          "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>AGFsaWNlAHNlY3JldA==</initial-response></authenticate>",
        )
        .s(
          `<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>alice@corp.example</authorization-identifier>${token}</success>`,
        )
        .close();
    };
    login('');
    assert.equal(lab.of('auth.token_issued').length, 0);
    login("<token xmlns='urn:xmpp:fast:0' token='SECRET-TOKEN' expiry='2026-12-24T00:00:00Z'/>");
    assert.equal(lab.of('auth.token_issued').length, 1);
    assert.ok(!JSON.stringify(lab.raised).includes('SECRET-TOKEN'));
  });
});
