import { describe, it } from 'node:test';
import { judgeAll } from './judge.ts';

describe('iban', () => {
  it('accepts lengths and check digits of the registry', () => {
    judgeAll('iban', true, [
      'DE89370400440532013000',
      'DE89 3704 0044 0532 0130 00',
      'de89-3704-0044-0532-0130-00',
      'GB82WEST12345698765432',
      'FR1420041010050500013M02606',
      'NO9386011117947',
      'MT84MALT011000012345MTLCAST001S',
    ]);
  });
  it('finds it at the end of a longer match', () => {
    judgeAll('iban', true, ['ref [[AB12 DE89370400440532013000]] thanks']);
  });
  it('refuses other check digits, lengths and countries', () => {
    judgeAll('iban', false, [
      'DE88370400440532013000',
      'DE8937040044053201300',
      'DE893704004405320130000',
      'ZZ89370400440532013000',
      'DE89  370400440532013000',
      '[[DE89370400440532013000]]1',
      'x[[DE89370400440532013000]]',
      '',
    ]);
  });
});
