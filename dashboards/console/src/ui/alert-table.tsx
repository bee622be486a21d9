/** Alerts of something (a file, an account, a rule, a campaign), latest first. */
import type { JSX } from 'preact';
import type { AlertQuery } from '../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../sensor/core/rows.ts';
import { api } from '../api/endpoints.ts';
import { usePages } from '../api/load.ts';
import { count } from '../logic/number.ts';
import { navigate } from '../router.ts';
import { Link } from './link.tsx';
import { PagedTable } from './paged-table.tsx';
import { SeverityBadge } from './severity.tsx';
import type { Column } from './table.tsx';
import { Sentence, Text } from './text.tsx';
import { Time } from './time.tsx';
import { TwoLines } from './two-lines.tsx';

interface AlertTableProps {
  readonly query: AlertQuery;
  /** What they belong to: "Alerts of this account". */
  readonly label: string;
  readonly empty: string;
  readonly emptyHint?: string;
  readonly hasKeys?: boolean;
}

const PER_PAGE = 20;

const COLUMNS: readonly Column<StoredAlert>[] = [
  { title: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  {
    title: 'What happened',
    grow: true,
    wrap: true,
    cell: (alert) => (
      <TwoLines
        first={
          <Link to={alertPath(alert)}>
            <Sentence text={alert.summary === '' ? alert.signature : alert.summary} max={240} />
          </Link>
        }
        second={<Text text={alert.summary === '' ? alert.detection : alert.signature} max={160} />}
      />
    ),
  },
  { title: 'Times', align: 'right', hide: 'phone', cell: ({ count: times }) => count(times) },
  { title: 'Status', hide: 'narrow', cell: ({ status }) => status },
  { title: 'Last', cell: ({ lastUsec }) => <Time usec={lastUsec} /> },
];

export function AlertTable(props: AlertTableProps): JSX.Element {
  const { query, label, empty, emptyHint, hasKeys = false } = props;
  const pages = usePages(`alerts ${JSON.stringify(query)}`, (cursor, options) =>
    api.alerts({ limit: PER_PAGE, ...query, ...(cursor === undefined ? {} : { cursor }) }, options),
  );
  return (
    <PagedTable
      label={label}
      pages={pages}
      columns={COLUMNS}
      keyOf={({ alertId }) => alertId}
      onOpen={(alert) => {
        navigate(alertPath(alert));
      }}
      empty={empty}
      emptyHint={emptyHint}
      hasKeys={hasKeys}
    />
  );
}

function alertPath({ alertId }: StoredAlert): string {
  return `/alerts/${encodeURIComponent(alertId)}`;
}
