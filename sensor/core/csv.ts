/**
 * Cells of comma-separated values (RFC 4180) for spreadsheets and tickets, of the command line and of the console. What
 * stands in a cell may come from an attacker: text that a spreadsheet would compute gets an apostrophe before it, which
 * spreadsheets take for "text". No imports: the console is built from this file for browsers.
 */

/** What spreadsheets begin a formula with, full-width forms too (OWASP, CSV injection). */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]/;
/** The same where a spreadsheet that is set to semicolons or tabs begins another cell, whatever the quotes around ours. */
const INNER_FORMULA = /[;\t](?=["'\s]*[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const SPECIAL = /[",\r\n]/;

/** `original`: the text as it was before it was made printable, where it was; it decides as well. */
export function csvCell(text: string, original = text): string {
  const inert = text.replace(INNER_FORMULA, "$&'");
  const safe = FORMULA.test(original) || FORMULA.test(inert) ? `'${inert}` : inert;
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
