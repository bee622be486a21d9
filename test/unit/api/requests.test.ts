import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { boundAddresses } from '../../../sensor/api/connection-bound.ts';
import { ROUTES, type Problem } from '../../../sensor/api/index.ts';
import * as examples from '../../../sensor/api/schemas/examples.ts';
import type { AlertFilter } from '../../../sensor/output/index.ts';
import {
  ERROR_CODES,
  OperatorError,
  setLogWriter,
  type ErrorCode,
} from '../../../sensor/core/index.ts';
import { bearer, listen, open, openLab, pathOf, raw, type Lab } from './api-lab.ts';

async function get(lab: Lab, url: string): Promise<{ code: number; error: Problem['error'] }> {
  const answer = await lab.app.inject({
    url: `/api/v1${url}`,
    headers: bearer(lab.tokens.viewer),
  });
  return { code: answer.statusCode, error: answer.json<Partial<Problem>>().error ?? NONE };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 6000 && !isSo(); i++) await pause(10);
  assert.ok(isSo());
}

const NONE = { code: '', message: '' };

async function post(
  lab: Lab,
  url: string,
  payload: string | object,
  headers: Record<string, string> = {},
): Promise<{ code: number; error: Problem['error'] }> {
  const answer = await lab.app.inject({
    method: 'POST',
    url: `/api/v1${url}`,
    headers: { ...bearer(lab.tokens.admin), ...headers },
    payload,
  });
  return { code: answer.statusCode, error: answer.json<Partial<Problem>>().error ?? NONE };
}

