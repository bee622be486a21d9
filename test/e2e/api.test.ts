/** The API over a store that was filled from captures: real answers, pages, live news, and stores that cannot be read. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type {
  AlertGroups,
  AlertTimeline,
  AuditEntry,
  HttpServer,
  Page,
  Problem,
} from '../../sensor/api/index.ts';
import { loadConfig, type SensorConfig } from '../../sensor/config/index.ts';
import { OperatorError, setLogWriter } from '../../sensor/core/index.ts';
import type { StoredAlert, StoredSession, TriageEntry } from '../../sensor/output/index.ts';
import { serveStore } from '../../sensor/serve-store.ts';
import { answerProblem } from '../support/answer-schemas.ts';
import { ApiReader } from '../support/ask-api.ts';
import { fetchAlone } from '../support/fetch-alone.ts';
import { runCommand } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-api-'));
const data = join(folder, 'data');
const CAPTURE = join('fixtures', 'pcap', 'demo', 'incident.pcap.gz');

function configOf(dir: string): SensorConfig {
  return loadConfig({
    file: undefined,
    overrides: [
      `data_dir=${dir}`,
      'http.listen=127.0.0.1:0',
      'limits.http.requests_per_minute=1000000',
      'limits.http.heavy_per_minute=1000000',
    ],
  });
}

async function problemOf(answer: Response): Promise<Problem['error']> {
  return ((await answer.json()) as Problem).error;
}

before(async () => {
  setLogWriter(() => undefined);
  const { status, err } = await runCommand('read', CAPTURE, '-l', data);
  assert.equal(status, 0, err);
});
after(() => {
  setLogWriter((line) => process.stderr.write(line));
  rmSync(folder, { recursive: true });
});

describe('serve', () => {
  let server: HttpServer;
  let reader: ApiReader;
  let token = '';
  before(async () => {
    server = await serveStore(configOf(data), 'test');
    token = readFileSync(join(data, 'admin.token'), 'utf8').trim();
    reader = new ApiReader(server.url, token);
  });
  after(() => server.close());

  const send = (method: string, path: string, body?: object): Promise<Response> =>
    fetchAlone(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('answers as the schemas say, on every route that is read', async () => {
    const asked = new Set<string>();
    for await (const { route, path, text } of reader.everything()) {
      assert.equal(answerProblem(route, JSON.parse(text)), '', path);
      asked.add(route.path);
    }
    assert.ok(asked.size >= 18, [...asked].join(' '));
  });

  it('gives every alert once, page by page, the same as the command line', async () => {
    const { out } = await runCommand('alerts', 'list', '--json', '--limit', '1000', '-l', data);
    const expected = (JSON.parse(out) as StoredAlert[]).map(({ alertId }) => alertId);
    assert.ok(expected.length > 10);
    for (const limit of [1, 3, 500]) {
      const got = await reader.all<StoredAlert>('/alerts', limit);
      assert.deepEqual(
        got.map(({ alertId }) => alertId),
        expected,
        `limit ${limit}`,
      );
    }
    const sessions = await reader.all<StoredSession>('/sessions', 2);
    assert.equal(new Set(sessions.map(({ id }) => id)).size, sessions.length);
    assert.ok(sessions.length > 2);
  });

  it('refuses cursors of other lists and broken ones', async () => {
    const { next = '' } = JSON.parse(await reader.get('/sessions?limit=1')) as Page<unknown>;
    assert.notEqual(next, '');
    for (const cursor of ['x', 'MTIz', `${next}x`, '%00', '"', "'--"]) {
      const answer = await send('GET', `/alerts?cursor=${encodeURIComponent(cursor)}`);
      assert.equal(answer.status, 400, cursor);
    }
  });

  it('keeps triage with its history and its row in the audit, and tells who listens', async () => {
    const controller = new AbortController();
    const events = await fetch(`${server.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: controller.signal,
    });
    const heard = readUntil(events, /event: triage\ndata: (.*)\n/);
    const [alert] = await reader.all<StoredAlert>('/alerts', 1);
    assert.ok(alert !== undefined);
    const body = { status: 'escalated', comment: 'look <b>here</b>' };
    const answer = await send('POST', `/alerts/${alert.alertId}/triage`, body);
    assert.equal(answer.status, 200);
    const told = JSON.parse(await heard) as { alertIds: string[] };
    assert.deepEqual(told.alertIds, [alert.alertId]);
    controller.abort();
    const detail = JSON.parse(await reader.get(`/alerts/${alert.alertId}`)) as {
      alert: StoredAlert;
      history: { actor: string }[];
    };
    assert.equal(detail.alert.status, 'escalated');
    assert.equal(detail.history.at(-1)?.actor, 'admin');
    const audit = JSON.parse(await reader.get('/audit')) as Page<{ actor: string; object: string }>;
    assert.equal(audit.items[0]?.actor, 'admin');
    assert.equal(audit.items[0].object, alert.alertId);
    const open = await reader.all<StoredAlert>('/alerts?status=escalated');
    assert.deepEqual(
      open.map(({ alertId }) => alertId),
      [alert.alertId],
    );
  });

  it('leaves out what a query says, from lists, groups and times alike', async () => {
    const all = await reader.all<StoredAlert>('/alerts', 500);
    const loud = all[0] ?? assert.fail('no alert');
    const not = `not=sid:${loud.gid}:${loud.sid}&not=severity:info`;
    const rest = all.filter(({ sid, severity }) => sid !== loud.sid && severity !== 4);
    assert.ok(rest.length > 2 && rest.length < all.length);
    const ids = (rows: readonly StoredAlert[]): string[] => rows.map(({ alertId }) => alertId);
    assert.deepEqual(ids(await reader.all<StoredAlert>(`/alerts?${not}`, 2)), ids(rest));
    const groups = JSON.parse(await reader.get(`/alerts/groups?${not}&limit=500`)) as AlertGroups;
    assert.equal(groups.alerts, rest.length);
    assert.deepEqual(
      new Set(groups.items.map(({ sid }) => sid)),
      new Set(rest.map(({ sid }) => sid)),
    );
    const { buckets } = JSON.parse(await reader.get(`/alerts/timeline?${not}`)) as AlertTimeline;
    assert.equal(
      buckets.flat().reduce((sum, count) => sum + count, 0),
      rest.length,
    );
  });

  it('triages what a query fits, and nothing of another generator or left out', async () => {
    const [one] = await reader.all<StoredAlert>('/alerts?status=new', 1);
    assert.ok(one !== undefined);
    const { gid, sid } = one;
    for (const query of [
      { gid: gid + 1, sid },
      { sid, not: `sid:${sid}` },
      { sid, not: ['status:new', 'status:open'] },
    ]) {
      const answer = await send('POST', '/alerts/triage', { status: 'closed', query });
      assert.deepEqual(await answer.json(), { changed: 0 });
    }
    const untouched = await reader.all<StoredAlert>(`/alerts?gid=${gid}&sid=${sid}`, 500);
    assert.ok(untouched.length > 0 && untouched.every(({ status }) => status !== 'closed'));
  });

  it('tells of the audit what is asked for, page by page', async () => {
    const [alert] = await reader.all<StoredAlert>('/alerts', 1);
    assert.ok(alert !== undefined);
    for (const comment of ['one 100%', 'two', 'three 100%']) {
      const answer = await send('POST', `/alerts/${alert.alertId}/triage`, { comment });
      assert.equal(answer.status, 200);
    }
    const all = await reader.all<AuditEntry>('/audit', 500);
    const rows = (query: string, limit = 1): Promise<AuditEntry[]> =>
      reader.all<AuditEntry>(`/audit?${query}`, limit);
    const mine = all.filter(({ object }) => object === alert.alertId);
    assert.ok(mine.length >= 3);
    assert.deepEqual(await rows(`object=${alert.alertId.slice(0, 20)}`), mine);
    assert.deepEqual(
      (await rows(`object=100%25&action=TRIAGE&actor=adm`)).map(({ detail }) => detail['comment']),
      ['three 100%', 'one 100%'],
    );
    assert.deepEqual(await rows('actor=nobody'), []);
    assert.deepEqual(await rows('action=triage%20many'), await rows('action=triage_many', 500));
    const [latest] = all;
    assert.ok(latest !== undefined);
    assert.deepEqual(
      await rows(`since=${latest.tsUsec}`),
      all.filter(({ tsUsec }) => tsUsec >= latest.tsUsec),
    );
    assert.deepEqual(
      await rows(`until=${latest.tsUsec}`, 500),
      all.filter(({ tsUsec }) => tsUsec < latest.tsUsec),
    );
    assert.equal((await send('GET', '/audit?who=x')).status, 400);
    assert.equal((await send('GET', '/audit?since=now&until=2001-01-01')).status, 400);
  });

  it('triages what a query fits', async () => {
    const all = await reader.all<StoredAlert>('/alerts?severity=critical');
    const query = { severity: 'critical' };
    const answer = await send('POST', '/alerts/triage', { status: 'closed', query });
    assert.deepEqual(await answer.json(), { changed: all.length });
    assert.equal((await reader.all('/alerts?severity=critical&status=closed')).length, all.length);
    assert.equal((await reader.all('/alerts?severity=high&status=closed')).length, 0);
  });

  it('tells Prometheus how large the store is', async () => {
    const text = await (await fetchAlone(`${server.url}/metrics`)).text();
    for (const name of ['store_rows', 'store_bytes']) {
      const value = new RegExp(`^stanzawatch_${name} (\\d+)$`, 'm').exec(text)?.[1];
      assert.ok(Number(value) > 10, `${name} ${value ?? ''}`);
    }
  });

  it('takes ids as paths do: row numbers, and how ids begin', async () => {
    const [one, other] = await reader.all<StoredAlert>('/alerts?severity=critical');
    assert.ok(one !== undefined && other !== undefined);
    const ids = [String(one.id), other.alertId.slice(0, 16), 'f'.repeat(32), '99999999'];
    const answer = await send('POST', '/alerts/triage', { status: 'new', ids });
    assert.deepEqual(await answer.json(), { changed: 2 });
    for (const { id, alertId } of [one, other]) {
      const history = JSON.parse(await reader.get(`/alerts/${id}/triage`)) as Page<TriageEntry>;
      assert.equal(history.items.at(-1)?.status, 'new', alertId);
    }
  });

  it('tries a stanza, and checks rules without a sensor to put them in force', async () => {
    const stanza =
      "<message to='bob@example.net' type='chat'><body>card 4111 1111 1111 1111 exp 12/29</body></message>";
    const answer = await send('POST', '/rules/try', { stanza });
    assert.equal(answer.status, 200);
    const tried = (await answer.json()) as { fired: { detection: string }[] };
    assert.ok(
      tried.fired.some(({ detection }) => detection === 'dlp-pan'),
      JSON.stringify(tried),
    );
    const reload = await send('POST', '/rules/reload');
    assert.equal(reload.status, 200);
    const { isOk, loaded } = (await reload.json()) as { isOk: boolean; loaded: number };
    assert.equal(isOk, true);
    assert.ok(loaded > 100);
  });

  it('takes packets, and tells of it in the audit', async () => {
    const alerts = await reader.all<StoredAlert>('/alerts');
    let taken = 0;
    for (const { alertId } of alerts) {
      const answer = await send('GET', `/alerts/${alertId}/pcap`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (answer.status === 404) continue;
      assert.equal(answer.status, 200);
      assert.equal(bytes.readUInt32BE(0), 0x0a0d0d0a, 'a section header of pcapng');
      taken++;
    }
    assert.ok(taken > 0);
    const audit = await reader.all<{ action: string }>('/audit');
    assert.equal(audit.filter(({ action }) => action === 'packets_taken').length, taken);
  });

  it('knows what the sensor last said', async () => {
    const health = JSON.parse(await reader.get('/health')) as {
      isLive: boolean;
      checks: { name: string; text: string }[];
    };
    assert.equal(health.isLive, false);
    assert.match(
      health.checks.find(({ name }) => name === 'sensor')?.text ?? '',
      /filled from capture files/,
    );
  });
});

/** What the first match holds; events come in pieces. */
async function readUntil(response: Response, pattern: RegExp): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`ended without ${pattern.source}`);
}

