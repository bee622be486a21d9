import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startHttp, type HttpServer, type SensorStatus } from '../../../sensor/api/index.ts';
import { OperatorError } from '../../../sensor/core/index.ts';

const hostile = '<script>alert(1)</script>"\'\u001b[31m\u202e';

let isReady = true;

function status(): SensorStatus {
  return {
    sensor: 'edge-1',
    version: '0.1.0',
    source: 'eth1',
    uptimeSeconds: 7,
    readiness: [
      { check: 'store', isOk: isReady, text: isReady ? 'writing' : 'disk full: free space' },
    ],
    figures: [['Packets', '12']],
    latestAlerts: [
      {
        alertId: '00',
        tsUsec: 1_700_000_000_000_000,
        severity: 1,
        detection: 'xml-dtd',
        signature: 'DTD',
        from: hostile,
        to: '',
        source: '10.0.0.1:5',
        destination: '10.0.0.2:5222',
        count: 1,
        seenPercent: 100,
      },
    ],
  };
}

/** GET with a Host header of our choice. */
function get(
  server: HttpServer,
  path: string,
  host?: string,
): Promise<{ code: number; text: string; csp: string }> {
  return new Promise((resolve, reject) => {
    const options = host === undefined ? {} : { headers: { host } };
    const call = request(`${server.url}${path}`, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({
          code: response.statusCode ?? 0,
          text,
          csp: String(response.headers['content-security-policy']),
        });
      });
    });
    call.on('error', reject);
    call.end();
  });
}

describe('HTTP of the sensor', () => {
  let server: HttpServer;
  before(async () => {
    server = await startHttp('127.0.0.1:0', {
      status,
      metricsText: () => Promise.resolve('stanzawatch_up 1\n'),
    });
  });
  after(() => server.close());

  it('shows hostile text as text, under a policy that forbids script', async () => {
    const page = await get(server, '/');
    assert.equal(page.code, 200);
    assert.ok(!page.text.includes('<script'), 'markup from traffic reached the page');
    assert.ok(page.text.includes('&#60;script&#62;'));
    assert.ok(page.text.includes('\\u001b[31m\\u202e'));
    assert.match(page.csp, /default-src 'none'/);
    assert.ok(page.text.includes('10.0.0.2:5222'));
  });

  it('serves metrics and health', async () => {
    assert.equal((await get(server, '/metrics')).text, 'stanzawatch_up 1\n');
    assert.equal((await get(server, '/healthz')).code, 200);
  });

  it('is ready only while every check holds, and says what is wrong', async () => {
    assert.equal((await get(server, '/readyz')).code, 200);
    isReady = false;
    const answer = await get(server, '/readyz');
    isReady = true;
    assert.equal(answer.code, 503);
    assert.match(answer.text, /disk full: free space/);
  });

  it('answers only loopback host names on a loopback address', async () => {
    assert.equal((await get(server, '/', 'evil.example')).code, 421);
    assert.equal((await get(server, '/', 'localhost:8470')).code, 200);
  });

  it('names the address when it is taken', async () => {
    const taken = server.url.slice('http://'.length);
    await assert.rejects(
      startHttp(taken, { status, metricsText: () => Promise.resolve('') }),
      (error) =>
        error instanceof OperatorError &&
        error.code === 'ADDRESS_IN_USE' &&
        error.message.includes(taken),
    );
  });
});
