import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  bareJid,
  domainOf,
  isAddressLiteral,
  isWithinDomain,
  normalizeDomain,
  normalizeJid,
  sameBareJid,
  splitJid,
} from '../../../sensor/xmpp/jid.ts';
import { JID_FAULT, JidScan } from '../../../sensor/xmpp/jid-scan.ts';
import { testReader } from '../../support/element-reader.ts';

describe('splitJid', () => {
  // Examples in the manner of RFC 7622 section 3.5.
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['juliet@example.com', 'juliet', 'example.com', ''],
    ['juliet@example.com/foo', 'juliet', 'example.com', 'foo'],
    ['juliet@example.com/foo@bar', 'juliet', 'example.com', 'foo@bar'],
    ['example.com', '', 'example.com', ''],
    ['example.com/foobar', '', 'example.com', 'foobar'],
    ['a.example.com/b@example.net', '', 'a.example.com', 'b@example.net'],
    ['room@muc.example/with/slash', 'room', 'muc.example', 'with/slash'],
    ['', '', '', ''],
    ['@', '', '', ''],
  ];
  for (const [text, local, domain, resource] of cases) {
    it(`splits '${text}'`, () => {
      assert.deepEqual(splitJid(text), { local, domain, resource });
    });
  }

  it('gives bare JID and domain as written', () => {
    assert.equal(bareJid('Bob@Corp.example/Desk'), 'Bob@Corp.example');
    assert.equal(domainOf('Bob@Corp.example/Desk'), 'Corp.example');
  });
});

describe('normalizeJid', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Juliet@EXAMPLE.com/Balcony', 'juliet@example.com/Balcony'],
    ['juliet@example.com.', 'juliet@example.com'],
    ['fussball@example.com', 'fussball@example.com'],
    ['fußball@example.com', 'fußball@example.com'],
    ['π@example.com', 'π@example.com'],
    ['Σ@example.com/foo', 'σ@example.com/foo'],
    ['king@example.com/♚', 'king@example.com/♚'],
    ['ｊｕｌｉｅｔ@example.com', 'juliet@example.com'],
    ['juliet@BÜCHER.example', 'juliet@bücher.example'],
    ['juliet@xn--bcher-kva.example', 'juliet@bücher.example'],
    ['juliet@example.com/a\u00a0b', 'juliet@example.com/a b'],
    ['Cafe\u0301@example.com', 'café@example.com'],
    ['EXAMPLE.com', 'example.com'],
    ['juliet@1.2', 'juliet@1.2'],
    ['', ''],
  ];
  for (const [text, canonical] of cases) {
    it(`makes '${text}' '${canonical}'`, () => {
      assert.equal(normalizeJid(text), canonical);
      // Once more from memory, and once more on itself.
      assert.equal(normalizeJid(text), canonical);
      assert.equal(normalizeJid(canonical), canonical);
    });
  }

  it('compares accounts', () => {
    assert.ok(sameBareJid('Bob@Corp.example/a', 'bob@corp.example/b'));
    assert.ok(!sameBareJid('bob@corp.example', 'rob@corp.example'));
  });

  it('survives text that is no JID, and more of it than it remembers', () => {
    for (let i = 0; i < 5000; i++) normalizeJid(`user${i}@example.com`);
    assert.equal(normalizeJid('User7@example.com'), 'user7@example.com');
    assert.equal(normalizeJid('\u{1f600}@xn--\u0000/\ud800').length > 0, true);
    assert.equal(normalizeJid(`A${'a'.repeat(5000)}`).length, 5001);
  });
});

describe('domains', () => {
  it('knows which name is below which', () => {
    assert.ok(isWithinDomain('a.corp.example', 'corp.example'));
    assert.ok(isWithinDomain('corp.example', 'corp.example'));
    assert.ok(!isWithinDomain('evilcorp.example', 'corp.example'));
    assert.ok(!isWithinDomain('corp.example', ''));
  });

  it('tells address literals from names', () => {
    for (const text of ['10.0.0.1', '[::1]', 'fd77::2']) assert.ok(isAddressLiteral(text), text);
    for (const text of ['corp.example', '10.corp.example', 'cafe']) {
      assert.ok(!isAddressLiteral(text), text);
    }
  });

  it('leaves numbers alone that IDNA would read as addresses', () => {
    assert.equal(normalizeDomain('0x7f.1'), '0x7f.1');
  });
});

describe('JidScan', () => {
  const { reader, memory, free } = testReader();
  const scan = new JidScan(reader);
  const check = (text: string): number => {
    const { written } = new TextEncoder().encodeInto(text, memory.subarray(free));
    scan.scan(free, written);
    return scan.fault;
  };

  const good = [
    'juliet@example.com/foo@bar baz',
    'example.com',
    'space\\20cadet@example.com',
    'π@example.com/♚',
    'user@[fd77::2]/x',
    'config@-internal',
    `${'a'.repeat(1023)}@${'b'.repeat(1023)}/${'c'.repeat(1023)}`,
  ];
  for (const text of good) {
    it(`accepts ${text.slice(0, 40)}`, () => {
      assert.equal(check(text), JID_FAULT.none);
    });
  }

  const bad: readonly (readonly [string, number])[] = [
    ['', JID_FAULT.empty],
    ['@example.com', JID_FAULT.empty],
    ['juliet@', JID_FAULT.empty],
    ['juliet@example.com/', JID_FAULT.empty],
    ['/resource', JID_FAULT.empty],
    ['a@b@example.com', JID_FAULT.severalAt],
    ['foo bar@example.com', JID_FAULT.badLocal],
    ['"juliet"@example.com', JID_FAULT.badLocal],
    ['juliet@exa mple.com', JID_FAULT.badDomain],
    ['juliet@<x>', JID_FAULT.badDomain],
    ['juliet@example.com/a\u0007', JID_FAULT.control],
    ['juli\u0085et@example.com', JID_FAULT.control],
    ['juliet@example.com/\u202egpj.exe', JID_FAULT.bidi],
    ['cafe\u0301@example.com', JID_FAULT.notNormal],
    [`${'a'.repeat(1024)}@example.com`, JID_FAULT.tooLong],
    [`a@${'b'.repeat(1024)}`, JID_FAULT.tooLong],
    [`a@b/${'ü'.repeat(512)}`, JID_FAULT.tooLong],
  ];
  for (const [text, fault] of bad) {
    it(`refuses '${text.slice(0, 40)}'`, () => {
      assert.equal(check(text), fault);
    });
  }

  it('says where the parts are', () => {
    check('Juliet@Example.com/ball@room');
    assert.equal(scan.domainOffset, 7);
    assert.equal(scan.domainLength, 11);
    assert.equal(scan.bareLength, 18);
    assert.equal(scan.resourceOffset, 19);
    assert.equal(scan.resourceLength, 9);
    assert.equal(scan.upperDomain, true);
    check('example.com');
    assert.equal(scan.domainOffset, 0);
    assert.equal(scan.resourceOffset, -1);
    assert.equal(scan.upperDomain, false);
  });
});
