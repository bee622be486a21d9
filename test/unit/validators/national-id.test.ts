import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { NATIONAL_ID_COUNTRIES } from '../../../sensor/detect/validators/national-id.ts';
import { judge, judgeAll } from './judge.ts';

/** One sound number for each country, told by a word where it needs one. Digits are made up. */
const SOUND: Readonly<Record<string, readonly string[]>> = {
  us: ['SSN [[460-89-9847]]', 'social security [[460899847]]', '[[460 89 9847]] (SSN)'],
  uk: ['NINO [[YZ 61 48 68 B]]', 'national insurance [[yz614868b]]'],
  de: ['Steuer-ID [[72029543865]]', '[[72 029 543 865]]', 'IdNr. [[72029543865]]'],
  fr: ['[[284037512304563]]', '[[2 84 03 75 123 045 63]]'],
  es: ['[[48271935H]]', 'dni [[48271935-h]]', '[[Y2345617E]]', 'nie [[y2345617-e]]'],
  it: ['[[RSSMRA80A41H501Y]]', '[[rssmra80a41h501y]]'],
  pl: ['PESEL [[85073012341]]', 'pesel: [[02070803628]]'],
  nl: ['BSN [[126018157]]', 'burgerservicenummer [[126018157]]'],
  be: ['[[85.07.30-033.28]]', 'rijksregister [[01020300566]]'],
  se: ['[[850730-1235]]', 'personnummer [[198507301235]]', '[[19850730-1235]]'],
  za: ['SA ID [[8507305123081]]', 'id number [[8001015009087]]'],
  br: [
    '[[529.417.386-73]]',
    'CPF [[52941738673]]',
    '[[41.827.364/0001-27]]',
    'cnpj [[41827364000127]]',
  ],
  in: ['Aadhaar [[5391 2746 8303]]', 'आधार [[539127468303]]'],
  cn: ['[[110105198507301232]]', '[[11010519850730103X]]', '[[11010519850730103x]]'],
  ru: [
    'СНИЛС [[112-233-445 95]]',
    '[[112-233-445 95]]',
    'ИНН [[7707083893]]',
    'inn: [[500100732259]]',
  ],
  kr: ['[[850730-1123450]]', '주민등록번호 [[8507301123450]]'],
};

describe('national-id', () => {
  for (const country of NATIONAL_ID_COUNTRIES) {
    const sound = SOUND[country] ?? [];
    it(`accepts the numbers of ${country}`, () => {
      assert.ok(sound.length > 0);
      judgeAll('national-id', true, sound, country);
    });
    it(`refuses them of ${country} inside longer ones`, () => {
      for (const text of sound) {
        for (const around of [
          text.replace(']]', ']]7'),
          text.replace(']]', ']]-7'),
          text.replace('[[', '7[['),
        ]) {
          assert.equal(judge('national-id', around, country), false, around);
        }
      }
    });
  }
  it('accepts one last digit of ten', () => {
    for (const [country, before] of [
      ['pl', 'PESEL [[8507301234'],
      ['nl', 'BSN [[12601815'],
      ['in', 'Aadhaar [[5391 2746 830'],
      ['kr', '[[850730-112345'],
      ['za', 'RSA ID [[850730512308'],
    ] as const) {
      const held = Array.from({ length: 10 }, (_, digit) =>
        judge('national-id', `${before}${digit}]]`, country),
      );
      assert.equal(held.filter(Boolean).length, 1, country);
    }
  });
  it('wants a word or a form', () => {
    for (const [country, text] of [
      ['us', '460-89-9847'],
      ['uk', 'YZ 61 48 68 B'],
      ['de', '72029543865'],
      ['pl', '85073012341'],
      ['nl', '126018157'],
      ['be', '85073003328'],
      ['se', '8507301235'],
      ['za', '8507305123081'],
      ['br', '52941738673'],
      ['in', '539127468303'],
      ['ru', '500100732259'],
      ['kr', '8507301123450'],
      ['es', '48271935h'],
    ] as const) {
      assert.equal(judge('national-id', text, country), false, `${country} ${text}`);
    }
  });
  it('refuses what is never given out', () => {
    judgeAll(
      'national-id',
      false,
      ['ssn [[666-89-9847]]', 'ssn [[900-12-3456]]', 'ssn [[460-00-9847]]', 'ssn [[078-05-1120]]'],
      'us',
    );
    judgeAll(
      'national-id',
      false,
      ['nino [[BG123612A]]', 'nino [[DA123612A]]', 'nino [[AO123612A]]'],
      'uk',
    );
    judgeAll('national-id', false, ['cpf [[111.111.111-11]]'], 'br');
    judgeAll(
      'national-id',
      false,
      ['Steuer-ID [[12345678901]]', 'Steuer-ID [[02345678903]]'],
      'de',
    );
  });
  it('looks behind groups that were swallowed before the number', () => {
    assert.equal(judge('national-id', 'ssn [[12 460-89-9847]]', 'us'), true);
  });
});
