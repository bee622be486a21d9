/**
 * The outline of a stanza, read once for all who ask: its type as a number and what its children are as bits. The
 * marks say what is there, not that it is genuine: whoever writes a stanza chooses them.
 */
import { bufferId } from '../core/index.ts';
import { NAMESPACES, nameId, nsId, type NamespaceUri } from '../xml/index.ts';
import { STANZA, type StanzaView } from '../xmpp/index.ts';

/** Values of the `type` attribute (RFC 6121 sections 4.7.1 and 5.2.2, RFC 6120 section 8.2.3). */
export const TYPE = {
  /** None: a normal message, an available presence. */
  absent: 0,
  other: 1,
  error: 2,
  chat: 3,
  groupchat: 4,
  headline: 5,
  normal: 6,
  get: 7,
  set: 8,
  result: 9,
  unavailable: 10,
  subscribe: 11,
  subscribed: 12,
  unsubscribe: 13,
  unsubscribed: 14,
  probe: 15,
} as const;

/** Bits for the children of a message or presence, and for what stands in an iq. */
export const MARK = {
  /** Ciphertext: OMEMO, OpenPGP. */
  encrypted: 1,
  /** The body is (in part) for clients that do not understand the rest (XEP-0380, XEP-0428). */
  fallback: 2,
  /** XEP-0280 */
  carbon: 4,
  /** XEP-0313 */
  archive: 8,
  /** XEP-0203 */
  delay: 16,
  /** XEP-0045: from a room, or a private message in one. */
  mucUser: 32,
  /** XEP-0045: a wish to enter a room. */
  mucJoin: 64,
  /** XEP-0353, XEP-0482 */
  call: 128,
  /** XEP-0158 */
  captcha: 256,
  roster: 512,
  /** XEP-0085, XEP-0184, XEP-0333: what clients of people send beside their text. */
  human: 1024,
  /** XEP-0199 */
  ping: 2048,
  /** XEP-0297 */
  forwarded: 16384,
  /** XEP-0224 */
  attention: 32768,
  /** XEP-0085, XEP-0184: chat states and receipts. */
  state: 65536,
} as const;

const BY_NAMESPACE: readonly (readonly [NamespaceUri, number])[] = [
  ['eu.siacs.conversations.axolotl', MARK.encrypted],
  ['urn:xmpp:omemo:1', MARK.encrypted],
  ['urn:xmpp:omemo:2', MARK.encrypted],
  ['urn:xmpp:openpgp:0', MARK.encrypted],
  ['jabber:x:encrypted', MARK.encrypted],
  ['urn:xmpp:eme:0', MARK.fallback],
  ['urn:xmpp:fallback:0', MARK.fallback],
  ['urn:xmpp:carbons:2', MARK.carbon],
  ['urn:xmpp:mam:tmp', MARK.archive],
  ['urn:xmpp:mam:0', MARK.archive],
  ['urn:xmpp:mam:1', MARK.archive],
  ['urn:xmpp:mam:2', MARK.archive],
  ['urn:xmpp:delay', MARK.delay],
  ['jabber:x:delay', MARK.delay],
  ['http://jabber.org/protocol/muc#user', MARK.mucUser],
  ['http://jabber.org/protocol/muc', MARK.mucJoin],
  ['urn:xmpp:jingle-message:0', MARK.call],
  ['urn:xmpp:attention:0', MARK.attention],
  ['urn:xmpp:captcha', MARK.captcha],
  ['jabber:iq:roster', MARK.roster],
  ['urn:xmpp:forward:0', MARK.forwarded],
  ['http://jabber.org/protocol/chatstates', MARK.human | MARK.state],
  ['urn:xmpp:receipts', MARK.human | MARK.state],
  ['urn:xmpp:chat-markers:0', MARK.human],
  ['urn:xmpp:ping', MARK.ping],
];

/** Marks by interned namespace: one lookup for each child. */
const MARKS = new Int32Array(NAMESPACES.length);
for (const [uri, mark] of BY_NAMESPACE) MARKS[nsId(uri)] = mark;

