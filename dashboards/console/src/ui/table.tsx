/** Tables: sticky head, rows to walk through with j and k, cards on a phone. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from './keys.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly align?: 'right';
  /** Takes the room that is left and is cut with an ellipsis. Give one or two columns this. */
  readonly grow?: boolean;
  /** Long texts go on in a next line. */
  readonly wrap?: boolean;
  /** Left out below this width. */
  readonly hide?: 'phone' | 'narrow';
}

interface TableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** Enter, `o` or a click on the row. The first cell should hold a link to the same place. */
  readonly onOpen?: (row: Row) => void;
  /** Binds j, k, Enter. Only one table of a page should. */
  readonly hasKeys?: boolean;
}

export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { label, rows, columns, keyOf, onOpen, hasKeys = true } = props;
  const [at, setAt] = useState('');
  const body = useRef<HTMLTableSectionElement>(null);
  const index = rows.findIndex((row) => keyOf(row) === at);
  const move = (step: number): void => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, index + step))];
    if (next !== undefined) setAt(keyOf(next));
  };
  const open = (): void => {
    const row = rows[index];
    if (row !== undefined) onOpen?.(row);
  };
  useKeys(
    label,
    hasKeys
      ? [
          {
            keys: 'j',
            label: 'Next row',
            run: () => {
              move(1);
            },
          },
          {
            keys: 'k',
            label: 'Row before',
            run: () => {
              move(-1);
            },
          },
          ...(onOpen === undefined
            ? []
            : [
                { keys: 'Enter', label: 'Open', run: open },
                { keys: 'o', label: '', run: open },
              ]),
        ]
      : [],
  );
  useEffect(() => {
    body.current?.querySelector('[data-at]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  return (
    <table class="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" class={classOf(column)}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row) => {
          const key = keyOf(row);
          return (
            <tr
              key={key}
              class={onOpen === undefined ? undefined : 'can-open'}
              data-at={key === at ? '' : undefined}
              onClick={(event: MouseEvent) => {
                setAt(key);
                if (isPlainClick(event)) onOpen?.(row);
              }}
            >
              {columns.map((column) => (
                <td key={column.title} class={classOf(column)} data-title={column.title}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Not on a control in the row, and not the end of selecting text. */
function isPlainClick(event: MouseEvent): boolean {
  if (event.target instanceof Element && event.target.closest('a, button, input, label') !== null) {
    return false;
  }
  return window.getSelection()?.toString() === '';
}

function classOf<Row>({ align, grow, wrap, hide }: Column<Row>): string | undefined {
  const names = [
    align === 'right' && 'right',
    grow === true && 'cell-grow',
    wrap === true && 'cell-wrap',
    hide && `hide-${hide}`,
  ];
  return names.filter(Boolean).join(' ') || undefined;
}

interface MoreProps {
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly onMore: () => void;
}

/** Button at the foot of a list that comes in pages. */
export function More({ hasMore, isLoading, onMore }: MoreProps): JSX.Element | null {
  if (!hasMore) return null;
  return (
    <div class="more">
      <button type="button" class="button" disabled={isLoading} onClick={onMore}>
        {isLoading ? 'Loading …' : 'Show more'}
      </button>
    </div>
  );
}