describe('queries', () => {
  it('become filters of the store', async () => {
    let filter: AlertFilter | undefined;
    const lab = await openLab({
      services: {
        store: {
          alerts: (asked) => {
            filter = asked;
            return Promise.resolve({ items: [] });
          },
        },
      },
    });
    const query =
      'since=1790000000000000&until=2026-12-31&severity=critical,3&detection=dlp-*&gid=3&sid=7&jid=a%40b&ip=10.0.0.1' +
      '&category=Leak&status=open,closed&campaign=c1&file=f1&flow=1%3Ax%3D&text=a%20b&not=jid:b%40c&not=sid:3:9&not=severity:info,2&not=status:open&not=text:a:b&limit=500&cursor=abc';
    assert.equal((await get(lab, `/alerts?${query}`)).code, 200);
    assert.deepEqual(filter, {
      sinceUsec: 1_790_000_000_000_000,
      untilUsec: Date.parse('2026-12-31') * 1000,
      limit: 500,
      cursor: 'abc',
      severities: [1, 3],
      statuses: ['new', 'escalated', 'closed'],
      ...{ detection: 'dlp-*', gid: 3, sid: 7, jid: 'a@b', ip: '10.0.0.1', category: 'Leak' },
      ...{ text: 'a b', campaignId: 'c1', fileId: 'f1', communityId: '1:x=' },
      not: [
        { jid: 'b@c' },
        { gid: 3, sid: 9 },
        { severities: [4, 2] },
        { statuses: ['new', 'escalated'] },
        { text: 'a:b' },
      ],
    });
    // One alone is no list in a URL.
    assert.equal((await get(lab, '/alerts?not=category:Leak')).code, 200);
    assert.deepEqual(filter.not, [{ category: 'Leak' }]);
    assert.equal((await get(lab, '/alerts')).code, 200);
    assert.equal(filter.limit, 50);
    await lab.app.close();
  });

  it('that are wrong are refused with what to write', async () => {
    const lab = await openLab();
    const cases: readonly (readonly [url: string, message: RegExp, hint?: RegExp])[] = [
      ['/alerts?severty=1', /takes no "severty"/, /Did you mean severity\?/],
      ['/alerts?severity=critcal', /no severity "critcal"/, /critical/],
      ['/alerts?severity=5', /no severity "5"/, /critical, high/],
      ['/alerts?status=opne', /no status/, /open/],
      ['/alerts?not=alice', /"alice" does not say what to leave out/, /jid:alice@corp.example/],
      ['/alerts?not=jid:', /does not say what to leave out/],
      ['/alerts?not=severity:,', /does not say what to leave out/],
      ['/alerts?not=', /not in the query is empty/],
      ['/alerts?not=jdi:a&not=sid:1', /no filter to leave out by "jdi"/, /Did you mean jid\?/],
      ['/alerts?not=since:24h', /no filter to leave out by "since"/, /severity, detection, sid/],
      ['/alerts?not=__proto__:1', /no filter to leave out by/],
      ['/alerts?not=severity:critcal', /no severity "critcal"/, /Did you mean critical/],
      ['/alerts?not=sid:0', /"0" is no signature id/, /sid:GID:SID/],
      ['/alerts?not=sid:1:2:3', /no signature id/],
      ['/alerts?not=sid:4294967296', /no signature id/],
      [`/alerts?${'not=sid:1&'.repeat(51)}`, /not in the query has at most 50 entries/],
      [`/alerts?not=jid:${'x'.repeat(3078)}`, /not in the query has at most 3081 characters/],
      [
        '/alerts?limit=501',
        /limit in the query must be a whole number from 1 to 500, not 501/,
        /For example 100/,
      ],
      ['/alerts?limit=0', /limit/],
      ['/alerts?limit=-1', /limit/],
      ['/alerts?limit=1.5', /limit in the query must be a whole number from 1 to 500, not "1.5"/],
      ['/alerts?limit=x', /limit/],
      ['/alerts?limit=1&limit=2', /limit in the query is given more than once/],
      ['/alerts?jid=a&jid=b', /jid in the query is given more than once/, /alice@corp.example/],
      ['/alerts?sid=4294967296', /sid in the query must be a whole number from 1 to 4294967295/],
      ['/alerts?since=', /since in the query is empty/, /For example 24h/],
      ['/alerts?severity=', /severity in the query is empty/, /For example critical,high/],
      ['/files?incomplete=x', /incomplete in the query must be true or false, not "x"/],
      ['/alerts?since=tomorrow', /Cannot read the time/, /24h/],
      [`/alerts?text=${'x'.repeat(1001)}`, /text in the query has at most 1000 characters/],
      ['/alerts?cursor=', /cursor in the query is empty/, /`next` of the page before/],
      ['/alerts?__proto__=1', /takes no/],
      ['/alerts/top?by=nick', /must be one of jid, domain, ip, signature, category/],
      ['/me?x=1', /takes no "x"/, /It takes none/],
      ['/graph', /jid or campaign/],
      ['/graph?jid=a&campaign=b', /jid or campaign/],
      ['/files?road=email', /must be one of ibb/],
      ['/files?hash=xyz', /hash in the query cannot be "xyz"/, /SHA-256.*For example a3d0/],
      [
        '/alerts/..%2f..%2fetc',
        /id in the path cannot be/,
        /letters, digits, - and _. For example 4f1c/,
      ],
      ['/alerts/%00', /id/],
      ['/rules/abc', /sid in the path cannot be "abc"/, /SID, or GID:SID. For example 1510010/],
      ['/rules/1:2:3', /sid/],
    ];
    for (const [url, message, hint] of cases) {
      const { code, error } = await get(lab, url);
      assert.equal(code, 400, url);
      assert.match(error.message, message, url);
      if (hint !== undefined) assert.match(error.hint ?? '', hint, url);
    }
    await lab.app.close();
  });

  it('for what is not there say so', async () => {
    const lab = await openLab();
    for (const [url, hint] of [
      ['/alerts/ffff', /retention/],
      ['/files/ffff', undefined],
      ['/campaigns/ffff', undefined],
      ['/rules/7', /GET/],
      ['/alert', /alerts\?/],
      ['/', undefined],
    ] as const) {
      const { code, error } = await get(lab, url);
      assert.equal(code, 404, url);
      assert.equal(error.code, 'NOT_FOUND');
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
    }
    const { code, error } = await post(
      ...([lab, '/alerts/ffff/triage', { status: 'closed' }] as const),
      { 'content-type': 'application/json' },
    );
    assert.deepEqual([code, error.code], [404, 'NOT_FOUND']);
    await lab.app.close();
  });
});

