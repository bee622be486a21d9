/** /audit: who changed or looked at what, latest first. For admins. */
import type { JSX } from 'preact';
import type { AuditEntry } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import { may, me } from '../../session.ts';
import { FilterForm, filterValues } from '../../ui/filter-form.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';

const TEXTS = [
  { key: 'actor', label: 'Who', placeholder: 'Name of a token, among those loaded' },
  { key: 'action', label: 'Action', placeholder: 'rule tuned, packets …, among those loaded' },
  {
    key: 'object',
    label: 'What',
    placeholder: 'Id of an alert, rule or token, among those loaded',
  },
] as const;

const PER_PAGE = 100;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'When', cell: ({ tsUsec }) => <Time usec={tsUsec} /> },
  { title: 'Who', cell: ({ actor }) => <Text text={actor} max={60} /> },
  {
    title: 'Action',
    cell: ({ action }) => (
      <span class="tag">{<Text text={action.replaceAll('_', ' ')} max={60} />}</span>
    ),
  },
  { title: 'What', cell: ({ object }) => <Text text={object} class="mono" max={80} /> },
  {
    title: 'Details',
    wrap: true,
    cell: ({ detail }) => <Text text={detailWords(detail)} max={400} />,
  },
];

export function Page(): JSX.Element {
  const sub = 'Every change and every reveal, with who did it.';
  if (me.value === undefined) {
    return (
      <>
        <PageHead title="Audit" sub={sub} />
        <Skeleton />
      </>
    );
  }
  if (!may('admin')) {
    return (
      <>
        <PageHead title="Audit" sub={sub} />
        <Panel>
          <EmptyState title="The audit is for admins">
            You are signed in as {me.value.role}. Ask whoever runs the sensor for a token with the
            role admin, or for the row you need.
          </EmptyState>
        </Panel>
      </>
    );
  }
  return <Audit sub={sub} />;
}

function Audit({ sub }: { readonly sub: string }): JSX.Element {
  const filter = filterValues(['actor', 'action', 'object']);
  const pages = usePages('audit', (cursor, options) =>
    api.audit({ limit: PER_PAGE, cursor }, options),
  );
  const isFiltered = Object.keys(filter).length > 0;
  const rows = pages.data?.filter((row) => fits(row, filter));
  return (
    <>
      <PageHead title="Audit" sub={sub} />
      <FilterForm texts={TEXTS} />
      <Panel flush>
        <PagedTable
          label="Audit"
          // While filters hide all that is loaded, the rows behind may still fit.
          pages={{ ...pages, data: rows }}
          columns={COLUMNS}
          keyOf={({ id }) => String(id)}
          empty={isFiltered ? 'No row among those loaded fits' : 'Nothing was done yet'}
          {...(isFiltered ? { emptyHint: 'Take a filter away, or load more rows.' } : {})}
        />
      </Panel>
    </>
  );
}

function fits(row: AuditEntry, filter: Readonly<Record<string, string>>): boolean {
  const has = (text: string, words: string | undefined): boolean =>
    words === undefined || text.toLowerCase().includes(words.toLowerCase());
  return (
    has(row.actor, filter['actor']) &&
    has(row.action.replaceAll('_', ' '), filter['action']) &&
    has(`${row.object} ${detailWords(row.detail)}`, filter['object'])
  );
}

/** `status acknowledged, comment seen`. */
function detailWords(detail: AuditEntry['detail']): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`)
    .join(', ');
}
