import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  IntelFormatError,
  mergeList,
  readIntel,
  type IntelOptions,
  type IntelReading,
} from '../../../sensor/rules/index.ts';
import { readPattern } from '../../../sensor/rules/intel/stix-pattern.ts';
import { refusal } from '../../../sensor/rules/intel/safety.ts';
import { canonicalValue, guessKind } from '../../../sensor/rules/intel/values.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const OPTIONS: IntelOptions = {
  format: 'auto',
  purpose: undefined,
  expiresMs: undefined,
  nowMs: NOW,
  isForced: true,
  maxItems: 1000,
};

function read(text: string, options: Partial<IntelOptions> = {}): IntelReading {
  return readIntel(text, { ...OPTIONS, ...options });
}

function fixture(name: string, options: Partial<IntelOptions> = {}): IntelReading {
  return read(readFileSync(join(process.cwd(), 'fixtures', 'intel', name), 'utf8'), options);
}

/** `list: value value` lines, in order. */
function lists({ lists: found }: IntelReading): string[] {
  return [...found]
    .map(([name, { values }]) => `${name}: ${[...values.keys()].sort().join(' ')}`)
    .sort();
}

describe('reading intelligence', () => {
  it('takes of MISP what is meant for detection and can be seen', () => {
    const reading = fixture('misp-event.json');
    assert.equal(reading.format, 'misp');
    assert.deepEqual(lists(reading), [
      'c2-domains: drop.c2.example gmail.com panel.c2.example relay.c2.example',
      'c2-ips: 198.51.100.23 2001:db8::17 203.0.113.0/28',
      'c2-jids: operator@c2.example',
      'c2-urls: https://files.c2.example/stage2.bin',
      'malware-md5: 00112233445566778899aabbccddeeff',
      'malware-sha256: aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999',
    ]);
    assert.deepEqual(Object.fromEntries(reading.skipped), {
      'not meant for detection (to_ids)': 2,
      'type email-src: no list holds it': 1,
      deleted: 2,
      'type sha1: no list holds it': 1,
    });
    assert.deepEqual(
      reading.bad.map(({ place }) => place),
      ['response[0].Event.Attribute[11]'],
    );
  });

  it('reads MISP attribute lists and feeds', () => {
    const attribute = { type: 'domain', to_ids: true, value: 'a.c2.example' };
    for (const json of [
      { Attribute: [attribute] },
      { response: { Attribute: [attribute] } },
      { Event: { Attribute: [attribute] } },
      [{ Event: { Object: [{ Attribute: [attribute] }] } }],
      { Event: { Attribute: [{ type: 'domain', value: 'a.c2.example' }] } },
    ]) {
      assert.deepEqual(lists(read(JSON.stringify(json))), ['c2-domains: a.c2.example']);
    }
  });

  it('takes of STIX indicators that list values, and says what it did not understand', () => {
    const reading = fixture('stix-bundle.json');
    assert.equal(reading.format, 'stix');
    assert.deepEqual(lists(reading), [
      'c2-domains: beacon.c2.example',
      'c2-ips: 198.51.100.24 2001:db8::24',
      'c2-jids: bot@c2.example handler@c2.example',
      "c2-urls: http://beacon.c2.example/a http://beacon.c2.example/b'c",
      'malware-sha256: aaaabbbbccccddddeeeeffff0000111122223333444455556666777788880000',
    ]);
    assert.equal(
      reading.lists.get('c2-domains')?.values.get('beacon.c2.example'),
      Date.parse('2027-06-30T00:00:00Z'),
    );
    assert.deepEqual(Object.fromEntries(reading.skipped), {
      'identity: no indicator': 1,
      'pattern not understood: AND': 1,
      'pattern not understood: LIKE': 1,
      expired: 1,
      revoked: 1,
      'pattern language sigma': 1,
      'property no list holds': 1,
    });
  });

  it('takes patterns that list values and no others', () => {
    const values = (pattern: string): unknown => {
      const result = readPattern(pattern);
      return typeof result === 'string'
        ? result
        : result.map(({ kind, text }) => `${kind} ${text}`);
    };
    const cases: [pattern: string, expected: unknown][] = [
      ["[url:value='http://a.example/']", ['url http://a.example/']],
      ["([ domain-name:value = 'a.example' ])", ['domain a.example']],
      ['[file:hashes."SHA-256" = \'00\']', ['sha256 00']],
      ["[file:hashes.'MD5' IN ('00', '11')]", ['md5 00', 'md5 11']],
      ["[user-account:user_id = 'x' AND user-account:account_type = 'xmpp']", ['jid x']],
      ["[user-account:user_id = 'x' AND user-account:account_type = 'unix']", ['undefined x']],
      ["[a:b = 'x' AND c:d = 'y']", 'AND'],
      ["[a:b = 'x'] AND [c:d = 'y']", 'AND'],
      ["[a:b = 'x'] FOLLOWEDBY [c:d = 'y']", 'FOLLOWEDBY'],
      ["[a:b != 'x']", '!='],
      ["[a:b NOT = 'x']", 'NOT'],
      ["[a:b MATCHES '^x']", 'MATCHES'],
      ["[a:b = 'x'] WITHIN 5 SECONDS", 'syntax'],
      ['[a:b = 5]', 'syntax'],
      ["[a:b = 'x'", 'syntax'],
      ["[a:b = 'x']]", 'syntax'],
      ['', 'syntax'],
      ['[]', 'syntax'],
    ];
    for (const [pattern, expected] of cases) assert.deepEqual(values(pattern), expected, pattern);
  });

  it('finds the columns of a CSV, quoted cells and dates', () => {
    const reading = fixture('feed.csv');
    assert.equal(reading.format, 'csv');
    assert.deepEqual(lists(reading), [
      'c2-ips: 198.51.100.99',
      'spim-domains: cheap-pills.example mirror.pills.example',
      'spim-jids: seller@shop.example',
      'spim-urls: https://pills.example.net/order?id=7,8',
    ]);
    const dates = reading.lists.get('spim-domains')?.values;
    assert.equal(dates?.get('cheap-pills.example'), Date.parse('2027-02-01T00:00:00Z'));
    assert.equal(
      reading.lists.get('c2-ips')?.values.get('198.51.100.99'),
      Date.parse('2027-01-31T12:00:00Z'),
    );
    assert.deepEqual(
      reading.bad.map(({ place }) => place),
      ['line 9', 'line 10'],
    );
    assert.deepEqual(Object.fromEntries(reading.skipped), { 'type asn: no list holds it': 1 });
    assert.deepEqual(lists(read('sha256;name\n' + 'a'.repeat(64) + ';x.exe\n')), [
      `malware-sha256: ${'a'.repeat(64)}`,
    ]);
    assert.deepEqual(lists(read('# jid,seen\na@shop.example,2026\n')), [
      'spim-jids: a@shop.example',
    ]);
    assert.throws(
      () => read('name,price\na,1\n', { format: 'csv' }),
      (error) =>
        error instanceof IntelFormatError &&
        /No column of values: the first row is "name,price"/.test(error.message),
    );
  });

  it('takes of plain lists what each line looks like', () => {
    const reading = fixture('plain.txt');
    assert.equal(reading.format, 'plain');
    assert.deepEqual(lists(reading), [
      'c2-ips: 192.0.2.17',
      'malware-md5: d41d8cd98f00b204e9800998ecf8427e',
      'spim-domains: aol.com hosts-file.example shop.example',
      'spim-jids: spammer@shop.example',
      'spim-urls: http://shop.example/login',
    ]);
    assert.deepEqual(reading.bad, [{ place: 'line 10', problem: 'not a value of any kind' }]);
    assert.deepEqual(lists(fixture('plain.txt', { purpose: 'c2' })).slice(0, 2), [
      'c2-domains: aol.com hosts-file.example shop.example',
      'c2-ips: 192.0.2.17',
    ]);
  });

  it('takes servers of the JabberSPAM list and hashes of block lists', () => {
    assert.deepEqual(lists(fixture('jabberspam.txt', { format: 'jabberspam' })), [
      'spim-servers: bots.example open-registration.example spam-source.example',
    ]);
    const hashes =
      'spim-rtbl: 0f93ee2c5ecdc327d9eeebe159bfcfa79d986caa9c307f8a18cfa4f64a8c7015 73f1cef2ce4403324465a8af308c58c1cf32f187d0dc62f45e52e04dd55b6497';
    assert.deepEqual(lists(fixture('rtbl.txt', { format: 'rtbl' })), [hashes]);
    const xml = fixture('rtbl.xml');
    assert.equal(xml.format, 'rtbl');
    assert.deepEqual(lists(xml), [hashes, 'spim-servers: source.example']);
    assert.deepEqual(
      xml.bad.map(({ place }) => place),
      ['line 6'],
    );
  });

  it('refuses files of no known kind, with the reason', () => {
    const cases: [text: string, options: Partial<IntelOptions>, reason: RegExp][] = [
      ['{"a": 1}', {}, /neither a MISP event nor a STIX bundle/],
      ['{"a": ', {}, /^Not JSON/],
      ['x', { format: 'misp' }, /^Not JSON/],
      ['[]', { format: 'misp' }, /No MISP event/],
      ['{"type": "bundle"}', { format: 'stix' }, /No STIX bundle/],
      ['<html></html>', {}, /XML that holds no items/],
      [`${'a'.repeat(64)}\n`, {}, /SHA-256 of files or of addresses/],
    ];
    for (const [text, options, reason] of cases) {
      assert.throws(
        () => read(text, options),
        (error) => error instanceof IntelFormatError && reason.test(error.message),
        text,
      );
    }
  });

  it('takes no more than it may, and says so', () => {
    const text = Array.from({ length: 50 }, (_, i) => `host-${i}.shop.example`).join('\n');
    const reading = read(text, { maxItems: 20 });
    assert.equal(reading.lists.get('spim-domains')?.values.size, 20);
    assert.equal(reading.isCut, true);
    assert.equal(read(text).isCut, false);
  });
});

