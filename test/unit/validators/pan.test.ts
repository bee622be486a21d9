import { describe, it } from 'node:test';
import { judgeAll } from './judge.ts';

describe('pan', () => {
  it('accepts the schemes of the table, also the published test numbers', () => {
    judgeAll('pan', true, [
      '4111111111111111',
      '4012 8888 8888 1881',
      '5555-5555-5555-4444',
      '2223003122003222',
      '3782 822463 10005',
      '6011111111111117',
      '6445644564456445',
      '3530111333300000',
      '6200000000000005',
      '2200000000000004',
      '30569309025904',
      '4222222222222',
    ]);
  });
  it('refuses other issuers, wrong lengths and wrong check digits', () => {
    judgeAll('pan', false, [
      '4111111111111112',
      '1111111111111117',
      '9999999999999995',
      '41111111111111',
      '0000000000000000',
      '4444444444444444',
      '5611111111111113',
    ]);
  });
  it('finds the card after other groups and before other words', () => {
    judgeAll('pan', true, [
      'order [[12 4111 1111 1111 1111]] please',
      'card [[4111 1111 1111 1111]] exp 10/28',
      '[[4111 1111 1111 1111]] 123 10/28',
      'pay with [[4111111111111111]].',
      '"[[4111111111111111]]"',
      '[[4111111111111111]]|12|28|123',
      '[[4111111111111111]]=28121010000012300000',
      'http://evil.example/c?cc=[[4111111111111111]]&e=1',
      'first,[[4111111111111111]],12/28',
      '[[4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1]]',
    ]);
  });
  it('refuses pieces of identifiers, decimals, phone numbers, paths and lists', () => {
    judgeAll('pan', false, [
      'x[[4111111111111111]]',
      '[[4111111111111111]]x',
      '550e8400-e29b-41d4-a716-[[4111111111111111]]',
      '[[4111111111111111]]-a716-446655440000',
      '0.[[4111111111111111]]',
      '[[4111111111111111]].25',
      '+[[4111111111111111]]',
      'https://shop.example/item/[[4111111111111111]]',
      '1234 5678 [[4111 1111 1111 1111]]',
      '[[4111 1111 1111 1111]] 2222 3333',
      'IMEI: [[378282246310005]]',
      '[[4111 1111-1111 1111]]',
      '[[4111  1111 1111 1111]]',
      '[[41 111111 1111 1111]]',
      '[[4111_1111_1111_1111]]',
    ]);
  });
  it('wants context for lengths that other numbers share', () => {
    judgeAll('pan', true, [
      'card no [[4222222222222]] ok',
      '[[30569309025904]] cvv 123',
      'visa: [[4000000000000000006]]',
    ]);
    judgeAll('pan', false, [
      'item [[4222222222222]] ok',
      'id [[30569309025904]]',
      'message [[6200000000000000003]]',
    ]);
  });
  it('leaves the published test numbers out on request', () => {
    judgeAll('pan', false, ['4111 1111 1111 1111', '5555555555554444'], 'no-test-numbers');
    judgeAll('pan', true, ['4539578763621486'], 'no-test-numbers');
  });
});
