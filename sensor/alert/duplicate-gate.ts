/**
 * Recognises the copies of a stanza that was alerted on already (threats.md section 0.1, gate 4). One message
 * crosses a SPAN port two to ten times: client to server, server to server, server to client, carbons (XEP-0280),
 * archive (XEP-0313), room reflections (XEP-0045), offline delivery, resends (XEP-0198), errors that echo it.
 *
 * A wrong "copy" loses an alert, a wrong "new" only repeats one. So every rule here asks for positive proof,
 * and the first hop, where the sender's own client writes to its server, is never silenced by what it repeats
 * itself. The rules stand as a table in NOTES.md.
 */
import { sha256 } from '../core/index.ts';
import type { Direction, LimitValues } from '../core/index.ts';
import { bareJid } from './jid-text.ts';
import { LruMap } from './lru-map.ts';

/** How long an alert silences copies that prove their identity (id and text, or a copy's wrapper). */
const COPY_WINDOW_USEC = 15 * 60 * 1_000_000;
/** How long it does where only text and path speak for it: the time one stanza needs to cross the servers. */
const LEG_WINDOW_USEC = 60 * 1_000_000;
/** Characters kept of a hash in base64: 132 bits. */
const HASH_CHARS = 22;

/** One stanza with a content finding, as it passed one place. */
export interface Sighting {
  /** What copies are compared within: a detection slug, or a rule. */
  readonly group: string;
  readonly flowId: number;
  readonly direction: Direction;
  readonly serial: number;
  readonly tsUsec: number;
  /** Client to its own server: nobody relayed it before. */
  readonly isFirstHop: boolean;
  /** Wrapped as carbon, archive result or delayed delivery. */
  readonly isCopy: boolean;
  /** Attributes of the stanza; `from` falls back to the JID of the session, '' when unknown. */
  readonly type: string;
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The text the finding rests on, empty when it has none. */
  readonly text: Uint8Array;
  /** How grave it is here, where that depends on the way: a copy graver than what was told is new. */
  readonly severity?: number | undefined;
}

/** `same`: this very stanza was alerted on; `copy`: another sighting of it was; `new`: alert. */
export type Verdict = 'new' | 'same' | 'copy';

interface Origin {
  readonly tsUsec: number;
  readonly flowId: number;
  readonly direction: Direction;
  readonly isFirstHop: boolean;
  /** Hashes of the full JIDs: traffic decides how long those are. */
  readonly from: string;
  readonly to: string;
  /** Name under which a room or gateway relayed it, once seen: another name is another stanza. */
  relayedAs: string;
  /** Severity it was told with, the gravest so far; undefined when it is the same everywhere. */
  told: number | undefined;
}

export class DuplicateGate {
  readonly #origins: LruMap<string, Origin>;
  readonly #stanzas: LruMap<string, Origin>;

  constructor(limits: Pick<LimitValues, 'alertDedupeStanzas'>) {
    this.#stanzas = new LruMap(limits.alertDedupeStanzas);
    // A stanza is found again under up to four names.
    this.#origins = new LruMap(limits.alertDedupeStanzas * 4);
  }

  /** Judges a sighting and remembers it. Time is packet time. */
  judge(sighting: Sighting): Verdict {
    const stanza = `${sighting.group} ${sighting.flowId} ${sighting.direction} ${sighting.serial}`;
    const textHash = sighting.text.length === 0 ? '' : hash(sighting.text);
    const judged = this.#stanzas.get(stanza);
    if (judged !== undefined) {
      // Another rule matched other text of the stanza: its copies may show only that one.
      this.#remember(sighting, textHash, judged);
      isGraver(judged, sighting);
      return 'same';
    }
    const original = this.#findOriginal(sighting, textHash);
    const origin = original ?? {
      tsUsec: sighting.tsUsec,
      flowId: sighting.flowId,
      direction: sighting.direction,
      isFirstHop: sighting.isFirstHop,
      from: hash(sighting.from),
      to: hash(sighting.to),
      relayedAs: '',
      told: sighting.severity,
    };
    this.#stanzas.set(stanza, origin);
    if (original !== undefined) return isGraver(original, sighting) ? 'new' : 'copy';
    this.#remember(sighting, textHash, origin);
    return 'new';
  }