describe('values', () => {
  it('have one form for every spelling', () => {
    const cases: [kind: Parameters<typeof canonicalValue>[0], text: string, expected?: string][] = [
      ['domain', ' *.Shop.EXAMPLE. ', 'shop.example'],
      ['domain', 'bücher.example', 'xn--bcher-kva.example'],
      ['domain', 'shop[.]example', 'shop.example'],
      ['domain', 'shop'],
      ['domain', '192.0.2.1'],
      ['domain', 'a b.example'],
      ['domain', `${'a'.repeat(64)}.example`],
      ['jid', 'xmpp:Bob@Shop.example?message', 'bob@shop.example'],
      ['jid', 'bob@shop.example/Res', 'bob@shop.example/Res'],
      ['jid', 'shop.example', 'shop.example'],
      ['jid', '@shop.example'],
      ['jid', 'a@b@shop.example'],
      ['jid', 'bob@localhost'],
      ['url', 'hxxp://Shop[.]example:80/A#top', 'http://shop.example/A'],
      ['url', 'nothing'],
      ['ip', '192.0.2.77/24', '192.0.2.0/24'],
      ['ip', '2001:DB8:0::1', '2001:db8::1'],
      ['ip', '192.0.2.256'],
      ['md5', 'D41D8CD98F00B204E9800998ECF8427E', 'd41d8cd98f00b204e9800998ecf8427e'],
      ['sha256', 'd41d8cd98f00b204e9800998ecf8427e'],
      ['domain', 'two\nlines.example'],
    ];
    for (const [kind, text, expected] of cases) {
      assert.equal(canonicalValue(kind, text), expected, `${kind} ${text}`);
    }
  });

  it('show what they are', () => {
    const cases: Record<string, string | undefined> = {
      'a@shop.example': 'jid',
      'xmpp:shop.example': 'jid',
      'shop.example': 'domain',
      'shop.example/login': 'url',
      'ftp://shop.example': 'url',
      'a@shop.example/x@y': 'jid',
      'shop.example/x@y': 'url',
      '192.0.2.0/24': 'ip',
      '::1': 'ip',
      word: undefined,
      'two words': undefined,
    };
    for (const [text, kind] of Object.entries(cases)) assert.equal(guessKind(text), kind, text);
  });

  it('that would report everybody are refused', () => {
    const refused: [kind: Parameters<typeof refusal>[0], value: string, reason: string][] = [
      ['domain', 'localhost', 'a reserved name'],
      ['domain', 'host.example.com', 'a reserved name'],
      ['domain', 'www.test', 'a reserved name'],
      ['server', 'chat.local', 'a reserved name'],
      ['domain', 'co.uk', 'a public suffix'],
      ['domain', 'github.io', 'a name that strangers share'],
      ['domain', 'gmail.com', 'a large provider'],
      ['server', 'jabber.org', 'a large provider'],
      ['jid', 'jabber.org', 'a large provider'],
      ['jid', 'a@corp.example', 'a reserved name'],
      ['url', 'https://www.google.com/', 'a large provider'],
      ['url', 'http://127.0.0.1/x', 'a loopback address'],
      ['ip', '10.1.2.3', 'a private address'],
      ['ip', '0.0.0.0/0', 'a block that is too wide'],
      ['ip', '185.0.0.0/8', 'a block that is too wide'],
      ['ip', '2000::/3', 'a block that is too wide'],
      ['ip', 'fe80::1', 'a link-local address'],
      ['md5', 'd41d8cd98f00b204e9800998ecf8427e', 'the hash of an empty file'],
    ];
    for (const [kind, value, reason] of refused) assert.equal(refusal(kind, value), reason, value);
    const taken: [kind: Parameters<typeof refusal>[0], value: string][] = [
      ['domain', 'evil.gmail.com.shop.ru'],
      ['domain', 'someone.github.io'],
      ['domain', 'firm.co.uk'],
      ['jid', 'spammer@jabber.org'],
      ['url', 'https://docs.google.com/document/d/1'],
      ['ip', '185.1.0.0/16'],
      ['ip', '2a00:1450::/32'],
      ['sha256', 'a'.repeat(64)],
    ];
    for (const [kind, value] of taken) assert.equal(refusal(kind, value), undefined, value);
    const reading = read('gmail.com\nfirm.co.uk\n', { isForced: false });
    assert.deepEqual(lists(reading), ['spim-domains: firm.co.uk']);
    assert.deepEqual(reading.refused, [
      { place: 'line 1', value: 'gmail.com', reason: 'a large provider' },
    ]);
  });
});

