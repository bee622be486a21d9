/** The commands of rule authors as they are typed: exit status, and what is printed against golden files. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCli } from '../../sensor/cli/program.ts';
import { expectGolden } from '../support/golden.ts';

const SITE = 'fixtures/rules/site';
const BAD = 'fixtures/rules/bad';

const folder = mkdtempSync(join(tmpdir(), 'rules-cli-'));
writeFileSync(
  join(folder, 'one.rules'),
  'alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"abcd"; sid:1;)\n',
);
after(() => {
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `stanzawatch rules ...`; caches and store are looked for in a folder that is thrown away. */
async function rules(...args: readonly string[]): Promise<Run> {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => (out += text),
    err: (text: string) => (err += text),
    columns: 0,
    isErrTerminal: false,
  };
  const status = await runCli(['rules', ...args, '-l', folder], io);
  return { status, out: out.replaceAll(folder, 'DATA'), err };
}

/** Lines that depend on the clock. */
function withoutTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME');
}

describe('rules check', () => {
  it('says nothing against sound rules', async () => {
    const { status, out } = await rules('check', SITE);
    assert.equal(out, '5 rules loaded, 0 refused, 2 disabled, 0 warnings\n');
    assert.equal(status, 0);
  });
  it('has nothing to say against the shipped rules', async () => {
    const { status, out } = await rules('check');
    assert.match(out, /^\d+ rules loaded, 0 refused, (?:\d+ disabled, )?0 warnings\n$/);
    assert.equal(status, 0);
  });
  it('tells what is wrong, where, and what to write instead', async () => {
    const { status, out } = await rules('check', BAD);
    expectGolden('rules-check.txt', out);
    assert.equal(status, 1);
  });
  it('tells what rules cost', async () => {
    const { out } = await rules('check', BAD, '--cost');
    expectGolden('rules-cost.txt', out.slice(out.indexOf('   sid  cost')));
  });
  it('gives everything as JSON', async () => {
    const { status, out } = await rules('check', BAD, '--json', '--cost');
    expectGolden('rules-check.json', out);
    assert.equal(status, 1);
  });
  it('fails on warnings where it is to be strict', async () => {
    const file = join(folder, 'one.rules');
    assert.equal((await rules('check', file)).status, 0);
    const { status, out } = await rules('check', '--strict', file);
    assert.equal(status, 1);
    assert.match(out, /Rule lacks a reference[^]*Rule lacks rev[^]* 4 warnings\n$/);
  });
  it('names a file that is not there', async () => {
    const { status, out } = await rules('check', join(folder, 'none.rules'));
    assert.match(out, /^error: DATA\/none.rules: Cannot read rules: ENOENT/);
    assert.equal(status, 1);
  });
});

describe('rules list', () => {
  it('lists rules and who switched or changed them', async () => {
    const { status, out } = await rules('list', '-S', SITE);
    expectGolden('rules-list.txt', out);
    assert.equal(status, 0);
  });
  it('gives everything as JSON', async () => {
    expectGolden('rules-list.json', (await rules('list', '-S', SITE, '--json')).out);
  });
  const filters: readonly [readonly string[], readonly number[]][] = [
    [['--enabled'], [100010, 100020, 100030, 100060, 100061]],
    [['--disabled'], [100040, 100050]],
    [
      ['--family', 'site', '--severity', 'high'],
      [100010, 100020],
    ],
    [
      ['--family', 'pol'],
      [100030, 100040],
    ],
    [['--severity', '3', '--detection', 'dlp-*'], [100061]],
    [
      ['--detection', 'sasl-plain-clear'],
      [100010, 100060],
    ],
    [['--technique', 'T1552'], [100010]],
    [['--technique', 'T155'], []],
    [
      ['--text', 'LOGIN'],
      [100060, 100061],
    ],
  ];
  for (const [options, sids] of filters) {
    it(`filters by ${options.join(' ')}`, async () => {
      const { out } = await rules('list', '-S', SITE, '--json', ...options);
      const rows = JSON.parse(out) as { readonly sid: number }[];
      assert.deepEqual(
        rows.map(({ sid }) => sid),
        sids,
      );
    });
  }
  it('says so when there is none', async () => {
    assert.equal((await rules('list', '-S', SITE, '--text', 'xyz')).out, 'no rule\n');
  });
});

