import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validatorProblem } from '../../../sensor/detect/validators/index.ts';
import { judge, judgeAll } from './judge.ts';

describe('luhn', () => {
  it('accepts what carries the check digit, separators or not', () => {
    judgeAll('luhn', true, [
      '79927398713',
      '4111 1111 1111 1111',
      '4111-1111-1111-1111',
      '490154203237518',
    ]);
  });
  it('refuses another last digit, letters and single digits', () => {
    judgeAll('luhn', false, ['79927398710', '4111111111111112', '411x', '0', '']);
  });
  it('catches every single-digit error', () => {
    const sound = '4111111111111111';
    for (let i = 0; i < sound.length; i++) {
      for (let digit = 0; digit < 10; digit++) {
        const text = sound.slice(0, i) + String(digit) + sound.slice(i + 1);
        assert.equal(judge('luhn', text), text === sound);
      }
    }
  });
});

describe('verhoeff', () => {
  it('accepts the published examples', () => {
    judgeAll('verhoeff', true, ['2363', '123451', '142857 0', '3123 4567 8909']);
  });
  it('refuses swapped neighbours and other digits', () => {
    judgeAll('verhoeff', false, ['3263', '123541', '2364', '312345678908', '5', 'abc']);
  });
});

describe('mod11', () => {
  it('accepts ISBN-10 and NHS numbers', () => {
    judgeAll('mod11', true, ['0306406152', '080442957X', '943 476 5919', '0-8044-2957-X']);
  });
  it('refuses them with one digit changed', () => {
    judgeAll('mod11', false, ['0306406153', '0804429571', '9434765918', 'X', '1']);
  });
  it('judges Dutch citizen numbers with `bsn`', () => {
    judgeAll('mod11', true, ['111222333', '123456782'], 'bsn');
    judgeAll('mod11', false, ['111222334', '123456789', '12345678X'], 'bsn');
  });
  it('judges ISO 7064 MOD 11-2', () => {
    judgeAll('mod11', true, ['0000-0002-1825-0097', '11010519491231002X'], '11-2');
    judgeAll('mod11', false, ['0000-0002-1825-0098', '110105194912310021'], '11-2');
  });
  it('judges ISO 7064 MOD 11,10', () => {
    judgeAll('mod11', true, ['86095742719', '69435151530'], '11,10');
    judgeAll('mod11', false, ['86095742718', '69435151531'], '11,10');
  });
});

describe('entropy', () => {
  it('compares bits per character with the argument', () => {
    judgeAll('entropy', true, ['abcdefgh', 'AKIAQ7Z2M4N6P3R5T2V4'], '3');
    judgeAll('entropy', false, ['aaaaaaaa', 'abababab', 'AKIAXXXXXXXXXXXXXXXX', ''], '3');
  });
});

describe('validatorProblem', () => {
  it('finds nothing wrong with the documented forms', () => {
    for (const [name, argument] of [
      ['luhn', ''],
      ['pan', 'no-test-numbers'],
      ['jwt', 'signed'],
      ['entropy', '3.0'],
      ['mod11', '11,10'],
    ] as const) {
      assert.equal(validatorProblem(name, argument), undefined);
    }
  });
  it('names the validator and the arguments it takes', () => {
    assert.match(validatorProblem('lunh', '') ?? '', /No validator is called lunh; there are luhn/);
    assert.match(validatorProblem('constructor', '') ?? '', /No validator is called/);
    assert.match(validatorProblem('entropy', 'much') ?? '', /wants a number above 0/);
    assert.match(validatorProblem('jwt', 'old') ?? '', /takes signed, unsigned or nothing/);
    assert.match(validatorProblem('iban', 'x') ?? '', /takes no argument/);
  });
});
