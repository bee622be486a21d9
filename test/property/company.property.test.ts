/** An operator's own values, documents and numbers, on bytes and texts of every kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import {
  FingerprintIndex,
  ShingleReader,
  VALIDATORS,
  validatorProblem,
} from '../../sensor/detect/index.ts';
import { HashedSet, ValueSealer, WordReader, valueKey } from '../../sensor/rules/index.ts';

const KEY = new Uint8Array(32).fill(5);
const encoder = new TextEncoder();
const options = { interruptAfterTimeLimit: 60_000, numRuns: 300 };

function setOf(values: readonly string[]): HashedSet {
  const sealer = new ValueSealer(KEY);
  const set = new HashedSet('own', { key: () => KEY });
  for (const value of values) {
    const key = valueKey(encoder.encode(value));
    if (typeof key === 'string') continue;
    const line = encoder.encode(sealer.seal(key));
    set.addBytes(line, 0, line.length);
  }
  assert.equal(set.finish(), undefined);
  return set;
}

const digits = fc.stringMatching(/^\d{6,14}$/);
const joiner = fc.constantFrom('', ' ', '-', '.', '/', ' - ', '\n', '_', ':');
const word = fc.stringMatching(/^[a-zа-яé蓝鹰]{1,9}$/u);
const around = fc.constantFrom('', '! ', 'ok? ', '"', 'see; ', '\u2028, ');

describe('words', () => {
  it('lie one behind the other in any bytes, however they are cut into windows', () => {
    const reader = new WordReader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(20), (bytes, start) => {
        const from = Math.min(start, bytes.length);
        assert.equal(reader.read(bytes, from, bytes.length, 8), bytes.length);
        let last = from;
        for (let i = 0; i < reader.count; i++) {
          assert.ok((reader.starts[i] as number) >= last);
          assert.ok((reader.ends[i] as number) > (reader.starts[i] as number));
          last = reader.ends[i] as number;
        }
        assert.ok(last <= bytes.length);
      }),
      options,
    );
  });
});

describe('sets of values', () => {
  it('find a number in every grouping, and no other number', () => {
    fc.assert(
      fc.property(
        digits,
        fc.array(fc.nat(13), { maxLength: 4 }),
        fc.array(joiner, { minLength: 5, maxLength: 5 }),
        around,
        (number, cuts, joiners, edge) => {
          const places = [...new Set(cuts.filter((at) => at > 0 && at < number.length))].sort(
            (a, b) => a - b,
          );
          let text = '';
          let from = 0;
          places.forEach((at, i) => {
            // A full stop or colon joins only what it stands between.
            text += number.slice(from, at) + (joiners[i] ?? '');
            from = at;
          });
          text += number.slice(from);
          const set = setOf([number]);
          const bytes = encoder.encode(`${edge}${text} ,${edge}`);
          assert.equal(set.lookup(bytes, 0, bytes.length), 0, text);
          const other = `${number.slice(0, -1)}${(Number(number.at(-1)) + 1) % 10}`;
          assert.equal(set.has(text.replaceAll(/\D/g, '') === number ? other : ''), false);
        },
      ),
      options,
    );
  });

  it('tell places inside the text, for any bytes', () => {
    const set = setOf(['1234', 'ab cd', 'a@b', '蓝鹰', 'x y z']);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(50), (bytes, start) => {
        const from = Math.min(start, bytes.length);
        set.lookup(bytes, from, bytes.length);
        for (let i = 0; i < set.places.length; i += 2) {
          const [first, end] = [set.places[i] as number, set.places[i + 1] as number];
          assert.ok(first >= from && end > first && end <= bytes.length);
        }
      }),
      options,
    );
  });

  it('find what is listed wherever it stands, whatever is listed beside it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.array(word, { maxLength: 30 }),
        fc.nat(),
        (values, others, at) => {
          const phrases = values.map((words) => words.join(' '));
          const set = setOf(phrases);
          const [first = ''] = phrases;
          fc.pre(typeof valueKey(encoder.encode(first)) !== 'string');
          const place = at % (others.length + 1);
          const text = [...others.slice(0, place), first, ...others.slice(place)].join(' ');
          assert.equal(set.has(text), true, `${first} in ${text}`);
        },
      ),
      options,
    );
  });
});

describe('shingles', () => {
  it('of a part are shingles of the whole, however both are written', () => {
    const reader = new ShingleReader(KEY);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 30, maxLength: 120 }),
        fc.nat(60),
        fc.constantFrom(' ', '\n', ', ', ' -- ', '\u00a0', '; "'),
        (words, at, mark) => {
          const bytes = encoder.encode(words.join(' '));
          const { words: count, shingles } = reader.select(bytes, 0, bytes.length);
          const facts = { set: '', name: '', added: '', isCommon: false, group: 0, words: count };
          const document = { ...facts, shingles, boilerplate: new Uint32Array(0) };
          const index = new FingerprintIndex([document], KEY);
          const part = encoder.encode(words.slice(at % words.length).join(mark));
          const own = reader.select(part, 0, part.length).shingles.length / 2;
          index.read(part, 0, part.length);
          const found = new Set<number>();
          for (let i = 0; i < index.hitCount; i++) found.add(index.hits[2 * i + 1] as number);
          assert.equal(found.size, own);
        },
      ),
      { ...options, numRuns: 100 },
    );
  });
});

describe('check digits', () => {
  const check = VALIDATORS.get('check-digit') ?? assert.fail();

  it('of these schemes tell every wrong digit', () => {
    const schemes = ['luhn', 'damm', 'verhoeff', 'mod 97-10', 'mod 11,10', 'weights 3,1 mod 10'];
    fc.assert(
      fc.property(
        fc.constantFrom(...schemes),
        fc.stringMatching(/^\d{4,16}$/),
        fc.nat(15),
        fc.integer({ min: 1, max: 9 }),
        (scheme, payload, at, by) => {
          const holds = (text: string): boolean => {
            const bytes = encoder.encode(text);
            return check(bytes, 0, bytes.length, scheme);
          };
          const width = scheme === 'mod 97-10' ? 2 : 1;
          const ends = Array.from({ length: 10 ** width }, (_, i) =>
            String(i).padStart(width, '0'),
          );
          const good = ends.map((end) => payload + end).filter(holds);
          assert.ok(good.length >= 1, `${scheme} ${payload}`);
          const [number = ''] = good;
          const place = at % payload.length;
          const wrong = (Number(number[place]) + by) % 10;
          assert.equal(
            holds(number.slice(0, place) + String(wrong) + number.slice(place + 1)),
            false,
          );
        },
      ),
      options,
    );
  });

  it('never throw, whatever a rule says and a text holds', () => {
    const words = fc.constantFrom(
      ...['weights', '3,1', 'mod', '10', '11', '97-10', 'luhn', 'letters', 'split', 'ten', 'X'],
      ...[
        'check',
        'first',
        '3',
        'rest',
        'from',
        'left',
        'skip',
        'width',
        '2',
        'number',
        'alphabet',
        'ABC',
      ],
    );
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 8 }),
        fc.uint8Array({ maxLength: 80 }),
        (argument, bytes) => {
          const text = argument.join(' ');
          const problem = validatorProblem('check-digit', text);
          const isHeld = check(bytes, 0, bytes.length, text);
          if (problem !== undefined) assert.equal(isHeld, false);
        },
      ),
      options,
    );
  });
});
