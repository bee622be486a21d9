import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Base64Decoder } from '../../../sensor/files/base64.ts';
import { base64Of, bytesOf } from '../../support/sample-bytes.ts';

const decoder = new Base64Decoder(4096);

function decode(text: string): { readonly isSound: boolean; readonly bytes: Buffer } {
  // Among other bytes: only what is between the bounds is read.
  const memory = Buffer.from(`AAAA${text}BBBB`, 'latin1');
  const isSound = decoder.decode(memory, 4, text.length);
  return { isSound, bytes: Buffer.from(decoder.bytes.subarray(0, decoder.length)) };
}

describe('base64', () => {
  it('of every length is what was encoded, with padding and without', () => {
    for (let length = 0; length <= 70; length++) {
      const bytes = Buffer.from(bytesOf(length, length + 1));
      for (const text of [base64Of(bytes), base64Of(bytes).replaceAll('=', '')]) {
        assert.deepEqual(decode(text), { isSound: true, bytes });
      }
    }
  });

  it('takes white space anywhere', () => {
    const bytes = Buffer.from(bytesOf(30));
    const text = base64Of(bytes);
    for (let at = 0; at <= text.length; at++) {
      const broken = `${text.slice(0, at)}\r\n\t ${text.slice(at)}`;
      assert.deepEqual(decode(broken), { isSound: true, bytes });
    }
  });

  it('that is none gives what came before', () => {
    for (const [text, before] of [
      ['QUJD-UJD', 'ABC'],
      ['QUJD_', 'ABC'],
      ['QUJD\xe4', 'ABC'],
      ['QUJDQ', 'ABC'],
      ['QQ==QQ==', 'A'],
      ['QUI=C', 'AB'],
      ['QUI==', 'AB'],
      ['QQ===', 'A'],
      ['QUJD=', 'ABC'],
      ['====', ''],
      ['=', ''],
      ['\0', ''],
    ] as const) {
      assert.deepEqual(decode(text), { isSound: false, bytes: Buffer.from(before) }, text);
    }
  });

  it('longer than there is room for is read to there', () => {
    const small = new Base64Decoder(8);
    const memory = Buffer.from('QUJDREVGR0hJ');
    assert.equal(small.decode(memory, 0, 8), true);
    assert.equal(small.length, 6);
    assert.equal(small.decode(memory, 0, 12), false);
    assert.equal(Buffer.from(small.bytes.subarray(0, small.length)).toString(), 'ABCDEF');
  });
});
