/** Lists of different values: what counts as one, how far they may stand apart, and how matches in a row are answered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VALIDATORS, validatorProblem } from '../../../sensor/detect/validators/index.ts';
import { judgeAll } from './judge.ts';

const encoder = new TextEncoder();
const NAMES = ['ann', 'bert', 'carl', 'dora', 'emil', 'fritz', 'gerd', 'hans', 'ida', 'jan'];
const mails = (count: number, between = '; '): string =>
  NAMES.slice(0, count)
    .map((name) => `${name}@corp.example`)
    .join(between);

/** What the validator says about each place where `needle` begins, in order. */
function answers(bytes: Uint8Array, needle: string, argument: string): boolean[] {
  const check = VALIDATORS.get('distinct');
  assert.ok(check !== undefined);
  const text = Buffer.from(bytes);
  const found: boolean[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    found.push(check(bytes, at, at + needle.length, argument));
  }
  return found;
}

describe('distinct email', () => {
  it('counts different addresses', () => {
    judgeAll(
      'distinct',
      true,
      [
        mails(10),
        mails(10, '\n'),
        mails(10, '/'),
        mails(10, '> <'),
        `${'team@corp.example '.repeat(50)}${mails(9)}`,
        mails(10).replaceAll('corp.example', 'corp.xn--p1ai'),
        mails(10, '. '),
      ],
      '10 email',
    );
  });
  it('refuses nine, repeats and other spellings of the same', () => {
    judgeAll(
      'distinct',
      false,
      [
        mails(9),
        'ann@corp.example '.repeat(200),
        `${mails(9)} ANN@corp.example Ann@Corp.Example ann@corp.example. ann@corp.example-`,
        '',
        '@'.repeat(100),
      ],
      '10 email',
    );
  });
  it('refuses addresses of XMPP, hosts without a name and domains without a dot', () => {
    judgeAll(
      'distinct',
      false,
      [
        mails(10, '/desk, '),
        NAMES.map((name) => `xmpp:${name}@corp.example`).join(' '),
        NAMES.map((name) => `${name}@10.0.0.1`).join(' '),
        NAMES.map((name) => `${name}@localhost`).join(' '),
        NAMES.map((name) => `@${name}.example`).join(' '),
      ],
      '9 email',
    );
  });
});

describe('distinct phone', () => {
  const phones = NAMES.map((_, i) => `+49 30 90${i}${i}400${i}`);
  it('counts different numbers, in all spellings', () => {
    judgeAll(
      'distinct',
      true,
      [
        phones.join('\n'),
        phones.join(' '),
        phones.join(' / '),
        phones.join(' ').replaceAll('+', '00'),
        phones.map((phone) => phone.replaceAll(' ', '')).join(','),
        phones.map((phone) => phone.replace(' 30 ', ' (30) ')).join(' or '),
        '+15550000001 and more, '.replace(/$/, phones.slice(1).join(', ')),
      ],
      '10 phone',
    );
  });
  it('refuses nine, spellings of one number, sums and digits without end', () => {
    judgeAll(
      'distinct',
      false,
      [
        phones.slice(1).join(', '),
        Array(5).fill('+49 30 90004000, 004930 9000-4000, +49 (30) 90.00.40.00').join(', '),
        phones.map((phone) => `${phone.slice(0, 9)};`).join(''),
        phones.map((phone) => `x${phone.replaceAll(' ', '')}`).join(' '),
        phones.map((phone, i) => `+${phone.replace(/\D/g, '').repeat(2)}${i}`).join(', '),
        '+',
        '00',
        '+1',
      ],
      '10 phone',
    );
  });
});

describe('distinct card', () => {
  const cards = ['4012888888881881', '5555555555554444', '4111111111111111', '378282246310005'];
  it('counts different cards', () => {
    judgeAll(
      'distinct',
      true,
      [
        `${cards.join(' exp\n')}\n6011000990139424`,
        `${cards.join('\n')}\n6011 0009 9013 9424`,
        `${cards.join(', ')}, 6011-0009-9013-9424`,
      ],
      '5 card',
    );
  });
  it('refuses four, repeats in another spelling and numbers that are no cards', () => {
    judgeAll(
      'distinct',
      false,
      [
        cards.join('\n'),
        `${cards.join('\n')}\n4012 8888 8888 1881\n4012-8888-8888-1881`,
        `${cards.join('\n')}\n6011000990139425`,
        '1. visa 4222222222222 2. visa 4222222222222 3. visa 4222222222222 4. visa 4222222222222 5. visa 4222222222222',
        '1 2 3 4 5 6 7 8 9 '.repeat(200),
      ],
      '5 card',
    );
  });
});

describe('distinct, asked about every match', () => {
  it('passes all matches of a list, the last ones too', () => {
    const text = encoder.encode(mails(10));
    assert.deepEqual(answers(text, '@corp', '5 email').slice(1), Array(9).fill(true));
  });
  it('passes a list longer than the look-ahead to its end', () => {
    const many = Array.from({ length: 3000 }, (_, i) => `u${i}@corp.example`).join(' ');
    const said = answers(encoder.encode(many), 'u', '10 email');
    assert.deepEqual(new Set(said), new Set([true]));
  });
  it('finds a list behind a long text that repeats itself', () => {
    const text = encoder.encode(`${'team@corp.example '.repeat(4000)}${mails(10)}`);
    const said = answers(text, 't', '10 email');
    assert.equal(said[0], false);
    assert.ok(said.includes(true));
  });
  it('takes values far from each other for no list', () => {
    const text = encoder.encode(mails(10, ` ${'x '.repeat(2000)}`));
    assert.ok(!answers(text, '@corp', '9 email').includes(true));
  });
  it('keeps texts and arguments apart', () => {
    const text = encoder.encode(mails(9));
    assert.equal(answers(text, 'ann', '9 email')[0], true);
    assert.equal(answers(text, 'ann', '10 email')[0], false);
    assert.equal(answers(text, 'ann', '9 email')[0], true);
    assert.equal(answers(encoder.encode(mails(8)), 'ann', '9 email')[0], false);
  });
});

describe('arguments of distinct', () => {
  it('say how many and of what', () => {
    for (const argument of ['10 email', '2 phone', '64 card']) {
      assert.equal(validatorProblem('distinct', argument), undefined);
    }
    for (const argument of ['', '10', 'email', '1 email', '65 card', '10 words', '10 toString']) {
      assert.match(
        validatorProblem('distinct', argument) ?? '',
        /how many \(2 to 64\) and of what/,
      );
    }
  });
});
