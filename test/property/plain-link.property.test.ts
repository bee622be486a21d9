/** The two ways of reading a word agree: in place where it is plain, as a string otherwise. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { PlainLink, WORD } from '../../sensor/detect/plain-link.ts';
import { UrlRegions } from '../../sensor/detect/url-regions.ts';
import { WordReader } from '../../sensor/detect/url-words.ts';

const PIECES = [
  ...[
    'http://',
    'https://',
    'HTTP://',
    'ftp://',
    'ftps://',
    'hxxp://',
    'sftp://',
    '://',
    'xhttp://',
  ],
  ...[
    'evil',
    'Example',
    'com',
    'co.uk',
    'xn--e1afmkfd',
    'XN--',
    'www.',
    'a',
    'b-',
    '-c',
    '_d',
    'dot',
  ],
  ...['1', '3.14', '192.0.2.7', '10.1', '0x7f', '1e', '255', '256', '080'],
  ...[
    '.',
    '..',
    '...',
    ',',
    ';',
    ':',
    '/',
    '//',
    '?',
    '#',
    '\\',
    '@',
    '!',
    '*',
    '~',
    '_',
    '%41',
    '&',
    '=',
  ],
  ...[
    '(',
    ')',
    '[.]',
    '(dot)',
    ']',
    '{',
    '}',
    ':8080',
    ':443',
    'user@',
    '/a/b?c=d',
    'é',
    '\u200b',
    '。',
  ],
];

const piece = fc.constantFrom(...PIECES);
/** A link, or nearly one. */
const nearLink = fc
  .tuple(
    fc.constantFrom('', '', 'http://', 'HTTPS://', 'ftp://', 'see:http://', '-', '*'),
    fc.array(fc.stringMatching(/^[\w-]{0,4}[a-zA-Z0-9-]{1,3}$/), { minLength: 1, maxLength: 5 }),
    fc.constantFrom('', '', '/', '/A\\b?c=d', '?x', '#y', ':80', ':', '.', '...', '),', './z'),
  )
  .map(([scheme, labels, tail]) => scheme + labels.join('.') + tail);
const jumble = fc
  .array(fc.oneof({ weight: 6, arbitrary: piece }, fc.string({ maxLength: 2 })), { maxLength: 8 })
  .map((pieces) => pieces.join(''));
/** Without what ends a word. */
const word = fc
  .oneof(
    nearLink,
    jumble,
    fc.tuple(nearLink, piece).map(([link, end]) => link + end),
  )
  .map((text) => text.replace(/[\s\0-\x1f\x7f"'`<>|]/g, ''));

interface Found {
  readonly urls: string[];
  readonly chars: number;
}

function readAsString(text: string): Found {
  const urls: string[] = [];
  const reader = new WordReader(({ url }) => urls.push(url) > 0);
  reader.maxChars = Infinity;
  reader.read(text);
  return { urls, chars: reader.chars };
}

/** Links of a text by the buffer xmpp.url. */
function regionsOf(text: string): string[] {
  const regions = new UrlRegions(64);
  const bytes = Buffer.from(text);
  regions.addText(bytes, 0, bytes.length);
  return Array.from({ length: regions.count }, (_, i) => {
    const [, offset = 0, length = 0] = regions.regions.subarray(3 * i, 3 * i + 3);
    return Buffer.from(regions.memory.subarray(offset, offset + length)).toString();
  });
}

describe('PlainLink', () => {
  it('agrees with the reader of strings wherever it answers', () => {
    const plain = new PlainLink();
    let answered = 0;
    fc.assert(
      fc.property(word, (text) => {
        const bytes = Buffer.from(`##${text}##`);
        const kind = plain.read(bytes, 2, bytes.length - 2);
        if (kind === WORD.odd) return;
        const { urls, chars } = readAsString(text);
        assert.equal(plain.chars, chars, text);
        assert.equal(urls.length, kind === WORD.link ? 1 : 0, text);
        if (kind !== WORD.link) return;
        answered++;
        assert.deepEqual(regionsOf(text), urls, text);
        assert.ok(plain.hostEnd > plain.start && plain.hostEnd <= plain.end);
      }),
      { numRuns: 6000 },
    );
    assert.ok(answered > 300, `only ${answered} links`);
  });

  it('answers for the links of everyday text', () => {
    const plain = new PlainLink();
    for (const text of [
      'https://Example.org/A/b?c=d&e=f',
      'http://wiki.corp.example/page/42,',
      'www.example.com',
      'example.co.uk/path.',
    ]) {
      const bytes = Buffer.from(text);
      assert.equal(plain.read(bytes, 0, bytes.length), WORD.link, text);
    }
    for (const text of ['wait...what', 'me@evil.example', '3.14', '1.2.3', 'e.g', 'i.e.']) {
      const bytes = Buffer.from(text);
      assert.equal(plain.read(bytes, 0, bytes.length), WORD.none, text);
    }
  });
});
