/**
 * Bad input and bad luck over the API of a real server: tokens, queries, bodies, paths, a store that is locked, full or
 * newer than the program, rules that do not compile. Each gets a clear answer; nothing is lost, told or changed by it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import type {
  AlertDetail,
  Page as ListPage,
  Problem,
  ReloadAnswer,
  RuleRows,
  TuningEntry,
} from '../../sensor/api/contract.ts';
import type { StoredAlert } from '../../sensor/core/index.ts';
import { sh } from '../support/netns.ts';
import {
  MAIN,
  ServedStore,
  createToken,
  expireToken,
  fillStore,
  type Answer,
} from '../support/served-store.ts';

const CAPTURE = join(process.cwd(), 'fixtures', 'pcap', 'demo', 'incident.pcap.gz');
const ALL = 'since=2020-01-01';

describe('bad input over the API', () => {
  let folder: string;
  let server: ServedStore;
  let alertId: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-api-'));
    fillStore(folder, [CAPTURE]);
    server = await ServedStore.start(folder);
    alertId = await anAlert(server);
  });

  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('asks for a token in the header, and says what is wrong with one', async () => {
    const viewer = createToken(folder, 'watcher', 'viewer');
    const gone = createToken(folder, 'gone', 'admin');
    expireToken(folder, 'gone');
    for (const [authorization, code] of [
      [undefined, 'TOKEN_MISSING'],
      ['Bearer sw_a_0000000000000000000000000000000000000000000', 'TOKEN_UNKNOWN'],
      ['Bearer', 'TOKEN_UNKNOWN'],
      [`Basic ${Buffer.from('admin:admin').toString('base64')}`, 'TOKEN_UNKNOWN'],
      [`Bearer ${server.adminToken}x`, 'TOKEN_UNKNOWN'],
      [`Bearer ${gone}`, 'TOKEN_EXPIRED'],
    ] as const) {
      const headers = authorization === undefined ? undefined : { authorization };
      const answer = await raw(server, '/api/v1/alerts', headers);
      refused(answer, 401, code);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
    }
    const inUrl = await raw(server, `/api/v1/alerts?token=${viewer}`);
    refused(inUrl, 400, 'TOKEN_IN_URL');
    refused(await server.ask('/api/v1/audit', viewer), 403, 'ROLE_TOO_LOW');
    refused(await server.post(`/alerts/${alertId}/triage`, {}, viewer), 403, 'ROLE_TOO_LOW');
  });

  it('refuses queries that make no sense, each with its reason', async () => {
    for (const query of [
      ...['limit=0', 'limit=501', 'limit=ten', 'limit=1&limit=2', 'severity=9', 'sid=-1'],
      ...['since=soon', 'until=2026-13-41', 'cursor=AAAA', 'cursor=%00', 'status=lost'],
      ...['unknown=1', '__proto__=1', `text=${'a'.repeat(1001)}`, `jid=${'a'.repeat(4000)}`],
    ]) {
      const answer = await server.ask(`/api/v1/alerts?${query}`, server.adminToken);
      assert.equal(answer.status, 400, `${query.slice(0, 40)}: ${answer.text}`);
      const { error } = problemOf(answer);
      assert.ok(error.message.length > 10, answer.text);
    }
    const long = await server.ask(`/api/v1/alerts?text=${'a'.repeat(40_000)}`, server.adminToken);
    assert.ok([414, 431].includes(long.status), `${long.status}`);
    // What looks like an attack on the store is a word like any other.
    const sql = encodeURIComponent("%' OR 1=1; DROP TABLE alerts; --");
    const { items } = await server.get<ListPage<StoredAlert>>(`/alerts?${ALL}&text=${sql}`);
    assert.deepEqual(items, []);
  });

  it('refuses bodies that are no JSON, too large, or of another kind', async () => {
    const path = `/api/v1/alerts/${alertId}/triage`;
    const send = (body: string, type = 'application/json'): Promise<Answer> =>
      server.ask(path, server.adminToken, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
    for (const [body, type] of [
      ['{"status":"closed"', undefined],
      ['null', undefined],
      ['[]', undefined],
      ['{}', undefined],
      ['{"status":"gone"}', undefined],
      ['{"status":"closed","actor":"root"}', undefined],
      [`{"__proto__":{"status":"closed"}}`, undefined],
      [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, undefined],
      ['status=closed', 'application/x-www-form-urlencoded'],
      ['{"status":"closed"}', 'text/plain'],
      [`{"comment":"${'a'.repeat(5_000)}"}`, undefined],
      [`{"comment":"${'a'.repeat(70_000)}"}`, undefined],
    ] as const) {
      const answer = await send(body, type);
      assert.ok(
        answer.status >= 400 && answer.status < 500,
        `${body.slice(0, 40)}: ${answer.status} ${answer.text}`,
      );
      problemOf(answer);
    }
    assert.equal(await statusOf(server, alertId), 'new');
    const stanza = 'a'.repeat(256 * 1024 + 1);
    const tried = await server.post('/rules/try', { stanza });
    assert.ok([400, 413].includes(tried.status), tried.text);
  });

  it('changes nothing by GET, nor for a page of another origin', async () => {
    for (const path of [
      `/api/v1/alerts/${alertId}/triage?status=closed`,
      '/api/v1/rules/reload',
      '/api/v1/rules/tuning?action=disable&sid=1560010',
    ]) {
      const { status } = await server.ask(path, server.adminToken);
      assert.ok([400, 404, 405].includes(status), `${path}: ${status}`);
    }
    const headers = { authorization: `Bearer ${server.adminToken}`, host: 'evil.example' };
    refused(await raw(server, '/api/v1/alerts', headers), 421, 'HOST_REFUSED');
    const { headers: answered } = await server.ask('/api/v1/me', server.adminToken, {
      headers: { origin: 'https://evil.example' },
    });
    assert.equal(answered.get('access-control-allow-origin'), undefined);
    assert.equal(answered.get('set-cookie'), undefined);
    assert.equal(await statusOf(server, alertId), 'new');
  });

  it('gives no file that is not the console’s', async () => {
    const secrets = [
      server.adminToken,
      readFileSync(join(folder, 'hmac.key'), 'utf8').trim(),
      'root:',
      'SQLite format 3',
      '"sha256"',
    ];
    const up = ['..', '%2e%2e', '..%2f..', '%2e%2e%2f%2e%2e', '..%5c..', '%252e%252e', '....//..'];
    const names = ['etc/passwd', 'admin.token', 'tokens.json', 'stanzawatch.db', 'hmac.key'];
    const bases = ['/', '/assets/', '/api/v1/alerts/', '/files/', '//', `${folder}/`];
    for (const base of bases) {
      for (const name of names) {
        for (const climb of ['', ...up.map((step) => `${step}/${step}/${step}/${step}/`)]) {
          const path = `${base}${climb}${name}`;
          const answer = await raw(server, path, {
            authorization: `Bearer ${server.adminToken}`,
          });
          assert.ok(answer.status < 500, `${path}: ${answer.status}`);
          for (const secret of secrets) assert.ok(!answer.text.includes(secret), path);
        }
      }
    }
    for (const path of ['/%00', '/%', '/%ff%fe', '/a%0d%0aSet-Cookie:%20pwned=1']) {
      const answer = await raw(server, path);
      assert.ok(answer.status < 500, `${path}: ${answer.status}`);
      assert.equal(answer.headers.get('set-cookie'), undefined);
    }
    for (const id of ['..%2f..%2fadmin.token', '%2e%2e', '..%00', 'a'.repeat(500)]) {
      for (const what of ['pcap', 'transcript']) {
        const answer = await server.ask(`/api/v1/alerts/${id}/${what}`, server.adminToken);
        assert.ok([400, 404, 414].includes(answer.status), `${id}/${what}: ${answer.status}`);
      }
    }
  });

  it('keeps the rules in force when an edit does not compile', async () => {
    const before = await server.get<RuleRows>('/rules');
    for (const body of [
      { action: 'suppress', sid: 1560010, track: 'by_src', value: 'not an address', reason: 'no' },
      { action: 'suppress', sid: 1560010, track: 'by_src', value: '10.0.0.1\nalert', reason: 'no' },
      { action: 'disable', sid: 999_999_999, reason: 'no such rule' },
      {
        action: 'threshold',
        sid: 1560010,
        type: 'limit',
        track: 'by_moon',
        count: 1,
        seconds: 1,
        reason: 'no',
      },
      { action: 'suppress', sid: 1560010, reason: '' },
    ]) {
      const answer = await server.post('/rules/tuning', body);
      assert.ok([400, 404, 422].includes(answer.status), `${JSON.stringify(body)}: ${answer.text}`);
      assert.ok(problemOf(answer).error.message.length > 10, answer.text);
    }
    const { items } = await server.get<{ items: TuningEntry[] }>('/rules/tuning');
    assert.deepEqual(items, []);
    const reload = await server.post('/rules/reload', {});
    assert.ok((JSON.parse(reload.text) as ReloadAnswer).isOk, reload.text);
    const { loaded, failed } = await server.get<RuleRows>('/rules');
    assert.deepEqual([loaded, failed], [before.loaded, before.failed]);
  });

  it('waits for a locked store, says so, and goes on where it is free', async () => {
    const db = new Database(join(folder, 'stanzawatch.db'));
    db.exec('BEGIN EXCLUSIVE');
    const start = performance.now();
    const answer = await server.post(`/alerts/${alertId}/triage`, { status: 'closed' });
    const took = performance.now() - start;
    db.exec('ROLLBACK');
    db.close();
    refused(answer, 503, 'STORE_LOCKED');
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.ok(took < 60_000, `${took} ms`);
    assert.equal(await statusOf(server, alertId), 'new');
    const again = await server.post(`/alerts/${alertId}/triage`, { status: 'acknowledged' });
    assert.equal(again.status, 200, again.text);
    assert.equal(await statusOf(server, alertId), 'acknowledged');
  });

  it('reads on over a full disk, refuses what it cannot keep, and keeps it when there is room', async () => {
    const full = join(folder, 'full');
    mkdirSync(full);
    sh('mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', full);
    try {
      fillStore(full, [CAPTURE]);
      const other = await ServedStore.start(full);
      try {
        const id = await anAlert(other);
        const filler = join(full, 'filler');
        spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
        // Pages of the log that are free may take the first ones.
        let answer: Answer | undefined;
        for (let i = 0; i < 200 && (answer?.status ?? 200) === 200; i++) {
          answer = await other.post(`/alerts/${id}/triage`, {
            comment: `${i} ${'x'.repeat(3900)}`,
          });
        }
        assert.ok(answer !== undefined);
        refused(answer, 503, 'STORE_UNWRITABLE');
        const { history } = await other.get<AlertDetail>(`/alerts/${id}`);
        assert.ok(history.length < 200);
        rmSync(filler);
        const again = await other.post(`/alerts/${id}/triage`, { status: 'escalated' });
        assert.equal(again.status, 200, again.text);
        const after = await other.get<AlertDetail>(`/alerts/${id}`);
        assert.equal(after.history.length, history.length + 1);
        assert.equal(after.alert.status, 'escalated');
      } finally {
        await other.stop();
      }
    } finally {
      sh('umount', '-l', full);
    }
  });

  it('does not touch a store that is newer than it', () => {
    const newer = join(folder, 'newer');
    cpSync(join(folder, 'stanzawatch.db'), join(newer, 'stanzawatch.db'));
    const db = new Database(join(newer, 'stanzawatch.db'));
    db.exec("INSERT INTO schema_migrations VALUES (9999, 'of tomorrow', 0)");
    db.close();
    const before = readFileSync(join(newer, 'stanzawatch.db'));
    const run = spawnSync(
      process.execPath,
      [MAIN, 'serve', '-l', newer, '--metrics', '127.0.0.1:0'],
      { encoding: 'utf8', timeout: 180_000 },
    );
    assert.equal(run.status, 3, run.stderr);
    assert.match(run.stderr, /has schema 9999[\s\S]*newer version/);
    assert.ok(readFileSync(join(newer, 'stanzawatch.db')).equals(before));
  });

  it('ends cleanly', async () => {
    const other = await ServedStore.start(folder);
    assert.equal(await other.stop(), 0);
  });
});

async function anAlert(server: ServedStore): Promise<string> {
  const { items } = await server.get<ListPage<StoredAlert>>(`/alerts?${ALL}&limit=1`);
  return items[0]?.alertId ?? assert.fail('the store has no alert');
}

async function statusOf(server: ServedStore, id: string): Promise<string> {
  return (await server.get<AlertDetail>(`/alerts/${id}`)).alert.status;
}

function problemOf({ text }: Answer): Problem {
  const problem = JSON.parse(text) as Problem;
  assert.match(problem.error.code, /^[A-Z_]+$/, text);
  assert.doesNotMatch(text, /node_modules|\.js:\d|\.ts:\d/, 'a stack is told');
  return problem;
}

function refused(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(problemOf(answer).error.code, code);
}

/** A GET whose path and headers go out as they are written. */
function raw(
  server: ServedStore,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => {
        const named = Object.entries(response.headers).map(
          ([name, value]) => [name, String(value)] as const,
        );
        resolve({ status: response.statusCode ?? 0, headers: new Map(named), text });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
