/** Comma-separated values (RFC 4180) for tickets and spreadsheets. */

/** Characters that make a spreadsheet take a cell for a formula; cells come from traffic. */
const FORMULA = /^[\s\u00a0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** The same where a spreadsheet that is set to semicolons or tabs begins another cell, whatever the quotes. */
const INNER_FORMULA = /[;\t](?=["'\s\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const SPECIAL = /[",\r\n]/;

/** Rows with their titles first; lines end with CRLF, the last one as well. */
export function toCsv(
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [titles, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would compute gets an apostrophe in front, which spreadsheets take for "text". */
function cell(value: string | number): string {
  const text = String(value);
  const isFormula = typeof value === 'string' && FORMULA.test(text) && !NUMBER.test(text);
  const inert = text.replace(INNER_FORMULA, "$&'");
  const safe = isFormula ? `'${inert}` : inert;
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
