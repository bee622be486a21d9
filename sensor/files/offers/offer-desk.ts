/** What all readers of offers share: who offers what to whom, and what is told of an offer that is wrong. */
import { eventId } from '../../core/index.ts';
import { TYPE, shown, type Scene } from '../../correlation/index.ts';
import type { StanzaView } from '../../xmpp/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FileOffer } from '../types.ts';
import { digestOf, type FileFacts, type StatedFile } from './stated-file.ts';

const MALFORMED = eventId('file.offer_malformed');
const CONFLICT = eventId('file.offer_conflict');

/** Longest text kept of an offer (FileOffer). */
const MOST_CHARS = 1024;
const MOST_URL_BYTES = 4096;
const decoder = new TextDecoder();
/** An older offer nobody took is forgotten by who made it: clients count their session ids from 1 again. */
const CONFLICT_USEC = 600e6;
/** XEP-0231 section 2: algorithm, digest, and a host that means nothing. */
const CID = /^([a-z0-9-]+)\+([0-9a-f]+)@/i;

export interface Parties {
  readonly from: string;
  readonly to: string;
}

/** Full JIDs of who wrote the stanza and who shall get it, as far as the stanza and its session tell. */
export function partiesOf({ view, session, isFirstHop }: Scene): Parties {
  const { from, to } = view;
  const { jid, connection } = session;
  if (isFirstHop && jid !== '') return { from: jid, to };
  const isDelivered = view.direction === 1 && connection === 'c2s';
  return { from, to: to === '' && isDelivered ? jid : to };
}

/** Readers look at what is said, not at errors that repeat it. */
export const NO_ERRORS = ~(1 << TYPE.error);

export function offerOf(
  scene: Scene,
  { from, to }: Parties,
  protocol: FileOffer['protocol'],
  sid: string,
  facts: FileFacts,
): FileOffer {
  return {
    from: cut(from),
    to: cut(to),
    tsUsec: scene.nowUsec,
    flow: scene.session.flow,
    protocol,
    sid: cut(sid),
    ...facts,
    name: cut(facts.name),
    mime: cut(facts.mime),
    description: cut(facts.description),
  };
}

/**
 * The entry of an offer under a session id. The same offer on another leg is the same entry; another file under the
 * id of one that is still on offer is told, and takes its place.
 */
export function negotiated(
  scene: Scene,
  ledger: FileLedger,
  key: readonly string[],
  offer: FileOffer,
): LedgerEntry {
  const entry = ledger.find(offer.protocol, key, offer.tsUsec);
  if (entry === undefined) return ledger.claim(key, offer);
  if (entry.phase === 'over') return ledger.replace(key, offer);
  if (isSameFile(entry.offer, offer)) return entry;
  const age = Math.abs(offer.tsUsec - entry.offer.tsUsec);
  if (age < CONFLICT_USEC) tellConflict(scene, entry.offer, offer);
  return ledger.replace(key, offer);
}

/** Names the thumbnails of an offered file, and tells what is wrong with it. */
export function inspectStated(
  scene: Scene,
  ledger: FileLedger,
  parties: Parties,
  { facts, oddity, thumbnails }: StatedFile,
): void {
  for (const cid of thumbnails) nameCid(scene, ledger, parties, cid);
  if (oddity === '' || scene.isRepeat) return;
  const { from, to } = parties;
  const name = facts.name === '' ? 'a file' : `the file ${shown(facts.name)}`;
  const summary = `${shown(from)} offered ${shown(to)} ${name} with the ${shown(oddity)}`;
  scene.raise(MALFORMED, { key: `${from} ${to}`, contributors: [from] }, { summary, oddity });
}

/** Somebody refers to bits of binary (XEP-0231) `from` has. */
export function nameCid(scene: Scene, ledger: FileLedger, parties: Parties, cid: string): void {
  if (cid === '' || ledger.ofCid(cid, scene.nowUsec) !== undefined) return;
  const [, algo = '', digest = ''] = CID.exec(cid) ?? [];
  const sha1 = algo.toLowerCase() === 'sha1' ? digestOf(digest, 20) : '';
  const facts = {
    name: '',
    size: -1,
    mime: '',
    description: '',
    sha256: algo.toLowerCase() === 'sha256' ? digestOf(digest, 32) : '',
    md5: algo.toLowerCase() === 'md5' ? digestOf(digest, 16) : '',
    ...(sha1 === '' ? {} : { sha1 }),
  };
  const entry = ledger.claim([cid], offerOf(scene, parties, 'bob', cid, facts));
  ledger.nameCid(entry, cid, scene.nowUsec);
}

/** A URL in an attribute or text, -1 for none. Signed URLs are longer than what `StanzaTree.value` reads. */
export function urlText({ tree, memory }: StanzaView, token: number): string {
  if (token < 0) return '';
  const offset = tree.valueOffset(token);
  const length = tree.valueLength(token);
  if (length > MOST_URL_BYTES) return '';
  return decoder.decode(memory.subarray(offset, offset + length)).trim();
}

export function cut(text: string): string {
  return text.length <= MOST_CHARS ? text : text.slice(0, MOST_CHARS);
}

/** What only one of them says is no difference. */
function isSameFile(a: FileOffer, b: FileOffer): boolean {
  const agree = (x: string, y: string): boolean => x === '' || y === '' || x === y;
  return (
    agree(a.name, b.name) &&
    (a.size < 0 || b.size < 0 || a.size === b.size) &&
    agree(a.sha256, b.sha256) &&
    agree(a.md5, b.md5)
  );
}

function tellConflict(scene: Scene, earlier: FileOffer, later: FileOffer): void {
  if (scene.isRepeat) return;
  const { from, to, sid } = later;
  const summary = `${shown(from)} offered ${shown(to)} the file ${shown(later.name)} under the session id of ${shown(earlier.name)}, which is still on offer`;
  const incident = { key: `${from} ${to} ${sid}`, contributors: [from] };
  scene.raise(CONFLICT, incident, { summary, sid: shown(sid) });
}
