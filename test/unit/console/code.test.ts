import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { segments } from '../../../dashboards/console/src/logic/segments.ts';
import { syntaxOf } from '../../../dashboards/console/src/logic/syntax.ts';

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

describe('syntaxOf()', () => {
  const kinds = (text: string, language: 'xml' | 'rule' | 'json'): string[] =>
    syntaxOf(text, language).map(
      ({ kind, offset, length }) => `${kind}:${text.slice(offset, offset + length)}`,
    );

  it('reads what evasion writes: references, CDATA, comments', () => {
    assert.deepEqual(kinds('<body a="1">ch&#101;ap<![CDATA[x]]><!--c--></body>', 'xml'), [
      ...['punct:<', 'tag:body', 'name:a', 'string:"1"', 'punct:>', 'escape:&#101;'],
      ...['cdata:<![CDATA[x]]>', 'comment:<!--c-->', 'punct:</', 'tag:body', 'punct:>'],
    ]);
  });

  it('reads rules and JSON', () => {
    assert.deepEqual(kinds('alert xmpp (msg:"a;b"; sid:1;)', 'rule').slice(0, 4), [
      ...['tag:alert', 'punct:(', 'name:msg', 'punct::'],
    ]);
    assert.deepEqual(kinds('{"a": [1, true]}', 'json'), [
      ...['punct:{', 'name:"a"', 'punct::', 'punct:[', 'escape:1', 'punct:,', 'escape:true'],
      ...['punct:]', 'punct:}'],
    ]);
  });

  it('never overlaps itself and never leaves the text, whatever comes', () => {
    for (const text of ['<', '<<<a', '<a b=', '<!--', '<![CDATA[', '"\'<>&', '&#x;', '\\"']) {
      for (const language of ['xml', 'rule', 'json'] as const) {
        let end = 0;
        for (const span of syntaxOf(text, language)) {
          assert.ok(span.offset >= end, `${language} ${text}`);
          end = span.offset + span.length;
        }
        assert.ok(end <= text.length);
      }
    }
  });

  it('leaves colours away where they would cost time', () => {
    assert.deepEqual(syntaxOf('<a>'.repeat(40_000), 'xml'), []);
  });
});
