/** Sets of values known by their HMAC: what is found inside a text, what is not, and what lines and errors give away. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HashedSet, ValueSealer, valueKey } from '../../../sensor/rules/index.ts';

const KEY = new Uint8Array(32).fill(7);
const encoder = new TextEncoder();

function keyOf(value: string): Exclude<ReturnType<typeof valueKey>, string> {
  const key = valueKey(encoder.encode(value));
  return typeof key === 'string' ? assert.fail(key) : key;
}

function lineOf(value: string, key = KEY): string {
  return new ValueSealer(key).seal(keyOf(value));
}

function setOf(values: readonly string[], key = KEY): HashedSet {
  const set = new HashedSet('own', { key: () => key });
  for (const value of values) {
    const line = encoder.encode(lineOf(value, key));
    assert.equal(set.addBytes(line, 0, line.length), true);
  }
  assert.equal(set.finish(), undefined);
  return set;
}

/** What is found in a text that stands in the middle of other bytes. */
function found(set: HashedSet, text: string): string[] {
  const bytes = encoder.encode(`12345678 ${text} 12345678`);
  const end = bytes.length - 9;
  const isListed = set.lookup(bytes, 9, end) >= 0;
  const values: string[] = [];
  for (let i = 0; i < set.places.length; i += 2) {
    values.push(Buffer.from(bytes.subarray(set.places[i], set.places[i + 1])).toString());
  }
  assert.equal(isListed, values.length > 0);
  return values;
}

