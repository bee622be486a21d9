/** A list that comes in pages, in all its states: on its way, failed, empty, and rows with more behind them. */
import type { ComponentChildren, JSX } from 'preact';
import type { Pages } from '../api/load.ts';
import { EmptyState, ErrorState, Skeleton } from './states.tsx';
import { More, Table, type Column } from './table.tsx';

interface PagedTableProps<Row> {
  readonly label: string;
  readonly pages: Pages<Row>;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  /** Said when there is no row. */
  readonly empty: string;
  readonly emptyHint?: ComponentChildren;
  readonly hasKeys?: boolean;
}

export function PagedTable<Row>(props: PagedTableProps<Row>): JSX.Element {
  const { pages, label, columns, keyOf, onOpen, empty, emptyHint, hasKeys } = props;
  const { data, problem, isLoading, hasMore, more, reload } = pages;
  if (data === undefined) {
    return problem === undefined ? (
      <Skeleton rows={8} />
    ) : (
      <ErrorState problem={problem} onRetry={reload} />
    );
  }
  if (data.length === 0 && problem === undefined) {
    return (
      <>
        <EmptyState title={empty}>{emptyHint}</EmptyState>
        <More hasMore={hasMore} isLoading={isLoading} onMore={more} />
      </>
    );
  }
  return (
    <div class={isLoading ? 'list is-loading' : 'list'} aria-busy={isLoading}>
      <Table
        label={label}
        rows={data}
        columns={columns}
        keyOf={keyOf}
        {...(onOpen === undefined ? {} : { onOpen })}
        {...(hasKeys === undefined ? {} : { hasKeys })}
      />
      {problem === undefined ? null : <ErrorState problem={problem} onRetry={reload} />}
      <More hasMore={hasMore} isLoading={isLoading} onMore={more} />
    </div>
  );
}
