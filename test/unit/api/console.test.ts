import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ROUTES as PAGES } from '../../../dashboards/console/src/routes.ts';
import { startHttp, type Problem } from '../../../sensor/api/index.ts';
import { OperatorError, defaultLimits, setLogWriter } from '../../../sensor/core/index.ts';
import { CONTENT_SECURITY_POLICY } from '../../../sensor/api/guards.ts';
import { listen, openLab, raw, type Lab } from './api-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-console-'));
/** What a browser asks with for what stands in its address bar. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const SCRIPT = `export const all = [${'"console", '.repeat(400)}];`;

describe('the console', () => {
  let lab: Lab;
  before(async () => {
    const built = join(folder, 'console');
    mkdirSync(join(built, 'assets'), { recursive: true });
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    symlinkSync(join(folder, 'secret.txt'), join(built, 'link.txt'));
    writeFileSync(join(built, 'index.html'), '<!doctype html><title>the console</title>');
    writeFileSync(join(built, '.hidden'), 'secret');
    writeFileSync(join(built, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    writeFileSync(join(built, 'assets', 'index-B1c2D3e4.js'), SCRIPT);
    writeFileSync(join(built, 'assets', 'index-B1c2D3e4.js.map'), '{"secret":1}');
    lab = await openLab({ options: { consoleFolder: built } });
  });
  after(async () => {
    await lab.app.close();
    rmSync(folder, { recursive: true });
  });

  it('is served at / and at its own paths, with a policy and without a token', async () => {
    for (const url of ['/', '/inbox', '/alerts/4f1c9a7b', '/rules/1:100020?x=1', '/index.html']) {
      const answer = await lab.app.inject({ url });
      assert.equal(answer.statusCode, 200, url);
      assert.match(answer.body, /the console/);
      assert.equal(answer.headers['content-security-policy'], CONTENT_SECURITY_POLICY);
      assert.equal(answer.headers['cache-control'], 'no-cache');
      assert.equal(answer.headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
      assert.equal(answer.headers['referrer-policy'], 'no-referrer');
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  });

  it('allows itself no inline script, no other host, no frame', () => {
    assert.equal(
      CONTENT_SECURITY_POLICY,
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  it('has files that are packed, kept for ever when their name says what is in them, and asked for once', async () => {
    const url = '/assets/index-B1c2D3e4.js';
    const plain = await lab.app.inject({ url });
    assert.equal(plain.body, SCRIPT);
    assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.match(String(plain.headers['cache-control']), /immutable/);
    const packed = await lab.app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(packed.rawPayload).toString(), SCRIPT);
    const again = await lab.app.inject({
      url,
      headers: { 'if-none-match': String(plain.headers.etag) },
    });
    assert.equal(again.statusCode, 304);
    const icon = await lab.app.inject({ url: '/icon.svg' });
    assert.equal(icon.headers['cache-control'], 'no-cache');
    assert.equal(icon.headers['content-type'], 'image/svg+xml');
  });

  it('has no way out of its folder', async () => {
    const port = await listen(lab.app);
    for (const path of [
      ...['/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/../../secret.txt'],
      ...[
        '/assets/..%5c..%5csecret.txt',
        '//secret.txt',
        '/link.txt',
        '/.hidden',
        '/assets/%00.js',
      ],
      ...[
        '/assets/index-B1c2D3e4.js.map',
        '/assets/',
        '/assets',
        '/..',
        '/%',
        '/%ff',
        '/../../etc/passwd',
        '/etc/passwd',
        '/identities/..',
        '/identities/%2e%2e',
        '/rules/try/more',
        '/inboxx',
        '/assets/x.js',
      ],
    ]) {
      for (const accept of ['*/*', BROWSER]) {
        const answer = await raw(
          port,
          `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`,
        );
        assert.ok(!answer.includes('secret\r\n') && !answer.endsWith('secret'), path);
        assert.ok(!answer.includes('"secret"'), path);
        assert.match(answer, /^HTTP\/1\.1 (404|400) /, path);
        // Not even the console's page stands where a way up leads.
        const isWayUp = path.split('/').some((part) => /^(?:\.|%2e)+$/.test(part));
        assert.ok(!isWayUp || answer.includes('"NOT_FOUND"'), path);
      }
    }
    for (const path of ['/assets/x.js', '/x.css', '/api', '/api/v2/alerts', '/api/v1/']) {
      const answer = await lab.app.inject({ url: path });
      assert.notEqual(answer.statusCode, 200, path);
    }
  });

  it('answers every path of its router, and accounts with all they may hold', async () => {
    const paths = PAGES.map(([pattern]) => pattern.replace(/:\w+/, 'x1'));
    for (const jid of ['alice@corp.example', '.a..b@x', 'corp.example', 'room@muc.x/Löwe %7/..a']) {
      paths.push(`/identities/${encodeURIComponent(jid)}`, '/inbox/');
    }
    for (const url of paths) {
      const answer = await lab.app.inject({ url });
      assert.equal(answer.statusCode, 200, url);
      assert.match(answer.body, /the console/);
    }
  });

  it('leads people back from a path that it does not have, and tells programs', async () => {
    const ask = async (url: string, accept?: string) =>
      await lab.app.inject({ url, headers: accept === undefined ? {} : { accept } });
    for (const url of ['/nonsense', '/inboxx?x=1', '/rules/try/more', '/etc/passwd', '/x.html']) {
      const page = await ask(url, BROWSER);
      assert.equal(page.statusCode, 404, url);
      assert.match(page.body, /the console/, url);
      assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
      assert.equal(page.headers['content-security-policy'], CONTENT_SECURITY_POLICY);
      // Nothing that could be kept, and shown where there is a page one day.
      assert.equal(page.headers['cache-control'], 'no-store');
      assert.equal(page.headers['etag'], undefined);
      for (const accept of [undefined, '*/*', 'application/json', 'application/json, text/html']) {
        const answer = await ask(url, accept);
        assert.equal(answer.statusCode, 404, url);
        assert.equal(answer.json<Problem>().error.code, 'NOT_FOUND', `${url} ${accept ?? ''}`);
      }
    }
    // The API and files of a build that is gone are never a page.
    for (const url of [
      ...['/api', '/api/v1/nothing', '/api/v2/alerts', '/assets/index-00000000.js', '/assets'],
      '/...',
    ]) {
      const answer = await ask(url, BROWSER);
      assert.equal(answer.statusCode, 404, url);
      assert.equal(answer.json<Problem>().error.code, 'NOT_FOUND', url);
    }
  });

  it('is only read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'] as const) {
      const answer = await lab.app.inject({ method, url: '/inbox' });
      assert.equal(answer.statusCode, 405, method);
    }
  });
});

