/**
 * What is tuned takes effect: rules fall silent in a replay of real traffic, others and near misses do not; what is
 * wrong changes no byte. From the command line, and as the API asks for it.
 */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReloadAnswer, TuningEntry } from '../../sensor/api/index.ts';
import { limitValues, loadConfig, storeFile } from '../../sensor/config/index.ts';
import { StoreClient } from '../../sensor/output/index.ts';
import { createRuleService, type RuleServiceControl } from '../../sensor/service/index.ts';
import { runCommand, type CliRun } from '../support/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'rules-tune-'));
const services: RuleServiceControl[] = [];
after(async () => {
  await Promise.all(services.map((service) => service.close()));
  rmSync(root, { recursive: true });
});

const CAPTURE = join(process.cwd(), 'fixtures', 'pcap', 'servers', '07_muc.pcap.gz');
/** Told once for each of the seven accounts: by the account, and by the session. */
const PASSWORD = 1520011;
const SESSION = 1580010;
/** Told for each of two servers. */
const REGISTRATION = 1530050;

interface Heard {
  readonly sid: number;
  readonly user: string;
}

/** Rules with these numbers that load at once. */
const FEW = join(root, 'few.rules');
writeFileSync(
  FEW,
  [PASSWORD, SESSION, REGISTRATION]
    .map(
      (sid) => `alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"abcd"; sid:${sid};)\n`,
    )
    .join(''),
);

/** What compiling all rules leaves: once is enough. */
const cache = join(root, 'compiled', 'cache');
before(async () => {
  assert.equal((await runCommand('read', CAPTURE, '-l', join(cache, '..'))).status, 0);
});

/** A data folder of its own. */
class Site {
  readonly dir: string;
  readonly #args: readonly string[];

  constructor(name: string, ...args: readonly string[]) {
    this.dir = join(root, name);
    mkdirSync(this.dir);
    if (existsSync(cache)) cpSync(cache, join(this.dir, 'cache'), { recursive: true });
    this.#args = ['-l', this.dir, ...args];
  }

