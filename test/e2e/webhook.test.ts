/** Webhooks as an operator sets them up: what is refused, and that a replay pages nobody. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCommand } from '../support/run-cli.ts';

const CAPTURE = join(process.cwd(), 'fixtures', 'pcap', 'demo', 'incident.pcap.gz');

describe('output.webhooks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-hooks-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('are left alone by a replay: it must not page people about the past', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const hook = `output.webhooks=[{url: "${url}", min_severity: 4}]`;
      const { status, err } = await runCommand('read', CAPTURE, '-l', folder, '--set', hook);
      assert.equal(status, 0, err);
      assert.match(err, /[1-9]\d* critical/);
      assert.equal(requests, 0);
    } finally {
      server.close();
    }
  });

  it('are refused with the key named when the URL is no place to post to', async () => {
    const cases: readonly (readonly [hook: string, says: RegExp])[] = [
      ['{url: "http://soc:pw@hooks.example/"}', /webhooks.*(?:user name or password)/s],
      ['{url: "ftp://hooks.example/"}', /webhooks/],
      ['{url: "hooks.example"}', /webhooks/],
      ['{url: "http://hooks.example/", min_severity: 5}', /min_severity/],
      ['{url: "http://hooks.example/", secret: x}', /secret/],
    ];
    for (const [hook, says] of cases) {
      const { status, err } = await runCommand('test', '--set', `output.webhooks=[${hook}]`);
      assert.equal(status, 1, hook);
      assert.match(err, says, hook);
      assert.doesNotMatch(err, /:pw@/, 'what was refused may be a password');
    }
  });

  it('are refused by run when the secret is open to others', async () => {
    const secret = join(folder, 'hook.secret');
    writeFileSync(secret, '0123456789abcdef0123456789abcdef', { mode: 0o644 });
    const hook = `output.webhooks=[{url: "http://127.0.0.1:9/", secret_file: "${secret}"}]`;
    const args = ['run', '-i', 'lo', '-l', join(folder, 'run'), '--metrics', '127.0.0.1:0'];
    const { status, err } = await runCommand(...args, '--set', hook);
    assert.equal(status, 1);
    assert.match(err, /hook\.secret.*mode 644/s);
    assert.match(err, /chmod 600/);
  });
});