describe('a set of hashed values', () => {
  it('finds a number however it is grouped', () => {
    const set = setOf(['12345678', 'KD-4711/0815']);
    for (const text of [
      'customer 12345678 called',
      'customer 12-345-678 called',
      '12 34 56 78',
      '1234.5678!',
      '(123) 456-78',
      '12345678',
      'no: 12345678.',
      '12\n345\r\n  678',
    ]) {
      assert.equal(found(set, text).length, 1, text);
    }
    for (const text of ['kd47110815', 'KD 4711 0815', 'kd_4711-0815,', 'KD/4711/0815']) {
      assert.equal(found(set, text).length, 1, text);
    }
  });

  it('finds nothing that only contains a value or is close to it', () => {
    const set = setOf(['12345678', 'KD-4711/0815', 'Blue Falcon']);
    for (const text of [
      '123456789',
      '1234567',
      'x12345678',
      '12345678x',
      '12345 and 678',
      '12345, 678',
      '12345. 678',
      '12345687',
      'KD 4711',
      '4711 0815',
      'blue',
      'falcon blue',
      'bluefalcons',
      'blue falcone',
      'blue! falcon',
      'blue   -   falcon',
      '',
      '.',
    ]) {
      assert.deepEqual(found(set, text), [], text);
    }
  });

  it('finds phrases, addresses and words of other scripts, and tells where', () => {
    const set = setOf([
      'blue falcon',
      'max.muster@corp.example',
      'проект нева',
      '蓝鹰项目',
      "o'brien",
    ]);
    assert.deepEqual(found(set, 'who leads BLUE-Falcon now?'), ['BLUE-Falcon']);
    assert.deepEqual(found(set, 'is bluefalcon late?'), ['bluefalcon']);
    assert.deepEqual(found(set, 'blue\n    falcon'), ['blue\n    falcon']);
    assert.deepEqual(found(set, 'mail <Max.Muster@corp.example>.'), ['Max.Muster@corp.example']);
    assert.deepEqual(found(set, 'max.muster @ corp.example'), []);
    assert.deepEqual(found(set, 'max muster corp example'), []);
    assert.deepEqual(found(set, '«проект нева»'), ['проект нева']);
    assert.deepEqual(found(set, '关于蓝鹰项目的会议'), ['蓝鹰项目']);
    assert.deepEqual(found(set, "for O'Brien"), ["O'Brien"]);
    assert.deepEqual(found(set, 'blue falcon and blue falcon'), ['blue falcon', 'blue falcon']);
  });

  it('finds values at every place of a text longer than its window', () => {
    const set = setOf(['blue falcon', '4711 0815']);
    for (const before of [0, 2046, 2047, 2048, 2049, 4090, 9999]) {
      const text = `${'word '.repeat(before)}blue falcon ${'1 '.repeat(3000)}4711-0815`;
      assert.deepEqual([...new Set(found(set, text))], ['blue falcon', '4711-0815'], `${before}`);
    }
  });

  it('holds one line a value, of which nothing is the value', () => {
    const line = lineOf('12345678');
    assert.match(line, /^[0-9a-f]{48}$/);
    assert.equal(line, lineOf('12-345-678'), 'the same value in another spelling');
    assert.notEqual(line, lineOf('12345679'));
    assert.notEqual(line, lineOf('12345678', new Uint8Array(32).fill(8)));
    assert.notEqual(line.slice(32), lineOf('87654321').slice(32), 'equal shapes do not show');
  });

  it('knows lines of another key, and lines that are none', () => {
    const foreign = new HashedSet('own', { key: () => new Uint8Array(32).fill(8) });
    const line = encoder.encode(lineOf('12345678'));
    assert.equal(foreign.addBytes(line, 0, line.length), true);
    assert.match(foreign.finish() ?? '', /sealed with another key than that of this sensor/);
    const keyless = new HashedSet('own', { key: () => undefined });
    keyless.addBytes(line, 0, line.length);
    assert.match(keyless.finish() ?? '', /there is none in the data folder/);
    const set = new HashedSet('own', { key: () => KEY });
    for (const text of ['', '12345678', 'g'.repeat(48), lineOf('12345678').slice(1)]) {
      const bytes = encoder.encode(text);
      assert.equal(set.addBytes(bytes, 0, bytes.length), false);
    }
    assert.equal(set.finish(), undefined);
    assert.equal(set.size, 0);
    assert.equal(set.has('12345678'), false);
  });

  it('emptied, finds and holds nothing, and still takes values', () => {
    const set = setOf(['12345678', '22345678']);
    assert.deepEqual(found(set, 'a 22345678 b').length, 1);
    set.empty();
    assert.equal(set.size, 0);
    assert.deepEqual(found(set, 'a 22345678 b'), []);
    assert.equal(set.learn(encoder.encode('32345678'), 0, 8), true);
    assert.equal(found(set, 'a 32345678 b').length, 1);
    assert.deepEqual(found(set, 'a 22345678 b'), []);
  });

  it('is full when its memory is', () => {
    const set = new HashedSet('own', { key: () => KEY, maxBytes: 4000 });
    const lines = Array.from({ length: 200 }, (_, i) => encoder.encode(lineOf(`${10_000 + i}`)));
    assert.equal(
      lines.every((line) => set.addBytes(line, 0, line.length)),
      false,
    );
    assert.equal(set.isFull, true);
  });

  it('holds very many', () => {
    const sealer = new ValueSealer(KEY);
    const set = new HashedSet('own', { key: () => KEY });
    for (let i = 0; i < 20_000; i++) {
      const line = encoder.encode(sealer.seal(keyOf(`${10_000_000 + 7 * i}`)));
      set.addBytes(line, 0, line.length);
    }
    assert.equal(set.finish(), undefined);
    for (let i = 0; i < 20_000; i += 101) {
      assert.equal(set.has(`no ${10_000_000 + 7 * i} there`), true);
      assert.equal(set.has(`no ${10_000_001 + 7 * i} there`), false);
    }
  });

  it('takes values in clear for a while', () => {
    const set = setOf(['12345678']);
    const text = encoder.encode('blue falcon');
    assert.equal(set.learn(text, 0, text.length), true);
    assert.equal(set.has('the blue falcon flies'), true);
    set.takeBack();
    assert.equal(set.has('the blue falcon flies'), false);
    assert.equal(set.has('12345678'), true);
  });
});

describe('valueKey', () => {
  it('says why a text is no value', () => {
    const cases: [text: string, reason: RegExp][] = [
      ['', /no letter/],
      ['---', /no letter/],
      ['one! two', /punctuation/],
      ['a b c d e f g h i j k l m n o p q', /more than 12 words/],
      ['x'.repeat(129), /longer than 128 bytes/],
    ];
    for (const [text, reason] of cases) {
      const key = valueKey(encoder.encode(text));
      assert.match(typeof key === 'string' ? key : '', reason);
    }
  });
});
