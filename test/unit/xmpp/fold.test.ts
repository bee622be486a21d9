import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldInto, foldString, foldText } from '../../../sensor/xmpp/fold.ts';

describe('foldText', () => {
  const cases: readonly (readonly [why: string, text: string, folded: string])[] = [
    ['lower case', 'Cheap PILLS', 'cheap pills'],
    ['Cyrillic look-alikes', 'сhеар рills', 'cheap pills'],
    ['upper case look-alikes', 'ВТС', 'btc'],
    ['Greek look-alikes', 'νιαgrα', 'viagra'],
    ['full-width', 'ＦＲＥＥ', 'free'],
    ['mathematical letters', '𝓬𝓱𝓮𝓪𝓹 𝕡𝕚𝕝𝕝𝕤', 'cheap pills'],
    ['circled letters', 'ⓕⓡⓔⓔ', 'free'],
    ['zero-width characters', 'p\u200bi\u200dl\u2060l\ufeffs', 'pills'],
    ['soft hyphen and joiner', 'pil\u00adl\u034fs', 'pills'],
    ['bidi controls', '\u202esllip\u202c', 'sllip'],
    ['variation selectors', 'p\ufe0fills', 'pills'],
    ['tag characters', 'pi\u{e0041}lls', 'pills'],
    ['stacked marks', 'p\u0337i\u0338l\u0337l\u0337s\u0337', 'pills'],
    ['enclosed letters', 'p\u20dei\u20ddlls\u20e3', 'pills'],
    ['an enclosing mark between marks', 'a\u0301\u20dd\u0327', 'á'],
    ['composed and decomposed alike', 'cafe\u0301', 'café'],
    ['sharp s', 'Straße STRASSE ẞ', 'strasse strasse ss'],
    ['final sigma', 'ΣΑΣ', 'oao'],
    ['ligatures', 'ﬁnance', 'finance'],
    ['no-break space', 'a\u00a0b', 'a b'],
    ['ideographs stay', '你好世界', '你好世界'],
    ['half-width kana with voicing mark', 'ｶﾞ', 'ガ'],
    ['Hangul from letters', '\u1112\u1161\u11ab', '한'],
    ['Hebrew points stay', 'שָׁלוֹם', 'שָׁלוֹם'.normalize('NFKC')],
    ['emoji', '👨‍👩‍👧', '👨👩👧'],
    ['empty', '', ''],
  ];
  for (const [why, text, folded] of cases) {
    it(`folds ${why}`, () => {
      assert.equal(foldText(text), folded);
    });
  }

  it('maps upper and lower case of a script to the same text', () => {
    assert.equal(foldText('ВЗЛОМ ПОЧТЫ'), foldText('взлом почты'));
    assert.equal(foldText('ΚΑΖΙΝΟ'), foldText('καζινο'));
  });
});

describe('folding against its definition', () => {
  it('folds every code point as foldString() does, and folding twice changes nothing', () => {
    const wrong: string[] = [];
    for (let point = 1; point < 0x110000 && wrong.length < 5; point++) {
      if (point >= 0xd800 && point < 0xe000) continue;
      // Planes without normalisation are sampled.
      if (point >= 0x20000 && point < 0xe0000 && point % 251 !== 0 && point >> 8 !== 0x2f8)
        continue;
      const char = String.fromCodePoint(point);
      const folded = foldText(char);
      if (folded !== foldString(char) || foldString(folded) !== folded)
        wrong.push(point.toString(16));
    }
    assert.deepEqual(wrong, []);
  });

  it('is NFKC where there is nothing to fold', () => {
    // Kana, Hangul, compatibility ideographs, Arabic presentation forms: no case, no look-alikes.
    const blocks: readonly (readonly [number, number])[] = [
      [0x3040, 0x30ff],
      [0xac00, 0xac7f],
      [0xf900, 0xfaff],
      [0xfb50, 0xfdcf],
      [0xff66, 0xff9f],
      [0x0905, 0x0939],
      [0x4e00, 0x4eff],
    ];
    for (const [from, to] of blocks) {
      for (let point = from; point <= to; point++) {
        const char = String.fromCodePoint(point);
        assert.equal(
          foldText(`${char}${char}`),
          `${char}${char}`.normalize('NFKC'),
          point.toString(16),
        );
      }
    }
  });
});

describe('foldInto', () => {
  const src = new TextEncoder().encode('Ärger ﷺ');

  it('writes where it is told and nothing behind it', () => {
    const dst = new Uint8Array(200).fill(7);
    const written = foldInto(src, 0, src.length, dst, 50, 100);
    assert.equal(new TextDecoder().decode(dst.subarray(50, 50 + written)), foldText('Ärger ﷺ'));
    assert.equal(dst[49], 7);
    assert.equal(dst[50 + written], 7);
  });

  it('returns -1 when the text does not fit, and stays inside its space', () => {
    const needed = new TextEncoder().encode(foldText('Ärger ﷺ')).length;
    for (let room = 0; room < needed; room++) {
      const dst = new Uint8Array(200).fill(7);
      assert.equal(foldInto(src, 0, src.length, dst, 10, room), -1, `room ${room}`);
      assert.equal(dst[10 + room], 7, `room ${room}`);
    }
    assert.equal(foldInto(src, 0, src.length, new Uint8Array(needed), 0, needed), needed);
  });

  it('reads bytes that are not UTF-8 as U+FFFD', () => {
    const bytes = Uint8Array.of(0x41, 0xff, 0xc0, 0x80, 0xe2, 0x82, 0x42, 0xed, 0xa0, 0x80, 0xf5);
    const dst = new Uint8Array(100);
    const written = foldInto(bytes, 0, bytes.length, dst, 0, 100);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(dst.subarray(0, written));
    assert.equal(text, `a${'\ufffd'.repeat(5)}b${'\ufffd'.repeat(4)}`);
  });

  it('folds text that is all combining marks, and drops what no reader could see', () => {
    const zalgo = 'e\u0337\u0327\u0301'.repeat(50_000);
    assert.equal(foldText(zalgo), foldString(zalgo));
    const long = `a${'\u0337'.repeat(1000)}b`;
    assert.equal(foldText(long), 'ab');
  });
});
