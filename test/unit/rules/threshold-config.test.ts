/** threshold.config: what its lines say, and where it is wrong. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { formatAddress } from '../../../sensor/core/index.ts';
import { loadRules, loadRuleSources, type RuleOverrides } from '../../../sensor/rules/index.ts';
import { ProblemList } from '../../../sensor/rules/problems.ts';
import { OverrideReader } from '../../../sensor/rules/threshold-config.ts';

const VARIABLES = new Map<string, string | readonly string[]>([
  ['SCANNERS', ['192.0.2.7', '2001:db8::/32']],
]);
const RULES = [1580010, 1550030, 1550031].map((sid) => ({ gid: 1, sid }));

interface Read {
  readonly overrides: RuleOverrides;
  /** `severity line:column message (hint)` */
  readonly problems: readonly string[];
}

function read(text: string, limits = { rulesRuleChars: 1000, rulesOverrides: 50 }): Read {
  const problems = new ProblemList(100);
  const reader = new OverrideReader(VARIABLES, problems, limits);
  reader.read('t.config', text);
  const overrides = reader.finish(RULES);
  return {
    overrides,
    problems: problems
      .list()
      .map(
        ({ severity, line, column, message, hint }) =>
          `${severity} ${line}:${column} ${message} (${hint ?? ''})`,
      ),
  };
}

function sound(text: string): RuleOverrides {
  const { overrides, problems } = read(text);
  assert.deepEqual(problems, []);
  return overrides;
}

