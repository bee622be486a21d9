/** /identities: accounts and servers that spoke in the clear, with what and from where; last seen first. */
import type { JSX } from 'preact';
import type { IdentitySummary } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import { count } from '../../logic/number.ts';
import { connectionWords, identityPath, tlsUse } from '../../logic/people-words.ts';
import { navigate } from '../../router.ts';
import { FilterForm, filterValues, SINCE } from '../../ui/filter-form.tsx';
import { Few } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import type { Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';

const TEXTS = [
  { key: 'jid', label: 'Account', placeholder: 'alice@corp.example, or a server' },
  { key: 'domain', label: 'Domain', placeholder: 'corp.example' },
  { key: 'ip', label: 'Address', placeholder: 'Address of the client or the server' },
] as const;

const COLUMNS: readonly Column<IdentitySummary>[] = [
  {
    title: 'Account or server',
    grow: true,
    cell: ({ jid, connections, clients }) => (
      <TwoLines
        first={
          <Link to={identityPath(jid)}>
            <Text text={jid} max={120} />
          </Link>
        }
        second={
          <>
            {connections.map(connectionWords).join(', ')}
            {clients.length === 0 ? '' : ', '}
            <Few list={clients} />
          </>
        }
      />
    ),
  },
  { title: 'Addresses', cell: ({ addresses }) => <Few list={addresses} count={1} /> },
  { title: 'Resources', hide: 'narrow', cell: ({ resources }) => <Few list={resources} /> },
  { title: 'Sessions', align: 'right', cell: ({ sessions }) => count(sessions) },
  { title: 'TLS', cell: (row) => <TlsTag row={row} /> },
  { title: 'First', hide: 'narrow', cell: ({ firstUsec }) => <Time usec={firstUsec} /> },
  { title: 'Last', cell: ({ lastUsec }) => <Time usec={lastUsec} /> },
];

export function TlsTag({
  row,
}: {
  readonly row: Pick<IdentitySummary, 'sessions' | 'tlsSessions'>;
}): JSX.Element {
  const use = tlsUse(row);
  const kind = use === 'always' ? 'good' : use === 'never' ? 'bad' : 'warn';
  return <span class={`tag ${kind}`}>{use}</span>;
}

export function IdentityList(): JSX.Element {
  const filter = filterValues(['jid', 'domain', 'ip', 'since']);
  const isFiltered = Object.keys(filter).length > 0;
  const pages = usePages(
    `identities ${JSON.stringify(filter)}`,
    (cursor, options) => api.identities({ ...filter, cursor }, options),
    { keepStale: true },
  );
  return (
    <>
      <PageHead
        title="Identities"
        sub="Accounts and servers that spoke XMPP here: from where, with which software, and whether under TLS."
      />
      <FilterForm texts={TEXTS} choices={[SINCE]} />
      <Panel flush>
        <PagedTable
          label="Identities"
          pages={pages}
          columns={COLUMNS}
          keyOf={({ jid }) => jid}
          onOpen={({ jid }) => {
            navigate(identityPath(jid));
          }}
          empty={isFiltered ? 'Nobody fits these filters' : 'Nobody was seen yet'}
          emptyHint={
            isFiltered
              ? 'Take a filter away to see more.'
              : 'Accounts show here when a session in which they logged in has ended.'
          }
        />
      </Panel>
    </>
  );
}
