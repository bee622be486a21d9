import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { directions, visible, visibleText } from '../../../dashboards/console/src/logic/visible.ts';

/** Pieces as text, marks in braces. */
function shown(text: string, options?: Parameters<typeof visible>[1]): string {
  return visible(text, options)
    .map((piece) => (piece.note === '' ? piece.text : `{${piece.text}}`))
    .join('');
}

describe('visible()', () => {
  it('leaves writing alone: accents, other scripts, emoji, one combining mark', () => {
    for (const text of [
      '',
      'Grüße',
      'שלום',
      'привет',
      '你好',
      '👍🏽',
      'e\u0301',
      'ki\u0302\u0301nh',
    ]) {
      assert.equal(shown(text), text);
    }
  });

  it('names what changes the direction of reading', () => {
    assert.equal(shown('invoice\u202Efdp.exe'), 'invoice{U+202E}fdp.exe');
    assert.equal(shown('a\u2066b\u2069\u200Fc'), 'a{U+2066}b{U+2069}{U+200F}c');
  });

  it('names what has no width and what is blank', () => {
    assert.equal(shown('pay\u200Bpal'), 'pay{U+200B}pal');
    assert.equal(shown('\uFEFFx\u00ADy\u2800\u3164'), '{U+FEFF}x{U+00AD}y{U+2800}{U+3164}');
    assert.equal(shown('a\u{E0041}b'), 'a{U+E0041}b');
  });

  it('names control characters, and halves of characters', () => {
    assert.equal(shown('a\u0000b\u001B[31m\u0085'), 'a{U+0000}b{U+001B}[31m{U+0085}');
    assert.equal(shown('a\uD800b'), 'a{U+D800}b');
  });

  it('shows line breaks by a sign in a row, and keeps them in code', () => {
    assert.equal(shown('a\n\tb'), 'a{↵}{⇥}b');
    assert.equal(shown('a\n\tb', { lines: true }), 'a\n\tb');
    assert.equal(shown('a\r\nb', { lines: true }), 'a{U+000D}\nb');
  });

  it('counts the same character in a row once', () => {
    assert.equal(shown(`a${'\u200B'.repeat(12)}b\u200B`), 'a{U+200B×12}b{U+200B}');
    assert.equal(shown('\u200B\u200C\u200C\u200B'), '{U+200B}{U+200C×2}{U+200B}');
  });

  it('stops combining marks that would draw over other rows', () => {
    const text = `h${'\u0301'.repeat(40)}i`;
    assert.equal(shown(text), `h${'\u0301'.repeat(4)}{U+0301×36}i`);
  });

  it('cuts what is too long, and says by how much', () => {
    assert.deepEqual(visible('abcdef', { max: 4 }), [
      { text: 'abcd', note: '' },
      { text: '…', note: '2 more characters' },
    ]);
    assert.equal(shown('ab😀cd', { max: 3 }), 'ab{…}');
  });

  it('leaves markup to be text', () => {
    const text = '<img src=x onerror=alert(1)>';
    assert.deepEqual(visible(text), [{ text, note: '' }]);
  });
});

describe('directions()', () => {
  it('sets apart what reads from right to left, so that a sentence keeps its order', () => {
    const parts = (sentence: string): string[] =>
      directions(sentence).map(({ text, isLeftward }) => (isLeftward ? `<${text}>` : text));
    assert.deepEqual(parts('אב@مثال.example/x to bob@b.example: card'), [
      '<אב@مثال.example/x>',
      ' to bob@b.example: card',
    ]);
    assert.deepEqual(parts('from eve to שלום again'), ['from eve to ', '<שלום>', ' again']);
    assert.deepEqual(parts('says שלום  עולם to bob '), ['says ', '<שלום  עולם>', ' to bob', ' ']);
    assert.deepEqual(parts('eve to bob'), ['eve to bob']);
    assert.deepEqual(parts(''), ['']);
    for (const text of ['אב  גד x', ' אב', '\u{10900}\u{1e900} a']) {
      assert.equal(
        directions(text)
          .map((part) => part.text)
          .join(''),
        text,
      );
    }
  });

  it('takes no longer than the sentence is long', () => {
    const parts = directions(`${'x'.repeat(1e6)} א ${'y '.repeat(5e5)}`);
    assert.equal(parts.length, 4);
  });
});

describe('visibleText()', () => {
  it('is one string for titles, marks in brackets, line breaks as spaces', () => {
    assert.equal(visibleText('a\u202Eb\nc'), 'a[U+202E]b c');
    assert.equal(visibleText('abcdef', 3), 'abc…');
  });
});
