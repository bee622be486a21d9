import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  COUNTER,
  COUNTER_COUNT,
  ERROR_CODES,
  EVENTS,
  LIMITS,
  eventId,
  eventName,
  findEventId,
  OperatorError,
  formatAddress,
  i32,
  parseAddress,
  parseTimes,
  printable,
  u16,
  u16le,
  u32,
  u32le,
} from '../../../sensor/core/index.ts';

describe('event catalogue', () => {
  it('has unique dotted names with a sentence each', () => {
    const names = EVENTS.map((info) => info.name);
    assert.equal(new Set(names).size, names.length);
    for (const info of EVENTS.slice(1)) {
      assert.match(info.name, /^[a-z0-9]+(\.[a-z0-9_]+)+$/);
      assert.match(info.text, /^[A-Z].*[^.]$/, info.name);
    }
  });

  it('finds ids by name and back', () => {
    assert.equal(eventName(eventId('xml.dtd')), 'xml.dtd');
    assert.equal(findEventId('xml.nonsense'), undefined);
    assert.throws(() => eventId('xml.nonsense'), RangeError);
    assert.equal(eventName(100000), 'none');
  });
});

describe('counters, limits and error codes', () => {
  it('gives every counter its own index without holes', () => {
    const indexes = Object.values(COUNTER).sort((a, b) => a - b);
    assert.deepEqual(
      indexes,
      Array.from({ length: COUNTER_COUNT }, (_, i) => i),
    );
  });

  it('names every limit once, with a positive default and an action', () => {
    const names = Object.values(LIMITS).map((info) => info.name);
    assert.equal(new Set(names).size, names.length);
    for (const info of Object.values(LIMITS)) {
      assert.ok(info.default > 0, info.name);
      assert.ok(info.action.length > 10, info.name);
    }
  });

  it('gives every operator error a non-zero exit status', () => {
    for (const [code, status] of Object.entries(ERROR_CODES)) assert.ok(status > 0, code);
  });
});

describe('byte readers', () => {
  it('reads both byte orders', () => {
    const bytes = Uint8Array.of(0xff, 0x01, 0x02, 0xf3);
    assert.equal(u16(bytes, 0), 0xff01);
    assert.equal(u16le(bytes, 0), 0x01ff);
    assert.equal(u32(bytes, 0), 0xff0102f3);
    assert.equal(u32le(bytes, 0), 0xf30201ff);
    assert.equal(i32(bytes, 0), 0xff0102f3 | 0);
  });
});

describe('formatAddress', () => {
  const cases: [number[], string][] = [
    [[0, 0, 0xffff, 0x7f000001], '127.0.0.1'],
    [[0, 0, 0, 0], '::'],
    [[0, 0, 0, 1], '::1'],
    [[0x20010db8, 0, 0, 1], '2001:db8::1'],
    [[0x20010db8, 0x00010000, 0x00010000, 0x00010001], '2001:db8:1:0:1:0:1:1'],
    [[0x20010db8, 0x00000001, 0x00000000, 0x00000001], '2001:db8:0:1::1'],
  ];
  for (const [words, text] of cases) {
    it(`gives ${text}`, () => {
      assert.equal(formatAddress(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0), text);
    });
  }
});

describe('printable', () => {
  it('shows control and bidi characters as escapes', () => {
    assert.equal(printable('a\u001b[31mb\u202ec\u0000'), 'a\\u001b[31mb\\u202ec\\u0000');
    assert.equal(
      printable('a\u200bd\u200dm\u2060i\ufeffn\u00ad \u{e0041}\u3164\u2028'),
      'a\\u200bd\\u200dm\\u2060i\\ufeffn\\u00ad \\u{e0041}\\u3164\\u2028',
    );
    assert.equal(printable('żółć 漢字 😀 é'), 'żółć 漢字 😀 é');
    assert.equal(printable('a\nb', true), 'a\nb');
    assert.equal(printable('a\nb'), 'a\\u000ab');
  });
});

describe('parseAddress()', () => {
  it('gives addresses as they are stored, however they are written', () => {
    for (const [text, expected] of [
      ['192.0.2.7', '192.0.2.7'],
      [' 192.0.2.7 ', '192.0.2.7'],
      ['2001:DB8:0:0::1', '2001:db8::1'],
      ['::1', '::1'],
      ['::', '::'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['::FFFF:c000:207', '192.0.2.7'],
      ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ] as const) {
      assert.equal(parseAddress(text), expected, text);
    }
  });

  it('refuses what is none, with what to write', () => {
    for (const text of [
      '',
      'nope',
      '10.0.0',
      '10.0.0.256',
      'fe80::1%eth0',
      '[::1]',
      '1;2',
      '::g',
    ]) {
      assert.throws(() => parseAddress(text), { code: 'USAGE', hint: /192\.0\.2\.7/ }, text);
    }
    assert.throws(() => parseAddress('10.0.0.0/8'), { code: 'USAGE', hint: /block/ });
  });
});

describe('parseTimes()', () => {
  it('refuses an end before the beginning', () => {
    assert.throws(() => parseTimes('1h', '24h'), OperatorError);
    assert.throws(() => parseTimes('2026-02-01', '2026-01-01'), {
      code: 'USAGE',
      hint: /Exchange/,
    });
    const usec = Date.parse('2026-01-01') * 1000;
    assert.deepEqual(parseTimes('2026-01-01', '2026-01-01'), { sinceUsec: usec, untilUsec: usec });
    assert.deepEqual(parseTimes(undefined, undefined), {
      sinceUsec: undefined,
      untilUsec: undefined,
    });
  });
});
