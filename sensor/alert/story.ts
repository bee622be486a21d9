/** What an alert tells, in one sentence: the same words on the command line, in the API and in live events. */
import type { LiveAlert, StoredAlert } from '../core/index.ts';
import { partiesOf, type Parties } from './parties.ts';
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
}

/** The detector's own sentence, else who did it to whom. Where it was found (a buffer of rules) is for the evidence. */
export function storyOf(alert: StoryFacts): string {
  if (alert.summary !== '') return alert.summary;
  const { xmpp, signature } = alert;
  const what = signature.replace(/^STANZAWATCH\s+/, '');
  if (xmpp === undefined) {
    return alert.srcIp === '' ? what : `${alert.srcIp} to ${alert.destIp}: ${what}`;
  }
  const { from, to } = partiesOfStory(xmpp, alert);
  const stanza = [xmpp.type, xmpp.stanza].filter(Boolean).join(' ') || 'session';
  return `${from} to ${to}, ${stanza}: ${what}`;
}

/** A session without a name in its stanza has one in its login, or its stream, or an address at least. */
function partiesOfStory(
  { from, to, user, domain }: NonNullable<StoryFacts['xmpp']>,
  { srcIp, destIp }: Pick<StoryFacts, 'srcIp' | 'destIp'>,
): Parties {
  return { from: from || user || srcIp, to: to || domain || destIp };
}

/** Who did it to whom, as the story names them; for an alert about a file the parties of the file. */
export function partiesInBrief(
  facts: StoryFacts,
  context: Readonly<Record<string, string | number>>,
): Parties {
  if (facts.xmpp !== undefined) return partiesOfStory(facts.xmpp, facts);
  return partiesOf(undefined, context);
}

/** An alert before it is stored, in the words the store will have for it. */
export function alertInBrief(record: AlertRecord): LiveAlert {
  const { alert, xmpp, srcIp, destIp } = record;
  const { summary } = alert.context;
  const { severity, gid, sid, signature, count, category } = alert;
  const facts: StoryFacts = {
    ...{ signature, srcIp, destIp },
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
    ...partiesInBrief(facts, alert.context),
  };
}
