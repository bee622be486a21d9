/** Files offered and asked for in Jingle sessions (XEP-0166, XEP-0234), over SOCKS5 (XEP-0260) or in-band (XEP-0261). */
import type { Counters } from '../../core/index.ts';
import { KINDS, TYPE, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { normalizeJid, type StanzaTree } from '../../xmpp/index.ts';
import { EntryIndex } from '../entry-index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FileOffer } from '../types.ts';
import type { RoadOptions } from '../watches.ts';
import { readJingleTransport } from './bytestreams.ts';
import { cut, inspectStated, negotiated, offerOf, partiesOf, type Parties } from './offer-desk.ts';
import { NO_FACTS, hashesOf, readFileElement, type StatedFile } from './stated-file.ts';

const JINGLE = nsId('urn:xmpp:jingle:1');
const S5B = nsId('urn:xmpp:jingle:transports:s5b:1');
const IBB = nsId('urn:xmpp:jingle:transports:ibb:1');
const FILE_TRANSFERS: readonly number[] = [
  nsId('urn:xmpp:jingle:apps:file-transfer:5'),
  nsId('urn:xmpp:jingle:apps:file-transfer:4'),
  nsId('urn:xmpp:jingle:apps:file-transfer:3'),
];
const NAME = {
  jingle: nameId('jingle'),
  action: nameId('action'),
  sid: nameId('sid'),
  content: nameId('content'),
  name: nameId('name'),
  senders: nameId('senders'),
  description: nameId('description'),
  transport: nameId('transport'),
  file: nameId('file'),
  offer: nameId('offer'),
  request: nameId('request'),
  checksum: nameId('checksum'),
};
/** Files of one session. */
const MOST_CONTENTS = 16;

/** Contents by their name. */
interface JingleSession {
  readonly initiator: string;
  readonly responder: string;
  readonly contents: Map<string, LedgerEntry>;
}

export function watchJingle({ ledger, counters, memory, limits, thresholds }: RoadOptions): Watch {
  const { filesOffers } = limits;
  const { filesOfferSeconds } = thresholds;
  const sessions = new EntryIndex<JingleSession>(
    memory,
    'file_sessions',
    filesOffers,
    filesOfferSeconds,
  );
  const offers = new JingleOffers(ledger, sessions, counters);
  return {
    name: 'file-jingle',
    kinds: KINDS.iq,
    types: 1 << TYPE.set,
    children: [JINGLE],
    stanza: (scene) => {
      offers.read(scene);
    },
  };
}

class JingleOffers {
  readonly #ledger: FileLedger;
  readonly #sessions: EntryIndex<JingleSession>;
  readonly #counters: Counters;

  constructor(ledger: FileLedger, sessions: EntryIndex<JingleSession>, counters: Counters) {
    this.#ledger = ledger;
    this.#sessions = sessions;
    this.#counters = counters;
  }

  read(scene: Scene): void {
    const { tree, nowUsec } = scene;
    const jingle = tree.child(0, JINGLE, NAME.jingle);
    if (jingle < 0) return;
    const sid = tree.attrValue(jingle, NAME.sid);
    const parties = partiesOf(scene);
    const key = this.#ledger.keyOfStream(sid, parties.from, parties.to);
    const action = tree.attrValue(jingle, NAME.action);
    const known = this.#sessions.get(key, nowUsec);
    if (action === 'session-initiate') {
      const session = this.#begin(scene, jingle, sid, parties, known);
      if (session.contents.size > 0) {
        this.#sessions.set(
          this.#ledger.keyOfStream(sid, parties.from, parties.to),
          session,
          nowUsec,
        );
      }
    } else if (known !== undefined) {
      this.#sessions.set(key, known, nowUsec);
      this.#go(scene, jingle, sid, action, known);
    }
  }

  #begin(
    scene: Scene,
    jingle: number,
    sid: string,
    { from, to }: Parties,
    known: JingleSession | undefined,
  ): JingleSession {
    const isSame = known !== undefined && normalizeJid(known.initiator) === normalizeJid(from);
    const session = isSame
      ? known
      : { initiator: cut(from), responder: cut(to), contents: new Map<string, LedgerEntry>() };
    this.#add(scene, jingle, sid, session);
    return session;
  }

  /** What is said in a session that is known. */
  #go(scene: Scene, jingle: number, sid: string, action: string, session: JingleSession): void {
    switch (action) {
      case 'content-add':
        this.#add(scene, jingle, sid, session);
        break;
      case 'session-accept':
      case 'content-accept':
        this.#accept(scene, jingle, session);
        break;
      case 'transport-info':
      case 'transport-replace':
      case 'transport-accept':
        for (const [content, entry] of entriesOf(scene.tree, jingle, session)) {
          this.#transport(scene, content, entry, session);
        }
        break;
      case 'content-remove':
      case 'content-reject':
        for (const [, entry] of entriesOf(scene.tree, jingle, session)) entry.phase = 'over';
        break;
      case 'session-terminate':
        for (const entry of session.contents.values()) entry.phase = 'over';
        break;
      case 'session-info':
        this.#checksum(scene, jingle, session);
        break;
    }
  }

  #add(scene: Scene, jingle: number, sid: string, session: JingleSession): void {
    const { tree } = scene;
    const { initiator, responder, contents } = session;
    if (hasMore(tree, jingle)) this.#counters.add('filesOverlooked', 1);
    for (const content of contentsOf(tree, jingle)) {
      const name = tree.attrValue(content, NAME.name);
      if (contents.size >= MOST_CONTENTS && !contents.has(name)) {
        this.#counters.add('filesOverlooked', 1);
        return;
      }
      const description = describedFile(tree, content);
      const hasTransport = transportOf(tree, content) >= 0;
      if (description === undefined && !hasTransport) continue;
      const isAsked = tree.attrValue(content, NAME.senders) === 'responder';
      const isBack = description?.isRequest === true || isAsked;
      const parties = isBack
        ? { from: responder, to: initiator }
        : { from: initiator, to: responder };
      const stated = description?.stated;
      const offer = offerOf(scene, parties, 'jingle', sid, stated?.facts ?? NO_FACTS);
      const people = [normalizeJid(initiator), normalizeJid(responder)];
      const entry = negotiated(scene, this.#ledger, [sid, name, ...people], offer);
      contents.set(name, entry);
      if (stated !== undefined) inspectStated(scene, this.#ledger, parties, stated);
      this.#transport(scene, content, entry, session);
    }
  }

  /** Who accepts may say more of the file (it was asked for), or want a part of it. */
  #accept(scene: Scene, jingle: number, session: JingleSession): void {
    for (const [content, entry] of entriesOf(scene.tree, jingle, session)) {
      entry.phase = 'accepted';
      const stated = describedFile(scene.tree, content)?.stated;
      if (stated !== undefined) {
        const { from, to } = entry.offer;
        this.#ledger.update(entry, moreOf(entry.offer, stated));
        inspectStated(scene, this.#ledger, { from, to }, stated);
      }
      this.#transport(scene, content, entry, session);
    }
  }

  #transport(scene: Scene, content: number, entry: LedgerEntry, session: JingleSession): void {
    const { tree, nowUsec } = scene;
    const transport = transportOf(tree, content);
    if (transport < 0) return;
    const { initiator, responder } = session;
    const sid = tree.attrValue(transport, NAME.sid);
    if (sid === '') return;
    this.#ledger.nameStream(entry, sid, initiator, responder, nowUsec);
    if (tree.ns(transport) === S5B) {
      readJingleTransport(scene, this.#ledger, transport, entry, initiator, responder);
    }
  }

  /** The digest, told when the sender has read the file. That of a part says nothing of the whole. */
  #checksum(scene: Scene, jingle: number, session: JingleSession): void {
    const { tree } = scene;
    for (const ns of FILE_TRANSFERS) {
      const checksum = tree.child(jingle, ns, NAME.checksum);
      const file = checksum < 0 ? -1 : tree.child(checksum, ns, NAME.file);
      if (file < 0) continue;
      const entry = session.contents.get(tree.attrValue(checksum, NAME.name)) ?? onlyOne(session);
      if (entry !== undefined) this.#ledger.update(entry, said(hashesOf(tree, file)));
    }
  }
}

