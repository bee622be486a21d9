/** What an alert tells, in one sentence: the same words on the command line, in the API and in live events. */
import type { LiveAlert, StoredAlert } from '../core/index.ts';
import { partiesOf } from './parties.ts';
import type { AlertRecord } from './types.ts';

/** What a sentence is made of. */
export interface StoryFacts extends Pick<
  StoredAlert,
  'summary' | 'signature' | 'srcIp' | 'destIp'
> {
  readonly xmpp:
    | {
        readonly from: string;
        readonly to: string;
        readonly user: string;
        readonly domain: string;
        readonly type: string;
        readonly stanza: string;
      }
    | undefined;
  readonly evidence: { readonly buffer: string } | undefined;
}

/** The detector's own sentence, else who did it to whom. */
export function storyOf(alert: StoryFacts): string {
  if (alert.summary !== '') return alert.summary;
  const { xmpp, signature, evidence } = alert;
  const what = signature.replace(/^STANZAWATCH\s+/, '');
  if (xmpp === undefined) {
    return alert.srcIp === '' ? what : `${alert.srcIp} to ${alert.destIp}: ${what}`;
  }
  const from = xmpp.from || xmpp.user || alert.srcIp;
  const to = xmpp.to || xmpp.domain || alert.destIp;
  const stanza = [xmpp.type, xmpp.stanza].filter(Boolean).join(' ') || 'session';
  const where = evidence === undefined ? '' : ` (in ${evidence.buffer})`;
  return `${from} to ${to}, ${stanza}: ${what}${where}`;
}

/** An alert before it is stored, in the words the store will have for it. */
export function alertInBrief(record: AlertRecord): LiveAlert {
  const { alert, xmpp, evidence, srcIp, destIp } = record;
  const { summary } = alert.context;
  const { severity, gid, sid, signature, count, category } = alert;
  const facts: StoryFacts = {
    ...{ signature, srcIp, destIp, evidence },
    summary: typeof summary === 'string' ? summary : '',
    xmpp: xmpp === undefined ? undefined : { ...xmpp, ...xmpp.session },
  };
  return {
    alertId: record.alertId,
    tsUsec: record.tsUsec,
    lastUsec: record.incident?.lastUsec ?? record.tsUsec,
    ...{ severity, gid, sid, signature, count, category },
    detection: record.detection,
    story: storyOf(facts),
    ...partiesOf(xmpp, alert.context),
  };
}
