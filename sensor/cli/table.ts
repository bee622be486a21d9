/**
 * Tables for a terminal: columns as wide as needed, the flexible ones shrunk until the table fits, optional ones left
 * out where that is not enough. Control, bidi and zero-width characters of cells are shown as escapes, so text from
 * traffic cannot drive the terminal, nor hide in it.
 */
import { printable } from '../core/index.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number;
  readonly align?: 'right';
  /** May be cut to make the table fit; others keep their width. */
  readonly flexible?: boolean;
  /** Width a flexible column needs to be of use (LEAST_WIDTH): optional columns go before it gets narrower. */
  readonly least?: number;
  /** May be left out of a narrow terminal; the last such column goes first. */
  readonly optional?: boolean;
}

/** Flexible columns do not get narrower. */
const LEAST_WIDTH = 8;
const GAP = 2;

/** Columns a text takes: wide East Asian and emoji characters take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mark}|\u200d|[\ufe00-\ufe0f]/u.test(char)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}

/** `text` cut to `width` columns, with an ellipsis when something was cut. */
function fit(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let result = '';
  let used = 0;
  for (const char of text) {
    const next = displayWidth(char);
    if (used + next > width - 1) break;
    result += char;
    used += next;
  }
  return `${result}…`;
}

/** The table as lines. `width` is the terminal's; 0 means unlimited (output goes to a file). */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string {
  const all = columns.map((column) => {
    const cells = rows.map((row) => printable(String(column.value(row))));
    const widths = [column.title, ...cells].map(displayWidth);
    return { column, cells, width: widths.reduce((a, b) => Math.max(a, b)) };
  });
  const shown = chosen(all, width);
  const widths = shown.map((each) => each.width);
  shrink(
    widths,
    shown.map(({ column }) => column),
    width,
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => {
        const columnWidth = widths[i] ?? 0;
        const cut = fit(text, columnWidth);
        const space = ' '.repeat(Math.max(0, columnWidth - displayWidth(cut)));
        return shown[i]?.column.align === 'right' ? space + cut : cut + space;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((columnWidth) => '-'.repeat(columnWidth)).join('  ');
  const lines = rows.map((_, row) => line(shown.map(({ cells }) => cells[row] ?? '')));
  return [line(shown.map(({ column }) => column.title)), rule, ...lines]
    .map((text) => `${text}\n`)
    .join('');
}

/** The columns that fit when each is as narrow as it is of use. */
function chosen<
  Shown extends {
    readonly column: Pick<Column<never>, 'flexible' | 'least' | 'optional'>;
    readonly width: number;
  },
>(all: readonly Shown[], width: number): Shown[] {
  const shown = [...all];
  const least = (): number =>
    shown.reduce(
      (sum, { column, width: full }) =>
        sum + GAP + (column.flexible === true ? Math.min(full, column.least ?? LEAST_WIDTH) : full),
      -GAP,
    );
  while (width > 0 && least() > width) {
    const last = shown.findLastIndex(({ column }) => column.optional === true);
    if (last < 0) break;
    shown.splice(last, 1);
  }
  return shown;
}

/** Takes from the widest flexible columns until the table fits: first down to what is of use, then to LEAST_WIDTH. */
function shrink<Row>(widths: number[], columns: readonly Column<Row>[], width: number): void {
  if (width <= 0) return;
  let excess = widths.reduce((sum, value) => sum + value + GAP, -GAP) - width;
  for (const floorOf of [({ least = LEAST_WIDTH }: Column<Row>) => least, () => LEAST_WIDTH]) {
    while (excess > 0) {
      let widest = -1;
      columns.forEach((column, i) => {
        const own = widths[i] ?? 0;
        if (column.flexible !== true || own <= floorOf(column)) return;
        if (widest < 0 || own > (widths[widest] ?? 0)) widest = i;
      });
      if (widest < 0) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
      excess--;
    }
  }
}
