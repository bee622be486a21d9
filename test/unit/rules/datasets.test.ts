import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ByteSet } from '../../../sensor/rules/byte-set.ts';
import { ListDataset, loadRules, type DatasetType } from '../../../sensor/rules/index.ts';

function dataset(type: DatasetType, ...lines: string[]): ListDataset {
  const list = new ListDataset('test', type);
  for (const line of lines) assert.equal(list.add(line), true, line);
  return list;
}

/** Values that are listed, values that are not. */
function assertHas(list: ListDataset, yes: readonly string[], no: readonly string[]): void {
  for (const value of yes) assert.equal(list.has(value), true, value);
  for (const value of no) assert.equal(list.has(value), false, value);
}

describe('datasets', () => {
  it('of type domain list a host and what lies below it', () => {
    assertHas(
      dataset(
        'domain',
        'evil.example',
        '*.bad.example',
        'ПРИМЕР.рф',
        'xn--bcher-kva.example',
        'x.com.',
      ),
      [
        ...['evil.example', 'EVIL.Example', 'a.b.evil.example', 'evil.example.', 'bad.example'],
        ...['http://evil.example/path', 'https://u:p@www.evil.example:8443/x?y#z'],
        ...['spammer@evil.example', 'spammer@evil.example/res', 'evil.example/page'],
        ...['пример.рф', 'xn--e1afmkfd.xn--p1ai', 'bücher.example', 'x.com'],
      ],
      [
        ...[
          'notevil.example',
          'evil.example.org',
          'example',
          '',
          'http://good.example/evil.example',
        ],
        ...['http://evil.example@good.example/', 'evil.example@good.example', 'evilexample', '.'],
      ],
    );
  });

  it('of type jid list a full JID, a bare JID or a domain', () => {
    assertHas(
      dataset('jid', 'spammer@evil.example', 'bot@x.example/Home', 'spam.example'),
      [
        ...['spammer@evil.example', 'Spammer@EVIL.example/Res', 'bot@x.example/Home'],
        ...['any@spam.example', 'any@spam.example/r', 'spam.example'],
      ],
      [
        ...['other@evil.example', 'evil.example', 'bot@x.example', 'bot@x.example/Work'],
        ...['any@sub.spam.example', 'x/any@spam.example', ''],
      ],
    );
  });

  it('of type url list a page, whatever scheme and fragment', () => {
    assertHas(
      dataset('url', 'hxxp://Evil[.]example/Login', 'https://other.example:8443/a?b=c'),
      [
        ...['http://evil.example/Login', 'https://evil.example/Login#top', 'evil.example/Login/'],
        'https://other.example:8443/a?b=c',
      ],
      [
        ...['http://evil.example/', 'http://evil.example/login', 'http://evil.example/Login/x'],
        ...['https://other.example/a?b=c', 'http://www.evil.example/Login'],
      ],
    );
  });

  it('of types text and string list whole values', () => {
    assertHas(dataset('text', 'a b', 'ы'), ['a b', 'ы'], ['a', 'A b', 'a b ']);
    assertHas(dataset('string', 'YSBi', '/w=='), ['a b'], ['YSBi', 'a b c']);
    assert.equal(dataset('string', '/w==').hasBytes(Uint8Array.of(1, 0xff, 2), 1, 2), true);
  });

  it('refuse lines that are no value of their type', () => {
    for (const [type, line] of [
      ['domain', 'a b'],
      ['domain', 'http://x/'],
      ['jid', '@x.example'],
      ['jid', 'a b@x.example'],
      ['url', 'nonsense'],
      ['string', 'not base64!'],
    ] as const) {
      assert.equal(new ListDataset('test', type).add(line), false, `${type} ${line}`);
    }
  });

  it('count a value once', () => {
    assert.equal(dataset('text', 'a', 'a', 'b').size, 2);
  });
});

describe('ByteSet', () => {
  it('keeps many keys apart', () => {
    const set = new ByteSet(false);
    const bytes = (i: number): Uint8Array => Buffer.from(`host-${i}.example`);
    for (let i = 0; i < 20000; i++) set.add(bytes(i));
    assert.equal(set.size, 20000);
    for (let i = 0; i < 20000; i += 7) {
      const padded = Buffer.concat([Buffer.from('xx'), bytes(i), Buffer.from('yy')]);
      assert.equal(set.has(padded, 2, padded.length - 2), true);
      assert.equal(set.has(padded, 2, padded.length - 1), false);
    }
    assert.equal(set.has(bytes(20000), 0, bytes(20000).length), false);
  });

  it('holds keys of one byte and very long ones, and no empty one', () => {
    const set = new ByteSet(true);
    set.add(Uint8Array.of(65));
    set.add(new Uint8Array(5000).fill(66));
    assert.equal(set.has(Buffer.from('a'), 0, 1), true);
    assert.equal(set.has(Buffer.from('b'.repeat(5000)), 0, 5000), true);
    assert.equal(set.has(Buffer.from('b'.repeat(5000)), 0, 4999), false);
    assert.equal(set.has(Buffer.from('a'), 0, 0), false);
  });
});