describe('bodies', () => {
  it('that are wrong are refused and change nothing', async () => {
    const lab = await openLab({ limits: { httpHeavyPerMinute: 1000 } });
    const id = '/alerts/4f1c9a7be0d2358864aa01c3d75be912/triage';
    const long = 'x'.repeat(4001);
    const cases: readonly (readonly [url: string, body: string | object, message: RegExp])[] = [
      [id, {}, /status/],
      [id, { status: 'done' }, /must be one of new/],
      [id, { status: 'new', color: 1 }, /takes no "color"/],
      [id, { comment: long }, /comment/],
      [id, '{"status":', /JSON/],
      [id, '{"__proto__":{"a":1},"status":"new"}', /JSON/],
      [id, '[]', /must be object/],
      [id, '""', /must be object/],
      [id, 'null', /must be object/],
      ['/alerts/triage', { status: 'new' }, /./],
      ['/alerts/triage', { status: 'new', ids: [] }, /./],
      ['/alerts/triage', { status: 'new', ids: ['a'], query: {} }, /./],
      ['/alerts/triage', { status: 'new', query: { severty: '1' } }, /./],
      ['/alerts/triage', { status: 'new', query: { cursor: 'a' } }, /cursor/],
      ['/alerts/triage', { status: 'new', ids: Array(1001).fill('a') }, /./],
      ['/rules/tuning', { sid: 1, action: 'disable' }, /reason/],
      ['/rules/tuning', { sid: 1, action: 'delete', reason: 'x' }, /./],
      ['/rules/tuning', { sid: 1, action: 'threshold', reason: 'x' }, /./],
      ['/rules/tuning', { sid: 0, action: 'disable', reason: 'x' }, /./],
      ['/rules/try', { stanza: '' }, /stanza/],
      ['/rules/try', { stanzas: '<a/>' }, /stanza/],
    ];
    for (const [url, body, message] of cases) {
      const { code, error } = await post(lab, url, body, { 'content-type': 'application/json' });
      assert.equal(code, 400, `${url} ${JSON.stringify(body).slice(0, 80)}`);
      assert.match(error.message, message, `${url} ${JSON.stringify(body).slice(0, 80)}`);
    }
    await lab.app.close();
    assert.deepEqual(lab.changes, []);
  });

  it('are JSON and not too large', async () => {
    const lab = await openLab({ limits: { httpBodyBytes: 2048, httpTryBytes: 8192 } });
    const id = '/alerts/4f1c9a7be0d2358864aa01c3d75be912/triage';
    const body = JSON.stringify({ comment: 'x'.repeat(2100) });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const { code, error } = await post(lab, id, '{"status":"new"}', { 'content-type': type });
      assert.equal(code, 415, type);
      assert.equal(error.code, 'NOT_JSON');
    }
    const json = { 'content-type': 'application/json' };
    assert.equal((await post(lab, id, body, json)).code, 413);
    const stanza = (length: number): string => JSON.stringify({ stanza: 'x'.repeat(length) });
    assert.equal((await post(lab, '/rules/try', stanza(6000), json)).code, 200);
    const large = await post(lab, '/rules/try', stanza(9000), json);
    assert.equal(large.code, 413);
    assert.equal(large.error.code, 'TOO_LARGE');
    await lab.app.close();
    assert.deepEqual(lab.changes, []);
  });
});

describe('times', () => {
  it('in the wrong order are refused with a sentence, at every list', async () => {
    const lab = await openLab();
    const lists = ['/alerts', '/alerts/groups', '/alerts/top', '/alerts/timeline', '/sessions'];
    for (const path of [...lists, '/files', '/identities', '/exposures', '/stats']) {
      const { code, error } = await get(lab, `${path}?since=1h&until=2h`);
      assert.equal(code, 400, path);
      assert.equal(error.code, 'USAGE');
      assert.match(error.message, /since is after until/);
      assert.match(error.hint ?? '', /Exchange them/);
      assert.equal((await get(lab, `${path}?since=2h&until=1h`)).code, 200, path);
    }
    const same = '1790000000000000';
    assert.equal((await get(lab, `/alerts?since=${same}&until=${same}`)).code, 200);
    await lab.app.close();
  });
});

