import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { OperatorError, defaultLimits, type LimitValues } from '../../../sensor/core/index.ts';
import type { AlertRecord, SensorRecord } from '../../../sensor/alert/index.ts';
import { WebhookSink, type WebhookStatus } from '../../../sensor/output/index.ts';
import { alertRecord, anomalyRecord } from '../alert/sample.ts';

interface Message {
  readonly version: number;
  readonly event: string;
  readonly delivery: string;
  readonly alert: Readonly<Record<string, unknown>> & {
    readonly id: string;
    readonly count: number;
  };
}

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly message: Message;
  readonly method: string;
}

type Answer = (response: ServerResponse, index: number) => void;

/** A receiver on loopback that keeps what it got. */
class Receiver {
  readonly requests: Request[] = [];
  readonly #server: Server;
  #most = 0;
  #open = 0;

  private constructor(answer: Answer) {
    this.#server = createServer((request, response) => {
      this.#open++;
      this.#most = Math.max(this.#most, this.#open);
      response.on('close', () => this.#open--);
      let raw = '';
      request.setEncoding('utf8').on('data', (text: string) => (raw += text));
      request.on('end', () => {
        const message = JSON.parse(raw) as Message;
        const { headers, method = '' } = request;
        this.requests.push({ headers, raw, message, method });
        answer(response, this.requests.length);
      });
    });
  }

  static async start(answer: Answer = ok): Promise<Receiver> {
    const receiver = new Receiver(answer);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook/t0ken`;
  }

  /** Most requests at a time. */
  get most(): number {
    return this.#most;
  }

  async got(count: number): Promise<void> {
    const end = performance.now() + 30_000;
    while (this.requests.length < count) {
      if (performance.now() > end) assert.fail(`${this.requests.length} of ${count} requests`);
      await pause(5);
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function ok(response: ServerResponse): void {
  response.writeHead(204).end();
}

function status(code: number, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(code, headers).end();
  };
}

function alert(changes: Partial<AlertRecord> = {}, severity: 1 | 2 | 3 | 4 = 1): AlertRecord {
  return {
    ...alertRecord,
    ...changes,
    alert: { ...alertRecord.alert, ...changes.alert, severity },
  };
}

function raised(record: AlertRecord): SensorRecord {
  return { kind: 'alert', record };
}

function grown(record: AlertRecord, count: number): SensorRecord {
  return { kind: 'alert_update', record: { ...record, alert: { ...record.alert, count } } };
}

describe('WebhookSink', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-webhook-'));
  const cleanups: (() => Promise<void>)[] = [];
  after(() => {
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const clean of cleanups.splice(0).reverse()) await clean();
  });

  async function receiver(answer?: Answer): Promise<Receiver> {
    const started = await Receiver.start(answer);
    cleanups.push(() => started.stop());
    return started;
  }

  function sinkTo(
    url: string,
    {
      secretFile = '',
      minSeverity = 1,
      ...limits
    }: Partial<LimitValues> & {
      secretFile?: string;
      minSeverity?: number;
    } = {},
  ): WebhookSink {
    const sink = new WebhookSink([{ url, secretFile, minSeverity }], {
      ...defaultLimits(),
      // Only those tests run into it that are about it.
      webhookTimeoutSeconds: 30,
      ...limits,
    });
    cleanups.push(() => sink.close());
    return sink;
  }

  function secret(text: string, mode = 0o600): string {
    const path = join(folder, `secret-${text.length}-${mode}`);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  function statusOf(sink: WebhookSink): WebhookStatus {
    return sink.status[0] ?? assert.fail('no webhook');
  }

  async function until(condition: () => boolean, what: string): Promise<void> {
    const end = performance.now() + 30_000;
    while (!condition()) {
      if (performance.now() > end) assert.fail(what);
      await pause(5);
    }
  }

  it('posts an alert, signed over timestamp and body', async () => {
    const to = await receiver();
    const key = '0123456789abcdef0123456789abcdef';
    const sink = sinkTo(to.url, { secretFile: secret(`${key}\n`) });
    sink.write([raised(alert()), { kind: 'anomaly', record: anomalyRecord }]);
    await to.got(1);
    const [request = assert.fail()] = to.requests;
    const { headers, message, raw } = request;
    assert.equal(request.method, 'POST');
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    const timestamp = headers['x-stanzawatch-timestamp'];
    assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 100);
    const digest = createHmac('sha256', key)
      .update(`${String(timestamp)}.${raw}`)
      .digest('hex');
    assert.equal(headers['x-stanzawatch-signature'], `sha256=${digest}`);
    assert.equal(headers['x-stanzawatch-delivery'], message.delivery);
    assert.equal(message.version, 1);
    assert.equal(message.event, 'alert');
    const {
      id,
      path,
      detection,
      severity,
      severity_name,
      from,
      to: target,
      evidence,
      time,
    } = message.alert;
    assert.deepEqual(
      { id, path, detection, severity, severity_name, from, target, evidence, time },
      {
        id: alertRecord.alertId,
        path: `/alerts/${alertRecord.alertId}`,
        detection: 'dlp-pan',
        severity: 1,
        severity_name: 'critical',
        from: 'Alice@corp.example/desk',
        target: 'bob@partner.example',
        evidence: { buffer: 'xmpp.body', excerpt: 'my card is 4111********1111 ok' },
        time: '2023-09-18T06:13:41.532Z',
      },
    );
    await until(() => statusOf(sink).delivered === 1, 'delivered');
    assert.equal(sink.problem, undefined);
  });

  it('posts unsigned without a secret, and nothing below the severity asked for', async () => {
    const to = await receiver();
    const sink = sinkTo(to.url, { minSeverity: 2 });
    sink.write([raised(alert({ alertId: 'a' }, 3)), raised(alert({ alertId: 'b' }, 2))]);
    await to.got(1);
    await sink.close();
    assert.deepEqual(
      to.requests.map(({ message }) => message.alert.id),
      ['b'],
    );
    assert.equal(to.requests[0]?.headers['x-stanzawatch-signature'], undefined);
  });

  it('escapes what would turn text around or drive a terminal, and cuts long text', async () => {
    const to = await receiver();
    const sink = sinkTo(to.url);
    const excerpt = `\u202eevil\u0007 <script>${'x'.repeat(600)}`;
    sink.write([raised(alert({ evidence: { buffer: 'xmpp.body', excerpt, matches: [] } }))]);
    await to.got(1);
    const { raw = '', message } = to.requests[0] ?? {};
    assert.ok(raw.includes('\\u202eevil\\u0007 <script>'));
    assert.match(raw, /^[ -~…]*$/);
    const { excerpt: sent } = message?.alert['evidence'] as { excerpt: string };
    assert.equal(sent.length, 512);
  });

  it('tries again, with the same delivery id, and obeys Retry-After', async () => {
    const to = await receiver((response, index) => {
      if (index === 1) status(503, { 'retry-after': '1' })(response, index);
      else ok(response);
    });
    const sink = sinkTo(to.url);
    const startMs = performance.now();
    sink.write([raised(alert())]);
    await until(() => sink.problem !== undefined, 'a problem');
    assert.match(sink.problem ?? '', /^http:\/\/127\.0\.0\.1:\d+: HTTP 503; alerts waiting: 1$/);
    assert.doesNotMatch(sink.problem ?? '', /t0ken/);
    await to.got(2);
    assert.ok(performance.now() - startMs >= 990, 'it waited');
    const [first, second] = to.requests;
    assert.equal(first?.message.delivery, second?.message.delivery);
    await until(() => sink.problem === undefined, 'no problem any more');
    const { delivered, retries, queueLength } = statusOf(sink);
    assert.deepEqual(
      { delivered, retries, queueLength },
      { delivered: 1, retries: 1, queueLength: 0 },
    );
  });

  it('gives up what the receiver does not want, and follows no redirect', async () => {
    const other = await receiver();
    const to = await receiver((response, index) => {
      if (index === 1) status(422)(response, index);
      else status(307, { location: other.url })(response, index);
    });
    const sink = sinkTo(to.url, { webhookInFlight: 1 });
    sink.write([raised(alert({ alertId: 'a' })), raised(alert({ alertId: 'b' }))]);
    await until(() => statusOf(sink).refused === 2, 'both refused');
    assert.match(sink.problem ?? '', /redirects \(HTTP 307\)/);
    assert.equal(to.requests.length, 2);
    assert.equal(other.requests.length, 0);
  });

  it('posts the growth of an alert once in its time, as it has become by then', async () => {
    const to = await receiver();
    const sink = sinkTo(to.url, { webhookGrowthSeconds: 0.2 });
    const record = alert();
    sink.write([raised(record)]);
    await to.got(1);
    for (let count = 2; count <= 50; count++) sink.write([grown(record, count)]);
    await to.got(2);
    await pause(300);
    assert.deepEqual(
      to.requests.map(({ message }) => [message.event, message.alert.count]),
      [
        ['alert', 1],
        ['alert_update', 50],
      ],
    );
  });

  it('posts an alert that became severe enough as a new one', async () => {
    const to = await receiver();
    const sink = sinkTo(to.url);
    sink.write([raised(alert({}, 2)), grown(alert({}, 1), 9)]);
    await to.got(1);
    assert.equal(to.requests[0]?.message.event, 'alert');
  });

  it('holds no more requests open, and keeps no more alerts, than its limits', async () => {
    const answers: ServerResponse[] = [];
    const to = await receiver((response) => answers.push(response));
    const sink = sinkTo(to.url, { minSeverity: 4, webhookInFlight: 2, webhookQueue: 10 });
    const severities = [1, 4, 3] as const;
    sink.write(
      Array.from({ length: 3000 }, (_, i) =>
        raised(alert({ alertId: `a${i}` }, severities[i % 3])),
      ),
    );
    assert.equal(to.requests.length, 0, 'writing waits for nobody');
    await to.got(2);
    const { queueLength, overflow } = statusOf(sink);
    assert.deepEqual({ queueLength, overflow }, { queueLength: 10, overflow: 2988 });
    for (let i = 0; i < 12; i++) {
      await until(() => answers.length > 0, 'a request');
      const answer = answers.shift();
      if (answer !== undefined) ok(answer);
    }
    await until(() => statusOf(sink).delivered === 12, 'all delivered');
    assert.equal(to.most, 2);
    const kept = to.requests.slice(2).map(({ message }) => message.alert['severity']);
    assert.deepEqual(kept, Array(10).fill(1), 'the worst are kept');
  });

  it('gives up what waited too long', async () => {
    const to = await receiver(status(500));
    const sink = sinkTo(to.url, { webhookQueueSeconds: 0.5, webhookRetrySeconds: 1 });
    sink.write([raised(alert())]);
    await until(() => statusOf(sink).expired === 1, 'expired');
    assert.equal(statusOf(sink).queueLength, 0);
  });

  it('survives a receiver that is away or never answers, and ends within its time', async () => {
    const silent = await receiver(() => undefined);
    for (const [target, webhookTimeoutSeconds, problem] of [
      // A port nobody listens on; that of a server that was stopped may be somebody else's by now.
      ['http://127.0.0.1:2/hook', 30, /ECONNREFUSED/],
      [silent.url, 0.3, /timeout|aborted/i],
    ] as const) {
      const sink = sinkTo(target, { webhookTimeoutSeconds });
      sink.write([raised(alert())]);
      await until(() => sink.problem !== undefined, 'a problem');
      assert.match(sink.problem ?? '', problem);
      // Neither receiver will ever take it: that the end comes at all is what is tested.
      await sink.close();
      assert.equal(statusOf(sink).expired, 1);
      assert.equal(statusOf(sink).queueLength, 0);
    }
  });

  it('counts what is under way when its time is over', async (t) => {
    const answers: ServerResponse[] = [];
    const to = await receiver((response) => answers.push(response));
    const sink = sinkTo(to.url, { webhookInFlight: 1 });
    sink.write([raised(alert({ alertId: 'a' })), raised(alert({ alertId: 'b' }))]);
    await to.got(1);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const closing = sink.close();
    // The second attempt begins while the sink closes, and outlasts it.
    answers[0]?.writeHead(204).end();
    await to.got(2);
    const endMs = performance.now() + 30_000;
    t.mock.method(performance, 'now', () => endMs);
    t.mock.timers.tick(30_000);
    await closing;
    const { delivered, expired, queueLength } = statusOf(sink);
    assert.deepEqual(
      { delivered, expired, queueLength },
      { delivered: 1, expired: 1, queueLength: 0 },
    );
  });

  it('delivers at the end what was gathered', async () => {
    const to = await receiver();
    const sink = sinkTo(to.url);
    sink.write([raised(alert())]);
    await to.got(1);
    sink.write([grown(alert(), 7)]);
    await sink.close();
    assert.equal(to.requests[1]?.message.alert.count, 7);
  });

  it('reads its secret anew on reopen and keeps the old one when it cannot', async () => {
    const to = await receiver();
    const path = secret('an old secret of 24 chars');
    const sink = sinkTo(to.url, { secretFile: path });
    const signedWith = (key: string, { headers, raw }: Request): boolean =>
      headers['x-stanzawatch-signature'] ===
      `sha256=${createHmac('sha256', key)
        .update(`${String(headers['x-stanzawatch-timestamp'])}.${raw}`)
        .digest('hex')}`;
    writeFileSync(path, 'a new secret of some length');
    sink.reopen();
    sink.write([raised(alert({ alertId: 'a' }))]);
    await to.got(1);
    writeFileSync(path, 'short');
    sink.reopen();
    sink.write([raised(alert({ alertId: 'b' }))]);
    await to.got(2);
    for (const request of to.requests) {
      assert.ok(signedWith('a new secret of some length', request));
    }
  });

  it('refuses credentials in the URL, other schemes, and secrets that are open, short or missing', () => {
    const cases: readonly [url: string, secretFile: string, says: RegExp][] = [
      ['http://user:pw@hooks.example/', '', /user name or password/],
      ['ftp://hooks.example/', '', /neither http nor https/],
      ['http://hooks.example/', secret('0123456789abcdef', 0o644), /mode 644/],
      ['http://hooks.example/', secret('0123456789abcdef', 0o620), /mode 620/],
      ['http://hooks.example/', secret('short'), /fewer than 16/],
      ['http://hooks.example/', join(folder, 'none'), /cannot read/],
    ];
    for (const [url, secretFile, says] of cases) {
      assert.throws(
        () => new WebhookSink([{ url, secretFile, minSeverity: 1 }], defaultLimits()),
        (error) => {
          assert.ok(error instanceof OperatorError);
          assert.equal(error.code, 'CONFIG_INVALID');
          assert.match(error.message, says);
          assert.doesNotMatch(error.message, /:pw@/);
          assert.ok(error.hint);
          return true;
        },
      );
    }
  });
});
