/** Comma-separated values (RFC 4180) for tickets and spreadsheets. */
import { csvCell } from '../../../../sensor/core/csv.ts';

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Rows with their titles first; lines end with CRLF, the last one as well. */
export function toCsv(
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [titles, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Numbers stand as they are, also those that were made texts here. */
function cell(value: string | number): string {
  const text = String(value);
  return typeof value === 'number' || NUMBER.test(text) ? text : csvCell(text);
}