function* contentsOf(tree: StanzaTree, jingle: number): Generator<number> {
  let left = MOST_CONTENTS;
  for (let at = tree.firstChild(jingle); at >= 0 && left > 0; at = tree.nextSibling(at, jingle)) {
    if (!tree.is(at, JINGLE, NAME.content)) continue;
    left--;
    yield at;
  }
}

/** Contents beyond those that are read. */
function hasMore(tree: StanzaTree, jingle: number): boolean {
  let contents = 0;
  for (let at = tree.firstChild(jingle); at >= 0; at = tree.nextSibling(at, jingle)) {
    if (tree.is(at, JINGLE, NAME.content) && ++contents > MOST_CONTENTS) return true;
  }
  return false;
}

/** The contents of a stanza that the session has, with their entries. */
function* entriesOf(
  tree: StanzaTree,
  jingle: number,
  { contents }: JingleSession,
): Generator<readonly [content: number, entry: LedgerEntry]> {
  for (const content of contentsOf(tree, jingle)) {
    const entry = contents.get(tree.attrValue(content, NAME.name));
    if (entry !== undefined) yield [content, entry];
  }
}

/** The SOCKS5 or in-band transport of a content, -1 when it has another. */
function transportOf(tree: StanzaTree, content: number): number {
  const s5b = tree.child(content, S5B, NAME.transport);
  return s5b >= 0 ? s5b : tree.child(content, IBB, NAME.transport);
}

