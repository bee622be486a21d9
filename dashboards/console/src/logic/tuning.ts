/** Tuning a rule from an alert: which choices there are, and what each will do, in a sentence. */
import type { TuningRequest } from '../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../sensor/core/rows.ts';
import { duration } from './time.ts';
import { bareJid } from './story.ts';

export type SuppressTrack = NonNullable<Extract<TuningRequest, { action: 'suppress' }>['track']>;

/** What a suppression is about; without `track` it is about everything. */
export interface SuppressChoice {
  readonly title: string;
  readonly track?: SuppressTrack;
  readonly value: string;
}

/** Choices the alert offers, narrowest first. */
export function suppressChoices(alert: StoredAlert): readonly SuppressChoice[] {
  const { xmpp, srcIp, destIp } = alert;
  const from = bareJid(xmpp?.from ?? '');
  const to = bareJid(xmpp?.to ?? '');
  const domain = domainOf(from);
  const choices: SuppressChoice[] = [];
  const add = (title: string, track: SuppressTrack, value: string): void => {
    if (value !== '' && isPlainValue(value)) choices.push({ title, track, value });
  };
  add('This sender', 'by_from_jid', from);
  add('This recipient', 'by_to_jid', to);
  add('The whole domain of the sender', 'by_domain', domain);
  add('This source address', 'by_src', srcIp);
  add('This destination address', 'by_dst', destIp);
  return [...choices, { title: 'Everything', value: '' }];
}

/** Tuning lines take no value that could end them; the API refuses the same. */
function isPlainValue(value: string): boolean {
  return !/[\s,[\]"'<>&;\\\p{C}\p{Z}]/u.test(value);
}

function domainOf(jid: string): string {
  return jid.slice(jid.indexOf('@') + 1);
}

export const THRESHOLD_TRACKS: readonly (readonly [track: string, title: string])[] = [
  ['by_from_jid', 'each sender'],
  ['by_src', 'each source address'],
  ['by_dst', 'each destination address'],
  ['by_to_jid', 'each recipient'],
  ['by_domain', 'each domain'],
  ['by_rule', 'the rule as a whole'],
];

const SUPPRESSED: Readonly<Record<SuppressTrack, string>> = {
  by_src: 'traffic from the address',
  by_dst: 'traffic to the address',
  by_either: 'traffic from or to the address',
  by_from_jid: 'stanzas from',
  by_to_jid: 'stanzas to',
  by_domain: 'stanzas from the domain',
  by_room: 'stanzas of the room',
};

/** What will happen, plainly. */
export function tuningSentence(request: TuningRequest, signature: string): string {
  const rule = `“${signature}”`;
  switch (request.action) {
    case 'disable':
      return `The rule ${rule} is switched off: it is not loaded any more and finds nothing, until this is taken back.`;
    case 'suppress':
      return request.track === undefined
        ? `The rule ${rule} raises no alert any more, whoever it is about. It still runs: rules that build on it go on working.`
        : `The rule ${rule} raises no alert any more for ${SUPPRESSED[request.track]} ${request.value ?? ''}. It goes on for everybody else.`;
    case 'threshold':
      return thresholdSentence(request, rule);
  }
}

function thresholdSentence(
  { type, track, count, seconds }: Extract<TuningRequest, { action: 'threshold' }>,
  rule: string,
): string {
  const whom = THRESHOLD_TRACKS.find(([one]) => one === track)?.[1] ?? track;
  const time = duration(seconds * 1e6);
  const times = count === 1 ? 'once' : `${count} times`;
  switch (type) {
    case 'limit':
      return `The rule ${rule} raises an alert at most ${times} in ${time} for ${whom}.`;
    case 'threshold':
      return `The rule ${rule} raises an alert at every ${ordinal(count)} match within ${time} for ${whom}.`;
    case 'both':
      return `The rule ${rule} raises one alert in ${time} for ${whom}, and only once it matched ${times}.`;
  }
}

function ordinal(value: number): string {
  const tens = value % 100;
  const end = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${end}`;
}
