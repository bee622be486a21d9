/** What of an operator's file becomes a value, and what is refused, by line. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IntelFormatError, readOwnValues, type OwnValues } from '../../../sensor/rules/index.ts';
import { foldText } from '../../../sensor/xmpp/index.ts';

const KEY = new Uint8Array(32).fill(1);

function read(
  text: string,
  options: { column?: string; isForced?: boolean; maxItems?: number } = {},
): OwnValues {
  const { column, isForced = false, maxItems = 10_000 } = options;
  return readOwnValues(text, {
    key: KEY,
    fold: foldText,
    expiresMs: undefined,
    column,
    isForced,
    maxItems,
  });
}

/** Lines that were refused, with the reason. */
function refused(values: OwnValues): string[] {
  return values.refused.map(({ line, reason }) => `${line} ${reason}`);
}

describe('own values', () => {
  it('are one a line, comments and empty lines aside', () => {
    const values = read('\ufeff# ours\n\n70443916\r\n  Amber Heron  \n7044-3916\n');
    assert.equal(values.lines.size, 2);
    assert.equal(values.repeated, 1);
    assert.deepEqual(refused(values), []);
  });

  it('are refused when they are short or everybody’s, unless forced', () => {
    const text = 'abc\n1234\n00000000\nMontag\nпятница\nТест!? нет\nок\n蓝鹰\n蓝\nx1y2\n';
    assert.deepEqual(refused(read(text)), [
      '1 shorter than 4 characters',
      '2 a number of fewer than 5 digits',
      '3 one character repeated',
      '4 a common word',
      '5 a common word',
      '6 punctuation that ends a phrase stands in it',
      '7 shorter than 4 characters',
      '9 shorter than 4 characters',
    ]);
    const forced = read(text, { isForced: true });
    assert.deepEqual(refused(forced), ['6 punctuation that ends a phrase stands in it']);
    assert.equal(forced.lines.size, 9);
  });

  it('have no title among them', () => {
    const titled = read('Kundennummer\n70443916\n70443917\n70443918\n70443919\n');
    assert.deepEqual(refused(titled), ['1 looks like the name of the column']);
    assert.equal(titled.lines.size, 4);
    assert.equal(
      read('Amber Heron\nBlue Kestrel\nRed Plover\nGrey Crane\nOld Finch\n').lines.size,
      5,
    );
  });

  it('stand in a column, by name or number', () => {
    const table = 'name;"Customer No";since\n"Ada; B";70443916;2019\nBo;"7044 3917";2020\n\n';
    assert.equal(read(table, { column: 'customer no' }).lines.size, 2);
    assert.deepEqual(refused(read('7;70443916\n8;70443917\n', { column: '2' })), []);
    for (const column of ['number', '4', '0']) {
      assert.throws(
        () => read(table, { column }),
        (error: unknown) => {
          assert.ok(error instanceof IntelFormatError);
          assert.match(
            `${error.message} ${error.hint ?? ''}`,
            /no column ".*" it has 3: give the name/,
          );
          return true;
        },
      );
    }
    assert.throws(() => read(table), /lines of this file have columns/);
  });

  it('are told to be dense, and cut at the limit', () => {
    const numbers = Array.from({ length: 200 }, (_, i) => String(100_000 + 4000 * i));
    assert.deepEqual(read(numbers.join('\n')).dense, [{ digits: 6, count: 200 }]);
    assert.deepEqual(read('70443916\n70443917').dense, []);
    const cut = read(numbers.join('\n'), { maxItems: 10 });
    assert.equal(cut.lines.size, 10);
    assert.equal(cut.isCut, true);
  });
});