describe('suppress', () => {
  it('silences a rule everywhere', () => {
    const [found] = sound('suppress gen_id 1, sig_id 1580010\n').suppressions;
    assert.deepEqual(found, {
      gid: 1,
      sid: 1580010,
      file: 't.config',
      line: 1,
      track: undefined,
      addresses: undefined,
      values: [],
    });
  });

  it('takes addresses, lists and variables', () => {
    const addresses = (ip: string): string[] => {
      const text = `suppress gen_id 1, sig_id 1580010, track by_either, ip ${ip}`;
      const [found] = sound(text).suppressions;
      assert.equal(found?.track, 'by_either');
      return (found.addresses?.entries ?? []).map(
        ({ negated, words: [a = 0, b = 0, c = 0, d = 0], prefix }) =>
          `${negated ? '!' : ''}${formatAddress(a, b, c, d)}/${prefix}`,
      );
    };
    assert.deepEqual(addresses('192.0.2.0/24'), ['192.0.2.0/120']);
    assert.deepEqual(addresses('fe80::/10'), ['fe80::/10']);
    assert.deepEqual(addresses('[10.0.0.0/8, !10.1.0.0/16]'), ['10.0.0.0/104', '!10.1.0.0/112']);
    assert.deepEqual(addresses('$SCANNERS'), ['192.0.2.7/128', '2001:db8::/32']);
  });

  it('takes JIDs and domains by value', () => {
    const values = (track: string, value: string): readonly string[] =>
      sound(`suppress gen_id 1, sig_id 1580010, track ${track}, value ${value}`).suppressions[0]
        ?.values ?? [];
    assert.deepEqual(values('by_from_jid', 'Bot@Corp.example'), ['bot@corp.example']);
    assert.deepEqual(values('by_to_jid', '[a@b.example/Home Phone, monitor.example]'), [
      'a@b.example/Home Phone',
      'monitor.example',
    ]);
    assert.deepEqual(values('by_domain', 'corp.example'), ['corp.example']);
    assert.deepEqual(values('by_room', '[team@rooms.example,rooms.example]'), [
      'team@rooms.example',
      'rooms.example',
    ]);
  });

  it('warns when it silences everything, not when it names what', () => {
    const [all] = read('suppress gen_id 0, sig_id 0').problems;
    assert.match(all ?? '', /^warning 1:1 This silences every rule \(/);
    const [one] = read('suppress gen_id 1, sig_id 0').problems;
    assert.match(one ?? '', /every rule of generator 1 /);
    sound('suppress gen_id 0, sig_id 0, track by_src, ip 192.0.2.7');
  });

  it('is refused at the place of the mistake', () => {
    const cases: readonly (readonly [line: string, expected: RegExp])[] = [
      ['suppres gen_id 1, sig_id 1', /^error 1:1 Command "suppres" .*did you mean suppress/],
      ['suppress sig_id 1', /^error 1:10 suppress lacks gen_id here/],
      ['suppress gen_id 1', /^error 1:1 suppress lacks sig_id here/],
      ['suppress gen_id 1, sig_ids 5', /^error 1:20 suppress lacks sig_id here/],
      ['suppress gen_id x, sig_id 5', /^error 1:17 gen_id must be a whole number/],
      ['suppress gen_id 0, sig_id 5', /^error 1:17 gen_id 0 stands for every rule/],
      ['suppress gen_id 1, sig_id 0x5', /^error 1:27 sig_id must be a whole number/],
      ['suppress gen_id 1, sig_id 1580010, ip 1.2.3.4', /^error 1:1 suppress lacks track/],
      ['suppress gen_id 1, sig_id 1580010, track by_src', /^error 1:1 suppress lacks ip/],
      [
        'suppress gen_id 1, sig_id 1580010, track by_flow, ip 1.1.1.1',
        /^error 1:42 track "by_flow"/,
      ],
      [
        'suppress gen_id 1, sig_id 1580010, track by_src, ip 1.1.1',
        /^error 1:53 1.1.1 is not an IP/,
      ],
      [
        'suppress gen_id 1, sig_id 1580010, track by_src, ip $SCANNER',
        /\(did you mean \$SCANNERS\?/,
      ],
      [
        'suppress gen_id 1, sig_id 1580010, track by_src, value a@b',
        /^error 1:56 .* is about addr/,
      ],
      [
        'suppress gen_id 1, sig_id 1580010, track by_room, ip 1.1.1.1',
        /^error 1:54 .*not about addr/,
      ],
      [
        'suppress gen_id 1, sig_id 1580010, track by_room, value a b',
        /^error 1:57 "a b" is neither/,
      ],
      [
        'suppress gen_id 1, sig_id 1580010, track by_room, value a@b/c',
        /^error 1:60 A room has no/,
      ],
      ['suppress gen_id 1, sig_id 1580010, track by_domain, value a@b.c', /\(write b.c, or/],
      ['suppress gen_id 1, sig_id 1580010, track by_to_jid, value [a@b', /^error 1:59 List is not/],
      [
        'suppress gen_id 1, sig_id 1580010, track by_to_jid, value [a@b,]',
        /^error 1:64 "" is neither/,
      ],
      ['suppress gen_id 1, sig_id 1580010, trak by_src', /^error 1:36 suppress option "trak"/],
    ];
    for (const [line, expected] of cases) {
      const { overrides, problems } = read(line);
      assert.equal(problems.length, 1, `${line}: ${problems.join()}`);
      assert.match(problems[0] ?? '', expected, line);
      assert.equal(overrides.suppressions.length, 0);
    }
  });
});

describe('threshold and event_filter', () => {
  it('replace the threshold of a rule', () => {
    const { thresholds } = sound(
      [
        'threshold gen_id 1, sig_id 1550030, type limit, track by_from_jid, count 1, seconds 3600',
        'event_filter gen_id 1, sig_id 0, type both, \\',
        '  track by_src, count 3, seconds 5',
      ].join('\n'),
    );
    assert.deepEqual(
      thresholds.map(({ sid, line, threshold }) => [sid, line, threshold.type, threshold.count]),
      [
        [1550030, 1, 'limit', 1],
        [0, 2, 'both', 3],
      ],
    );
  });

  it('are refused at the place of the mistake, on the line it stands on', () => {
    const [problem] = read(
      '# comment\n\nthreshold gen_id 1, sig_id 1550030, \\\r\n  type limits, track by_src, count 1, seconds 1\n',
    ).problems;
    assert.match(problem ?? '', /^error 4:8 threshold type "limits"/);
    const [missing] = read('event_filter gen_id 1, sig_id 1550030, type limit').problems;
    assert.match(missing ?? '', /^error 1:1 event_filter lacks track/);
  });
});

describe('rate_filter', () => {
  it('changes the action for a time', () => {
    const { rateFilters } = sound(
      'rate_filter gen_id 1, sig_id 1550030, track by_domain, count 100, seconds 60, new_action pass, timeout 300',
    );
    assert.deepEqual(rateFilters, [
      {
        gid: 1,
        sid: 1550030,
        file: 't.config',
        line: 1,
        track: 'by_domain',
        count: 100,
        seconds: 60,
        newAction: 'pass',
        timeout: 300,
      },
    ]);
  });

  it('refuses actions of a sensor that does not only listen', () => {
    const line = (action: string): string =>
      read(
        `rate_filter gen_id 1, sig_id 1550030, track by_src, count 1, seconds 6, new_action ${action}, timeout 3`,
      ).problems.join();
    assert.match(line('drop'), /^error 1:84 new_action drop is not supported: the sensor only/);
    assert.match(line('stop'), /^error 1:84 new_action "stop" is not supported \(one of/);
    assert.equal(line('alert'), '');
  });
});

describe('rules that are not there', () => {
  it('are warned about, with the nearest number or the right generator', () => {
    const { problems, overrides } = read(
      [
        'suppress gen_id 1, sig_id 1580011',
        'suppress gen_id 3, sig_id 1580010',
        'rate_filter gen_id 1, sig_id 9, track by_src, count 1, seconds 6, new_action pass, timeout 3',
        'suppress gen_id 1, sig_id 1580010',
      ].join('\n'),
    );
    assert.equal(problems.length, 3);
    assert.match(
      problems[0] ?? '',
      /^warning 1:27 No rule has gen_id 1, sig_id 1580011 \(did you mean 1580010\?/,
    );
    assert.match(problems[1] ?? '', /^warning 2:27 .*\(sid 1580010 has gen_id 1\)/);
    assert.match(problems[2] ?? '', /^warning 3:30 .*\(the rule may be disabled/);
    assert.equal(overrides.suppressions.length, 3);
  });
});

describe('limits', () => {
  it('bound lines and their length', () => {
    const limits = { rulesRuleChars: 60, rulesOverrides: 2 };
    const line = 'suppress gen_id 1, sig_id 1580010\n';
    const { overrides, problems } = read(line.repeat(5), limits);
    assert.equal(overrides.suppressions.length, 2);
    assert.deepEqual(problems, [
      'error 3:1 More than 2 lines: the rest is left out (limit rules.overrides)',
    ]);
    assert.match(
      read(`suppress ${'x'.repeat(90)}`, limits).problems.join(),
      /^error 1:1 Line is longer than 60/,
    );
  });
});

describe('loadRules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thresholds-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const rules = join(folder, 'a.rules');
  writeFileSync(
    rules,
    'alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"abc"; sid:7;)\n',
  );

  it('reads threshold.config beside the rules, or the files it is given', () => {
    const before = loadRules([rules]);
    writeFileSync(join(folder, 'threshold.config'), 'suppress gen_id 1, sig_id 7\n');
    const beside = loadRules([folder]);
    assert.deepEqual(
      beside.overrides.suppressions.map(({ sid, file, line }) => [sid, file, line]),
      [[7, join(folder, 'threshold.config'), 1]],
    );
    assert.notEqual(beside.hash, before.hash);
    const other = join(folder, 'other.config');
    writeFileSync(other, 'suppress gen_id 1, sig_id 8, track by_src, ip $HOME_NETS\n');
    const named = loadRules([rules], { thresholdFiles: [other] });
    assert.equal(named.overrides.suppressions.length, 0);
    const errors = named.problems.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(({ file, line, column, hint }) => [file, line, column, hint]),
      [[other, 1, 47, 'did you mean $HOME_NET?']],
    );
    const missing = loadRules([rules], { thresholdFiles: [join(folder, 'none')] });
    const failure = missing.problems.find(({ severity }) => severity === 'error');
    assert.match(failure?.message ?? '', /Cannot read file/);
  });

  it('has none without a file', () => {
    const { overrides } = loadRuleSources([{ file: join(tmpdir(), 'none', 'x.rules'), text: '' }]);
    assert.deepEqual(overrides, { suppressions: [], thresholds: [], rateFilters: [] });
  });
});
