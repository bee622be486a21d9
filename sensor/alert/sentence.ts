/**
 * The one sentence of an alert whose detector tells none: who did what to whom, where, and what was found. It is the
 * phrase of the rule (`metadata:story`, rules/story-phrase.ts), filled with what the alert carries, which is redacted
 * already; a rule without a phrase is named by its msg. How much was seen is not in it: that changes while a flow goes
 * on, and story.ts adds it for whoever reads.
 */
import type { StoryPart, StoryPhrase } from '../rules/index.ts';
import { domainOf } from '../xmpp/index.ts';
import { cutText } from './evidence.ts';
import { bareJid } from './jid-text.ts';
import { stanzaWords } from './stanza-words.ts';

/** What a sentence is made of: an alert before or after it was stored. */
export interface SentenceFacts {
  readonly signature: string;
  readonly direction: string;
  readonly srcIp: string;
  readonly destIp: string;
  readonly xmpp: SentenceXmpp | undefined;
  readonly evidence:
    | {
        readonly buffer: string;
        readonly excerpt: string;
        readonly matches: readonly { readonly masked: string }[];
      }
    | undefined;
  readonly context: Readonly<Record<string, string | number>>;
}

export interface SentenceXmpp {
  readonly stanza: string;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly user: string;
  readonly domain: string;
  readonly isCopy?: boolean;
}

const NAME_CHARS = 128;
const VALUE_CHARS = 80;
const SENTENCE_CHARS = 600;
const NOBODY = 'somebody unknown';
const UNKNOWN = 'something unknown';

/** Buffers that hold one value, which is shown whole and not only where the rule matched. */
const VALUE_BUFFERS: ReadonlySet<string> = new Set([
  ...['xmpp.url', 'xmpp.file_name', 'xmpp.client', 'xmpp.sasl_user', 'xmpp.resource', 'xmpp.nick'],
]);
/** A secret that shows its ends, and nothing of the words around it. */
const MASKED_VALUE = /^[^*:=]{2,}\*{4,}[^*:=]+$/;
/** Nothing but a mask, with or without the label in front of it. */
const ALL_HIDDEN = /(?:^|[\s:=>])\*+$/;

/** The sentence; `phrase` is undefined for rules that have none. No full stop at its end. */
export function tellSentence(phrase: StoryPhrase | undefined, facts: SentenceFacts): string {
  const told = phrase === undefined ? ofMessage(facts) : ofPhrase(phrase, facts);
  // Names may hold line breaks, too (`&#10;` in an address).
  return cutText(inLine(`${told}${joinedWords(facts)}${borderWords(facts)}`), SENTENCE_CHARS);
}

function ofPhrase({ parts, isDeed }: StoryPhrase, facts: SentenceFacts): string {
  const told = parts.map((part) => partOf(part, facts)).join('');
  if (isDeed) return `${sender(facts)} ${told}`;
  return told;
}

/** A rule that says nothing but its msg: what it is about comes first all the same. */
function ofMessage(facts: SentenceFacts): string {
  const rule = `the rule "${facts.signature.replace(/^STANZAWATCH\s+/, '')}"`;
  const from = sender(facts);
  if (from === NOBODY) return `The sensor saw what ${rule} is about`;
  const what = facts.xmpp === undefined ? 'data' : stanzaWords(facts.xmpp);
  return `${from} sent ${addressee(facts)} ${what} that fits ${rule}`;
}

function partOf(part: StoryPart, facts: SentenceFacts): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'fact':
      return factOf(part.name, facts) ?? UNKNOWN;
    case 'option': {
      const isKnown = part.parts.every(
        (inner) => inner.kind !== 'fact' || (factOf(inner.name, facts) ?? '') !== '',
      );
      return isKnown ? part.parts.map((inner) => partOf(inner, facts)).join('') : '';
    }
    default:
      return part satisfies never;
  }
}

/** Undefined where it is not known; '' is known to be nothing that is worth a word. */
function factOf(name: string, facts: SentenceFacts): string | undefined {
  const { xmpp, srcIp, destIp, context } = facts;
  switch (name) {
    case 'from':
      return sender(facts);
    case 'to':
      return addressee(facts);
    case 'to_domain':
      return known(cutText(domainOf(xmpp?.to ?? ''), NAME_CHARS)) ?? addressee(facts);
    case 'account':
      return known(account(facts)) ?? known(clientIp(facts));
    case 'service':
      return service(facts);
    case 'src_ip':
      return known(srcIp);
    case 'dest_ip':
      return known(destIp);
    case 'client_ip':
      return known(clientIp(facts));
    case 'server_ip':
      return known(isToClient(facts) ? srcIp : destIp);
    case 'stanza':
      return xmpp === undefined ? 'data' : stanzaWords(xmpp);
    case 'where':
      return placeWords(facts);
    case 'found':
      return foundWords(facts);
    case 'value':
      return known(valueOf(facts));
    case 'file':
      return known(fileName(facts));
    default: {
      const fact = Object.hasOwn(context, name) ? context[name] : undefined;
      return fact === undefined ? undefined : known(asWords(fact));
    }
  }
}

