import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvCell } from '../../../sensor/cli/alert-csv.ts';

describe('csvCell()', () => {
  const cases: readonly (readonly [value: string | number, cell: string])[] = [
    ['', ''],
    ['plain', 'plain'],
    [-5, '-5'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['=1+1', "'=1+1"],
    ['+49 30 1', "'+49 30 1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\\u0009=1"],
    [' =cmd|"/c calc"!A1', '"\' =cmd|""/c calc""!A1"'],
    ['\r=1', "'\\u000d=1"],
    ['\u200b=1', '\\u200b=1'],
    ['\uff1d1+1', "'\uff1d1+1"],
    // With semicolons as separators what follows one is a cell of its own.
    ['a;=1+1', "a;'=1+1"],
    ['a; @b;+c;d', "a;' @b;'+c;d"],
    ['a,b;=1', '"a,b;\'=1"'],
    ['a;"=1+1"', '"a;' + "'" + '""=1+1"' + '""'],
    ['a;\uff1d1', "a;'\uff1d1"],
    ['=1;=2', "'=1;'=2"],
    ['a;b=1; c-d', 'a;b=1; c-d'],
    ['line\nline', 'line\\u000aline'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['grüße 漢字', 'grüße 漢字'],
  ];
  for (const [value, cell] of cases) {
    it(`writes ${JSON.stringify(value)} as ${JSON.stringify(cell)}`, () => {
      assert.equal(csvCell(value), cell);
    });
  }
});
