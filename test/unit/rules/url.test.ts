import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normalizeUrl } from '../../../sensor/rules/index.ts';

describe('normalizeUrl', () => {
  it('brings every spelling to one form', () => {
    const cases: [text: string, expected: string][] = [
      ['http://Example.ORG/Path', 'http://example.org/Path'],
      ['HTTPS://example.org:443/', 'https://example.org/'],
      ['http://example.org:80/x', 'http://example.org/x'],
      ['http://example.org:443/x', 'http://example.org:443/x'],
      ['https://example.org:8443', 'https://example.org:8443'],
      ['http://user:pass@example.org/', 'http://example.org/'],
      ['http://google.com@evil.example/', 'http://evil.example/'],
      ['hxxp://evil[.]example/a', 'http://evil.example/a'],
      ['hXXps://evil(dot)example', 'https://evil.example'],
      ['h**p://evil{.}example', 'http://evil.example'],
      ['http[:]//evil.example', 'http://evil.example'],
      ['http[://]evil.example', 'http://evil.example'],
      ['evil[.]example/page', 'evil.example/page'],
      ['evil。example', 'evil.example'],
      ['ev\u200bil.exa\u00admple/\u2060x', 'evil.example/x'],
      ['example.org.', 'example.org'],
      ['http:\\/\\/x', ''],
      ['http://example.org\\evil', 'http://example.org/evil'],
      ['http://%65vil.example/', 'http://evil.example/'],
      ['http://0x7f.1/', 'http://127.0.0.1/'],
      ['http://[2001:DB8::1]/x', 'http://[2001:db8::1]/x'],
      ['example.org?q=1', 'example.org?q=1'],
      ['ftp://example.org:21/f', 'ftp://example.org/f'],
    ];
    for (const [text, expected] of cases) {
      assert.equal(normalizeUrl(text)?.url ?? '', expected, text);
    }
  });

  it('never throws, also once the calls inside are optimised', () => {
    for (let i = 0; i < 50_000; i++) normalizeUrl(`http://host${i}.example/`);
    // As Latin-1 these bytes are what UTF-8 writes for an ideographic full stop.
    assert.equal(normalizeUrl('http://\u00e3\u0080\u0082/'), undefined);
    assert.equal(normalizeUrl('http://b\u00fccher.example/')?.host, 'xn--bcher-kva.example');
  });

  it('gives the host in punycode and in Unicode', () => {
    for (const text of ['http://Bücher.example/ä', 'http://xn--bcher-kva.example/ä']) {
      const normal = normalizeUrl(text);
      assert.equal(normal?.url, 'http://xn--bcher-kva.example/ä');
      assert.equal(normal.unicodeUrl, 'http://bücher.example/ä');
      assert.equal(normal.host, 'xn--bcher-kva.example');
    }
  });

  it('finds no host in what has none', () => {
    for (const text of [
      '',
      'localhost',
      'http://',
      'a b.c',
      '...',
      'http://exa mple.org',
      '://x.y',
    ]) {
      assert.equal(normalizeUrl(text), undefined, text);
    }
  });

  it('cuts what is too long', () => {
    assert.equal(normalizeUrl(`http://example.org/${'x'.repeat(5000)}`)?.url.length, 2048);
  });
});
