/** Text in its encodings becomes UTF-8; binary data does not become text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeText } from '../../../../sensor/files/inspector/encoding.ts';

const RUSSIAN = 'Пароль от базы данных: привет, мир. Номер карты 4111 1111 1111 1111.';
const GERMAN =
  'Die Prüfung der Überweisung ist für Müller ähnlich wie früher, grüße aus Köln. IBAN folgt.';
const WIDE = 1_000_000;

/** Bytes of a Cyrillic 8-bit code: node decodes these, so that the table comes from there. */
function encode8(text: string, label: string): Uint8Array {
  const table = new Map<string, number>();
  const decoder = new TextDecoder(label);
  for (let byte = 0; byte < 256; byte++) table.set(decoder.decode(Uint8Array.of(byte)), byte);
  return Uint8Array.from(Array.from(text), (letter) => table.get(letter) ?? 0x3f);
}

function utf16be(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf16le').swap16());
}

function utf32(text: string, isBig: boolean): Uint8Array {
  const out = Buffer.alloc(Array.from(text).length * 4);
  for (const [i, letter] of Array.from(text).entries())
    if (isBig) out.writeUInt32BE(letter.codePointAt(0) ?? 0, i * 4);
    else out.writeUInt32LE(letter.codePointAt(0) ?? 0, i * 4);
  return new Uint8Array(out);
}

const CASES: readonly (readonly [encoding: string, content: Uint8Array, text: string])[] = [
  ['ASCII', new Uint8Array(Buffer.from('plain words')), 'plain words'],
  ['UTF-8', new Uint8Array(Buffer.from(RUSSIAN)), RUSSIAN],
  ['UTF-8', new Uint8Array(Buffer.from(`\ufeff${GERMAN}`)), GERMAN],
  ['UTF-16LE', new Uint8Array(Buffer.from(`\ufeff${RUSSIAN}`, 'utf16le')), RUSSIAN],
  ['UTF-16LE', new Uint8Array(Buffer.from(RUSSIAN, 'utf16le')), RUSSIAN],
  ['UTF-16LE', new Uint8Array(Buffer.from(GERMAN, 'utf16le')), GERMAN],
  ['UTF-16BE', utf16be(`\ufeff${RUSSIAN}`), RUSSIAN],
  ['UTF-16BE', utf16be(GERMAN), GERMAN],
  ['UTF-32LE', utf32(RUSSIAN, false), RUSSIAN],
  ['UTF-32BE', utf32(GERMAN, true), GERMAN],
  ['windows-1252', new Uint8Array(Buffer.from(GERMAN, 'latin1')), GERMAN],
  ['windows-1251', encode8(RUSSIAN, 'windows-1251'), RUSSIAN],
  ['KOI8-R', encode8(RUSSIAN, 'koi8-r'), RUSSIAN],
];

describe('encodings of text', () => {
  for (const [encoding, content, text] of CASES)
    it(`reads ${encoding} (${content.length} bytes)`, () => {
      const decoded = decodeText(content, WIDE);
      assert.equal(decoded?.encoding, encoding);
      assert.equal(Buffer.from(decoded.text).toString('utf8'), text);
    });

  it('read text that is cut inside a character', () => {
    const content = Buffer.from(RUSSIAN.repeat(3));
    assert.equal(decodeText(new Uint8Array(content.subarray(0, 301)), WIDE)?.encoding, 'UTF-8');
  });

  it('read codes of East Asia, whose ASCII is plain', () => {
    // Two letters of Shift_JIS, again and again.
    const line = Buffer.concat([
      Buffer.from('8365835883678140', 'hex'),
      Buffer.from('4111 1111 1111 1111\n'),
    ]);
    const decoded = decodeText(new Uint8Array(Buffer.concat(Array<Buffer>(20).fill(line))), WIDE);
    assert.equal(decoded?.encoding, 'shift_jis');
    assert.match(Buffer.from(decoded.text).toString(), /^テスト\u30004111 1111 1111 1111$/m);
  });

  it('read short texts of East Asia', () => {
    const card = Buffer.from(' 4111 1111 1111 1111\n');
    const words: readonly (readonly [encoding: string, hex: string, text: string])[] = [
      ['shift_jis', '834a815b836894d48d86', 'カード番号'],
      ['euc-jp', 'a5aba1bca5c9c8d6b9e6', 'カード番号'],
      ['big5', 'a564b8b9', '卡號'],
    ];
    for (const [encoding, hex, text] of words) {
      const content = new Uint8Array(Buffer.concat([Buffer.from(hex, 'hex'), card]));
      const decoded = decodeText(content, WIDE);
      assert.deepEqual(
        [decoded?.encoding, Buffer.from(decoded?.text ?? []).toString()],
        [encoding, `${text}${card.toString()}`],
      );
    }
  });

  it('see no code of East Asia in short noise', () => {
    let state = 7;
    const byte = (): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) >>> 16;
    // Without the control characters that give noise away, as one in thirty of this length has none.
    const visible = (): number => {
      const next = byte() & 0xff;
      return next >= 0x20 && next !== 0x7f ? next : visible();
    };
    const taken = Array.from({ length: 2000 }, () => Uint8Array.from({ length: 40 }, visible))
      .map((noise) => decodeText(noise, WIDE)?.encoding)
      .filter((encoding) => encoding !== undefined && !/^(?:windows|KOI)/.test(encoding));
    assert.deepEqual(taken, []);
  });

  it('keep the limit', () => {
    for (const [, content] of CASES) {
      const decoded = decodeText(content, 10);
      assert.ok(decoded !== undefined && decoded.text.length <= 10);
    }
  });

  it('see no text in compressed data, nor in numbers', () => {
    let state = 99;
    const noise = Uint8Array.from(
      { length: 5000 },
      () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16,
    );
    assert.equal(decodeText(noise, WIDE), undefined);
    const numbers = new Uint8Array(Uint32Array.from({ length: 500 }, (_, i) => i * 77).buffer);
    assert.equal(decodeText(numbers, WIDE), undefined);
    assert.equal(decodeText(new Uint8Array(100), WIDE), undefined);
    assert.equal(decodeText(new Uint8Array(0), WIDE), undefined);
  });
});
