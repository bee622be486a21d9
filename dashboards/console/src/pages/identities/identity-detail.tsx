/** /identities/:jid: one account or server; what it did, where it was, whom it talks to. */
import type { JSX } from 'preact';
import type {
  ExposureSummary,
  IdentitySummary,
  Sighting,
} from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { useLoad, usePages } from '../../api/load.ts';
import { count } from '../../logic/number.ts';
import { connectionWords, tlsSentence } from '../../logic/people-words.ts';
import { href, navigate, query, setQuery } from '../../router.ts';
import { AlertTable } from '../../ui/alert-table.tsx';
import { AlertTimeline } from '../../ui/alert-timeline.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Few } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { Facts, PageHead, Panel } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Text } from '../../ui/text.tsx';
import { Moment, Time } from '../../ui/time.tsx';
import { EXPOSURE_COLUMNS } from '../exposures/exposure-columns.tsx';
import { FILE_COLUMNS, filePath } from '../files/file-columns.tsx';
import { GraphPanel } from '../graph/graph-panel.tsx';
import { SessionTable } from '../sessions/session-table.tsx';
import { TlsTag } from './identity-list.tsx';

const TABS = [
  { id: 'alerts', title: 'Alerts' },
  { id: 'sightings', title: 'Sightings' },
  { id: 'sessions', title: 'Sessions' },
  { id: 'exposures', title: 'Exposures' },
  { id: 'files', title: 'Files' },
] as const;
type TabId = (typeof TABS)[number]['id'];

const SIGHTING_COLUMNS: readonly Column<Sighting>[] = [
  { title: 'Address', cell: ({ ip }) => <AddressLink ip={ip} /> },
  {
    title: 'Client',
    grow: true,
    cell: ({ client }) => <Text text={client || 'not said'} max={80} />,
  },
  { title: 'Resources', cell: ({ resources }) => <Few list={resources} count={4} /> },
  { title: 'Kind', hide: 'narrow', cell: ({ connection }) => connectionWords(connection) },
  { title: 'Server', cell: ({ serverIp }) => serverIp },
  { title: 'Sessions', align: 'right', cell: ({ sessions }) => count(sessions) },
  { title: 'TLS', cell: (row) => <TlsTag row={row} /> },
  { title: 'First', hide: 'narrow', cell: ({ firstUsec }) => <Time usec={firstUsec} /> },
  { title: 'Last', cell: ({ lastUsec }) => <Time usec={lastUsec} /> },
];

export function IdentityDetail({ jid }: { readonly jid: string }): JSX.Element {
  const { data, problem, reload } = useLoad(`identity ${jid}`, (options) =>
    api.identities({ jid, limit: 1 }, options),
  );
  const asked = query.value.get('tab');
  const tab: TabId = TABS.find(({ id }) => id === asked)?.id ?? 'alerts';
  if (problem !== undefined && data === undefined) {
    return (
      <>
        <PageHead title={jid} />
        <ErrorState problem={problem} onRetry={reload} />
      </>
    );
  }
  const identity = data?.items[0];
  return (
    <>
      <PageHead
        title={jid}
        sub={
          data === undefined
            ? undefined
            : identity === undefined
              ? 'It never logged in where the sensor sees; others named it.'
              : tlsSentence(identity)
        }
        actions={
          <>
            <CopyButton text={jid} what="JID">
              Copy
            </CopyButton>
            <Link to={href('/inbox', { jid, since: 'all', status: 'all' })} class="button">
              In the inbox
            </Link>
          </>
        }
      />
      <div class="columns">
        <Panel title="Alerts over time">
          <AlertTimeline query={{ jid }} height={250} />
        </Panel>
        <Panel title="Facts">
          {data === undefined ? (
            <Skeleton rows={4} />
          ) : identity === undefined ? (
            <p class="muted">No session of its own was seen.</p>
          ) : (
            <IdentityFacts identity={identity} />
          )}
        </Panel>
      </div>
      <Panel
        flush
        title={
          <Tabs
            label="What is known"
            tabs={TABS}
            value={tab}
            controls="identity-tab"
            onChange={(id) => {
              setQuery({ tab: id === 'alerts' ? undefined : id }, { replace: true });
            }}
          />
        }
      >
        <div id="identity-tab" role="tabpanel" aria-label={tab}>
          <TabContent tab={tab} jid={jid} sightings={identity?.sightings ?? []} />
        </div>
      </Panel>
      <GraphPanel ask={{ jid }} />
    </>
  );
}

interface TabContentProps {
  readonly tab: TabId;
  readonly jid: string;
  readonly sightings: readonly Sighting[];
}

function TabContent({ tab, jid, sightings }: TabContentProps): JSX.Element {
  switch (tab) {
    case 'alerts':
      return (
        <AlertTable query={{ jid }} label="Alerts of this one" empty="No alert names it" hasKeys />
      );
    case 'sightings':
      return sightings.length === 0 ? (
        <EmptyState title="It was not seen itself" />
      ) : (
        <Table
          label="Where it was seen"
          rows={sightings}
          columns={SIGHTING_COLUMNS}
          keyOf={({ ip, client, connection, serverIp }) =>
            [ip, client, connection, serverIp].join(' ')
          }
        />
      );
    case 'sessions':
      return <SessionTable filter={{ jid }} empty="No session of its own has ended" />;
    case 'exposures':
      return <Exposures jid={jid} />;
    case 'files':
      return <Files jid={jid} />;
  }
}

function Exposures({ jid }: { readonly jid: string }): JSX.Element {
  const pages = usePages<ExposureSummary>(`exposures of ${jid}`, (cursor, options) =>
    api.exposures({ jid, cursor }, options),
  );
  return (
    <PagedTable
      label="Exposures"
      pages={pages}
      columns={EXPOSURE_COLUMNS}
      keyOf={(row) => JSON.stringify([row.mechanism, row.clientIp, row.serverIp, row.client])}
      empty="It showed no credentials in the clear"
    />
  );
}

function Files({ jid }: { readonly jid: string }): JSX.Element {
  const pages = usePages(`files of ${jid}`, (cursor, options) =>
    api.files({ jid, cursor }, options),
  );
  return (
    <PagedTable
      label="Files"
      pages={pages}
      columns={FILE_COLUMNS}
      keyOf={({ fileId }) => fileId}
      onOpen={(file) => {
        navigate(filePath(file));
      }}
      empty="It sent and received no file here"
    />
  );
}

function IdentityFacts({ identity }: { readonly identity: IdentitySummary }): JSX.Element {
  const { connections, addresses, clients, resources, servers } = identity;
  return (
    <Facts
      items={[
        ['Kind', connections.map(connectionWords).join(', ')],
        ['Under TLS', <TlsTag row={identity} />],
        ['Sessions', count(identity.sessions)],
        ['Addresses', <Few list={addresses} count={4} />],
        ['Clients', clients.length === 0 ? 'not said' : <Few list={clients} count={4} />],
        ['Resources', <Few list={resources} count={6} />],
        ['Servers', <Few list={servers} count={4} />],
        ['First', <Moment usec={identity.firstUsec} />],
        ['Last', <Moment usec={identity.lastUsec} />],
      ]}
    />
  );
}

function AddressLink({ ip }: { readonly ip: string }): JSX.Element {
  return (
    <Link to={href('/identities', { ip })} title="Who else was seen at this address">
      {ip}
    </Link>
  );
}