describe('merging into a list', () => {
  const options = {
    source: 'feed',
    licence: 'CC0',
    nowMs: NOW,
    replaces: false,
    title: '# title',
  };
  const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) + 86_400_000;

  it('keeps what is the operator’s own, and writes blocks by source and date', () => {
    const own = '# mine\nOwn.example\n\n';
    const first = mergeList(
      own,
      new Map([
        ['b.example', undefined],
        ['a.example', undefined],
        ['own.example', undefined],
        ['c.example', day('2027-01-31')],
      ]),
      options,
    );
    assert.equal(
      first.text,
      [
        '# mine\nOwn.example',
        '#: source=feed imported=2026-11-21 licence=CC0 count=2\na.example\nb.example',
        '#: source=feed imported=2026-11-21 licence=CC0 expires=2027-01-31 count=1\nc.example\n',
      ].join('\n'),
    );
    assert.deepEqual([first.added, first.known, first.size], [3, 1, 4]);
    const again = mergeList(first.text, new Map([['a.example', undefined]]), options);
    assert.equal(again.text, first.text);
    assert.deepEqual([again.added, again.known], [0, 1]);
  });

  it('renews, drops what has expired, and what a source no longer has where told', () => {
    const text = [
      '# title',
      '#: source=feed imported=2026-10-01 expires=2026-11-30',
      'renewed.example\ngone.example',
      '#: source=feed imported=2026-09-01 expires=2026-11-20',
      'expired.example',
      '#: source=other imported=2026-10-01 expires=2026-12-31',
      'shorter.example\nlonger.example',
    ].join('\n');
    const values = new Map([
      ['renewed.example', day('2027-01-31')],
      ['shorter.example', day('2026-12-01')],
      ['longer.example', undefined],
      ['expired.example', day('2027-01-31')],
    ]);
    const merged = mergeList(text, values, { ...options, replaces: true });
    assert.equal(
      merged.text,
      [
        '# title',
        '#: source=feed imported=2026-11-21 licence=CC0 count=1\nlonger.example',
        '#: source=feed imported=2026-11-21 licence=CC0 expires=2027-01-31 count=2\nexpired.example\nrenewed.example',
        '#: source=other imported=2026-10-01 licence=unknown expires=2026-12-31 count=1\nshorter.example\n',
      ].join('\n'),
    );
    const { added, renewed, known, expired, dropped, size } = merged;
    assert.deepEqual(
      { added, renewed, known, expired, dropped, size },
      { added: 1, renewed: 2, known: 1, expired: 1, dropped: 1, size: 4 },
    );
    assert.equal(mergeList(text, values, options).dropped, 0);
  });

  it('starts a new list with its title', () => {
    assert.equal(mergeList('', new Map(), options).text, '# title\n');
  });
});
