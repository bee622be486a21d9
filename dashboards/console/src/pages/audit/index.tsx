/** /audit: who changed or looked at what, latest first. For admins. */
import type { JSX } from 'preact';
import type { AuditEntry } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import { may, me } from '../../session.ts';
import { FilterForm, SINCE, filterValues } from '../../ui/filter-form.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';

const TEXTS = [
  { key: 'actor', label: 'Who', placeholder: 'Part of the name of a token or user' },
  { key: 'action', label: 'Action', placeholder: 'rule tuned, packets taken, triage' },
  {
    key: 'object',
    label: 'What',
    placeholder: 'Id of an alert, rule or token, or words of details',
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
  const filter = filterValues(['since', 'actor', 'action', 'object']);
  const pages = usePages(
    `audit ${JSON.stringify(filter)}`,
    (cursor, options) =>
      api.audit(
        { ...filter, limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) },
        options,
      ),
    { keepStale: true },
  );
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead title="Audit" sub={sub} />
      <FilterForm texts={TEXTS} choices={[SINCE]} />
      <Panel flush>
        <PagedTable
          label="Audit"
          pages={pages}
          columns={COLUMNS}
          keyOf={({ id }) => String(id)}
          empty={isFiltered ? 'No row fits' : 'Nothing was done yet'}
          {...(isFiltered ? { emptyHint: 'Take a filter away.' } : {})}
        />
      </Panel>
    </>
  );
}

/** `status acknowledged, comment seen`. */
function detailWords(detail: AuditEntry['detail']): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`)
    .join(', ');
}
