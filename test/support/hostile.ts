/** What hostile texts must not become: checks for everything that shows traffic. */
import assert from 'node:assert/strict';
import { join } from 'node:path';

/** The capture whose every text is hostile; run in the root of the project. */
export const HOSTILE_CAPTURE = join(
  process.cwd(),
  'fixtures',
  'pcap',
  'hostile',
  'hostile.pcap.gz',
);

/** Controls (line feed is ours), and characters that turn, hide or break a line without being seen. */
const UNSEEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

/** A spreadsheet computes a cell that begins like this. */
const FORMULA = /^[\s\u00a0]*[=+\-@\t\r]/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Fails where a terminal would be driven or a reader deceived. */
export function assertPrintable(text: string, what: string): void {
  const found = UNSEEN.exec(text);
  if (found === null) return;
  const code = found[0].charCodeAt(0).toString(16).padStart(4, '0');
  const around = text.slice(Math.max(0, found.index - 60), found.index + 20);
  assert.fail(`${what}: U+${code} at ${found.index}, near ${JSON.stringify(around)}`);
}

/** Fails where a cell of a CSV file would be computed. */
export function assertNoFormula(csv: string, what: string): void {
  for (const [i, row] of parseCsv(csv).entries()) {
    for (const cell of row) {
      if (FORMULA.test(cell) && !NUMBER.test(cell)) {
        assert.fail(`${what}: row ${i} has the formula ${JSON.stringify(cell.slice(0, 80))}`);
      }
    }
  }
}

/** Rows of cells (RFC 4180); fails when a row is longer or shorter than the first. */
export function parseCsv(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < csv.length) {
    let cell = '';
    if (csv[at] === '"') {
      for (at++; at < csv.length; at++) {
        if (csv[at] !== '"') cell += csv.charAt(at);
        else if (csv[at + 1] === '"') cell += csv.charAt(at++);
        else break;
      }
      at++;
    } else {
      const end = csv.slice(at).search(/,|\r?\n|$/);
      cell = csv.slice(at, at + end);
      at += end;
    }
    row.push(cell);
    if (csv[at] === ',') {
      at++;
      continue;
    }
    at += csv.startsWith('\r\n', at) ? 2 : 1;
    rows.push(row);
    row = [];
  }
  for (const [i, cells] of rows.entries()) {
    assert.equal(cells.length, rows[0]?.length, `row ${i}: ${JSON.stringify(cells).slice(0, 300)}`);
  }
  return rows;
}