/** Code of the error that `serve` ends with. */
async function refusalOf(dir: string): Promise<string> {
  try {
    const server = await serveStore(configOf(dir), 'test');
    await server.close();
    return 'none';
  } catch (error) {
    return error instanceof OperatorError ? error.code : String(error);
  }
}

describe('a store that', () => {
  const copy = (name: string): string => {
    const dir = join(folder, name);
    cpSync(data, dir, { recursive: true });
    return dir;
  };

  it('is not there is told at the start', async () => {
    assert.equal(await refusalOf(join(folder, 'nothing')), 'STORE_UNREADABLE');
  });

  it('is newer than the program is told, and stays as it is', async () => {
    const dir = copy('newer');
    const db = new Database(join(dir, 'stanzawatch.db'));
    db.exec(
      'UPDATE schema_migrations SET version = 999 WHERE version = (SELECT max(version) FROM schema_migrations)',
    );
    db.close();
    assert.equal(await refusalOf(dir), 'STORE_NEWER');
  });

  it('is locked answers questions, and says for changes when to try again', async () => {
    const dir = copy('locked');
    const server = await serveStore(configOf(dir), 'test');
    const token = readFileSync(join(dir, 'admin.token'), 'utf8').trim();
    const reader = new ApiReader(server.url, token);
    const [alert] = await reader.all<StoredAlert>('/alerts', 1);
    const closed = (await reader.all<StoredAlert>('/alerts?status=closed')).length;
    const db = new Database(join(dir, 'stanzawatch.db'));
    db.exec('BEGIN IMMEDIATE');
    try {
      const answer = await fetchAlone(
        `${server.url}/api/v1/alerts/${alert?.alertId ?? ''}/triage`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ status: 'closed' }),
        },
      );
      assert.equal(answer.status, 503);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      const { code, hint } = await problemOf(answer);
      assert.equal(code, 'STORE_LOCKED');
      assert.notEqual(hint, undefined);
      assert.ok((await reader.all('/alerts')).length > 0);
    } finally {
      db.exec('ROLLBACK');
      db.close();
      const after = await reader.all<StoredAlert>('/alerts?status=closed');
      await server.close();
      assert.equal(after.length, closed);
    }
  });
});