describe('rules explain', () => {
  for (const sid of [100010, 100020, 100040, 100061]) {
    it(`explains ${sid} in words`, async () => {
      const { status, out } = await rules('explain', '-S', SITE, String(sid));
      expectGolden(`rules-explain-${sid}.txt`, withoutTimes(out));
      assert.equal(status, 0);
    });
  }
  it('tells what decides when a detector speaks, and what the site changed about it', async () => {
    const file = join(folder, 'commands.rules');
    writeFileSync(
      file,
      'alert xmpp any any -> any any (msg:"m"; xmpp.event:c2.mass_control; classtype:trojan-activity; sid:2; rev:1;)\n',
    );
    const set = ['--set', 'detection.thresholds.malware.command_targets=9'];
    const { status, out } = await rules('explain', '-S', file, ...set, '2');
    expectGolden('rules-explain-thresholds.txt', withoutTimes(out));
    assert.equal(status, 0);
    const json = await rules('explain', '-S', file, ...set, '2', '--json');
    const report = JSON.parse(json.out) as { detectorThresholds: readonly object[] };
    expectGolden(
      'rules-explain-thresholds.json',
      JSON.stringify(report.detectorThresholds, null, 2) + '\n',
    );
  });
  it('gives everything as JSON', async () => {
    const { out } = await rules('explain', '-S', SITE, '1:100010', '--json');
    expectGolden('rules-explain.json', out.replace(/"sinceUsec": \d+/, '"sinceUsec": 0'));
  });
  it('counts what the store holds', async () => {
    const capture = join(SITE, 'cases', 'plain.pcap.gz');
    const io = { out: () => undefined, err: () => undefined, columns: 0, isErrTerminal: false };
    const data = join(folder, 'data');
    assert.equal(await runCli(['read', capture, '-S', SITE, '-l', data, '--eve', 'none'], io), 0);
    const since = ['--since', '2000-01-01', '--db', join(data, 'stanzawatch.db')];
    const { out } = await rules('explain', '-S', SITE, '100010', ...since);
    assert.match(out, /firings {5}3 since 2000-01-01 00:00:00 UTC, last \d{4}/);
    assert.match(out, /\n {12}1 from \S+\n/);
    const { out: none } = await rules('explain', '-S', SITE, '100061', ...since);
    assert.match(none, /firings {5}none since 2000-01-01 00:00:00 UTC\n/);
  });
  it('does not know what is not there', async () => {
    const { status, err } = await rules('explain', '-S', SITE, '100011');
    assert.match(err, /There is no rule 100011[^]*Did you mean 100010\?/);
    assert.equal(status, 1);
    assert.equal((await rules('explain', 'x')).status, 1);
  });
});

describe('rules test', () => {
  it('plays the cases beside the rules, captures among them', async () => {
    const { status, out } = await rules('test', SITE);
    assert.equal(
      out,
      `no case: 100030 SITE invitation (${SITE}/site.rules:8)\n5 cases, 0 failed, 1 rules without a case\n`,
    );
    assert.equal(status, 0);
  });
  it('says of a case that fails what came closest', async () => {
    const copy = join(folder, 'site');
    cpSync(SITE, copy, { recursive: true });
    const file = join(copy, 'site.rules');
    writeFileSync(file, readFileSync(file, 'utf8').replace('within:20', 'within:4'));
    const { status, out } = await rules('test', copy);
    assert.equal(status, 1);
    assert.match(
      out,
      /^failed: DATA\/site\/cases\/site.yaml:1: 100020 .* \(whole\): silent: 100020\n/,
    );
    assert.match(
      out,
      / why 100020: xmpp.text_folded is "your voucher: the code ABCD12345"; wanted: holds "code", within 4 bytes/,
    );
    const { out: json } = await rules('test', copy, '--json');
    const { failed } = JSON.parse(json) as { failed: { sid: number; variant: string }[] };
    assert.deepEqual(
      failed.map(({ sid, variant }) => [sid, variant]),
      [[100020, 'whole']],
    );
  });
  it('takes cases from elsewhere', async () => {
    const { out, status } = await rules('test', BAD, '--cases', `${SITE}/cases`);
    assert.equal(out, '');
    assert.equal(status, 1);
    const one = await rules('test', join(folder, 'one.rules'), '--cases', `${SITE}/cases`);
    assert.match(
      one.out,
      /^(?:no case: .*\n)*0 cases, 0 failed, \d+ rules without a case, 5 cases of rules not loaded\n$/,
    );
    assert.equal((await rules('test', SITE, '--cases', join(folder, 'none'))).status, 1);
  });
});