describe('HEAD', () => {
  it('answers as GET does, without a body, where no token is needed', async () => {
    const lab = await openLab();
    for (const url of ['/healthz', '/readyz', '/metrics', '/', '/inbox']) {
      const got = await lab.app.inject({ url });
      const head = await lab.app.inject({ method: 'HEAD', url });
      assert.equal(head.statusCode, 200, url);
      assert.equal(head.body, '', url);
      for (const name of ['content-type', 'content-length', 'content-security-policy']) {
        assert.equal(head.headers[name], got.headers[name], `${url} ${name}`);
      }
    }
    assert.equal((await lab.app.inject({ method: 'HEAD', url: '/no.such' })).statusCode, 404);
    await lab.app.close();
  });

  it('of the API answers as GET does, with the same token', async () => {
    const lab = await openLab();
    const headers = bearer(lab.tokens.viewer);
    for (const url of ['/me', '/alerts?limit=1', '/alerts/4f1c', '/rules', '/openapi.json']) {
      const got = await lab.app.inject({ url: `/api/v1${url}`, headers });
      const head = await lab.app.inject({ method: 'HEAD', url: `/api/v1${url}`, headers });
      assert.equal(head.statusCode, 200, url);
      assert.equal(head.body, '');
      for (const name of ['content-type', 'content-length']) {
        assert.equal(head.headers[name], got.headers[name], `${url} ${name}`);
      }
    }
    assert.equal((await lab.app.inject({ method: 'HEAD', url: '/api/v1/me' })).statusCode, 401);
    // Packets are revealed to who takes them, events never end.
    for (const url of ['/alerts/4f1c/pcap', '/events']) {
      const head = await lab.app.inject({ method: 'HEAD', url: `/api/v1${url}`, headers });
      assert.equal(head.statusCode, 405, url);
    }
    assert.deepEqual(lab.audit, []);
    await lab.app.close();
  });

  it('tells that the sensor is not ready', async () => {
    const lab = await openLab({
      options: { readiness: () => Promise.resolve([{ check: 'store', isOk: false, text: '' }]) },
    });
    assert.equal((await lab.app.inject({ method: 'HEAD', url: '/readyz' })).statusCode, 503);
    await lab.app.close();
  });
});