const NAME_TYPE = nameId('type');
const BODY = bufferId('xmpp.body');
const REGION_WORDS = 3;
/** A stanza may have thousands of children: those behind are not looked at. */
const MOST_CHILDREN = 64;
const [LOWER_C, LOWER_G, LOWER_H, LOWER_N, LOWER_P, LOWER_R, LOWER_S] = [
  0x63, 0x67, 0x68, 0x6e, 0x70, 0x72, 0x73,
];

export class Outline {
  /** Bits of those whose children are there (see `want`). */
  interests = 0;
  /** By namespace: bits of those who want it. */
  readonly #wanted = new Int32Array(NAMESPACES.length);
  /** TYPE.* */
  type: number = TYPE.absent;
  /** Bits of MARK. */
  marks = 0;
  /** Index in `view.regions` of the first body, -1 when there is none. */
  body = -1;

  /** Raise `bit` in `interests` where a child is in one of the namespaces (ids of `nsId`). */
  want(namespaces: readonly number[], bit: number): void {
    for (const ns of namespaces) this.#wanted[ns] = (this.#wanted[ns] as number) | bit;
  }

  read(view: StanzaView): void {
    this.interests = 0;
    const { kind, tree } = view;
    this.type = TYPE.absent;
    this.marks = 0;
    this.body = -1;
    if (kind > STANZA.iq || tree.isEmpty) return;
    this.type = typeOf(view);
    let left = MOST_CHILDREN;
    for (let at = tree.firstChild(0); at >= 0 && left > 0; at = tree.nextSibling(at, 0)) {
      const ns = tree.ns(at);
      this.marks |= MARKS[ns] as number;
      this.interests |= this.#wanted[ns] as number;
      left--;
    }
    // Who hides an element behind many others does not hide it from those that look for it.
    if (left === 0) this.interests = -1;
    if (kind === STANZA.message) this.#findBody(view);
  }

  /** Something a person wrote: text, in clear or encrypted, that is no error's echo. */
  get isHuman(): boolean {
    return this.type !== TYPE.error && (this.body >= 0 || (this.marks & MARK.encrypted) !== 0);
  }

  #findBody({ regions, regionCount }: StanzaView): void {
    for (let i = 0; i < regionCount; i++) {
      if (regions[REGION_WORDS * i] !== BODY) continue;
      this.body = i;
      return;
    }
  }
}

/** The words differ in length or in their first letter, but for two presence types. */
function typeOf({ kind, tree, memory }: StanzaView): number {
  const token = tree.attr(0, NAME_TYPE);
  if (token < 0) return TYPE.absent;
  const offset = tree.valueOffset(token);
  const length = tree.valueLength(token);
  const first = memory[offset] as number;
  if (length === 5) return first === LOWER_P ? TYPE.probe : TYPE.error;
  if (kind === STANZA.message) return messageType(first, length);
  if (kind === STANZA.iq) return iqType(first, length);
  return presenceType(memory[offset + 2] as number, length);
}

function messageType(first: number, length: number): number {
  if (length === 4 && first === LOWER_C) return TYPE.chat;
  if (length === 9 && first === LOWER_G) return TYPE.groupchat;
  if (length === 8 && first === LOWER_H) return TYPE.headline;
  if (length === 6 && first === LOWER_N) return TYPE.normal;
  return TYPE.other;
}

function iqType(first: number, length: number): number {
  if (length === 6 && first === LOWER_R) return TYPE.result;
  if (length !== 3) return TYPE.other;
  return first === LOWER_S ? TYPE.set : TYPE.get;
}

function presenceType(third: number, length: number): number {
  switch (length) {
    case 9:
      return TYPE.subscribe;
    case 10:
      return TYPE.subscribed;
    case 11:
      return third === LOWER_S ? TYPE.unsubscribe : TYPE.unavailable;
    case 12:
      return TYPE.unsubscribed;
    default:
      return TYPE.other;
  }
}
