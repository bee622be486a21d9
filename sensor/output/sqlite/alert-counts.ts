/**
 * Where alerts are counted. Alerts of a day are found by their time and read; those of a month are too many for that, and
 * are counted in an index that holds all that is asked for, in the order in which it is asked: without reading rows,
 * and without sorting.
 */
import type { AlertConditions, AlertFilter, Condition } from './alert-filter.ts';
import type { StoreReader } from './store-reader.ts';

/** An index with the columns it holds. */
export interface CoveringIndex {
  readonly name: string;
  readonly columns: ReadonlySet<string>;
}

/** FROM and WHERE of a count, and whether it goes through the index given. */
export interface Counted extends Condition {
  readonly from: string;
  readonly isCovered: boolean;
}

/** More alerts than this in the time asked for, and the index is read instead of them. */
const MANY_ALERTS = 100_000;

export function coveringIndex(name: string, ...columns: readonly string[]): CoveringIndex {
  return { name, columns: new Set(columns.map((column) => `a.${column}`)) };
}

/** The conditions at the alerts, or at one of the indexes when many alerts are in the time and it knows all asked for. */
export function countedIn(
  reader: StoreReader,
  filter: AlertFilter,
  conditions: AlertConditions,
  indexes: readonly CoveringIndex[],
): Counted {
  const index = conditions.isSelective
    ? undefined
    : indexes.find(({ columns }) => conditions.areOn(columns));
  if (index === undefined || alertsSince(reader, filter.sinceUsec ?? 0) < MANY_ALERTS) {
    return { from: 'FROM alerts a', isCovered: false, ...conditions.whole };
  }
  return {
    from: `FROM alerts a INDEXED BY ${index.name}`,
    isCovered: true,
    ...conditions.unindexed,
  };
}

/** About how many alerts fired since: rows are stored in the order of their first firing, more or less. */
function alertsSince(reader: StoreReader, sinceUsec: number): number {
  const [ends] = reader.all<{ first: number | null; last: number | null }>(
    `SELECT (SELECT a.id FROM alerts a WHERE a.last_time >= ? ORDER BY a.last_time LIMIT 1) AS first,
            (SELECT max(id) FROM alerts) AS last`,
    [Math.floor(sinceUsec / 1e6)],
  );
  return (ends?.last ?? 0) - (ends?.first ?? ends?.last ?? 0);
}