  #findOriginal(sighting: Sighting, textHash: string): Origin | undefined {
    const own = this.#origins.get(ownName(sighting, senderOf(sighting), textHash));
    if (own !== undefined && isSameStanza(own, sighting)) return own;
    if (sighting.isFirstHop) return undefined;
    return (
      this.#findAnonymous(sighting, textHash) ??
      this.#findRelayed(sighting, textHash) ??
      this.#findWrapped(sighting, textHash)
    );
  }

  /** The first hop was seen without a sender: capture began after the login. */
  #findAnonymous(sighting: Sighting, textHash: string): Origin | undefined {
    const origin = this.#origins.get(ownName(sighting, '', textHash));
    return origin !== undefined && isSameStanza(origin, sighting) ? origin : undefined;
  }

  /** A room, or a gateway, passes the stanza on under its own name: the addressee became the sender. */
  #findRelayed(sighting: Sighting, textHash: string): Origin | undefined {
    const relay = bareJid(sighting.from);
    const byId = this.#origins.get(relayName(sighting, relay, sighting.id, textHash));
    if (sighting.id !== '' && byId !== undefined && isFresh(byId, sighting, COPY_WINDOW_USEC)) {
      if (bindRelay(byId, sighting)) return byId;
    }
    // Outside rooms the addressee may as well have answered with the words it was sent.
    if (sighting.type !== 'groupchat') return undefined;
    const byText = this.#origins.get(relayName(sighting, relay, '', textHash));
    if (byText === undefined || !isFresh(byText, sighting, LEG_WINDOW_USEC)) return undefined;
    return bindRelay(byText, sighting) ? byText : undefined;
  }

  #findWrapped(sighting: Sighting, textHash: string): Origin | undefined {
    if (!sighting.isCopy || textHash === '') return undefined;
    const origin = this.#origins.get(textName(sighting, textHash));
    return origin !== undefined && isFresh(origin, sighting, COPY_WINDOW_USEC) ? origin : undefined;
  }

  #remember(sighting: Sighting, textHash: string, origin: Origin): void {
    const sender = senderOf(sighting);
    const names = [ownName(sighting, sender, textHash)];
    if (textHash !== '') names.push(textName(sighting, textHash));
    if (!isReflection(sighting) && sighting.type !== 'error') {
      const to = bareJid(sighting.to);
      if (sighting.id !== '') names.push(relayName(sighting, to, sighting.id, textHash));
      if (sighting.type === 'groupchat') names.push(relayName(sighting, to, '', textHash));
    }
    for (const name of names) if (name !== '') this.#origins.set(name, origin);
  }
}

/**
 * Do two sightings with the same sender, id and text show one stanza? With an id they do, unless a client wrote
 * both itself. Without one, the path decides: a second time in the same place is a second stanza.
 */
function isSameStanza(origin: Origin, sighting: Sighting): boolean {
  const isSameLeg = origin.flowId === sighting.flowId && origin.direction === sighting.direction;
  // An error echoes what another wrote, also where a client sends it.
  if (sighting.isFirstHop && sighting.type !== 'error') {
    if (isSameLeg) return false;
    // Two devices, or two logins not bound yet: resuming a stream (XEP-0198) keeps the full JID.
    if (origin.isFirstHop && !(sighting.from !== '' && origin.from === hash(sighting.from))) {
      return false;
    }
  }
  if (sighting.id !== '') return isFresh(origin, sighting, COPY_WINDOW_USEC);
  // A room writes to many occupants on one federation link: one stanza, many addressees.
  const isFanOut = isSameLeg && isReflection(sighting) && origin.to !== hash(sighting.to);
  return (isFanOut || !isSameLeg) && isFresh(origin, sighting, LEG_WINDOW_USEC);
}

/** Is it graver here than what was told? Then it counts as told so. */
function isGraver(origin: Origin, { severity }: Sighting): boolean {
  if (severity === undefined || origin.told === undefined || severity >= origin.told) return false;
  origin.told = severity;
  return true;
}

/** Binds an original to the name it is relayed under; false when it was relayed under another. */
function bindRelay(origin: Origin, sighting: Sighting): boolean {
  const name = hash(sighting.from);
  if (origin.relayedAs === '') origin.relayedAs = name;
  return origin.relayedAs === name;
}

/** Packet time may step back between files: the distance counts. */
function isFresh(origin: Origin, sighting: Sighting, windowUsec: number): boolean {
  return Math.abs(sighting.tsUsec - origin.tsUsec) <= windowUsec;
}

/** A room passing a message on to an occupant (XEP-0045 section 7.4): its sender is room/nick. */
function isReflection(sighting: Sighting): boolean {
  if (sighting.type !== 'groupchat' || sighting.isFirstHop) return false;
  return sighting.to === '' || sighting.to.includes('/');
}

/** Who wrote the stanza: an error goes back to them, in a room the nick tells them apart. */
function senderOf(sighting: Sighting): string {
  if (sighting.type === 'error') return bareJid(sighting.to);
  return isReflection(sighting) ? sighting.from : bareJid(sighting.from);
}

function ownName(sighting: Sighting, sender: string, textHash: string): string {
  // Without text only the id tells stanzas apart, and an id is unique for its sender only.
  if (textHash === '' && (sighting.id === '' || sender === '')) return '';
  return hash(`own\0${sighting.group}\0${sender}\0${sighting.id}\0${textHash}`);
}

function relayName(sighting: Sighting, relay: string, id: string, textHash: string): string {
  if (textHash === '' || relay === '') return '';
  return hash(`relay\0${sighting.group}\0${relay}\0${id}\0${textHash}`);
}

function textName(sighting: Sighting, textHash: string): string {
  return hash(`text\0${sighting.group}\0${textHash}`);
}

/** Fixed-size name of what may be of any length: ids and JIDs from traffic may be a mebibyte long. */
function hash(data: string | Uint8Array): string {
  return sha256(data, 'base64').slice(0, HASH_CHARS);
}
