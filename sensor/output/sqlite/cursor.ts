/**
 * Where a page of a list ended, as text that callers carry and do not read. It holds the sort key of the last row, so
 * that rows which come or grow meanwhile neither repeat nor hide others. What comes back is from outside: a cursor
 * that is not whole, or of another list, is refused.
 */
import { OperatorError, type Page } from '../../core/index.ts';

const MAX_CURSOR_CHARS = 400;

export function cursorOf(list: string, place: readonly number[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/** The sort key in a cursor: `count` numbers. Throws OperatorError USAGE. */
export function placeOf(list: string, cursor: string, count: number): readonly number[] {
  const parts = /^[\w-]+$/.test(cursor) && cursor.length <= MAX_CURSOR_CHARS ? parsed(cursor) : [];
  const [name, ...place] = parts;
  if (name === list && place.length === count && place.every(isFinitePlace)) return place;
  throw new OperatorError(
    'USAGE',
    'The cursor is not one of this list',
    'Give the `next` of the page before, or none for the first page',
  );
}

/** Rows of a query for `limit + 1` as a page. */
export function pageOf<Columns, Item>(
  list: string,
  rows: readonly Columns[],
  limit: number,
  placeIn: (row: Columns) => readonly number[],
  item: (row: Columns) => Item,
): Page<Item> {
  const items = rows.slice(0, limit).map(item);
  const last = rows[limit - 1];
  return rows.length <= limit || last === undefined
    ? { items }
    : { items, next: cursorOf(list, placeIn(last)) };
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isFinitePlace(part: unknown): part is number {
  return typeof part === 'number' && Number.isFinite(part);
}
