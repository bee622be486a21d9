/** The links of the picture as a table: for screen readers, for search in the page, for exact numbers. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { GraphEdge } from '../../../../../sensor/api/contract.ts';
import { count, plural } from '../../logic/number.ts';
import { Few, JidLink } from '../../ui/jid.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

interface EdgeTableProps {
  /** Strongest first. */
  readonly edges: readonly GraphEdge[];
  readonly onShow: (edge: GraphEdge) => void;
}

/** More are shown when asked for. */
const FIRST = 12;

const COLUMNS: readonly Column<GraphEdge>[] = [
  { title: 'From', grow: true, cell: ({ from }) => <JidLink jid={from} /> },
  { title: 'To', grow: true, cell: ({ to }) => <JidLink jid={to} /> },
  {
    title: 'Worst',
    cell: ({ severity }) => (severity === 0 ? '' : <SeverityBadge severity={severity} />),
  },
  { title: 'Alerts', align: 'right', cell: ({ alerts }) => blankZero(alerts) },
  { title: 'Files', align: 'right', cell: ({ files }) => blankZero(files) },
  { title: 'Sessions', align: 'right', cell: ({ sessions }) => blankZero(sessions) },
  {
    title: 'Detections',
    hide: 'narrow',
    cell: ({ detections }) => <Few list={detections} />,
  },
  { title: 'Last', cell: ({ lastUsec }) => <Time usec={lastUsec} /> },
];

export function EdgeTable({ edges, onShow }: EdgeTableProps): JSX.Element | null {
  const [isWhole, setWhole] = useState(false);
  if (edges.length === 0) return null;
  const shown = isWhole ? edges : edges.slice(0, FIRST);
  return (
    <div class="graph-table">
      <Table
        label="Who talks to whom, strongest links first"
        rows={shown}
        columns={COLUMNS}
        keyOf={({ from, to }) => `${from} ${to}`}
        onOpen={onShow}
        hasKeys={false}
      />
      {shown.length < edges.length ? (
        <div class="more">
          <button
            type="button"
            class="button"
            onClick={() => {
              setWhole(true);
            }}
          >
            Show all {plural(edges.length, 'link')}
          </button>
        </div>
      ) : null}
    </div>
  );
}

function blankZero(value: number): string {
  return value === 0 ? '' : count(value);
}
