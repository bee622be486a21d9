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
  formatAddress,
  i32,
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
