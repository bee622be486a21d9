import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { ListDataset, type ListType } from '../../../sensor/rules/index.ts';

function dataset(type: ListType, ...lines: string[]): ListDataset {
  const list = new ListDataset('test', type);
  for (const line of lines) assert.equal(list.add(line), true, line);
  return list;
}

/** Values that are listed, values that are not. */
function assertHas(list: ListDataset, yes: readonly string[], no: readonly string[]): void {
  for (const value of yes) assert.equal(list.has(value), true, value);
  for (const value of no) assert.equal(list.has(value), false, value);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Words of an IPv4 address, as flows have them. */
function v4(text: string): number[] {
  return [0, 0, 0xffff, text.split('.').reduce((word, part) => (word << 8) | Number(part), 0)];
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

  it('of type domain list the host alone where only exact names count', () => {
    const list = new ListDataset('test', 'domain', { exact: true });
    list.add('evil.example');
    assertHas(
      list,
      ['evil.example', 'http://Evil.example/x', 'a@evil.example'],
      ['www.evil.example', 'example'],
    );
  });

  it('of type jid list a full JID, a bare JID or a domain', () => {
    assertHas(
      dataset('jid', 'spammer@evil.example', 'bot@x.example/Home', 'spam.example'),
      [
        ...['spammer@evil.example', 'Spammer@EVIL.example/Res', 'bot@x.example/Home'],
        ...['any@spam.example', 'any@spam.example/r', 'spam.example', 'any@spam.example/a@b/c'],
      ],
      [
        ...['other@evil.example', 'evil.example', 'bot@x.example', 'bot@x.example/Work'],
        ...['any@sub.spam.example', 'x/any@spam.example', ''],
      ],
    );
  });

  it('of type rtbl list the hash of a bare JID or of its domain, whatever its spelling', () => {
    const hashes = ['spammer@evil.example', 'spam.example', 'жук@пример.рф'].map(sha256);
    const list = dataset('rtbl', ...hashes, sha256('upper@case.example').toUpperCase());
    const listed = [
      ...['spammer@evil.example', 'Spammer@EVIL.example/Res', 'any@spam.example/r', 'spam.example'],
      ...['Жук@ПРИМЕР.рф', 'жук@xn--e1afmkfd.xn--p1ai/x', 'upper@case.example'],
    ];
    const others = [
      'other@evil.example',
      'evil.example',
      'a@sub.spam.example',
      'x',
      hashes[0] ?? '',
    ];
    assertHas(list, listed, others);
    // Once more, now that the answers are known.
    assertHas(list, listed, others);
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

  it('of type ip list addresses and blocks of both families, also as host of a link', () => {
    const list = dataset(
      'ip',
      '192.0.2.7',
      '198.51.100.0/24',
      '2001:db8::/32',
      '::ffff:203.0.113.9',
    );
    assertHas(
      list,
      [
        ...['192.0.2.7', '198.51.100.255', '2001:db8:1::5', '2001:DB8::', '203.0.113.9'],
        ...['http://192.0.2.7/x', 'https://[2001:db8::1]:8443/', '192.0.2.7:5222'],
      ],
      ['192.0.2.8', '198.51.101.0', '2001:db9::', '192.0.2.07', '192.0.2', '1192.0.2.7', 'x', ''],
    );
    assert.equal(list.lookupAddress(v4('198.51.100.3')), 0);
    assert.equal(list.lookupAddress(v4('198.51.99.3')), -1);
    assert.equal(list.lookupAddress([0x20010db8, 0, 0, 1]), 0);
    assertHas(dataset('ipv4', '192.0.2.0/25'), ['192.0.2.127'], ['192.0.2.128', '2001:db8::1']);
    assertHas(dataset('ipv6', '::/0'), ['192.0.2.127', '2001:db8::1'], ['a']);
  });

  it('of types md5 and sha256 list hashes, as hex in any case and as bytes', () => {
    const [md5, sha] = ['0cc175b9c0f1b6a831c399e269772661', sha256('a')];
    const list = dataset('md5', md5.toUpperCase());
    assertHas(list, [md5, md5.toUpperCase()], [`${md5}0`, md5.slice(2), sha, `g${md5.slice(1)}`]);
    assert.equal(list.hasBytes(Buffer.from(md5, 'hex'), 0, 16), true);
    assertHas(dataset('sha256', sha), [sha], [sha256('b'), md5]);
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
      ['md5', 'abc'],
      ['sha256', '0'.repeat(63)],
      ['rtbl', 'someone@evil.example'],
      ['ip', '192.0.2.256'],
      ['ip', '192.0.2.0/33'],
      ['ipv4', '2001:db8::1'],
      ['ipv6', 'fe80::1%eth0'],
    ] as const) {
      assert.equal(new ListDataset('test', type).add(line), false, `${type} ${line}`);
    }
  });

  it('count a value once', () => {
    assert.equal(dataset('text', 'a', 'a', 'b').size, 2);
  });

  it('tell the reputation of the most special entry', () => {
    const jids = new ListDataset('test', 'jid', { hasReputation: true });
    jids.add('evil.example', 10);
    jids.add('bob@evil.example', 20);
    jids.add('bob@evil.example/x', 30);
    const of = (list: ListDataset, value: string): number =>
      list.lookup(Buffer.from(value), 0, value.length);
    assert.deepEqual(
      ['a@evil.example', 'bob@evil.example/y', 'bob@evil.example/x', 'a@b'].map((v) => of(jids, v)),
      [10, 20, 30, -1],
    );
    const domains = new ListDataset('test', 'domain', { hasReputation: true });
    for (let i = 0; i < 200; i++) domains.add(`host-${i}.example`, i);
    domains.add('example', 999);
    assert.equal(of(domains, 'a.host-150.example'), 150);
    assert.equal(of(domains, 'other.example'), 999);
    const addresses = new ListDataset('test', 'ip', { hasReputation: true });
    addresses.add('198.51.100.0/24', 5);
    addresses.add('198.51.100.7', 70);
    assert.equal(addresses.lookupAddress(v4('198.51.100.7')), 70);
    assert.equal(addresses.lookupAddress(v4('198.51.100.8')), 5);
  });
});

