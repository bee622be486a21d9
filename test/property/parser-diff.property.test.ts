/** Generated stanzas: both readers agree on everything that is well-formed, however it is written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { TwoReaders } from '../support/two-readers.ts';

const HEAD =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:p='urn:p'>";
const readers = new TwoReaders();

const jid = fc.constantFrom(
  'bob@corp.example',
  'zoé@corp.example/тел',
  'b&amp;c@x',
  '  x@y ',
  'a\n@b',
);
const text = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'bc ',
        'é',
        '世界',
        '😀',
        '&lt;',
        '&#x26;',
        '&#233;',
        '\n',
        '\t',
        '>',
        "'",
        '"',
        ']]',
        '\r\n',
      ],
      ...['<![CDATA[<message to="x">]]>', '<![CDATA[]]>', '<!-- <iq> -->', '<?pi <iq/> ?>'],
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const attributes = fc
  .uniqueArray(fc.constantFrom('to', 'from', 'type', 'id', 'p:to', 'x', 'xml:lang'), {
    maxLength: 4,
  })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .tuple(jid, fc.constantFrom("'", '"'))
          .map(([value, quote]) => ` ${name}=${quote}${value}${quote}`),
      ),
    ),
  )
  .map((parts) => parts.join(''));
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      fc.constantFrom('body', 'x', 'p:x', 'message', 'q.r-1', '_z'),
      attributes,
      fc.array(fc.oneof({ depthSize: 'small', maxDepth: 4 }, text, tie('element')), {
        maxLength: 4,
      }),
    )
    .map(([name, attrs, inner]) =>
      inner.length === 0 ? `<${name}${attrs}/>` : `<${name}${attrs}>${inner.join('')}</${name}>`,
    ),
}));
const stanza = fc
  .tuple(
    fc.constantFrom('message', 'presence', 'iq', 'p:nonza'),
    attributes,
    fc.array(element, { maxLength: 4 }),
  )
  .map(([name, attrs, inner]) => `<${name}${attrs}>${inner.join('')}</${name}>`);

void describe('the two readers', () => {
  void it('agree on well-formed stanzas at any cut, in UTF-8 and UTF-16', () => {
    fc.assert(
      fc.property(
        fc.array(stanza, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (stanzas, size, isWide) => {
          const document = HEAD + stanzas.join('\n ');
          const bytes = isWide
            ? Buffer.from(`\ufeff${document}`, 'utf16le')
            : Buffer.from(document);
          const reading = readers.read(bytes, size);
          assert.equal(reading.elements, stanzas.length);
          assert.deepEqual(reading.differences, []);
        },
      ),
      { numRuns: 400 },
    );
  });

  void it('disagree on every stanza that has an address twice', () => {
    fc.assert(
      fc.property(stanza, fc.integer({ min: 1, max: 40 }), (written, size) => {
        const twice = written
          .replace(/^<[\w:]+/, "$& to='one@x' to='two@x'")
          .replace(/( to='one@x' to='two@x'[^>]*?) to=(?:'[^']*'|"[^"]*")/, '$1');
        const reading = readers.read(Buffer.from(HEAD + twice), size);
        assert.equal(reading.differences.length, 1);
      }),
      { numRuns: 100 },
    );
  });
});