describe('a console that is not built', () => {
  it('says so', async () => {
    const lab = await openLab();
    const answer = await lab.app.inject({ url: '/' });
    assert.equal(answer.statusCode, 200);
    assert.match(answer.body, /console is not built/);
    assert.match(answer.body, /npm run build/);
    await lab.app.close();
  });
});

describe('probes', () => {
  it('need no token and hold nothing from traffic', async () => {
    let isReady = true;
    const lab = await openLab({
      options: {
        readiness: () =>
          Promise.resolve([
            { check: 'store', isOk: isReady, text: isReady ? 'writing' : 'disk full: free space' },
          ]),
      },
    });
    const metrics = await lab.app.inject({ url: '/metrics' });
    assert.equal(metrics.body, 'stanzawatch_up 1\n');
    assert.match(String(metrics.headers['content-type']), /^text\/plain; version=0\.0\.4/);
    assert.deepEqual((await lab.app.inject({ url: '/healthz' })).json(), { status: 'alive' });
    assert.equal((await lab.app.inject({ url: '/readyz' })).statusCode, 200);
    isReady = false;
    const answer = await lab.app.inject({ url: '/readyz' });
    assert.equal(answer.statusCode, 503);
    assert.match(answer.body, /disk full: free space/);
    await lab.app.close();
  });
});

describe('host names', () => {
  const codeFor = async (lab: Lab, host: string): Promise<number> =>
    (await lab.app.inject({ url: '/healthz', headers: { host } })).statusCode;

  it('on a loopback address are loopback names, and those of the reverse proxy', async () => {
    const lab = await openLab({ options: { allowedHosts: ['siem.example'] } });
    for (const host of [
      'localhost:8470',
      '127.0.0.1',
      '[::1]:8470',
      'siem.example',
      'SIEM.example:443',
    ]) {
      assert.equal(await codeFor(lab, host), 200, host);
    }
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '10.0.0.1',
    ]) {
      assert.equal(await codeFor(lab, host), 421, host);
    }
    await lab.app.close();
  });

  it('on another address are any, unless some are named', async () => {
    const open = await openLab({ host: '0.0.0.0' });
    assert.equal(await codeFor(open, 'sensor.example'), 200);
    await open.app.close();
    const named = await openLab({ host: '10.0.0.1', options: { allowedHosts: ['siem.example'] } });
    assert.equal(await codeFor(named, 'siem.example'), 200);
    assert.equal(await codeFor(named, '10.0.0.1:8470'), 200);
    assert.equal(await codeFor(named, 'sensor.example'), 421);
    await named.app.close();
  });
});

describe('an address that is taken', () => {
  it('is named with what to do', async () => {
    const lab = await openLab();
    const port = await listen(lab.app);
    const address = `127.0.0.1:${port}`;
    setLogWriter(() => undefined);
    await assert.rejects(
      startHttp({
        listen: address,
        allowedHosts: [],
        limits: defaultLimits(),
        about: { sensor: '', version: '', isLive: false },
        services: lab.services,
        tokens: { find: () => undefined, has: () => false },
        readiness: () => Promise.resolve([]),
      }),
      (error) =>
        error instanceof OperatorError &&
        error.code === 'ADDRESS_IN_USE' &&
        error.message.includes(address),
    );
    await lab.app.close();
  });
});
