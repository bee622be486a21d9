/** Foreign rules from file to alert: import, check, read a capture of a real server; no secret gets out. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runCli } from '../../sensor/cli/program.ts';

const fixtures = join(process.cwd(), 'fixtures');
const rulesFolder = join(fixtures, 'rules', 'foreign');
const captures = join(fixtures, 'pcap', 'servers');
const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-import-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function cli(...argv: string[]): Promise<Run> {
  let out = '';
  let err = '';
  const status = await runCli([...argv], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    columns: 0,
    isErrTerminal: false,
  });
  return { status, out, err };
}

interface EveAlert {
  readonly event_type: string;
  readonly direction: string;
  readonly src_ip: string;
  readonly alert: { readonly signature_id: number; readonly severity: number };
  readonly evidence: { readonly buffer: string; readonly excerpt: string };
}

/** Alerts of a capture under these rules alone, and the whole EVE file. */
async function readWith(
  rules: string,
  capture: string,
): Promise<{ alerts: EveAlert[]; text: string }> {
  const eve = join(folder, 'eve.json');
  rmSync(eve, { force: true });
  const run = await cli('read', capture, '-S', rules, '-l', folder, '--db', 'none', '--eve', eve);
  assert.equal(run.status, 0, run.err);
  const text = readFileSync(eve, 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EveAlert);
  return { alerts: lines.filter(({ event_type: type }) => type === 'alert'), text };
}

const imported = join(folder, 'imported.rules');

describe('rules import', () => {
  it('accounts for every rule, with place, keyword and reason', async () => {
    const run = await cli('rules', 'import', rulesFolder, '-o', imported);
    assert.equal(run.status, 0, run.err);
    assert.match(
      run.out,
      /^6 loaded, 6 translated, 10 refused, 4 warnings; 1 of those taken stay disabled$/m,
    );
    assert.match(
      run.out,
      /chat\.rules:16:100: sid 1000010: dsize: Keyword asks about single packets/,
    );
    assert.match(run.out, /chat\.rules:26:67: sid 1000019: ttl: .*\[disabled\]/);
    assert.match(run.out, /other flows are not inspected/);
    const source = readFileSync(join(rulesFolder, 'chat.rules'), 'utf8');
    const sids = new Set(Array.from(source.matchAll(/sid:(\d+);/g), ([, sid]) => sid));
    for (const sid of sids) {
      const isTaken = readFileSync(imported, 'utf8').includes(`sid:${sid};`);
      const isRefused = run.out.includes(`sid ${sid}: `);
      assert.ok(isTaken || isRefused, `sid ${sid}`);
    }
  });

  it('says the same as JSON, and more strictly when asked', async () => {
    const run = await cli('rules', 'import', rulesFolder, '--json', '--strict');
    assert.equal(run.status, 1);
    const report = JSON.parse(run.out) as {
      loaded: number;
      translated: number;
      refused: number;
      rules: {
        sid: number;
        status: string;
        disabled: boolean;
        reasons: { keyword: string; line: number; column: number }[];
      }[];
    };
    assert.deepEqual([report.loaded, report.translated, report.refused], [6, 6, 10]);
    assert.equal(report.rules.length, 22);
    const refused = report.rules.find(({ sid }) => sid === 1000014);
    assert.deepEqual([refused?.status, refused?.reasons[0]?.keyword], ['refused', 'byte_test']);
    assert.deepEqual(
      report.rules.filter(({ disabled }) => disabled).map(({ sid }) => sid),
      [1000002, 1000019],
    );
  });

  it('writes rules that pass the check', async () => {
    const run = await cli('rules', 'check', imported);
    assert.equal(run.status, 0, run.out);
    assert.match(run.out, /11 rules loaded, 0 refused/);
    const out = await cli('rules', 'import', rulesFolder, '-o', '-');
    assert.equal(out.out, readFileSync(imported, 'utf8'));
    assert.match(out.err, /6 loaded/);
  });

  it('makes them fire on the stream of a real server', async () => {
    const capture = join(captures, '01_c2s_prosody_plain.pcap.gz');
    const { alerts } = await readWith(imported, capture);
    const sids = [...new Set(alerts.map(({ alert }) => alert.signature_id))].sort();
    assert.deepEqual(
      sids,
      [1000001, 1000003, 1000004, 1000005, 1000007, 1000008, 1000009, 1000021],
    );
    for (const { evidence } of alerts) assert.equal(evidence.buffer, 'stream');
    const login = alerts.find(({ alert }) => alert.signature_id === 1000007);
    assert.deepEqual([login?.direction, login?.alert.severity], ['to_server', 4]);
    assert.match(login?.evidence.excerpt ?? '', /mechanism="PLAIN">\*{8}<\/auth>/);
    const limited = alerts.filter(({ alert }) => alert.signature_id === 1000003);
    // One each for the three clients of the capture.
    assert.equal(limited.length, new Set(limited.map(({ src_ip: ip }) => ip)).size);
    assert.equal(limited.length, 3);
  });

  it('ends with the status of the interface', async () => {
    const missing = await cli('rules', 'import', join(folder, 'nothing.rules'));
    assert.equal(missing.status, 2);
    assert.match(missing.err, /Cannot read rules/);
    assert.equal((await cli('rules', 'import', captures)).status, 2);
    const binary = join(captures, '01_c2s_prosody_plain.pcap.gz');
    assert.equal((await cli('rules', 'import', binary)).status, 2);
    const http = join(folder, 'http.rules');
    writeFileSync(http, 'alert http any any -> any any (msg:"m"; http.uri; content:"x"; sid:1;)\n');
    assert.equal((await cli('rules', 'import', http)).status, 1);
    const nowhere = join(folder, 'no', 'such', 'folder.rules');
    assert.equal((await cli('rules', 'import', rulesFolder, '-o', nowhere)).status, 3);
  });
});

describe('curious stream rules on real logins', () => {
  it('show no password, neither in clear nor in base64', async () => {
    const rules = join(folder, 'curious.rules');
    const options = [
      'content:"<auth";',
      'content:"password";',
      'pcre:"/<auth[^>]*>[^<]+/";',
      'pcre:"/>[^<]{4,}</";',
      'pcre:"/[A-Za-z0-9+\\/=]{8,}/";',
    ];
    writeFileSync(
      rules,
      options
        .map(
          (text, i) =>
            `alert tcp any any -> any any (msg:"curious"; ${text} classtype:misc-activity; sid:${i + 1};)\n`,
        )
        .join(''),
    );
    let secrets = 0;
    for (const name of ['01_c2s_prosody_plain', '03_legacy_iq_auth']) {
      const { alerts, text } = await readWith(rules, join(captures, `${name}.pcap.gz`));
      assert.ok(alerts.length > 10, name);
      const truth = gunzipSync(readFileSync(join(captures, `${name}.json.gz`))).toString('utf8');
      for (const [, secret = ''] of truth.matchAll(/"password_or_secret": ?"([^"]{4,})"/g)) {
        secrets++;
        assert.ok(!text.includes(secret), `${name}: a password in clear`);
        // Its inner part, whatever stands before it in the message.
        for (const before of [0, 1, 2]) {
          const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString(
            'base64',
          );
          const inner = encoded.slice(before === 0 ? 0 : 4, -4);
          if (inner.length >= 6) assert.ok(!text.includes(inner), `${name}: a password in base64`);
        }
      }
    }
    assert.ok(secrets > 3);
    assert.ok(readdirSync(folder).length > 0);
  });
});
