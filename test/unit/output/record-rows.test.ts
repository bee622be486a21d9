import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textCell } from '../../../sensor/output/sqlite/record-rows.ts';

it('text from traffic is stored as UTF-8 that every program reads to its end', () => {
  assert.equal(textCell('a\0b\0'), 'a\ufffdb\ufffd');
  assert.equal(textCell('cut \ud83d'), 'cut \ufffd');
  assert.equal(textCell('\ude00 cut'), '\ufffd cut');
  assert.equal(textCell('\u{1f600} whole'), '\u{1f600} whole');
});