  rules(...argv: readonly string[]): Promise<CliRun> {
    return runCommand('rules', ...argv, ...this.#args);
  }

  /** Tunes, and gives what was written. */
  async tune(...argv: readonly string[]): Promise<TuningEntry> {
    const { status, out, err } = await this.rules('tune', ...argv, '--json');
    assert.equal(status, 0, err);
    return JSON.parse(out) as TuningEntry;
  }

  /** Alerts of the capture. */
  async read(): Promise<Heard[]> {
    const eve = join(root, 'eve.json');
    rmSync(eve, { force: true });
    const { status, err } = await runCommand(
      ...['read', CAPTURE, '--db', 'none', '--eve', eve, ...this.#args],
    );
    assert.equal(status, 0, err);
    const events = readFileSync(eve, 'utf8').trim().split('\n');
    return events.flatMap((line) => {
      const event = JSON.parse(line) as {
        alert?: { signature_id: number };
        xmpp?: { user?: string };
      };
      const { alert, xmpp } = event;
      return alert === undefined ? [] : [{ sid: alert.signature_id, user: xmpp?.user ?? '' }];
    });
  }

  path(name: string): string {
    return join(this.dir, 'tuning', name);
  }

  /** Both files, byte by byte; undefined for one that is not there. */
  files(): (string | undefined)[] {
    return ['threshold.config', 'disable.conf'].map((name) =>
      existsSync(this.path(name)) ? readFileSync(this.path(name), 'latin1') : undefined,
    );
  }
}

function count(heard: readonly Heard[], sid: number): number {
  return heard.filter((each) => each.sid === sid).length;
}

function others(heard: readonly Heard[], ...sids: number[]): Heard[] {
  return heard.filter(({ sid }) => !sids.includes(sid));
}

describe('rules that are tuned', () => {
  it('fall silent as far as they were, and come back', async () => {
    const site = new Site('silent');
    const before = await site.read();
    assert.equal(count(before, PASSWORD), 7);
    assert.equal(count(before, SESSION), 7);
    assert.equal(count(before, REGISTRATION), 2);

    const who = ['--track', 'by_from_jid', '--value', 'ali@alpha.test'];
    const one = await site.tune(`${PASSWORD}`, '--suppress', ...who, '--reason', 'a test account');
    const two = await site.tune(`${SESSION}`, '--disable', '--reason', 'no TLS there by design');
    const rate = ['--threshold', 'limit,by_rule,1,86400'];
    const three = await site.tune(`${REGISTRATION}`, ...rate, '--reason', 'once a day will do');
    const tuned = await site.read();
    assert.equal(count(tuned, PASSWORD), 6);
    assert.ok(!tuned.some(({ sid, user }) => sid === PASSWORD && user === 'ali'));
    assert.equal(count(tuned, SESSION), 0);
    assert.equal(count(tuned, REGISTRATION), 1);
    const sids = [PASSWORD, SESSION, REGISTRATION];
    assert.deepEqual(others(tuned, ...sids), others(before, ...sids));

    for (const { id } of [one, two, three]) {
      const { status, err } = await site.rules('untune', id, '--reason', 'over');
      assert.equal(status, 0, err);
    }
    assert.deepEqual(await site.read(), before);
    const { out } = await site.rules('tune', '--list', '--json');
    const entries = JSON.parse(out) as TuningEntry[];
    assert.deepEqual(
      entries.map(({ isActive, removed }) => [isActive, removed?.reason]),
      [
        [false, 'over'],
        [false, 'over'],
        [false, 'over'],
      ],
    );
  });
  it('are explained and listed with the line that did it', async () => {
    const site = new Site('explained');
    await site.tune(`${PASSWORD}`, '--suppress', '--reason', 'x');
    await site.tune(`${SESSION}`, '--disable', '--reason', 'x');
    const explained = await site.rules('explain', `${PASSWORD}`);
    assert.match(explained.out, /^suppressed +never alerts \(tuning\/threshold\.config:5\)$/m);
    const disabled = await site.rules('explain', `${SESSION}`);
    assert.match(disabled.out, /policy\.rules:\d+, disabled by tuning\/disable\.conf:5$/m);
    const list = await site.rules('list', '--disabled');
    assert.match(list.out, new RegExp(`^${SESSION} .* disabled by tuning/disable\\.conf:5 `, 'm'));
    const table = await site.rules('tune', '--list');
    assert.match(table.out, /^t[\da-f]{8} .* active +1580010 +x$/m);
    const check = await site.rules('check');
    assert.equal(check.status, 0, check.out);
  });
  it('have the last word over enable.conf and threshold.config of the site', async () => {
    const enable = join(root, 'enable.conf');
    const threshold = join(root, 'site-threshold.config');
    writeFileSync(enable, '*\n');
    writeFileSync(
      threshold,
      `threshold gen_id 1, sig_id ${REGISTRATION}, type limit, track by_rule, count 100, seconds 60\n`,
    );
    const site = new Site(
      'last-word',
      ...['--set', `rules.enable_files=["${enable}"]`],
      ...['--set', `rules.threshold_file=["${threshold}"]`],
    );
    await site.tune(`${SESSION}`, '--disable', '--reason', 'x');
    const rate = ['--threshold', 'limit,by_rule,1,86400'];
    await site.tune(`${REGISTRATION}`, ...rate, '--reason', 'x');
    const heard = await site.read();
    assert.equal(count(heard, SESSION), 0);
    assert.equal(count(heard, REGISTRATION), 1);
  });
  it('leave rows in the audit where there is a store', async () => {
    const site = new Site('audit');
    assert.equal((await runCommand('read', CAPTURE, '-l', site.dir)).status, 0);
    const { id } = await site.tune(`${SESSION}`, '--suppress', '--reason', 'too loud');
    await site.rules('tune', '42', '--disable', '--reason', 'there is none');
    await site.rules('untune', id, '--reason', 'not any more');
    const config = loadConfig({ file: undefined, overrides: [`data_dir=${site.dir}`] });
    const store = new StoreClient({ path: storeFile(config), limits: limitValues(config) });
    const { items } = await store.audit({});
    await store.close();
    const rows = items.filter(({ action }) => action.startsWith('rule_')).reverse();
    assert.deepEqual(
      rows.map(({ action, object, detail }) => [action, object, detail['reason']]),
      [
        ['rule_tuned', `1:${SESSION}`, 'too loud'],
        ['rule_tuned', '1:42', 'there is none'],
        ['rule_tuned_failed', '1:42', 'there is none'],
        ['rule_untuned', id, 'not any more'],
      ],
    );
    assert.ok(rows.every(({ actor }) => actor !== ''));
  });
});

describe('what is wrong', () => {
  it('changes no byte, and says what it is', async () => {
    const site = new Site('wrong', '-S', FEW);
    await site.tune(`${PASSWORD}`, '--suppress', '--reason', 'x');
    await site.tune(`${SESSION}`, '--disable', '--reason', 'x');
    const before = site.files();
    const reason = ['--reason', 'x'];
    for (const [argv, said] of [
      [['tune', `${REGISTRATION}`, '--suppress'], /reason/],
      [['tune', `${REGISTRATION}`, ...reason], /--suppress, --threshold RATE and --disable/],
      [['tune', ...reason, '--disable'], /which rule/],
      [['tune', '42', '--disable', ...reason], /no rule 42/],
      [['tune', `${SESSION}`, '--disable', ...reason], /tuned so already/],
      [['tune', `${PASSWORD}`, '--suppress', ...reason], /tuned so already/],
      [['tune', `${PASSWORD}`, '--threshold', 'limit,by_moon,1,60', ...reason], /by_moon.*is not/],
      [['tune', `${PASSWORD}`, '--threshold', 'often', ...reason], /TYPE,TRACK,COUNT,SECONDS/],
      [
        [
          'tune',
          `${PASSWORD}`,
          '--suppress',
          '--track',
          'by_src',
          '--value',
          '1.2.3.4/77',
          ...reason,
        ],
        /Prefix length 77/,
      ],
      [
        ['tune', `${PASSWORD}`, '--suppress', '--track', 'by_domain', '--value', 'a\n1', ...reason],
        /one JID or domain/,
      ],
      [['untune', 'nobody', ...reason], /nobody/],
      [['untune', 'nobody'], /reason/],
    ] as const) {
      const { status, err } = await site.rules(...argv);
      assert.equal(status, 1, argv.join(' '));
      assert.match(err, said);
      assert.deepEqual(site.files(), before, argv.join(' '));
    }
  });
  it('in the rules themselves is no time to tune them', async () => {
    const own = join(root, 'own.rules');
    const rule = (sid: number): string =>
      `alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"abcd"; sid:${sid};)\n`;
    writeFileSync(own, rule(100));
    const site = new Site('broken', '-S', own);
    await site.tune('100', '--suppress', '--reason', 'x');
    const before = site.files();
    writeFileSync(own, `${rule(100)}alert xmpp any any -> any any (msg:"m"; xmpp.bod; sid:101;)\n`);
    const { status, err } = await site.rules('tune', '100', '--disable', '--reason', 'x');
    assert.equal(status, 1);
    assert.match(err, /own\.rules:2:\d+: Keyword xmpp\.bod is unknown/);
    assert.deepEqual(site.files(), before);
  });
  it('in a file edited by hand is told with its place, at every start', async () => {
    const site = new Site('hand', '-S', FEW);
    mkdirSync(join(site.dir, 'tuning'));
    writeFileSync(site.path('threshold.config'), '# ours\nsuppress gen_id 1, sig_id x\n');
    const { status, err } = await runCommand('read', CAPTURE, '-S', FEW, '-l', site.dir);
    assert.equal(status, 1);
    assert.match(err, /tuning\/threshold\.config:2:27: .*\[RULES_INVALID\]/);
    const before = site.files();
    const tuned = await site.rules('tune', `${SESSION}`, '--disable', '--reason', 'x');
    assert.match(tuned.err, /tuning\/threshold\.config:2:27/);
    assert.deepEqual(site.files(), before);
  });
});

describe('the service behind the API', () => {
  const STATUS: ReloadAnswer = { isOk: true, loaded: 9, failed: 0, generation: 1, problem: '' };

  /** A service with a sensor that takes what `answer` says. */
  function service(
    dir: string,
    answer?: () => ReloadAnswer,
  ): { rules: RuleServiceControl; reloads: () => number } {
    let status = STATUS;
    let reloads = 0;
    const reload = (): Promise<ReloadAnswer> => {
      reloads++;
      const { isOk, problem } = answer?.() ?? STATUS;
      status = { ...status, isOk, problem, generation: status.generation + (isOk ? 1 : 0) };
      return Promise.resolve(status);
    };
    const rules = createRuleService({
      config: loadConfig({ file: undefined, overrides: [`data_dir=${dir}`] }),
      store: {
        top: (by) =>
          Promise.resolve(
            (by === 'signature' ? [PASSWORD, PASSWORD, SESSION] : []).map((sid, i) => ({
              ...{ key: `rule ${sid}`, sid, alerts: 2 + i, severity: 1 },
              ...{ firstUsec: i, lastUsec: 10 + i },
            })),
          ),
      },
      ...(answer === undefined ? {} : { sensor: { status: () => status, reload } }),
    });
    services.push(rules);
    return { rules, reloads: () => reloads };
  }

  it('says of each rule what fires and what is tuned', async () => {
    const { dir } = new Site('rows');
    const { rules, reloads } = service(dir, () => STATUS);
    const rowOf = async (sid: number): Promise<unknown> => {
      const { items } = await rules.rows();
      const row = items.find((each) => each.sid === sid);
      return [row?.isEnabled, row?.isTuned, row?.alerts, row?.lastUsec];
    };
    assert.deepEqual(await rowOf(PASSWORD), [true, false, 5, 11]);
    assert.deepEqual(await rowOf(REGISTRATION), [true, false, 0, undefined]);
    await rules.tune({ action: 'disable', sid: PASSWORD, reason: 'x' }, 'anna');
    const limit = { action: 'threshold', type: 'limit', track: 'by_src' } as const;
    const entry = await rules.tune(
      { ...limit, sid: REGISTRATION, count: 1, seconds: 60, reason: 'x' },
      'anna',
    );
    assert.equal(reloads(), 2);
    assert.equal(entry.isPending, undefined);
    assert.deepEqual(await rowOf(PASSWORD), [false, true, 5, 11]);
    assert.deepEqual(await rowOf(REGISTRATION), [true, true, 0, undefined]);
    const detail = await rules.detail(1, REGISTRATION);
    assert.ok(detail !== undefined);
    assert.match(detail.effects.join('\n'), /at most once in 1 minute.*tuning\/threshold/);
    assert.deepEqual(detail.tuning, [entry]);
    assert.ok(detail.conditions.length > 0 && detail.cases.length > 0 && detail.note !== '');
    assert.equal(await rules.detail(1, 42), undefined);
    const { loaded, generation, problem } = await rules.rows();
    assert.deepEqual([loaded, generation, problem], [9, 3, '']);
  });
  it('takes a line back that the sensor refuses', async () => {
    const site = new Site('refused');
    let isOk = true;
    const { rules, reloads } = service(site.dir, () => ({ ...STATUS, isOk, problem: 'no room' }));
    await rules.tune({ action: 'suppress', sid: SESSION, reason: 'x' }, 'anna');
    const before = site.files();
    isOk = false;
    const refused = rules.tune({ action: 'disable', sid: PASSWORD, reason: 'x' }, 'anna');
    await assert.rejects(refused, { code: 'RULES_INVALID', message: /no room/ });
    assert.deepEqual(site.files(), before);
    assert.equal(reloads(), 3);
    assert.equal((await rules.rows()).problem, 'no room');
  });
  it('lets several analysts in several processes tune at once', async () => {
    const site = new Site('several');
    const [one, two] = [service(site.dir).rules, service(site.dir).rules];
    const sids = [PASSWORD, SESSION, REGISTRATION, 1560010];
    const entries = await Promise.all(
      sids.map((sid, i) =>
        (i % 2 === 0 ? one : two).tune({ action: 'disable', sid, reason: `number ${i}` }, 'anna'),
      ),
    );
    assert.ok(entries.every(({ isPending }) => isPending === true));
    const listed = await one.tuning();
    assert.deepEqual(new Set(listed.map(({ sid }) => sid)), new Set(sids));
    // Over a store alone files are read anew as soon as they are others.
    const rows = await two.rows();
    assert.deepEqual(
      rows.items.filter(({ isTuned }) => isTuned).map(({ isEnabled }) => isEnabled),
      [false, false, false, false],
    );
    const reloaded = await two.reload();
    assert.equal(reloaded.isOk, true);
  });
  it('gives up a try that takes longer than five seconds, and only that', async () => {
    const { rules } = service(new Site('slow').dir);
    const stanza = "<message to='bob@corp.example'><body>4111 1111 1111 1111</body></message>";
    const endless = Array.from(
      { length: 80 },
      (_, i) =>
        `alert xmpp any any -> any any (msg:"t"; xmpp.body; pcre:"/[a-f${i}]{3000}x[a-z]{${900 + i}}/"; sid:${i + 1};)`,
    ).join('\n');
    await rules.detail(1, 1560010);
    const slow = rules.try({ stanza, rules: endless });
    const quick = rules.try({ stanza });
    const rows = rules.rows();
    // What is looked up does not wait behind tries.
    const first = await Promise.race([
      rules.detail(1, 1560010).then((detail) => detail?.sid),
      slow.catch(() => 'the try'),
    ]);
    assert.equal(first, 1560010);
    await assert.rejects(slow, { code: 'RULES_SLOW', message: /5 seconds/ });
    assert.deepEqual(
      (await quick).fired.map(({ sid }) => sid),
      [1560010],
    );
    assert.ok((await rows).items.length > 400);
  });
});
