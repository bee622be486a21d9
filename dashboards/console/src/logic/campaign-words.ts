/** Words for campaigns: what holds one together, how large it is, whether it goes on. */
import type { CampaignSummary } from '../../../../sensor/core/rows.ts';
import { count, plural } from './number.ts';

const HELD: Readonly<Record<string, string>> = {
  text: 'the same text, up to small changes',
  link: 'the same link',
  domain: 'links to the same domain',
};

/** Without growth for so long, a campaign has gone quiet. */
const QUIET_USEC = 6 * 3600e6;

/** What its messages have in common. */
export function heldBy(kind: string): string {
  return HELD[kind] ?? kind;
}

/** `8 messages of 8 senders in one domain to 8 recipients`. */
export function sizeSentence(campaign: CampaignSummary): string {
  const { messages, senders, domains, recipients } = campaign;
  return `${many(messages, 'message')} of ${many(senders, 'sender')} in ${many(domains, 'domain')} to ${many(recipients, 'recipient')}`;
}

export interface Trend {
  readonly isGrowing: boolean;
  readonly text: string;
}

/** Does it go on at `nowUsec`, and how fast has it been? */
export function trendOf(campaign: CampaignSummary, nowUsec: number): Trend {
  const { messages, firstUsec, lastUsec } = campaign;
  // A capture whose clock is ahead says nothing about now.
  const isGrowing = Math.abs(nowUsec - lastUsec) < QUIET_USEC;
  const pace = paceWords(messages, (lastUsec - firstUsec) / 1e6);
  return { isGrowing, text: isGrowing ? `growing, ${pace}` : `quiet, was ${pace}` };
}

/** Messages in a time as a rate that can be imagined. */
function paceWords(messages: number, seconds: number): string {
  if (messages < 2 || seconds < 1) return 'all at once';
  const perSecond = messages / seconds;
  if (perSecond >= 1) return `${rounded(perSecond)} a second`;
  if (perSecond * 60 >= 1) return `${rounded(perSecond * 60)} a minute`;
  if (perSecond * 3600 >= 1) return `${rounded(perSecond * 3600)} an hour`;
  return `${rounded(perSecond * 86400)} a day`;
}

function rounded(rate: number): string {
  return rate >= 10 ? count(rate) : String(Math.round(rate * 10) / 10);
}

function many(value: number, noun: string): string {
  return value === 1 ? `one ${noun}` : plural(value, noun);
}
