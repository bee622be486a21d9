import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LIMITS } from '../../../sensor/core/index.ts';
import { loadRules, type LoadOptions, type RuleSet } from '../../../sensor/rules/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
const overlays = join(folder, 'overlays');
const kept = join(folder, 'kept');
for (const path of ['lists', 'overlays', 'kept']) mkdirSync(join(folder, path));
after(() => {
  rmSync(folder, { recursive: true });
});

const NOW = Date.parse('2026-11-21T12:00:00Z');

function write(name: string, text: string | Uint8Array): void {
  writeFileSync(join(folder, name), text);
}

interface Given extends Partial<LoadOptions> {
  readonly maxLines?: number;
  readonly maxBytes?: number;
  readonly buffer?: string;
}

function load(options: string, given: Given = {}): RuleSet {
  const { maxLines = 100, maxBytes = 1e8, buffer = 'xmpp.from_domain', ...rest } = given;
  const rule = `alert xmpp any any -> any any (msg:"m"; sid:1; ${buffer}; ${options};)\n`;
  write('d.rules', rule);
  return loadRules([join(folder, 'd.rules')], {
    nowMs: NOW,
    limits: {
      rulesFileBytes: 1e6,
      rulesRuleChars: 1e5,
      rulesRules: 100,
      rulesProblems: 100,
      rulesDatasetLines: maxLines,
      rulesDatasetBytes: maxBytes,
      rulesLearnedBytes: LIMITS.rulesLearnedBytes.default,
      rulesOverrides: 100,
    },
    ...rest,
  });
}

function problems(options: string, given?: Given, severity = 'error'): string {
  return load(options, given)
    .problems.filter((problem) => problem.severity === severity)
    .map(
      ({ file, line, column, message }) =>
        `${file.slice(folder.length + 1)}:${line}:${column}: ${message}`,
    )
    .join('\n');
}

/** Which of the values the list of the only rule holds. */
function listed({ datasets }: RuleSet, ...values: string[]): string[] {
  const [list] = datasets.values();
  return values.filter((value) => list?.has(value) === true);
}

