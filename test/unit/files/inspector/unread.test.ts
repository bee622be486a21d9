/** Files nobody here can open: what stands in them is read, and none is told as looked at. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { visibleRuns } from '../../../../sensor/files/inspector/visible-runs.ts';
import { look } from './look.ts';
import { bytes, docx, pe, zip } from '../../../support/file-samples.ts';

const CARD = '4111 1111 1111 1111';

/** Bytes of which every fourth is a control character, so that they are no text in any code. */
function binary(length: number): Uint8Array {
  let state = 4711;
  return Uint8Array.from({ length }, (_, i) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return i % 4 === 0 ? 1 : (state >> 16) & 0xff;
  });
}

function around(middle: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([binary(301), middle, binary(40)]));
}

function runsOf(content: Uint8Array, limit = 1 << 20): string[] {
  return Buffer.from(visibleRuns(content, limit)).toString().split('\n').slice(0, -1);
}

describe('files of no known type', () => {
  it('are read for the characters in them, and are not told as looked at', async () => {
    const wide = Buffer.from(CARD, 'utf16le');
    const bigEndian = Buffer.from(CARD, 'utf16le').swap16();
    for (const middle of [bytes(CARD), new Uint8Array(wide), new Uint8Array(bigEndian)]) {
      const seen = await look(around(middle));
      assert.deepEqual([seen.magic, seen.group], ['', 'unknown']);
      assert.match(seen.text, /^4111 1111 1111 1111$/m);
      assert.equal(seen.inspection.unseen, 'unknown type');
    }
  });

  it('are text with a zero in it, and short text of an old code', async () => {
    for (const content of [
      new Uint8Array(Buffer.concat([bytes(`card ${CARD}`), Uint8Array.of(0)])),
      // Katakana of half width: "カード", as Shift_JIS has it.
      new Uint8Array(Buffer.concat([Uint8Array.of(0xb6, 0xb0, 0xc4, 0xde, 0x20, 1), bytes(CARD)])),
    ]) {
      const seen = await look(content);
      assert.match(seen.text, /4111 1111 1111 1111/);
      assert.equal(seen.inspection.unseen, 'unknown type');
    }
  });

  it('are named as members, too', async () => {
    const seen = await look(zip({ 'a.txt': 'a', 'b.bin': Buffer.from(binary(900)) }));
    assert.equal(seen.inspection.unseen, 'unknown type');
  });

  it('are named by their type where only that is known', async () => {
    const sample = (head: string, length = 600): Uint8Array =>
      new Uint8Array(
        Buffer.concat([Buffer.from(head, 'latin1'), binary(length), bytes(` ${CARD} `)]),
      );
    const cases: readonly (readonly [head: string, unseen: string])[] = [
      ['SQLite format 3\0', 'SQLite database'],
      ['\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5', 'KeePass database'],
      // Known to the library alone.
      ['\x1f\x9d\x90', 'Z data'],
    ];
    for (const [head, unseen] of cases) {
      const seen = await look(sample(head));
      assert.deepEqual([seen.magic, seen.inspection.unseen], [unseen, unseen]);
    }
    assert.match((await look(sample('SQLite format 3\0'))).text, /4111 1111 1111 1111/);
  });

  it('are not those that have no text, or whose text was read', async () => {
    for (const content of [pe(), docx(['words']), bytes(CARD), new Uint8Array(0)])
      assert.equal((await look(content)).inspection.unseen, '');
  });
});

describe('runs of characters', () => {
  it('are of eight and more, wherever they stand', () => {
    for (let lead = 0; lead < 20; lead++)
      for (let length = 5; length < 20; length++) {
        const word = 'abcdefghijklmnopqrstuvwxyz'.slice(0, length);
        const content = Buffer.concat([Buffer.alloc(lead, 0x80), Buffer.from(word)]);
        const inside = Buffer.concat([content, Buffer.alloc(3, 0x80)]);
        const wanted = length >= 8 ? [word] : [];
        assert.deepEqual(runsOf(content), wanted);
        assert.deepEqual(runsOf(inside), wanted);
        const wide = Buffer.concat([Buffer.alloc(lead, 0), Buffer.from(word, 'utf16le')]);
        assert.deepEqual(runsOf(wide), wanted);
      }
  });

  it('are found beside each other, and up to the limit', () => {
    const content = Buffer.from('12345678\x0187654321\x80\x80short\x01last of all');
    assert.deepEqual(runsOf(content), ['12345678', '87654321', 'last of all']);
    assert.equal(visibleRuns(content, 5).length, 5);
  });

  it('are hardly any in noise', () => {
    let state = 99;
    const noise = Uint8Array.from(
      { length: 1 << 18 },
      () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16,
    );
    assert.ok(visibleRuns(noise, 1 << 20).length < noise.length / 100);
    assert.equal(visibleRuns(new Uint8Array(1 << 18), 1 << 20).length, 0);
  });

  it('are the same wherever the bytes lie in memory, however few', () => {
    const memory = Uint8Array.from({ length: 64 }, (_, i) => (i % 21 === 20 ? 1 : 0x61 + (i % 26)));
    for (let start = 0; start <= memory.length; start++) {
      for (let end = start; end <= memory.length; end++) {
        const part = memory.subarray(start, end);
        const plain =
          Buffer.from(part)
            .toString('latin1')
            .match(/[a-z]{8,}/g) ?? [];
        assert.deepEqual(runsOf(part), plain);
      }
    }
  });
});
