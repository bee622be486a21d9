/** Check digits, masking and word boundaries against plain definitions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { redactText } from '../../sensor/alert/index.ts';
import { VALIDATORS, createLexiconDetector } from '../../sensor/detect/index.ts';
import { DisguiseCounter, mayBeDisguised } from '../../sensor/detect/detectors/obfuscation.ts';
import { examine, stanzaOf } from '../unit/detectors/stanza.ts';

const encoder = new TextEncoder();

function judge(name: string, text: string, argument = ''): boolean {
  const bytes = encoder.encode(text);
  return VALIDATORS.get(name)?.(bytes, 0, bytes.length, argument) ?? false;
}

/** The digit that makes `payload` pass Luhn, by trying all ten. */
function withLuhn(payload: string): string {
  for (let digit = 0; digit < 10; digit++) {
    let sum = 0;
    const digits = Array.from(`${payload}${digit}`, Number).reverse();
    for (const [i, value] of digits.entries()) {
      const doubled = i % 2 === 1 ? value * 2 : value;
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    if (sum % 10 === 0) return `${payload}${digit}`;
  }
  throw new RangeError(payload);
}

/** Two check digits that make the number 1 modulo 97, by big integers. */
function withIban(country: string, account: string): string {
  const spelled = Array.from(`${account}${country}00`, (letter) => parseInt(letter, 36)).join('');
  const check = 98n - (BigInt(spelled) % 97n);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}

/** One character of `letters`. */
function oneOf(letters: string): fc.Arbitrary<string> {
  return fc.constantFrom(...Array.from(letters));
}

const digits = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: oneOf('0123456789'), minLength: length, maxLength: length });

const card = digits(14).map((rest) => withLuhn(`4${rest}`));
const account = digits(18).map((rest) => withIban('DE', rest));

describe('validators', () => {
  it('accept every generated card and refuse it with one digit changed', () => {
    fc.assert(
      fc.property(card, fc.nat(15), fc.integer({ min: 1, max: 9 }), (number, at, by) => {
        assert.ok(judge('luhn', number) && judge('pan', number));
        const changed = (Number(number[at]) + by) % 10;
        const wrong = number.slice(0, at) + String(changed) + number.slice(at + 1);
        assert.ok(!judge('luhn', wrong) && !judge('pan', wrong));
      }),
    );
  });
  it('accept every generated account and refuse it with neighbours swapped', () => {
    fc.assert(
      fc.property(account, fc.integer({ min: 4, max: 20 }), (number, at) => {
        assert.ok(judge('iban', number));
        const [a = '', b = ''] = [number[at], number[at + 1]];
        if (a === b) return;
        assert.ok(!judge('iban', number.slice(0, at) + b + a + number.slice(at + 2)));
      }),
    );
  });
});

describe('redactText()', () => {
  const prose = fc.string({ unit: oneOf('abc ,.!?äя😀\n'), maxLength: 40 });
  it('leaves no generated card, account or labelled value, whatever stands around', () => {
    const word = fc.string({
      unit: oneOf('abcXYZ0189!#'),
      minLength: 6,
      maxLength: 20,
    });
    fc.assert(
      fc.property(prose, prose, card, account, word, (before, behind, number, iban, value) => {
        const text = `${before} ${number} ${behind} ${iban} password: ${value}\n${behind}`;
        const masked = redactText(text);
        assert.ok(!masked.includes(number.slice(4, 12)), masked);
        assert.ok(!masked.includes(iban.slice(4, 18)), masked);
        assert.ok(!masked.includes(`: ${value}`), masked);
      }),
    );
  });
});

describe('mayBeDisguised()', () => {
  const counter = new DisguiseCounter();
  const unit = fc.oneof(
    oneOf('ab1 .-,Ωοаб中ñ×א'),
    fc.constantFrom(
      '\u200b',
      '\u200d',
      '\ufe0f',
      '\u{e0101}',
      '\u{e0041}',
      '\u00ad',
      '\u202e',
      '\u0301',
      '\u0483',
      '\ufe0f',
      '\u{1d400}',
      'ｃ',
    ),
    fc.integer({ min: 0, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
  );
  const plain = oneOf('ab1 .Ωοабвñ×אé—');

  it('passes over no text with a sign that counts alone, also in broken UTF-8', () => {
    const text = fc.oneof(
      fc.string({ unit, maxLength: 40 }).map((value) => encoder.encode(value)),
      fc.string({ unit: plain, maxLength: 40 }).map((value) => encoder.encode(value)),
      fc.uint8Array({ maxLength: 40 }),
    );
    fc.assert(
      fc.property(text, fc.nat(8), (bytes, skipped) => {
        const start = Math.min(skipped, bytes.length);
        if (mayBeDisguised(bytes, start, bytes.length)) return;
        counter.read(bytes, start, bytes.length);
        assert.ok(counter.score <= 2, JSON.stringify([...bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it('passes over plain text of one script a word', () => {
    for (const text of [
      'Привет, как дела?',
      'über 10 Äpfel – ça va',
      'Καλημέρα κόσμε',
      '你好 world',
    ]) {
      const bytes = encoder.encode(text);
      assert.ok(!mayBeDisguised(bytes, 0, bytes.length), text);
    }
  });
});

describe('lexicon', () => {
  const detector = createLexiconDetector({
    terms: [{ family: 'card', weight: 100, language: 'en', term: 'cvv', isPrefix: false }],
    score: 100,
    fold: (text) => text,
  });
  it('finds a word where a regular expression with word boundaries does', () => {
    const text = fc.string({ unit: oneOf('cv c.я-2«😀'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, behind) => {
        const whole = `${before}cvv${behind}`;
        const expected = /(?<![\p{L}\p{N}_])cvv(?![\p{L}\p{N}_])/u.test(whole);
        const found = examine(detector, stanzaOf([['xmpp.text_folded', whole]])).length > 0;
        assert.equal(found, expected, whole);
      }),
    );
  });
});