describe('list files', () => {
  it('are read beside the rules, comments and blank lines skipped', () => {
    write('lists/bad.txt', '\ufeff# list\n\n  evil.example \r\nbad.example');
    const ruleSet = load('dataset:isset,bad,type domain,load lists/bad.txt');
    assert.equal(ruleSet.rules.length, 1);
    assert.equal(ruleSet.datasets.get('bad')?.size, 2);
    assert.deepEqual(listed(ruleSet, 'www.bad.example', 'evil.example', 'list'), [
      'www.bad.example',
      'evil.example',
    ]);
  });

  it('are read across chunks, whatever the spelling of a line', () => {
    const lines = Array.from({ length: 80000 }, (_, i) =>
      i % 1000 === 7 ? `HOST-${i}.ExamplE.` : `host-${i}.example`,
    );
    write('lists/long.txt', lines.join('\n'));
    const { datasets } = load('dataset:isset,long,type domain,load lists/long.txt', {
      maxLines: 80000,
    });
    assert.equal(datasets.get('long')?.size, 80000);
    assert.equal(datasets.get('long')?.has('a.host-79999.example'), true);
    assert.equal(datasets.get('long')?.has('host-1007.example'), true);
    assert.equal(datasets.get('long')?.has('host-80000.example'), false);
  });

  it('stop at the limit of lines and of memory, and at the memcap of the rule', () => {
    write('lists/big.txt', 'a.example\n'.repeat(101));
    const option = 'dataset:isset,big,type domain,load lists/big.txt';
    assert.match(
      problems(option),
      /d.rules:1:\d+: dataset big has more than 100 lines \(limit rules.dataset_lines\)/,
    );
    assert.equal(problems(option, { maxLines: 101 }), '');
    const lines = Array.from({ length: 90 }, (_, i) => `host-${i}.example`);
    write('lists/wide.txt', lines.join('\n'));
    const wide = 'dataset:isset,wide,type domain,load lists/wide.txt';
    const full = /dataset wide needs more memory than it may take \(memcap of the rule, limit/;
    assert.match(problems(wide, { maxBytes: 2000 }), full);
    assert.match(problems(`${wide},memcap 2kb`), full);
    assert.equal(problems(`${wide},memcap 1mb,hashsize 1024`, { maxBytes: 2000 }), '');
  });

  it('name bad lines', () => {
    write('lists/odd.txt', `good.example\nnot good\n${'x'.repeat(9000)}\n#: expires=2027-13-01`);
    assert.match(
      problems('dataset:isset,odd,type domain,load lists/odd.txt'),
      /lists\/odd.txt:2:1: Not a value of type domain[^]*odd.txt:3:1: Line is longer than 4096 bytes[^]*odd.txt:4:1: expires=2027-13-01 is no date[^]*d.rules:1:\d+: dataset odd has 3 bad lines/,
    );
  });

  it('give up on a file that is another kind of thing', () => {
    write('lists/noise.txt', 'x y z\n'.repeat(100));
    const text = problems('dataset:isset,noise,type domain,load lists/noise.txt');
    assert.match(text, /dataset noise is no list of type domain/);
    assert.ok(text.split('\n').length < 30);
    write('lists/endless.txt', Buffer.alloc(3 << 20, 'a'));
    const endless = problems('dataset:isset,endless,type domain,load lists/endless.txt');
    assert.match(endless, /endless.txt:1:1: Line is longer/);
  });

  it('leave out what has expired by now, and say how much', () => {
    write(
      'lists/dated.txt',
      [
        'always.example',
        '#: source=feed imported=2026-10-01 expires=2026-11-20',
        'old.example\nolder.example',
        '#: source=feed expires=2026-11-21',
        'today.example',
        '#: expires=2026-11-21T11:59:59Z',
        'before-noon.example',
        '#:',
        'dateless.example',
      ].join('\n'),
    );
    const option = 'dataset:isset,dated,type domain,load lists/dated.txt';
    const ruleSet = load(option);
    const names = ['always', 'old', 'older', 'today', 'before-noon', 'dateless'];
    assert.deepEqual(listed(ruleSet, ...names.map((name) => `${name}.example`)), [
      'always.example',
      'today.example',
      'dateless.example',
    ]);
    assert.equal(ruleSet.datasets.get('dated')?.expired, 3);
    assert.match(
      problems(option, {}, 'warning'),
      /lists\/dated.txt:0:0: 3 values of dataset dated have expired and are left out/,
    );
  });

  it('of datarep hold a value and its reputation', () => {
    write('lists/rep.txt', 'a@x.example,70\nx.example,5\n');
    const { rules, datasets } = load('datarep:rep,>,50,type jid,load lists/rep.txt', {
      buffer: 'xmpp.from',
    });
    const [term] = rules[0]?.terms ?? [];
    assert.deepEqual(term?.kind === 'dataset' && [term.command, term.reputation], [
      'isset',
      { operator: '>', value: 50 },
    ]);
    assert.equal(datasets.get('rep')?.lookup(Buffer.from('a@x.example'), 0, 11), 70);
    write('lists/rep.txt', 'x.example\ny.example,65536\nz.example,-1\nw.example,12\n');
    assert.match(
      problems('datarep:rep,>,50,type jid,load lists/rep.txt'),
      /rep.txt:1:1[^]*rep.txt:2:1[^]*rep.txt:3:1[^]*has 3 bad lines/,
    );
  });

  it('are refused when missing, outside the folder, of unknown type or incomplete', () => {
    const cases: [option: string, expected: RegExp][] = [
      ['dataset:isset,x,type domain,load lists/none.txt', /dataset x cannot be read: ENOENT/],
      ['dataset:isset,x,type domain,load lists', /dataset x cannot be read: EISDIR/],
      ['dataset:isset,x,type domain,load /etc/passwd', /must be a path below the folder/],
      ['dataset:isset,x,type domain,load ../x.txt', /must be a path below the folder/],
      ['dataset:isset,x,type domain,load lists/../../x.txt', /must be a path below the folder/],
      ['dataset:set,x,type domain,state ../x', /must be a path below the data folder/],
      ['dataset:set,x,type domain,save /tmp/x', /must be a path below the data folder/],
      ['dataset:isset,x,type ja3,load lists/bad.txt', /dataset type "ja3" is unknown/],
      ['dataset:isset,x,type domain', /dataset x is not loaded and lacks load/],
      ['dataset:isset,x,load lists/bad.txt', /dataset x is not loaded and lacks type/],
      ['dataset:isset,x,type domain,load', /load has no value/],
      ['dataset:isset,x,type domain,type jid', /type is given twice/],
      ['dataset:isset,x,type domain,format json', /dataset option "format" is not supported/],
      ['dataset:isset,x,type domain,load lists/bad.txt,state y', /state stands for load and save/],
      [
        'dataset:isset,x,type jid,match exact,load lists/bad.txt',
        /match is about lists of type do/,
      ],
      ['dataset:isset,x,type domain,match all,load lists/bad.txt', /match "all" is unknown/],
      ['dataset:isset,x,type domain,memcap much,load lists/bad.txt', /"much" is no size/],
      ['dataset:has,x,type domain,load lists/bad.txt', /dataset command "has" is unknown/],
      ['dataset:isset,a b,type domain,load lists/bad.txt', /dataset needs a name/],
      ['dataset:isset,../b,type domain,load lists/bad.txt', /dataset needs a name/],
      ['dataset:isset', /dataset needs a name/],
      ['datarep:x,>=,5,type ip,load lists/bad.txt', /datarep compares with <, > or ==/],
      ['datarep:x,>,many,type ip,load lists/bad.txt', /Reputation "many" is not a number/],
      ['datarep:x,>,5,type ip,state x', /datarep reads lists only/],
      ['dataset:set,x,type url,state x', /Lists of type url cannot be filled by rules/],
    ];
    for (const [option, expected] of cases) assert.match(problems(option), expected, option);
  });

  it('are loaded once and can be named again, as long as all rules say the same', () => {
    const first = 'dataset:isset,bad,type domain,load lists/bad.txt; ';
    assert.equal(
      load(`${first}dataset:isnotset,bad; dataset:isset,bad,type domain`).rules[0]?.terms.length,
      3,
    );
    const conflicts: [second: string, expected: RegExp][] = [
      ['dataset:isset,bad,type jid', /dataset bad was loaded with type domain before/],
      ['dataset:isset,bad,match exact', /dataset bad was loaded with match subdomains before/],
      ['datarep:bad,>,1', /dataset bad was loaded without reputations before/],
      ['dataset:set,bad,save other.lst', /dataset bad was loaded before without other.lst/],
    ];
    for (const [second, expected] of conflicts) assert.match(problems(first + second), expected);
  });
});

describe('a reload', () => {
  const option = 'dataset:isset,bad,type domain,load lists/steady.txt';

  it('goes on with a list whose files are as they were', () => {
    write('lists/steady.txt', 'a.example\n#: expires=2026-12-24\nb.example\n');
    const first = load(option);
    const again = (given: Given = {}): boolean =>
      load(option, { previousDatasets: first.datasets, ...given }).datasets.get('bad') ===
      first.datasets.get('bad');
    assert.equal(again(), true);
    assert.equal(again({ nowMs: Date.parse('2026-12-25T00:00:00Z') }), false);
    write('overlays/bad.txt', 'c.example\n');
    assert.equal(again({ datasetDir: overlays }), false);
    write('lists/steady.txt', 'a.example\nd.example\n');
    assert.equal(again(), false);
    const reloaded = load(option, { previousDatasets: first.datasets });
    assert.deepEqual(listed(reloaded, 'b.example', 'd.example'), ['d.example']);
  });

  it('says again what has expired', () => {
    write('lists/steady.txt', '#: expires=2020-12-24\nb.example\n');
    const first = load(option);
    assert.match(
      problems(option, { previousDatasets: first.datasets }, 'warning'),
      /1 values of dat/,
    );
  });
});

describe('files of the operator', () => {
  it('add to the list of the same name', () => {
    write('overlays/bad.txt', '#: source=own\nown.example\n');
    const option = 'dataset:isset,bad,type domain,load lists/bad.txt';
    const names = ['own.example', 'evil.example'] as const;
    assert.deepEqual(listed(load(option), ...names), ['evil.example']);
    assert.deepEqual(listed(load(option, { datasetDir: overlays }), ...names), [...names]);
    write('overlays/bad.txt', 'not a host\n');
    const given = { datasetDir: overlays };
    assert.match(problems(option, given), /overlays\/bad.txt:1:1: Not a value of type domain/);
    assert.equal(load(option, { datasetDir: join(folder, 'none') }).rules.length, 1);
  });
});

describe('lists that rules fill', () => {
  it('are refused on buffers that hold what people write', () => {
    for (const buffer of ['xmpp.body', 'xmpp.text', 'xmpp.url', 'xmpp.file_name', 'xmpp.stanza']) {
      const text = problems('dataset:set,seen,type string,state seen.lst', { buffer });
      assert.match(text, new RegExp(`Values of ${buffer} are private and must not be kept`));
      assert.equal(problems('dataset:isset,seen,type string,state seen.lst', { buffer }), '');
    }
    for (const buffer of ['xmpp.from', 'xmpp.client', 'file.sha256', 'ip.src; xmpp.from_domain']) {
      assert.equal(problems('dataset:set,seen,type string,state seen.lst', { buffer }), '');
    }
  });

  it('start with what was kept, of every capture worker, and skip what is broken', () => {
    write('kept/seen.lst', 'one.example\nnot a host\n');
    write('kept/seen.lst.1', 'two.example\n');
    write('kept/seen.lst.old', 'three.example\n');
    const option = 'dataset:set,seen,type domain,state seen.lst';
    const ruleSet = load(option, { stateDir: kept });
    const names = ['one.example', 'two.example', 'three.example'];
    assert.deepEqual(listed(ruleSet, ...names), ['one.example', 'two.example']);
    assert.equal(ruleSet.datasets.get('seen')?.isLearned, true);
    assert.deepEqual([...ruleSet.savedDatasets.keys()], ['seen.lst']);
    assert.match(
      problems(option, { stateDir: kept }, 'warning'),
      /kept\/seen.lst:2:1: Not a value/,
    );
    assert.deepEqual(listed(load(option), ...names), []);
  });

  it('go on over a reload, with what is new in their files', () => {
    write('lists/base.txt', 'base.example\n');
    const option = 'dataset:set,seen,type domain,load lists/base.txt,save seen2.lst';
    const before = load(option, { stateDir: kept });
    const name = Buffer.from('learned.example');
    before.datasets.get('seen')?.learn(name, 0, name.length);
    write('lists/base.txt', 'base.example\nadded.example\n');
    const after = load(option, { stateDir: kept, previousDatasets: before.datasets });
    assert.deepEqual(listed(after, 'base.example', 'added.example', 'learned.example'), [
      'base.example',
      'added.example',
      'learned.example',
    ]);
    const other = load('dataset:set,seen,type text,save seen2.lst', {
      previousDatasets: before.datasets,
    });
    assert.deepEqual(listed(other, 'learned.example'), []);
  });
});

describe('ip.src and ip.dst', () => {
  it('take lists and nothing else, beside a buffer or an event', () => {
    write('lists/ips.txt', '192.0.2.7\n');
    const option = 'dataset:isset,ips,type ip,load lists/ips.txt';
    const { rules } = load(option, { buffer: 'xmpp.stream_header; bsize:>0; ip.dst' });
    assert.deepEqual(rules[0]?.addressQueries, [
      { command: 'isset', dataset: 'ips', reputation: undefined, side: 'dst' },
    ]);
    assert.equal(rules[0].terms.length, 1);
    const event = 'xmpp.event:xmpp.plaintext_session; ip.src';
    assert.equal(problems(option, { buffer: event }), '');
    assert.match(problems(option, { buffer: 'ip.src' }), /Rule matches everything/);
    assert.match(problems('content:"abc"', { buffer: 'ip.src' }), /cannot look at ip.src/);
    assert.equal(problems(option, { buffer: 'ip.src; xmpp.from; content:"abc"; ip.dst' }), '');
  });
});