describe('dataset files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
  mkdirSync(join(folder, 'lists'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function load(option: string, maxLines = 100): ReturnType<typeof loadRules> {
    const file = join(folder, 'd.rules');
    writeFileSync(
      file,
      `alert xmpp any any -> any any (msg:"m"; sid:1; xmpp.from_domain; dataset:${option};)\n`,
    );
    return loadRules([file], {
      limits: {
        rulesFileBytes: 1e6,
        rulesRuleChars: 1e5,
        rulesRules: 100,
        rulesProblems: 100,
        rulesDatasetLines: maxLines,
      },
    });
  }

  function errors(option: string, maxLines?: number): string {
    return load(option, maxLines)
      .problems.filter(({ severity }) => severity === 'error')
      .map(
        ({ file, line, column, message }) =>
          `${file.slice(folder.length + 1)}:${line}:${column}: ${message}`,
      )
      .join('\n');
  }

  it('are read beside the rules, comments and blank lines skipped', () => {
    writeFileSync(join(folder, 'lists', 'bad.txt'), '# list\n\nevil.example\r\nbad.example');
    const { rules, datasets } = load('isset,bad,type domain,load lists/bad.txt');
    assert.equal(rules.length, 1);
    assert.equal(datasets.get('bad')?.size, 2);
    assert.equal(datasets.get('bad')?.has('www.bad.example'), true);
  });

  it('are read across chunks', () => {
    const lines = Array.from({ length: 80000 }, (_, i) => `host-${i}.example`);
    writeFileSync(join(folder, 'lists', 'long.txt'), lines.join('\n'));
    const { datasets } = load('isset,long,type domain,load lists/long.txt', 80000);
    assert.equal(datasets.get('long')?.size, 80000);
    assert.equal(datasets.get('long')?.has('a.host-79999.example'), true);
    assert.equal(datasets.get('long')?.has('host-80000.example'), false);
  });

  it('stop at the limit of lines', () => {
    writeFileSync(join(folder, 'lists', 'big.txt'), 'a.example\n'.repeat(101));
    assert.match(
      errors('isset,big,type domain,load lists/big.txt'),
      /d.rules:1:\d+: dataset big has more than 100 values \(limit rules.dataset_lines\)/,
    );
  });

  it('name bad lines', () => {
    writeFileSync(join(folder, 'lists', 'odd.txt'), `good.example\nnot good\n${'x'.repeat(9000)}`);
    assert.match(
      errors('isset,odd,type domain,load lists/odd.txt'),
      /lists\/odd.txt:2:1: Not a value of type domain[^]*odd.txt:3:1[^]*d.rules:1:\d+: dataset odd has 2 bad lines/,
    );
  });

  it('give up on a file that is another kind of thing', () => {
    writeFileSync(join(folder, 'lists', 'noise.txt'), 'x y z\n'.repeat(1000));
    const text = errors('isset,noise,type domain,load lists/noise.txt');
    assert.match(text, /dataset noise is no list of type domain/);
    assert.ok(text.split('\n').length < 30);
  });

  it('are refused when missing, outside the folder, of unknown type or incomplete', () => {
    const cases: [option: string, expected: RegExp][] = [
      ['isset,x,type domain,load lists/none.txt', /dataset x cannot be read: ENOENT/],
      ['isset,x,type domain,load lists', /dataset x cannot be read: EISDIR/],
      ['isset,x,type domain,load /etc/passwd', /must be a path below the folder/],
      ['isset,x,type domain,load ../x.txt', /must be a path below the folder/],
      ['isset,x,type domain,load lists/../../x.txt', /must be a path below the folder/],
      ['isset,x,type md5,load lists/bad.txt', /dataset type "md5" is not supported yet/],
      ['isset,x,type domain', /dataset x is not loaded and lacks load/],
      ['isset,x,load lists/bad.txt', /dataset x is not loaded and lacks type/],
      [
        'isset,x,type domain,load lists/bad.txt,save y',
        /dataset option "save" is not supported yet/,
      ],
      ['set,x,type domain,load lists/bad.txt', /dataset:set is not supported yet/],
      ['isset,a b,type domain,load lists/bad.txt', /dataset needs a name/],
      ['isset', /dataset needs a name/],
    ];
    for (const [option, expected] of cases) assert.match(errors(option), expected, option);
  });

  it('are loaded once and can be named again, with the same type', () => {
    const option =
      'isset,bad,type domain,load lists/bad.txt; dataset:isnotset,bad; dataset:isset,bad,type domain';
    assert.equal(load(option).rules[0]?.terms.length, 3);
    assert.match(
      errors(`isset,bad,type domain,load lists/bad.txt; dataset:isset,bad,type jid`),
      /dataset bad was loaded with type domain before/,
    );
  });
});