describe('methods a path does not have', () => {
  it('are refused with those it has', async () => {
    const lab = await openLab();
    const headers = bearer(lab.tokens.admin);
    for (const [method, url, allow] of [
      ['PUT', '/alerts', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/alerts/4f1c', 'GET, HEAD, OPTIONS'],
      ['PATCH', '/alerts/4f1c/triage', 'GET, POST, HEAD, OPTIONS'],
      // Not the rule of the number "try".
      ['GET', '/rules/try', 'POST, OPTIONS'],
      ['GET', '/rules/reload', 'POST, OPTIONS'],
      ['POST', '/alerts/4f1c/pcap', 'GET, OPTIONS'],
      ['GET', '/rules/tuning/1', 'DELETE, OPTIONS'],
    ] as const) {
      const answer = await lab.app.inject({ method, url: `/api/v1${url}`, headers });
      assert.equal(answer.statusCode, 405, `${method} ${url}`);
      assert.equal(answer.headers.allow, allow, url);
      assert.match(answer.json<Problem>().error.hint ?? '', new RegExp(allow));
      const options = await lab.app.inject({ method: 'OPTIONS', url: `/api/v1${url}` });
      assert.equal(options.statusCode, 204, url);
      assert.equal(options.headers.allow, allow, url);
      assert.equal(options.headers['access-control-allow-origin'], undefined);
    }
    // Whatever it is sent with.
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const put = await lab.app.inject({
      ...{ method: 'PUT', url: '/api/v1/alerts', headers: form, payload: 'a=b' },
    });
    assert.equal(put.statusCode, 405);
    assert.deepEqual(lab.changes, []);
    await lab.app.close();
  });
});

describe('limits', () => {
  it("of requests are each token's own", async () => {
    const lab = await openLab({ limits: { httpRequestsPerMinute: 3, httpHeavyPerMinute: 1 } });
    const codes: number[] = [];
    for (let i = 0; i < 5; i++)
      codes.push((await get(lab, i % 2 === 0 ? '/me' : '/sessions')).code);
    assert.deepEqual(codes, [200, 200, 200, 429, 429]);
    const limited = await lab.app.inject({
      url: '/api/v1/me',
      headers: bearer(lab.tokens.viewer),
    });
    assert.match(String(limited.headers['retry-after']), /^\d+$/);
    assert.equal(limited.json<Problem>().error.code, 'TOO_MANY');
    const other = await lab.app.inject({ url: '/api/v1/me', headers: bearer(lab.tokens.admin) });
    assert.equal(other.statusCode, 200);
    const body = { stanza: '<a/>' };
    assert.equal((await post(lab, '/rules/try', body)).code, 200);
    assert.equal((await post(lab, '/rules/try', body)).code, 429);
    await lab.app.close();
  });

  it('of URLs', async () => {
    const lab = await openLab({ limits: { httpUrlChars: 200 } });
    const { code, error } = await get(lab, `/alerts?text=${'x'.repeat(200)}`);
    assert.equal(code, 414);
    assert.equal(error.code, 'URL_TOO_LONG');
    await lab.app.close();
  });

  it('of time: a question that takes too long is answered', async () => {
    const lab = await openLab({
      limits: { httpRequestSeconds: 0.05 },
      services: { store: { sessions: () => new Promise(() => undefined) } },
    });
    const { code, error } = await get(lab, '/sessions');
    assert.equal(code, 503);
    assert.equal(error.code, 'TOO_SLOW');
    await lab.app.close();
  });

  it('of connections', async () => {
    const lab = await openLab({ limits: { httpConnections: 2 } });
    const port = await listen(lab.app);
    const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const held = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    for (const socket of held) socket.write(request);
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
    assert.equal(await raw(port, request), '');
    for (const socket of held) socket.destroy();
    await lab.app.close();
  });
});

describe('troubles', () => {
  it('of the store and the rules are told with status, code and fix', async () => {
    const expected: Partial<Record<ErrorCode, readonly [status: number, again: boolean]>> = {
      USAGE: [400, false],
      STORE_LOCKED: [503, true],
      STORE_BUSY: [503, true],
      STORE_UNREADABLE: [503, true],
      STORE_UNWRITABLE: [503, true],
      STORE_NEWER: [503, false],
      STORE_SLOW: [503, true],
      RULES_BUSY: [503, true],
      RULES_SLOW: [422, false],
      RULES_UNWRITABLE: [503, true],
      RULES_INVALID: [422, false],
      ADDRESS_IN_USE: [500, false],
    };
    for (const [code, [status, isAgain]] of Object.entries(expected)) {
      assert.ok(code in ERROR_CODES);
      const lab = await openLab({
        services: {
          store: {
            alerts: () =>
              Promise.reject(new OperatorError(code as ErrorCode, 'It is so', 'Do this')),
          },
        },
      });
      setLogWriter(() => undefined);
      const answer = await lab.app.inject({
        url: '/api/v1/alerts',
        headers: bearer(lab.tokens.viewer),
      });
      setLogWriter((line) => process.stderr.write(line));
      assert.equal(answer.statusCode, status, code);
      assert.deepEqual(answer.json(), { error: { code, message: 'It is so', hint: 'Do this' } });
      assert.equal(answer.headers['retry-after'] !== undefined, isAgain, code);
      await lab.app.close();
    }
  });

  it('that are our own say nothing of themselves', async () => {
    const lab = await openLab({
      services: { store: { alerts: () => Promise.reject(new Error('secret /path/to/it')) } },
    });
    const logged: string[] = [];
    setLogWriter((line) => logged.push(line));
    const { code, error } = await get(lab, '/alerts');
    setLogWriter((line) => process.stderr.write(line));
    assert.equal(code, 500);
    assert.equal(error.code, 'INTERNAL');
    assert.ok(!JSON.stringify(error).includes('secret'));
    assert.ok(logged.join('').includes('secret'), 'the log has it');
    await lab.app.close();
  });

  it('never put text of a request into a header, nor pages into a frame', async () => {
    const lab = await openLab();
    for (const route of ROUTES) {
      if (route.path === '/events') continue;
      const { headers } = await lab.app.inject({
        method: route.method,
        url: `${pathOf(route.path)}${route.path === '/graph' ? '&' : '?'}x=%0d%0aevil:1`,
        headers: bearer(lab.tokens.admin),
      });
      assert.ok(!JSON.stringify(headers).includes('evil'));
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
    }
    await lab.app.close();
  });
});

describe('packets', () => {
  it("come as a file whose name is the alert's id alone", async () => {
    const lab = await openLab();
    const answer = await lab.app.inject({
      url: pathOf('/alerts/:id/pcap'),
      headers: bearer(lab.tokens.analyst),
    });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.body, '\n\r\r\npackets');
    assert.equal(
      answer.headers['content-disposition'],
      'attachment; filename="stanzawatch-4f1c9a7be0d2358864aa01c3d75be912.pcapng"',
    );
    await lab.app.close();
  });

  it('that are not kept are a 404 with the reason, and nothing is told in the audit', async () => {
    const lab = await openLab({
      services: {
        packets: {
          pcap: () => Promise.resolve(undefined),
          kept: () =>
            Promise.resolve({
              ...{ packets: 0, bytes: 0, firstUsec: 0, lastUsec: 0 },
              reason: 'They were too old',
            }),
        },
      },
    });
    const answer = await lab.app.inject({
      url: pathOf('/alerts/:id/pcap'),
      headers: bearer(lab.tokens.analyst),
    });
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json<Problem>().error.hint, 'They were too old');
    await lab.app.close();
    assert.deepEqual(lab.audit, []);
  });
});

