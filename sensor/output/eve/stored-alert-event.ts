/** An alert of the store as EVE event: the line the EVE file has for it, as the alert has grown since. */
import type { AlertIncident, AlertRecord, Severity } from '../../alert/index.ts';
import type { StoredAlert } from '../../core/index.ts';
import { eveEvent } from './eve-event.ts';

/** Plain JSON; text is as it stands in the store, so printing it to a terminal wants eveLine's care. */
export function storedAlertEvent(stored: StoredAlert): Readonly<Record<string, unknown>> {
  return { ...eveEvent({ kind: 'alert', record: recordOf(stored) }) };
}

function recordOf(stored: StoredAlert): AlertRecord {
  const { gid, sid, rev, signature, category, classtype, metadata, references, count } = stored;
  const incident = incidentOf(stored);
  const { xmpp, target } = stored;
  return {
    ...stored,
    ipVersion: stored.srcIp === '' ? 0 : stored.srcIp.includes(':') ? 6 : 4,
    direction: stored.direction === 'to_client' ? 'to_client' : 'to_server',
    alert: {
      ...{ gid, sid, rev, signature, category, classtype, metadata, references, count },
      severity: stored.severity as Severity,
      context: stored.context,
      ...(target === 'src_ip' || target === 'dest_ip' ? { target } : {}),
    },
    ...(incident === undefined ? {} : { incident }),
    xmpp: xmpp === undefined ? undefined : { ...xmpp, session: xmpp },
  };
}

/** Alerts that stand alone have nobody who took part and end where they began. */
function incidentOf(stored: StoredAlert): AlertIncident | undefined {
  const { contributors, contributorCount, campaignId, lastUsec, count } = stored;
  if (contributorCount === 0 && campaignId === '' && lastUsec <= stored.tsUsec) return undefined;
  return {
    ...{ name: '', firings: count, lastUsec, contributors, contributorCount },
    ...(campaignId === '' ? {} : { campaignId }),
  };
}