/** Version 3 wraps the file in what is wanted with it; later ones say so by `senders`. */
function describedFile(
  tree: StanzaTree,
  content: number,
): { readonly stated: StatedFile; readonly isRequest: boolean } | undefined {
  for (const ns of FILE_TRANSFERS) {
    const description = tree.child(content, ns, NAME.description);
    if (description < 0) continue;
    const request = tree.child(description, ns, NAME.request);
    const offer = tree.child(description, ns, NAME.offer);
    const parent = request >= 0 ? request : offer >= 0 ? offer : description;
    const file = tree.child(parent, ns, NAME.file);
    if (file < 0) return undefined;
    return { stated: readFileElement(tree, file), isRequest: request >= 0 };
  }
  return undefined;
}

function onlyOne({ contents }: JingleSession): LedgerEntry | undefined {
  return contents.size === 1 ? [...contents.values()][0] : undefined;
}

/** What an answer adds to an offer: what was not said before, and how much of the file is wanted. */
function moreOf(offer: FileOffer, { facts }: StatedFile): Partial<FileOffer> {
  const { name, mime, description, size, ...hashes } = facts;
  const more: Record<string, string | number> = { ...said(hashes) };
  if (offer.name === '' && name !== '') more['name'] = cut(name);
  if (offer.mime === '' && mime !== '') more['mime'] = cut(mime);
  if (offer.description === '' && description !== '') more['description'] = cut(description);
  // A part: smaller than the whole, and no digest stands for it.
  const isPart = size >= 0 && offer.size > size;
  if (size >= 0 && (offer.size < 0 || isPart)) more['size'] = size;
  return isPart ? { ...more, sha256: '', md5: '' } : more;
}

/** Those digests that are there. */
function said(hashes: Partial<FileOffer>): Partial<FileOffer> {
  return Object.fromEntries(Object.entries(hashes).filter(([, digest]) => digest !== ''));
}
