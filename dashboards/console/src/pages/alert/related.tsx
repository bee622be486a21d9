/** Other alerts that belong to this one. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AlertDetail } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../../sensor/core/rows.ts';
import { bareJid } from '../../logic/story.ts';
import { href } from '../../router.ts';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/page.tsx';
import { SeverityShape } from '../../ui/severity.tsx';
import { Tabs, type Tab } from '../../ui/tabs.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';

type Kind = 'sender' | 'flow' | 'campaign';

/** So many rows of 20 are shown at once; the inbox has them all. */
const SHOWN = 8;

export function Related({ detail }: { readonly detail: AlertDetail }): JSX.Element {
  const { sameSender, sameFlow, sameCampaign } = detail.related;
  const lists: Readonly<Record<Kind, readonly StoredAlert[]>> = {
    sender: sameSender,
    flow: sameFlow,
    campaign: sameCampaign,
  };
  const tabs: Tab<Kind>[] = [
    { id: 'sender', title: 'Same sender', count: many(sameSender) },
    { id: 'flow', title: 'Same flow', count: many(sameFlow) },
  ];
  if (detail.alert.campaignId !== '') {
    tabs.push({ id: 'campaign', title: 'Campaign', count: many(sameCampaign) });
  }
  const fullest = tabs.find((tab) => lists[tab.id].length > 0)?.id ?? 'sender';
  const [chosen, setChosen] = useState<Kind | undefined>(undefined);
  const kind = chosen ?? fullest;
  const rows = lists[kind];
  return (
    <Panel title="Related alerts" class="related">
      <Tabs label="Related by" tabs={tabs} value={kind} onChange={setChosen} />
      {rows.length === 0 ? <p class="muted foot">No other alert.</p> : null}
      <ul>
        {rows.slice(0, SHOWN).map((alert) => (
          <li key={alert.alertId}>
            <Link to={`/alerts/${encodeURIComponent(alert.alertId)}`}>
              <SeverityShape severity={alert.severity} />
              <span class="ellipsis grow">
                <Text text={alert.signature} />
              </span>
              <span class="muted">
                <Time usec={alert.lastUsec} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {rows.length > 0 ? (
        <Link to={inboxOf(kind, detail.alert)}>Show them in the inbox</Link>
      ) : null}
    </Panel>
  );
}

/** The API tells 20 at most. */
function many(rows: readonly StoredAlert[]): string {
  return rows.length >= 20 ? '20+' : String(rows.length);
}

function inboxOf(kind: Kind, alert: StoredAlert): string {
  const all = { since: 'all', status: 'all' };
  if (kind === 'flow') return href('/inbox', { ...all, flow: alert.communityId });
  if (kind === 'campaign') return href('/inbox', { ...all, campaign: alert.campaignId });
  const sender = bareJid(alert.xmpp?.from || alert.xmpp?.user || '');
  return href('/inbox', sender === '' ? { ...all, ip: alert.srcIp } : { ...all, jid: sender });
}
