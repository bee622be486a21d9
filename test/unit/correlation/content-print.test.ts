import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentPrint, distance, printText } from '../../../sensor/correlation/content-print.ts';
import { foldText } from '../../../sensor/xmpp/index.ts';

const ADVERT =
  'We are a young team with 100 years of experience and look for people in your town who would like to earn a little extra from home';

function printOf(text: string): ContentPrint {
  const bytes = Buffer.from(foldText(text));
  return new ContentPrint().read(bytes, 0, bytes.length);
}

function apart(one: string, other: string): number {
  const a = printOf(one);
  const b = printOf(other);
  return distance(a.high, a.low, b.high, b.low);
}

describe('ContentPrint', () => {
  it('is the same for what spam programs change', () => {
    const same: readonly (readonly [string, string])[] = [
      [ADVERT, ADVERT.toUpperCase()],
      [ADVERT, ADVERT.replace('100', '99')],
      [`Hello Anna, ${ADVERT}`, `Hello Bob, ${ADVERT}`],
      [`Hi Anna Maria! ${ADVERT}`, `Hi Bob! ${ADVERT}`],
      [`Привет, Анна! ${ADVERT}`, `Привет, Боб! ${ADVERT}`],
      [`Здравствуйте Анна\n${ADVERT}`, `Здравствуйте Борис\n${ADVERT}`],
      [`${ADVERT} https://shop.example/a/7?id=x`, `${ADVERT} https://shop.example/zz#top`],
      [`${ADVERT} shop.example/a7`, `${ADVERT} shop.example/b9`],
      [`${ADVERT} x7k2q9`, `${ADVERT} m3p8w1`],
      [`${ADVERT} 😀😀`, `${ADVERT} 🎉`],
      [`${ADVERT}!!!`, `«${ADVERT}»…`],
      ['Wе аrе а yоung tеаm', 'we are a young team'],
    ];
    for (const [one, other] of same) assert.equal(apart(one, other), 0, other);
  });

  it('is near for a word more in a long text, and far for other texts', () => {
    const long = Array.from({ length: 8 }, (_, i) =>
      ADVERT.replaceAll('team', `team${'abcdefgh'.charAt(i)}`),
    ).join(' ');
    assert.ok(apart(long, `${long} today`) <= 3);
    const others = [
      'The meeting on thursday is moved to friday at ten, please tell the others as well and bring the figures of last month',
      'I have been thinking about what you said yesterday and I believe that you are right, we should really talk to them soon',
      'Die Besprechung am Donnerstag wird auf Freitag um zehn verschoben, bitte sagt es auch den anderen und bringt Kuchen mit',
    ];
    for (const other of others) assert.ok(apart(ADVERT, other) > 12, other);
    for (let i = 1; i < others.length; i++) {
      assert.ok(apart(others[0] ?? '', others[i] ?? '') > 12);
    }
  });

  it('keeps the words behind a greeting that are no name', () => {
    const one = 'hello we sell cheap cards here';
    assert.ok(apart(one, 'hello you bought a dear house there') > 3);
    assert.equal(printOf(one).words, 6);
    assert.equal(printOf('hello Anna, we sell').words, 3);
    assert.equal(printOf('hello Anna').words, 2);
  });

  it('counts characters, not bytes', () => {
    assert.equal(printOf('привет мир').chars, 10);
    assert.equal(printOf('😀😀').chars, 2);
    assert.equal(printOf('a/bc d').chars, 6);
  });

  it('takes nothing, and what is cut in the middle of a character', () => {
    assert.deepEqual([printOf('').words, printOf('').chars, printOf('😀').words], [0, 0, 0]);
    const bytes = Buffer.from('😀 мир 世界');
    for (let end = 0; end <= bytes.length; end++) {
      const print = new ContentPrint().read(bytes, 0, end);
      assert.ok(print.chars <= end);
    }
  });

  it('is the same in every process', () => {
    const { high, low } = printOf(ADVERT);
    assert.match(printText(high, low), /^[0-9a-f]{16}$/);
    assert.equal(printText(high, low), '3f94485bf090af4a');
    assert.equal(printText(0, 1), '0000000000000001');
    assert.equal(printText(-1, 0), 'ffffffff00000000');
  });

  it('is that of the words, however many there are', () => {
    const words = (n: number): string => `${'alpha '.repeat(n)}${'beta '.repeat(n - 1)}gamma`;
    for (const n of [2, 100, 127, 128, 255, 256, 600]) {
      assert.equal(printOf(words(n)).words, 2 * n);
      assert.equal(apart(words(n), 'alpha '.repeat(3)) <= 40, true);
    }
    // Far more of one word than of others: they do not matter.
    assert.equal(apart(`${'alpha '.repeat(700)} beta gamma`, 'alpha alpha alpha'), 0);
    assert.equal(apart(`${'beta gamma '.repeat(300)}${'alpha '.repeat(700)}`, 'alpha'), 0);
  });

  it('differs from another in as many bits as differ', () => {
    assert.equal(distance(0, 0, -1, -1), 64);
    assert.equal(distance(0b1011, 5, 0b0010, 4), 3);
    assert.equal(distance(0x80000000 | 0, 0, 0, 0), 1);
  });
});