function known(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function isToClient({ direction }: SentenceFacts): boolean {
  return direction === 'to_client';
}

function clientIp(facts: SentenceFacts): string {
  return isToClient(facts) ? facts.destIp : facts.srcIp;
}

/** Who is logged in on the connection; '' before the login. */
function account({ xmpp }: SentenceFacts): string {
  const { user = '', domain = '' } = xmpp ?? {};
  if (user === '') return '';
  return cutText(user.includes('@') || domain === '' ? user : `${user}@${domain}`, NAME_CHARS);
}

/** The server's name, else its address. */
function service(facts: SentenceFacts): string {
  const { xmpp, srcIp, destIp } = facts;
  const name = xmpp?.domain ?? '';
  if (name !== '') return cutText(name, NAME_CHARS);
  return (isToClient(facts) ? srcIp : destIp) || NOBODY;
}

function sender(facts: SentenceFacts): string {
  const { xmpp, srcIp } = facts;
  const name = xmpp?.from ?? '';
  // In a room the resource is who speaks.
  const isRoom = xmpp?.type === 'groupchat' && isToClient(facts);
  if (name !== '') return isRoom ? cutText(name, NAME_CHARS) : person(name, xmpp?.to ?? '');
  if (xmpp === undefined) return srcIp || NOBODY;
  return isToClient(facts) ? service(facts) : account(facts) || srcIp || NOBODY;
}

function addressee(facts: SentenceFacts): string {
  const { xmpp, destIp } = facts;
  const name = xmpp?.to ?? '';
  if (name !== '') return person(name, xmpp?.from ?? '');
  if (xmpp === undefined) return destIp || NOBODY;
  return isToClient(facts) ? account(facts) || destIp || NOBODY : service(facts);
}

/** Accounts by their bare JID; two devices of one account by the full one. */
function person(jid: string, other: string): string {
  const bare = bareJid(jid);
  const isOwn = other !== '' && bare === bareJid(other);
  return cutText(isOwn ? jid : bare, NAME_CHARS);
}

function placeWords({ xmpp, evidence }: SentenceFacts): string {
  if (xmpp === undefined) return 'on the connection';
  const stanza = stanzaWords(xmpp);
  switch (evidence?.buffer) {
    case 'xmpp.subject':
      return `in the subject of ${stanza}`;
    case 'xmpp.status':
      return `in the status of ${stanza}`;
    default:
      return `in ${stanza}`;
  }
}

/** The first secret that shows its ends: " (4111********1111)". */
function foundWords({ evidence }: SentenceFacts): string {
  const masked = evidence?.matches.map((match) => match.masked.trim());
  const shown = masked?.find((text) => MASKED_VALUE.test(text));
  return shown === undefined ? '' : ` (${cutText(shown, VALUE_CHARS)})`;
}

/** What matched, in one line; '' where it is hidden. */
function valueOf({ evidence }: SentenceFacts): string {
  if (evidence === undefined) return '';
  const isWhole = VALUE_BUFFERS.has(evidence.buffer);
  const isAttribute = evidence.buffer === 'xmpp.attr';
  const texts = isWhole ? [evidence.excerpt] : evidence.matches.map(({ masked }) => masked);
  // What stands before the first equals sign there is the path of the attribute.
  const values = isAttribute ? texts.map((text) => text.slice(text.indexOf('=') + 1)) : texts;
  const shown = values.map(inLine).find((text) => text !== '' && !ALL_HIDDEN.test(text));
  return shown === undefined ? '' : cutText(shown, VALUE_CHARS);
}

function fileName({ evidence, context }: SentenceFacts): string {
  const isName = evidence?.buffer === 'xmpp.file_name';
  return cutText(
    inLine(isName ? evidence.excerpt : String(context['file_name'] ?? '')),
    VALUE_CHARS,
  );
}

function inLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Facts that are names of the sensor's own (`several_at_signs`, `version,to`) as words. */
function asWords(fact: string | number): string {
  if (typeof fact === 'number') return String(fact);
  const text = /^[a-z]+(?:,[a-z]+)+$/.test(fact) ? fact.replaceAll(',', ', ') : inLine(fact);
  return cutText(/^[a-z]+(?:_[a-z]+)+$/.test(text) ? text.replaceAll('_', ' ') : text, NAME_CHARS);
}

/** A secret that was cut over several messages. */
function joinedWords({ context }: SentenceFacts): string {
  const joined = context['joined'];
  if (typeof joined !== 'string' || joined === '') return '';
  return `, ${joined.charAt(0).toLowerCase()}${joined.slice(1)}`;
}

function borderWords({ context }: SentenceFacts): string {
  switch (context['leak_direction']) {
    case 'outbound':
      return ', out of the organisation';
    case 'inbound':
      return ', from outside the organisation';
    default:
      return '';
  }
}
