/** A form is found wherever its expression matches, and nowhere but where it stands. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Database, FLAG, MATCH_WORDS, Scanner } from 'hyperscan-js';
import { byteFormOf, type ByteForm } from '../../sensor/detect/byte-forms.ts';
import { MAX_WINDOW_BYTES, WindowReader } from '../../sensor/detect/window-reader.ts';
import { fc } from '../support/property.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2000);
const TIME_LIMIT_MS = Number(process.env['PROPERTY_MS'] ?? 60_000);

const EXPRESSIONS = [
  '\\b[a-z]{2}\\d{2}(?:[\\x20\\x2d]?[a-z0-9]){2,9}\\b',
  '\\d[abcdehlmprst]\\d\\d[a-z]\\d\\d\\d',
  '\\b[0-9a-f]{32}:[0-9a-f]{2}',
  '[0-9a-f]{3}[A-F]\\d\\d',
  '[0-9]{4}[a-zA-Z]?x',
  '\\b[0-9a-f]{4}:',
];

const text = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(...['7', '12', 'de44', 'ab1', '1h23x456', '90c12', '_']),
      },
      { weight: 2, arbitrary: fc.constantFrom('0123456789abcdef', 'fedcba98', 'dead', 'BEEF') },
      { weight: 3, arbitrary: fc.constantFrom(' ', '-', ':', 'x', 'A', 'Z', 'é', '\n', '\xff') },
    ),
    { maxLength: 60 },
  )
  .map((pieces) => Buffer.from(pieces.join('')));

function formOf(expression: string): ByteForm {
  const form = byteFormOf(expression, 'i');
  assert.ok(form !== undefined, expression);
  return form;
}

/** The same, letter by letter. */
function stands({ beginsWord, places }: ByteForm, bytes: Uint8Array): boolean {
  const source = places.map((kind) => ['[0-9]', '[a-z]', '[0-9a-f]'][kind] ?? '').join('');
  const expression = new RegExp(`${beginsWord ? '(?<![A-Za-z0-9_])' : ''}${source}`, 'i');
  return expression.test(Buffer.from(bytes).toString('latin1'));
}

describe('forms that an expression begins with', () => {
  it('stand wherever libhs finds the expression, and are found where they stand', () => {
    const forms = EXPRESSIONS.map(formOf);
    const reader = new WindowReader(forms);
    const scanners = EXPRESSIONS.map((expression) => {
      const flags = FLAG.caseless | FLAG.singlematch;
      return new Scanner([Database.compile([{ expression, id: 0, flags }])]);
    });
    const out = new Uint32Array(MATCH_WORDS);
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (memory, before, behind) => {
        const from = Math.min(before, memory.length);
        const length = Math.max(0, memory.length - from - behind);
        reader.read(memory, from, length);
        const found = reader.forms();
        forms.forEach((form, i) => {
          const bytes = memory.subarray(from, from + length);
          const isFound = (found & (1 << i)) !== 0;
          assert.equal(isFound, stands(form, bytes), EXPRESSIONS[i]);
          const scanner = scanners[i] as Scanner;
          if (scanner.scanRegions(memory, Uint32Array.of(0, from, length), 1, out) > 0) {
            assert.ok(isFound, EXPRESSIONS[i]);
          }
        });
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
    for (const scanner of scanners) scanner.close();
  });

  it('are found at every place, up to the end of the longest text', () => {
    const reader = new WindowReader([formOf('\\b[a-z]{2}\\d{2}x')]);
    const asked = (memory: Uint8Array): number => {
      reader.read(memory, 0, memory.length);
      return reader.forms();
    };
    for (let at = 0; at < 150; at++) {
      assert.equal(asked(Buffer.from(`${' '.repeat(at)}de44`)), 1, `${at}`);
      assert.equal(asked(Buffer.from(`${' '.repeat(at)}xde44 de4 e44`)), 0, `${at}`);
    }
    const longest = Buffer.alloc(MAX_WINDOW_BYTES, ' ');
    assert.equal(asked(longest), 0);
    longest.write('de44', MAX_WINDOW_BYTES - 4);
    assert.equal(asked(longest), 1);
    // What was read before is not seen any more.
    assert.equal(asked(longest.subarray(0, MAX_WINDOW_BYTES - 1)), 0);
    assert.equal(asked(new Uint8Array(0)), 0);
  });

  it('are found where no digit is: hexadecimal digits may all be letters', () => {
    const reader = new WindowReader([formOf('[0-9a-f]{4}:'), formOf('\\d{4}')]);
    const bytes = Buffer.from(`${' '.repeat(100)}dead:beef${' '.repeat(100)}`);
    reader.read(bytes, 0, bytes.length);
    assert.equal(reader.forms(), 1);
  });

  it('say what they know of an expression, and nothing of others', () => {
    const { beginsWord, places } = formOf('\\b[0-9a-f]{32}:');
    assert.equal(beginsWord, true);
    assert.deepEqual(places, Array(16).fill(2));
    assert.deepEqual(formOf('[a-z]\\d{3}(?:a|b)').places, [1, 0, 0, 0]);
    assert.deepEqual(formOf('\\d[a-z]{2}\\d[a-z]?').places, [0, 1, 1, 0]);
    for (const expression of [
      '[a-z]{4}', // no digit
      '\\d[a-z]\\d', // too short
      '\\d{4}|[a-z]', // another beginning
      '\\d{3}[a-z]*\\d{3}', // three places only
      '\\d{4,8}x',
      '\\d{4}{0}x',
      '[^a-z]\\d{4}',
      '(?:\\d{4})?x',
      '[A-z]\\d\\d\\d',
      '^\\d{4}',
      '\\d{4}[[:alpha:](]|x', // no group is opened
      '\\d{4}\\Q(\\E|x',
    ]) {
      assert.equal(byteFormOf(expression, 'i'), undefined, expression);
    }
    assert.equal(byteFormOf('\\d{4}', '8'), undefined);
  });
});
