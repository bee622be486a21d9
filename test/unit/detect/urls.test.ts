import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UrlRegions } from '../../../sensor/detect/url-regions.ts';
import { RuleLab, ruleText } from '../../support/rule-lab.ts';
import type { RegionText } from '../../support/stanza-view.ts';

/** Links found in a text, in their normal form. */
function links(text: string, capacity = 50): string[] {
  const urls = new UrlRegions(capacity);
  const bytes = Buffer.from(`##${text}##`);
  urls.addText(bytes, 2, bytes.length - 4);
  return Array.from({ length: urls.count }, (_, i) => {
    const [, offset = 0, length = 0] = urls.regions.subarray(3 * i, 3 * i + 3);
    return Buffer.from(urls.memory.subarray(offset, offset + length)).toString();
  });
}

describe('links', () => {
  it('are found with a scheme, whatever stands around them', () => {
    const cases: [text: string, expected: string[]][] = [
      ['see http://evil.example/a?b=c now', ['http://evil.example/a?b=c']],
      ['(http://evil.example/a).', ['http://evil.example/a']],
      ['<a href="http://evil.example/a">', ['http://evil.example/a']],
      ['"http://evil.example"', ['http://evil.example']],
      ['go:http://evil.example!', ['http://evil.example']],
      ['clickhttp://evil.example', ['http://evil.example']],
      [
        'http://a.example,http://b.example',
        ['http://a.example,http://b.example', 'http://b.example'].slice(1),
      ],
      [
        'http://good.example/?u=http://evil.example/',
        ['http://good.example/?u=http://evil.example/', 'http://evil.example/'],
      ],
      ['«http://evil.example»', ['http://evil.example']],
      ['http://evil.example/(x)', ['http://evil.example/(x)']],
      ['HTTP://EVIL.EXAMPLE', ['http://evil.example']],
    ];
    for (const [text, expected] of cases) {
      const found = links(text);
      for (const url of expected) assert.ok(found.includes(url), `${text}: ${found.join(' ')}`);
    }
  });

  it('are looked for to an end where a disguised sign has no scheme before it', () => {
    for (const text of ['[://]', '`[://]`', 'see [://] or [://][://]', '[://]evil.example/a']) {
      const found = links(text);
      assert.ok(found.length <= 1, `${text}: ${found.join(' ')}`);
    }
  });

  it('are found in disguise', () => {
    const cases: [text: string, expected: string][] = [
      ['hxxp://evil.example/a', 'http://evil.example/a'],
      ['hxxps://evil[.]example', 'https://evil.example'],
      ['evil[.]example/x', 'evil.example/x'],
      ['evil(dot)example', 'evil.example'],
      ['evil[DOT]example', 'evil.example'],
      ['http[:]//evil.example', 'http://evil.example'],
      ['http[://]evil.example', 'http://evil.example'],
      ['ev\u200bil.example', 'evil.example'],
      ['h\u200bttp://evil.example', 'http://evil.example'],
      ['evil\u3002example', 'evil.example'],
      ['evil\uff0eexample', 'evil.example'],
      ['http://user:pw@evil.example/', 'http://evil.example/'],
    ];
    for (const [text, expected] of cases) assert.deepEqual(links(text), [expected], text);
  });

  it('are found as bare host names', () => {
    assert.deepEqual(links('try evil.example or www.other.example/page, ok'), [
      'evil.example',
      'www.other.example/page',
    ]);
    assert.deepEqual(links('(evil.example)'), ['evil.example']);
    assert.deepEqual(links('site:evil.example;more'), ['evil.example']);
    assert.deepEqual(links('evil.example:8080/x'), ['evil.example:8080/x']);
    assert.deepEqual(links('198.51.100.7/x.sh'), ['198.51.100.7/x.sh']);
    assert.deepEqual(links('пример.рф'), ['xn--e1afmkfd.xn--p1ai', 'пример.рф']);
    assert.deepEqual(links('evil.example. Next'), ['evil.example']);
  });

  it('are not what only looks like them', () => {
    for (const text of [
      'The end. Next sentence... and more',
      'e.g. i.e. 3.14 1.2.3',
      'mail me@evil.example or xmpp me@evil.example/home',
      'http:// ://x',
      'a.b',
      '...',
      '(dot) [.] :-)',
      '12:30.',
      '',
    ]) {
      assert.deepEqual(links(text), [], text);
    }
  });

  it('are told once, and in both forms when the host is not ASCII', () => {
    assert.deepEqual(links('http://Bücher.example/ http://xn--bcher-kva.example/ bücher.example'), [
      'http://xn--bcher-kva.example/',
      'http://bücher.example/',
      'xn--bcher-kva.example',
      'bücher.example',
    ]);
  });

  it('are bounded in number and in work', () => {
    const many = Array.from({ length: 100 }, (_, i) => `http://h${i}.example/`).join(' ');
    assert.equal(links(many, 10).length, 10);
    const urls = new UrlRegions(100);
    const nested = Buffer.from('http://a.example/'.repeat(60000));
    urls.addText(nested, 0, nested.length);
    assert.equal(urls.isCapped, true);
    urls.reset();
    assert.deepEqual([urls.isCapped, urls.count], [false, 0]);
    const dots = Buffer.from('a.'.repeat(500000));
    urls.addText(dots, 0, dots.length);
    assert.equal(urls.count, 0);
  });
});

describe('xmpp.url', () => {
  const lab = new RuleLab(
    [
      ruleText('xmpp.url; content:"evil.example";', 1),
      ruleText('xmpp.url; content:"http://"; startswith; content:"/login"; endswith;', 2),
      ruleText('xmpp.url; pcre:"/^https?:\\/\\/\\d+\\.\\d+/"; xmpp.body; content:"pay";', 3),
    ].join('\n'),
  );
  const sids = (...texts: RegionText[]): number[] => lab.sids(texts);

  it('holds the links of all human text, in normal form', () => {
    assert.deepEqual(sids(['xmpp.body', 'at hxxp://EVIL[.]example/ now']), [1]);
    assert.deepEqual(sids(['xmpp.text', 'evil.example']), [1]);
    assert.deepEqual(sids(['xmpp.text_folded', 'evil.example']), [1]);
    assert.deepEqual(sids(['xmpp.status', 'http://x.example/login']), [2]);
    assert.deepEqual(sids(['xmpp.body', 'evil example']), []);
    assert.deepEqual(sids(['xmpp.from', 'spammer@evil.example']), []);
  });

  it('is a region for each link', () => {
    assert.deepEqual(sids(['xmpp.body', 'http://x.example/ ftp://y.example/login']), []);
    assert.deepEqual(
      sids(['xmpp.body', 'pay at http://10.1.2.3/a or http://x.example/login']),
      [2, 3],
    );
    assert.deepEqual(sids(['xmpp.body', 'see http://10.1.2.3/a']), []);
  });

  it('shows the link as evidence', () => {
    const [finding] = lab.stanza([['xmpp.body', 'x hxxp://evil.example/ y']]);
    assert.equal(Buffer.from(finding?.evidence ?? []).toString(), 'http://evil.example/');
  });

  it('does not carry over to the next stanza', () => {
    assert.deepEqual(sids(['xmpp.body', 'evil.example']), [1]);
    assert.deepEqual(sids(['xmpp.body', 'nothing']), []);
  });
});
