import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { segments } from '../../../dashboards/console/src/logic/segments.ts';
import { xmlSyntax } from '../../../dashboards/console/src/logic/xml-syntax.ts';

describe('segments()', () => {
  const text = 'abcdefgh';

  it('lays marks over syntax and loses no character', () => {
    const parts = segments(
      text,
      [{ offset: 2, length: 4, kind: 'tag' }],
      [{ offset: 4, length: 3 }],
    );
    assert.deepEqual(
      parts.map((part) => [part.text, part.kind, part.isMarked]),
      [
        ['ab', '', false],
        ['cd', 'tag', false],
        ['ef', 'tag', true],
        ['g', '', true],
        ['h', '', false],
      ],
    );
  });

  it('joins marks that overlap, whatever their order', () => {
    const marks = [
      { offset: 3, length: 3 },
      { offset: 1, length: 3 },
    ];
    const marked = segments(text, [], marks).filter((part) => part.isMarked);
    assert.deepEqual(
      marked.map((part) => part.text),
      ['bcdef'],
    );
  });

  it('bears marks outside the text', () => {
    for (const mark of [
      { offset: -2, length: 3 },
      { offset: 6, length: 99 },
      { offset: 50, length: 2 },
      { offset: 3, length: 0 },
    ]) {
      const parts = segments(text, [], [mark]);
      assert.equal(parts.map((part) => part.text).join(''), text);
    }
    assert.deepEqual(segments('', [], [{ offset: 0, length: 1 }]), []);
  });
});

describe('xmlSyntax()', () => {
  it('reads what evasion writes: references, CDATA, comments', () => {
    const text = '<body a="1">ch&#101;ap<![CDATA[x]]><!--c--></body>';
    const kinds = xmlSyntax(text).map(
      ({ kind, offset, length }) => `${kind}:${text.slice(offset, offset + length)}`,
    );
    assert.deepEqual(kinds, [
      ...['punct:<', 'tag:body', 'name:a', 'string:"1"', 'punct:>', 'escape:&#101;'],
      ...['cdata:<![CDATA[x]]>', 'comment:<!--c-->', 'punct:</', 'tag:body', 'punct:>'],
    ]);
  });

  it('never overlaps itself and never leaves the text, whatever comes', () => {
    for (const text of ['<', '<<<a', '<a b=', '<!--', '<![CDATA[', '"\'<>&', '&#x;', '\\"']) {
      let end = 0;
      for (const span of xmlSyntax(text)) {
        assert.ok(span.offset >= end, text);
        end = span.offset + span.length;
      }
      assert.ok(end <= text.length);
    }
  });

  it('leaves colours away where they would cost time', () => {
    assert.deepEqual(xmlSyntax('<a>'.repeat(40_000)), []);
  });
});
