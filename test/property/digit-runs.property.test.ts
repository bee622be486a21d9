/** Numbers found by hand are those that libhs finds, and a screen never refuses what its validator accepts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Database, FLAG, MATCH_WORDS, Scanner } from 'hyperscan-js';
import { VALIDATORS } from '../../sensor/detect/index.ts';
import { DigitGroups, digitRunOf, type DigitRun } from '../../sensor/detect/digit-runs.ts';
import { fc } from '../support/property.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2000);
const TIME_LIMIT_MS = Number(process.env['PROPERTY_MS'] ?? 60_000);

const EXPRESSIONS = [
  '\\b\\d(?:[\\x20\\x2e\\x2f\\x2d]?\\d){8,17}[xX]?\\b',
  '\\b\\d(?:[\\x20\\x2d]?\\d){12,18}\\b',
  '\\b\\d(?:[\\x20\\x2d]?\\d){8,9}\\b',
  '\\b\\d(?:[\\x2e]?\\d){9,9}[xX]?\\b',
];

/** Texts in which numbers, what parts them and what joins them are frequent. */
const text = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 99_999_999 }).map(String) },
      { weight: 4, arbitrary: fc.constantFrom(' ', '-', '.', '/', '  ', ', ') },
      { weight: 1, arbitrary: fc.constantFrom('x', 'X', '_', 'a', 'é', '\n', ':', 'xx') },
    ),
    { maxLength: 40 },
  )
  .map((pieces) => Buffer.from(pieces.join('')));

function byHand(
  groups: DigitGroups,
  run: DigitRun,
  memory: Uint8Array,
  from: number,
  length: number,
): number[] {
  groups.forget();
  groups.read(memory, from, length);
  const out = new Uint32Array(MATCH_WORDS * groups.count);
  const count = groups.find(run, out);
  return Array.from(out.subarray(0, count * MATCH_WORDS));
}

describe('numbers read by hand', () => {
  it('are the matches of libhs, in every part of a text', () => {
    const groups = new DigitGroups();
    const cases = EXPRESSIONS.map((expression) => {
      const run = digitRunOf(expression, '');
      assert.ok(run !== undefined, expression);
      const database = Database.compile([{ expression, id: 0, flags: FLAG.somLeftmost }]);
      return { expression, run, scanner: new Scanner([database]) };
    });
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (memory, before, behind) => {
        const from = Math.min(before, memory.length);
        const length = Math.max(0, memory.length - from - behind);
        for (const { expression, run, scanner } of cases) {
          const out = new Uint32Array(MATCH_WORDS * (memory.length + 1));
          const region = Uint32Array.of(0, from, length);
          const count = scanner.scanRegions(memory, region, 1, out);
          assert.deepEqual(
            byHand(groups, run, memory, from, length),
            Array.from(out.subarray(0, count * MATCH_WORDS)),
            expression,
          );
        }
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
    for (const { scanner } of cases) scanner.close();
  });

  it('are found where blocks of the text meet', () => {
    const groups = new DigitGroups();
    const run = digitRunOf('\\b\\d(?:[\\x20\\x2d]?\\d){8,17}\\b', '');
    assert.ok(run !== undefined);
    for (const number of ['123456789', '1-2 3-4 5-6 7-8 9', '12345678 901234567']) {
      for (let before = 0; before < 140; before++) {
        for (const behind of ['', ' ', ' words', ' '.repeat(80)]) {
          const memory = Buffer.from(`${'.'.repeat(before)}${number}${behind}`);
          const found = byHand(groups, run, memory, 0, memory.length);
          const last = found.slice(-MATCH_WORDS);
          assert.deepEqual(last, [0, 0, before, before + number.length], `${before} ${number}`);
        }
      }
    }
    const text = Buffer.alloc(128 * 1024, '1 ');
    assert.equal(byHand(groups, run, text, 0, text.length).length / MATCH_WORDS, 64 * 1024 - 8);
    assert.deepEqual(byHand(groups, run, text.fill('a'), 0, text.length), []);
  });

  it('leaves expressions of another form to libhs', () => {
    for (const expression of [
      '\\d(?:[\\x20\\x2d]?\\d){12,18}\\b',
      '\\b\\d(?:[\\x20\\x5f]?\\d){12,18}\\b',
      '\\b\\d(?:[\\x20\\x3a]?\\d){12,18}\\b',
      '\\b\\d(?:[\\x20\\x2d]?\\d){7,18}\\b',
      '\\b\\d(?:[\\x20\\x2d]{0,2}\\d){12,18}\\b',
      '\\bkd\\d(?:[\\x20\\x2d]?\\d){12,18}\\b',
    ]) {
      assert.equal(digitRunOf(expression, ''), undefined, expression);
    }
  });
});

/** Numbers of the schemes, which chance alone would make too rarely. */
const KNOWN = [
  ...['219-09-9990', '26 954 371 827', '44051401359', '111222333', '85.07.30-033.28'],
  ...['811218-9876', '8001015009087', '529.982.247-25', '11.222.333/0001-81', '2345 6789 0124'],
  ...['11010519491231002X', '112-233-445 95', '7707083893', '500100732259', '900101-1234568'],
  ...['1 84 12 76 451 089 46', '12345678Z', 'AB123456C', 'RSSMRA85T10A562S'],
];
const LABELS = [
  'ssn',
  'pesel',
  'bsn',
  'steuer',
  'снилс',
  'инн',
  'aadhaar',
  'id number',
  'personnr',
];

const numbers = fc
  .array(
    fc.oneof(
      fc.constantFrom(...KNOWN),
      fc.constantFrom(...LABELS),
      fc.integer({ min: 0, max: 999_999_999 }).map(String),
      fc.constantFrom(' ', '-', '.', '/', ' ', ', ', 'x', '_'),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => Buffer.from(pieces.join('')));

describe('the screen of identity numbers', () => {
  it('refuses nothing that the validator accepts', () => {
    const check = VALIDATORS.get('national-id');
    const screen = check?.screen;
    assert.ok(check !== undefined && screen !== undefined);
    const countries = [
      'us',
      'de',
      'fr',
      'pl',
      'nl',
      'be',
      'se',
      'za',
      'br',
      'in',
      'cn',
      'ru',
      'kr',
    ];
    const all = countries.reduce((bits, country) => bits | screen.bitOf(country), 0);
    fc.assert(
      fc.property(numbers, fc.nat(40), fc.nat(120), (bytes, start, length) => {
        const end = Math.min(bytes.length, start + length);
        if (start >= end) return;
        const bits = screen.look(bytes, start, end, all);
        for (const country of countries) {
          const bit = screen.bitOf(country);
          assert.ok(bit !== 0, country);
          // What is said of one does not depend on who else is asked about.
          assert.equal(screen.look(bytes, start, end, bit), bits & bit, country);
          if (!check(bytes, start, end, country)) continue;
          assert.ok((bits & bit) !== 0, `${country}: ${bytes.toString()} [${start}, ${end})`);
        }
      }),
      { numRuns: 5 * RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
    // Numbers with letters are not looked at: nothing is refused without their validator.
    for (const country of ['uk', 'es', 'it']) assert.equal(screen.bitOf(country), 0);
  });
});
