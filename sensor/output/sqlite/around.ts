/** What belongs to an alert: its session, file and campaign, and other alerts. */
import type { CampaignSummary, StoredAlert, StoredFile, StoredSession } from '../../core/index.ts';
import { bareJid, partiesOf } from '../../alert/index.ts';
import type { AlertFilter } from './alert-filter.ts';
import { alertPage } from './alert-queries.ts';
import { findCampaign, findFiles } from './lists.ts';
import type { StoreReader } from './store-reader.ts';
import { sessionSummary, type SessionColumns } from './stored.ts';

/** Alerts of each sort, latest first. */
const RELATED = 20;

export interface AlertSurroundings {
  /** Once it has ended. */
  readonly session: StoredSession | undefined;
  readonly file: StoredFile | undefined;
  readonly campaign: CampaignSummary | undefined;
  readonly sameSender: readonly StoredAlert[];
  readonly sameFlow: readonly StoredAlert[];
  readonly sameCampaign: readonly StoredAlert[];
}

export function alertSurroundings(reader: StoreReader, alert: StoredAlert): AlertSurroundings {
  const { communityId, campaignId } = alert;
  const fileId = alert.context['file_id'];
  const sender = bareJid(partiesOf(alert.xmpp, alert.context).from);
  const others = (filter: AlertFilter): StoredAlert[] =>
    alertPage(reader, { ...filter, limit: RELATED + 1 })
      .items.filter(({ alertId }) => alertId !== alert.alertId)
      .slice(0, RELATED);
  return {
    session: sessionOf(reader, alert),
    file: typeof fileId === 'string' && fileId !== '' ? findFiles(reader, fileId)[0] : undefined,
    campaign: campaignId === '' ? undefined : findCampaign(reader, campaignId),
    sameSender: sender === '' ? [] : others({ jid: sender }),
    sameFlow: communityId === '' ? [] : others({ communityId, ip: clientOf(alert) }),
    sameCampaign: campaignId === '' ? [] : others({ campaignId }),
  };
}

/** By whom the alerts of a flow are found: servers have more of them. */
function clientOf({ direction, srcIp, destIp }: StoredAlert): string {
  return direction === 'to_client' ? destIp : srcIp;
}

/** The session of its flow that went on at that time: ports are used again. */
function sessionOf(reader: StoreReader, alert: StoredAlert): StoredSession | undefined {
  const { communityId, tsUsec } = alert;
  if (communityId === '') return undefined;
  const [row] = reader.all<SessionColumns>(
    `SELECT * FROM sessions WHERE community_id = ? AND start_us <= ? AND end_us >= ?
     ORDER BY start_us DESC LIMIT 1`,
    [communityId, tsUsec, tsUsec],
  );
  return row === undefined ? undefined : sessionSummary(row);
}