describe('tries of a token', () => {
  it('are answered one at a time, and no other token waits for them', async () => {
    const waiting: (() => void)[] = [];
    const lab = await openLab({
      services: {
        rules: {
          try: () =>
            new Promise((resolve, reject) => {
              waiting.push(() => {
                if (waiting.length === 3) reject(new OperatorError('RULES_SLOW', 'too long', ''));
                else resolve(examples.tryAnswer);
              });
            }),
        },
      },
    });
    const ask = async (token: string): Promise<number> => {
      const answer = await lab.app.inject({
        method: 'POST',
        url: '/api/v1/rules/try',
        headers: bearer(token),
        payload: { stanza: '<message/>' },
      });
      return answer.statusCode;
    };
    const first = ask(lab.tokens.viewer);
    const other = ask(lab.tokens.analyst);
    await until(() => waiting.length === 2);
    assert.equal(await ask(lab.tokens.viewer), 429);
    for (const end of waiting) end();
    assert.deepEqual([await first, await other], [200, 200]);
    // Also when it failed.
    const failed = ask(lab.tokens.viewer);
    await until(() => waiting.length === 3);
    waiting[2]?.();
    assert.notEqual(await failed, 200);
    const again = ask(lab.tokens.viewer);
    await until(() => waiting.length === 4);
    waiting[3]?.();
    assert.notEqual(await again, 429);
    await lab.app.close();
  });
});

describe('connections', () => {
  it('of one address are bounded, those of others are not; what closed counts no more', async () => {
    const server = createServer((_request, response) => response.end());
    // What a busy machine leaves idle for long stays open, too.
    server.keepAliveTimeout = 0;
    boundAddresses(server, 2, (address) => address === '127.0.0.3');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dial = async (localAddress: string): Promise<{ socket: Socket; isOpen: boolean }> => {
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const isOpen = await Promise.race([
        once(socket, 'data').then(() => true),
        once(socket, 'close').then(() => false),
      ]);
      return { socket, isOpen };
    };
    const all = [];
    for (const address of ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.3']) {
      all.push(await dial(address));
    }
    all.push(await dial('127.0.0.3'), await dial('127.0.0.3'));
    assert.deepEqual(
      all.map(({ isOpen }) => isOpen),
      [true, true, false, true, true, true, true],
    );
    all[0]?.socket.destroy();
    const connections = (): Promise<number> =>
      new Promise((resolve) => {
        server.getConnections((_error, count) => {
          resolve(count);
        });
      });
    while ((await connections()) > 5) await pause(10);
    const next = await dial('127.0.0.1');
    assert.equal(next.isOpen, true);
    for (const { socket } of [...all, next]) socket.destroy();
    server.close();
  });

  it('that say nothing are closed soon, and looked after often', async () => {
    const lab = await openLab();
    await listen(lab.app);
    const { server } = lab.app;
    assert.ok(server.headersTimeout <= 10_000);
    assert.ok(server.headersTimeout <= server.requestTimeout);
    const interval = Object.getOwnPropertySymbols(server)
      .map((symbol) => (server as unknown as Record<symbol, unknown>)[symbol])
      .find((value) => typeof value === 'object' && value !== null && '_idleTimeout' in value);
    assert.equal((interval as { _idleTimeout: number })._idleTimeout, 5000);
    await lab.app.close();
  });

  it('stay open for longer than a proxy keeps them unused, as answers say', async () => {
    const lab = await openLab();
    const port = await listen(lab.app);
    const answer = await open(port, '/healthz', { connection: 'keep-alive' });
    assert.equal(answer.headers['keep-alive'], 'timeout=75');
    assert.equal(lab.app.server.keepAliveTimeout, 75_000);
    answer.destroy();
    await lab.app.close();
  });
});

describe('rules', () => {
  it('are filtered by what is asked', async () => {
    const lab = await openLab();
    const items = async (query: string): Promise<number> => {
      const answer = await lab.app.inject({
        url: `/api/v1/rules?${query}`,
        headers: bearer(lab.tokens.viewer),
      });
      return answer.json<{ items: unknown[] }>().items.length;
    };
    for (const query of [
      'text=CARD',
      'text=100020',
      'detection=dlp-*',
      'detection=dlp-pan',
      'file=dlp.rules',
      'tuned=true',
      'enabled=true',
    ]) {
      assert.equal(await items(query), 1, query);
    }
    for (const query of [
      'text=iban',
      'detection=spim-*',
      'detection=dlp-',
      'file=dlp',
      'tuned=false',
      'enabled=false',
    ]) {
      assert.equal(await items(query), 0, query);
    }
    await lab.app.close();
  });
});
