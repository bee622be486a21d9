import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayWidth, renderTable, type Column } from '../../../sensor/cli/table.ts';

interface Row {
  readonly who: string;
  readonly what: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'who', value: ({ who }) => who, flexible: true },
  { title: 'what', value: ({ what }) => what, flexible: true, optional: true },
  { title: 'count', value: ({ count }) => count, align: 'right' },
];

const ROWS: readonly Row[] = [
  { who: 'alice@corp.example', what: 'wrote to many strangers', count: 12 },
  { who: 'bob@corp.example', what: 'answered', count: 3 },
];

function widths(table: string): number[] {
  return table.trimEnd().split('\n').map(displayWidth);
}

describe('renderTable()', () => {
  it('takes what it needs where there is room', () => {
    assert.equal(
      renderTable(ROWS, COLUMNS, 0),
      [
        'who                 what                     count',
        '------------------  -----------------------  -----',
        'alice@corp.example  wrote to many strangers     12',
        'bob@corp.example    answered                     3',
        '',
      ].join('\n'),
    );
  });

  it('fits every width: flexible columns shrink, then optional ones go', () => {
    for (let width = 49; width >= 15; width--) {
      const table = renderTable(ROWS, COLUMNS, width);
      assert.ok(Math.max(...widths(table)) <= width, `${width}:\n${table}`);
      assert.equal(table.includes('what'), width >= 25, `${width}`);
      assert.match(table, / 12$/m, 'the count stays');
    }
  });

  it('shows what hides in a cell', () => {
    const [row] = ROWS;
    assert.ok(row !== undefined);
    const hidden = { ...row, who: 'al\u200bice\u202e@corp\u001b[2J' };
    assert.match(renderTable([hidden], COLUMNS, 0), /^al\\u200bice\\u202e@corp\\u001b\[2J /m);
  });

  it('takes tens of thousands of rows', () => {
    const [row] = ROWS;
    assert.ok(row !== undefined);
    const table = renderTable(
      Array.from({ length: 200_000 }, () => row),
      COLUMNS,
      80,
    );
    assert.ok(table.length > 1e6);
  });
});
