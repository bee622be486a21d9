/** What an alert tells, in one sentence: the same words on the command line, in the API and in live events. */
import type { LiveAlert, StoredAlert } from '../core/index.ts';
import { partiesOf, type Parties } from './parties.ts';
import { tellSentence } from './sentence.ts';
import type { AlertRecord } from './types.ts';

/** What a story is made of. */
export interface StoryFacts extends Pick<
  StoredAlert,
  'summary' | 'signature' | 'detection' | 'direction' | 'srcIp' | 'destIp' | 'evidence' | 'context'
> {
  readonly xmpp:
    | {
        readonly from: string;
        readonly to: string;
        readonly user: string;
        readonly domain: string;
        readonly type: string;
        readonly stanza: string;
        readonly seenPercent: number;
      }
    | undefined;
}

/** Alerts of these speak of what was not seen themselves. */
const ABOUT_SEEING: ReadonlySet<string> = new Set(['pol-sensor-blind']);
/** Less than this of the stream missing is no word worth. */
const LEAST_MISSING = 0.1;

/** The sentence of the alert, and how much of the stream the sensor missed; alerts of old have none and are told here. */
export function storyOf(alert: StoryFacts): string {
  const sentence = alert.summary === '' ? tellSentence(undefined, alert) : alert.summary;
  return `${sentence}${missedWords(alert)}`;
}

function missedWords({ xmpp, detection }: StoryFacts): string {
  if (xmpp === undefined || ABOUT_SEEING.has(detection)) return '';
  const missing = 100 - xmpp.seenPercent;
  if (missing < LEAST_MISSING) return '';
  const percent = missing < 1 ? 'less than 1' : String(Math.round(missing));
  return `; the sensor missed ${percent} % of the stream`;
}

/** A session without a name in its stanza has one in its login, or its stream, or an address at least. */
function partiesOfStory(
  { from, to, user, domain }: NonNullable<StoryFacts['xmpp']>,
  { srcIp, destIp, direction }: Pick<StoryFacts, 'srcIp' | 'destIp' | 'direction'>,
): Parties {
  const account = user === '' || user.includes('@') || domain === '' ? user : `${user}@${domain}`;
  const [near, far] = direction === 'to_client' ? [domain, account] : [account, domain];
  return { from: from || near || srcIp, to: to || far || destIp };
}

/** Who did it to whom, as the story names them; for an alert about a file the parties of the file. */
export function partiesInBrief(
  facts: Pick<StoryFacts, 'xmpp' | 'srcIp' | 'destIp' | 'direction'>,
  context: Readonly<Record<string, string | number>>,
): Parties {
  if (facts.xmpp !== undefined) return partiesOfStory(facts.xmpp, facts);
  return partiesOf(undefined, context);
}

/** An alert before it is stored, in the words the store will have for it. */
export function alertInBrief(record: AlertRecord): LiveAlert {
  const { alert, xmpp, srcIp, destIp, direction, detection, evidence } = record;
  const { summary } = alert.context;
  const { severity, gid, sid, signature, count, category, context } = alert;
  const facts: StoryFacts = {
    ...{ signature, srcIp, destIp, direction, detection, evidence, context },
    summary: typeof summary === 'string' ? summary : '',
    xmpp: xmpp === undefined ? undefined : { ...xmpp, ...xmpp.session },
  };
  return {
    alertId: record.alertId,
    tsUsec: record.tsUsec,
    lastUsec: record.incident?.lastUsec ?? record.tsUsec,
    ...{ severity, gid, sid, signature, count, category, detection },
    story: storyOf(facts),
    ...partiesInBrief(facts, context),
  };
}
