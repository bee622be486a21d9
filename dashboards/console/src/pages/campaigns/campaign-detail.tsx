/** /campaigns/:id: what one campaign is, who sends it to whom, and the alerts that joined it. */
import type { JSX } from 'preact';
import type { CampaignSummary } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { heldBy, sizeSentence } from '../../logic/campaign-words.ts';
import { count } from '../../logic/number.ts';
import { duration } from '../../logic/time.ts';
import { AlertTable } from '../../ui/alert-table.tsx';
import { AlertTimeline } from '../../ui/alert-timeline.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { JidLink } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { Facts, PageHead, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Text } from '../../ui/text.tsx';
import { Moment } from '../../ui/time.tsx';
import { GraphPanel } from '../graph/graph-panel.tsx';
import { TrendText } from './campaign-list.tsx';

/** Around a campaign on its timeline: one that lasted a moment is a moment there too. */
const LEAST_MARGIN_USEC = 10 * 60e6;

export function CampaignDetail({ id }: { readonly id: string }): JSX.Element {
  const { data, problem, reload } = useLoad(`campaign ${id}`, (options) =>
    api.campaign(id, options),
  );
  if (data === undefined) {
    return (
      <>
        <PageHead title="Campaign" />
        {problem === undefined ? (
          <Skeleton />
        ) : problem.status === 404 ? (
          <EmptyState title="There is no such campaign">
            It may have been forgotten with its time. <Link to="/campaigns">All campaigns</Link>
          </EmptyState>
        ) : (
          <ErrorState problem={problem} onRetry={reload} />
        )}
      </>
    );
  }
  return <Shown campaign={data} />;
}

function Shown({ campaign }: { readonly campaign: CampaignSummary }): JSX.Element {
  const { campaignId, kind, fingerprint, firstUsec, lastUsec, sensor } = campaign;
  const margin = Math.max(LEAST_MARGIN_USEC, Math.round((lastUsec - firstUsec) / 20));
  const times = { since: String(firstUsec - margin), until: String(lastUsec + margin) };
  return (
    <>
      <PageHead
        title={`Campaign held together by ${heldBy(kind)}`}
        documentTitle={`Campaign ${campaignId}`}
        sub={`${sizeSentence(campaign)}.`}
      />
      <div class="columns">
        <div class="stack">
          <Panel title="Alerts over time">
            <AlertTimeline query={{ campaign: campaignId, ...times }} />
          </Panel>
          <Panel title="Alerts that joined it" flush>
            <AlertTable
              query={{ campaign: campaignId }}
              label="Alerts of this campaign"
              empty="No alert joined it"
              emptyHint="The campaign was counted, and no rule asked for an alert."
              hasKeys
            />
          </Panel>
        </div>
        <div class="stack">
          <Panel title="Facts">
            <Facts
              items={[
                ['Trend', <TrendText campaign={campaign} />],
                ['First', <Moment usec={firstUsec} />],
                ['Last', <Moment usec={lastUsec} />],
                ['Lasted', duration(lastUsec - firstUsec)],
                ['Messages', count(campaign.messages)],
                ['Senders', count(campaign.senders)],
                ['Domains', count(campaign.domains)],
                ['Recipients', count(campaign.recipients)],
                ['Alerts', count(campaign.alerts)],
                [
                  'Fingerprint',
                  <>
                    <Text text={fingerprint} class="mono" />
                    <CopyButton text={fingerprint} what="fingerprint" />
                  </>,
                ],
                [
                  'Id',
                  <>
                    <Text text={campaignId} class="mono" />
                    <CopyButton text={campaignId} what="id of the campaign" />
                  </>,
                ],
                ['Sensor', <Text text={sensor} />],
              ]}
            />
          </Panel>
          <Samples title="Senders" jids={campaign.senderSamples} total={campaign.senders} />
          <Samples title="Domains" jids={campaign.domainSamples} total={campaign.domains} />
        </div>
      </div>
      <GraphPanel ask={{ campaign: campaignId }} />
    </>
  );
}

interface SamplesProps {
  readonly title: string;
  readonly jids: readonly string[];
  readonly total: number;
}

function Samples({ title, jids, total }: SamplesProps): JSX.Element | null {
  if (jids.length === 0) return null;
  const rest = total - jids.length;
  return (
    <Panel title={title}>
      <ul class="name-list">
        {jids.map((jid) => (
          <li key={jid}>
            <JidLink jid={jid} />
          </li>
        ))}
      </ul>
      {rest > 0 ? <p class="muted">and {count(rest)} more, not kept by name</p> : null}
    </Panel>
  );
}