describe('datasets that rules fill', () => {
  function learn(list: ListDataset, value: string): boolean {
    const bytes = Buffer.from(value);
    const isNew = list.isNew(bytes, 0, bytes.length);
    if (isNew) list.learn(bytes, 0, bytes.length);
    return isNew;
  }

  function forget(list: ListDataset, value: string): void {
    list.forget(Buffer.from(value), 0, Buffer.byteLength(value));
  }

  function lines(list: ListDataset): string[] {
    const found: string[] = [];
    list.forEachLine((line) => found.push(line));
    return found.sort();
  }

  it('learn the account of a JID, the host of a link, and forget them again', () => {
    const jids = dataset('jid', 'known@corp.example');
    assert.equal(learn(jids, 'known@corp.example/desk'), false);
    assert.equal(learn(jids, 'New@Corp.example/desk'), true);
    assert.equal(learn(jids, 'new@corp.example/phone'), false);
    assert.equal(learn(jids, 'corp.example'), true);
    assert.equal(learn(jids, 'third@corp.example/desk'), true);
    assert.deepEqual(lines(jids), [
      ...['corp.example', 'known@corp.example', 'new@corp.example', 'third@corp.example'],
    ]);
    forget(jids, 'new@corp.example/any');
    assert.equal(learn(jids, 'new@corp.example/phone'), true);
    const domains = dataset('domain');
    assert.equal(learn(domains, 'https://files.corp.example/x'), true);
    assert.equal(learn(domains, 'a@sub.files.corp.example'), false);
    assert.deepEqual(lines(domains), ['files.corp.example']);
  });

  it('learn hashes, addresses and any bytes', () => {
    const hash = sha256('a');
    const hashes = dataset('sha256');
    assert.deepEqual([learn(hashes, hash.toUpperCase()), learn(hashes, hash)], [true, false]);
    assert.equal(learn(hashes, 'no hash'), false);
    assert.deepEqual(lines(hashes), [hash]);
    const addresses = dataset('ip');
    assert.deepEqual([learn(addresses, '192.0.2.7'), learn(addresses, '192.0.2.7')], [true, false]);
    assert.equal(addresses.learnAddress(v4('192.0.2.9')), true);
    assert.equal(addresses.isNewAddress(v4('192.0.2.9')), false);
    assert.deepEqual(lines(addresses), ['192.0.2.7', '192.0.2.9']);
    addresses.forgetAddress(v4('192.0.2.9'));
    assert.equal(addresses.isNewAddress(v4('192.0.2.9')), true);
    const strings = dataset('string');
    assert.equal(learn(strings, '# a\nb '), true);
    assert.deepEqual(lines(strings), [Buffer.from('# a\nb ').toString('base64')]);
  });

  it('take back what was learned and forgotten, where that was asked for', () => {
    for (const type of ['jid', 'ip'] as const) {
      const list = dataset(type, type === 'jid' ? 'known@corp.example' : '192.0.2.1');
      const loaded = lines(list);
      list.takeBack();
      for (const value of ['new@corp.example', '192.0.2.2']) learn(list, value);
      for (const value of [...loaded, 'new@corp.example']) forget(list, value);
      assert.notDeepEqual(lines(list), loaded);
      list.takeBack();
      assert.deepEqual(lines(list), loaded);
    }
  });

  it('write only lines that read back as the same value', () => {
    const texts = dataset('text');
    for (const value of ['plain', '# comment', ' space', 'two\nlines', 'ы']) learn(texts, value);
    assert.deepEqual(lines(texts), ['plain', 'ы']);
    assert.equal(learn(texts, '# comment'), false);
  });

  it('take no values that are too long, and none once they are full, until there is room', () => {
    const list = dataset('text');
    assert.equal(learn(list, 'x'.repeat(1024)), false);
    list.maxBytes = 10_000;
    let added = 0;
    while (added < 5000 && learn(list, `value ${added}`)) added++;
    assert.ok(added > 50 && added < 1000, `${added}`);
    assert.equal(list.isFull, true);
    assert.equal(learn(list, 'another'), false);
    for (let i = 0; i < added; i++) forget(list, `value ${i}`);
    assert.equal(learn(list, 'another'), true);
  });
});
