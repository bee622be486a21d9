/** /campaigns: waves of messages that belong together, those that grew last first. */
import type { JSX } from 'preact';
import type { CampaignSummary } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import { heldBy, trendOf } from '../../logic/campaign-words.ts';
import { count } from '../../logic/number.ts';
import { navigate } from '../../router.ts';
import { filterValues, FilterForm, SINCE } from '../../ui/filter-form.tsx';
import { Few } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import type { Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';

function campaignPath({ campaignId }: Pick<CampaignSummary, 'campaignId'>): string {
  return `/campaigns/${encodeURIComponent(campaignId)}`;
}

const COLUMNS: readonly Column<CampaignSummary>[] = [
  {
    title: 'Held together by',
    grow: true,
    cell: (row) => (
      <TwoLines
        first={
          <>
            <Link to={campaignPath(row)}>{heldBy(row.kind)}</Link>{' '}
            <Text text={row.fingerprint} class="mono muted" max={60} />
          </>
        }
        second={
          <>
            from <Few list={row.senderSamples} count={3} />
          </>
        }
      />
    ),
  },
  { title: 'Messages', align: 'right', cell: ({ messages }) => count(messages) },
  { title: 'Senders', align: 'right', cell: ({ senders }) => count(senders) },
  { title: 'Domains', align: 'right', hide: 'narrow', cell: ({ domains }) => count(domains) },
  { title: 'Recipients', align: 'right', cell: ({ recipients }) => count(recipients) },
  { title: 'Alerts', align: 'right', cell: ({ alerts }) => count(alerts) },
  { title: 'Trend', cell: (row) => <TrendText campaign={row} /> },
  { title: 'First', hide: 'narrow', cell: ({ firstUsec }) => <Time usec={firstUsec} /> },
  { title: 'Last', cell: ({ lastUsec }) => <Time usec={lastUsec} /> },
];

export function TrendText({ campaign }: { readonly campaign: CampaignSummary }): JSX.Element {
  const { isGrowing, text } = trendOf(campaign, Date.now() * 1_000);
  return <span class={isGrowing ? 'tag warn' : 'tag'}>{text}</span>;
}

export function CampaignList(): JSX.Element {
  const filter = filterValues(['since']);
  const pages = usePages(
    `campaigns ${JSON.stringify(filter)}`,
    (cursor, options) => api.campaigns({ ...filter, cursor }, options),
    { keepStale: true },
  );
  return (
    <>
      <PageHead
        title="Campaigns"
        sub="Waves of messages that belong together by their text, link or domain, whoever sends them."
      />
      <FilterForm texts={[]} choices={[SINCE]} />
      <Panel flush>
        <PagedTable
          label="Campaigns"
          pages={pages}
          columns={COLUMNS}
          keyOf={({ campaignId }) => campaignId}
          onOpen={(row) => {
            navigate(campaignPath(row));
          }}
          empty={filter['since'] === undefined ? 'No campaign yet' : 'No campaign in this time'}
          emptyHint="A campaign begins when several messages of unlike senders, or to unlike recipients, say the same."
        />
      </Panel>
    </>
  );
}
