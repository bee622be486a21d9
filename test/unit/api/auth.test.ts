import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROUTES, type Problem, type Role, type Route } from '../../../sensor/api/index.ts';
import { setLogWriter } from '../../../sensor/core/index.ts';
import { bearer, openLab, pathOf, type Lab } from './api-lab.ts';

const ROLES: readonly Role[] = ['viewer', 'analyst', 'admin'];

interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function ask(lab: Lab, route: Route, headers: Record<string, string>): Promise<Answer> {
  const answer = await lab.app.inject({
    method: route.method,
    url: pathOf(route.path),
    headers,
    ...(route.bodyExample === undefined ? {} : { payload: route.bodyExample as object }),
  });
  return { code: answer.statusCode, headers: answer.headers, text: answer.body };
}

function problem(text: string): Problem['error'] {
  return (JSON.parse(text) as Problem).error;
}

/** Live events go on until somebody ends them: they have tests of their own over sockets. */
const ANSWERED = ROUTES.filter(({ path }) => path !== '/events');

describe('tokens of the API', () => {
  it('let every role do what is its own, on every route, and no more', async () => {
    const lab = await openLab();
    const wrong: string[] = [];
    for (const route of ROUTES) {
      for (const role of ROLES) {
        const isAllowed = ROLES.indexOf(role) >= ROLES.indexOf(route.role);
        if (isAllowed && route.path === '/events') continue;
        const { code, text } = await ask(lab, route, bearer(lab.tokens[role]));
        const name = `${route.method} ${route.path} as ${role}: ${code} ${text.slice(0, 200)}`;
        if (isAllowed ? code !== 200 : code !== 403) wrong.push(name);
        if (!isAllowed) {
          const { code: reason, hint } = problem(text);
          assert.equal(reason, 'ROLE_TOO_LOW');
          assert.match(hint ?? '', /token create --role/);
        }
      }
    }
    await lab.app.close();
    assert.deepEqual(wrong, []);
  });

  it('are needed on every route, and changes are made by none without', async () => {
    const lab = await openLab({ limits: { httpFailuresPerMinute: 1000 } });
    for (const route of ROUTES) {
      const none = await ask(lab, route, {});
      assert.equal(none.code, 401, route.path);
      assert.equal(none.headers['www-authenticate'], 'Bearer');
      assert.equal(problem(none.text).code, 'TOKEN_MISSING');
      for (const header of [
        'Bearer sw_a_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        'Bearer x',
        'Bearer ',
        `Basic ${lab.tokens.admin}`,
        lab.tokens.admin,
        `Bearer ${lab.tokens.admin}x`,
        `Bearer ${lab.tokens.admin.slice(0, -1)}`,
      ]) {
        const unknown = await ask(lab, route, { authorization: header });
        assert.equal(unknown.code, 401, `${route.path} ${header}`);
        assert.equal(problem(unknown.text).code, 'TOKEN_UNKNOWN');
      }
      const expired = await ask(lab, route, bearer(lab.tokens.expired));
      assert.equal(expired.code, 401);
      assert.equal(problem(expired.text).code, 'TOKEN_EXPIRED');
      assert.match(problem(expired.text).hint ?? '', /token create/);
    }
    await lab.app.close();
    assert.deepEqual(lab.changes, []);
  });

  it('in a URL are refused, also right ones, and are neither logged nor echoed', async () => {
    const lab = await openLab();
    const logged: string[] = [];
    setLogWriter((line) => logged.push(line));
    const { admin } = lab.tokens;
    for (const url of [
      `/api/v1/me?token=${admin}`,
      `/api/v1/me?access_token=${admin}`,
      `/api/v1/alerts?text=${admin}`,
      `/api/v1/alerts/${admin}`,
      '/api/v1/me?token=x',
    ]) {
      for (const headers of [{}, bearer(admin)]) {
        const answer = await lab.app.inject({ url, headers });
        assert.equal(answer.statusCode, 400, url);
        assert.equal(problem(answer.body).code, 'TOKEN_IN_URL');
        assert.ok(!answer.body.includes(admin));
      }
    }
    await lab.app.close();
    setLogWriter((line) => process.stderr.write(line));
    assert.ok(!logged.join('').includes(admin));
    assert.equal(lab.audit.length > 0, true);
    assert.ok(!JSON.stringify(lab.audit).includes(admin));
  });

  it('that are tried without end are slowed down, while right ones go on', async () => {
    const lab = await openLab({ limits: { httpFailuresPerMinute: 5 } });
    const wrong = bearer('sw_a_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    const codes: number[] = [];
    for (let i = 0; i < 7; i++) {
      const answer = await lab.app.inject({ url: '/api/v1/me', headers: wrong });
      codes.push(answer.statusCode);
      if (answer.statusCode === 429) assert.match(String(answer.headers['retry-after']), /^\d+$/);
    }
    assert.deepEqual(codes, [401, 401, 401, 401, 401, 429, 429]);
    const right = await lab.app.inject({
      url: '/api/v1/me',
      headers: bearer(lab.tokens.viewer),
    });
    assert.equal(right.statusCode, 200);
    // All of them stand in the audit, in few rows.
    await lab.app.close();
    assert.ok(lab.audit.length <= 2);
    const told = lab.audit.map(({ detail }) => Number(detail['count']));
    assert.equal(
      told.reduce((sum, count) => sum + count, 0),
      7,
    );
    assert.deepEqual([...new Set(lab.audit.map(({ action }) => action))], ['token_refused']);
  });

  it('that were refused are counted by reason', async () => {
    let counted: Readonly<Record<string, number>> = {};
    const lab = await openLab({
      services: {
        sensor: {
          metricsText: ({ refused }) => {
            counted = { ...refused };
            return Promise.resolve('');
          },
        },
      },
    });
    await lab.app.inject({ url: '/api/v1/me' });
    await lab.app.inject({ url: '/api/v1/me', headers: bearer('x') });
    await lab.app.inject({ url: '/api/v1/me', headers: bearer('y') });
    await lab.app.inject({ url: '/api/v1/me', headers: bearer(lab.tokens.expired) });
    await lab.app.inject({ url: '/api/v1/audit', headers: bearer(lab.tokens.viewer) });
    await lab.app.inject({ url: '/api/v1/me?token=a' });
    await lab.app.inject({ url: '/metrics' });
    await lab.app.close();
    assert.deepEqual(counted, { missing: 1, unknown: 2, expired: 1, role: 1, url: 1 });
  });

  it('that were revoked are refused', async () => {
    const lab = await openLab();
    const headers = bearer(lab.tokens.analyst);
    assert.equal((await lab.app.inject({ url: '/api/v1/me', headers })).statusCode, 200);
    lab.entries.splice(1, 1);
    assert.equal((await lab.app.inject({ url: '/api/v1/me', headers })).statusCode, 401);
    await lab.app.close();
  });

  it('say who they are', async () => {
    const lab = await openLab();
    const answer = await lab.app.inject({
      url: '/api/v1/me',
      headers: bearer(lab.tokens.analyst),
    });
    assert.deepEqual(answer.json(), {
      name: 'analyst',
      role: 'analyst',
      sensor: 'edge-1',
      version: '0.1.0',
      isLive: true,
    });
    await lab.app.close();
  });
});

describe('writes', () => {
  it('change nothing by GET', () => {
    for (const { method, role, path } of ROUTES) {
      if (role !== 'viewer' && method === 'GET') {
        assert.ok(['/alerts/:id/pcap', '/audit'].includes(path), path);
      }
    }
  });

  it('stand in the audit with the name of the token', async () => {
    const lab = await openLab();
    for (const route of ANSWERED.filter(({ role }) => role !== 'viewer')) {
      assert.equal((await ask(lab, route, bearer(lab.tokens.admin))).code, 200, route.path);
    }
    await lab.app.close();
    assert.deepEqual(
      lab.audit.map(({ actor, action, object }) => [actor, action, object]),
      [
        ['admin', 'packets_taken', '4f1c9a7be0d2358864aa01c3d75be912'],
        ['admin', 'rule_tuned', '1:100020'],
        ['admin', 'rule_untuned', 't1'],
        ['admin', 'rules_reloaded', 'rules'],
      ],
      'triage writes its row with the change, in the store',
    );
    assert.deepEqual(lab.changes, ['triageMany', 'triage', 'tune', 'untune', 'reload']);
  });

  it('are not made where no row of the audit can be written', async () => {
    const lab = await openLab({
      services: { store: { writeAudit: () => Promise.reject(new Error('no')) } },
    });
    setLogWriter(() => undefined);
    const audited = ANSWERED.filter(({ path }) =>
      ['/alerts/:id/pcap', '/rules/tuning', '/rules/tuning/:id', '/rules/reload'].includes(path),
    ).filter(({ role }) => role !== 'viewer');
    assert.equal(audited.length, 4);
    for (const route of audited) {
      const { code, text } = await ask(lab, route, bearer(lab.tokens.admin));
      assert.equal(code, 500, route.path);
      assert.ok(!text.includes('packets'));
    }
    setLogWriter((line) => process.stderr.write(line));
    await lab.app.close();
    assert.deepEqual(lab.changes, []);
  });

  it('that fail have a row that says so', async () => {
    const lab = await openLab({
      services: { rules: { reload: () => Promise.reject(new Error('line 3 is wrong')) } },
    });
    setLogWriter(() => undefined);
    await lab.app.inject({
      method: 'POST',
      url: '/api/v1/rules/reload',
      headers: bearer(lab.tokens.admin),
    });
    setLogWriter((line) => process.stderr.write(line));
    await lab.app.close();
    assert.deepEqual(
      lab.audit.map(({ action, detail }) => [action, detail]),
      [
        ['rules_reloaded', {}],
        ['rules_reloaded_failed', { error: 'line 3 is wrong' }],
      ],
    );
  });
});
