/**
 * How SOCKS5 bytestreams will be told: both parties derive the name they ask the server for from session id and JIDs
 * (XEP-0065 section 5.3.2, XEP-0260 section 2.3).
 */
import { createHash } from 'node:crypto';
import { KINDS, TYPE, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { normalizeJid } from '../../xmpp/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { RoadOptions } from '../watches.ts';
import { offerOf, partiesOf } from './offer-desk.ts';
import { NO_FACTS } from './stated-file.ts';

const BYTESTREAMS = nsId('http://jabber.org/protocol/bytestreams');
const NAME = {
  query: nameId('query'),
  sid: nameId('sid'),
  streamhost: nameId('streamhost'),
  candidate: nameId('candidate'),
  host: nameId('host'),
  port: nameId('port'),
  type: nameId('type'),
  dstaddr: nameId('dstaddr'),
};
const MOST_HOSTS = 32;
/** RFC 1928: a name is at most 255 bytes. */
const MOST_NAME_CHARS = 255;

export function watchBytestreams({ ledger }: RoadOptions): Watch {
  return {
    name: 'file-bytestreams',
    kinds: KINDS.iq,
    types: 1 << TYPE.set,
    children: [BYTESTREAMS],
    stanza: (scene) => {
      readQuery(scene, ledger);
    },
  };
}

/** Hosts for a stream, offered by whoever asked for it. */
function readQuery(scene: Scene, ledger: FileLedger): void {
  const { tree, nowUsec } = scene;
  const query = tree.child(0, BYTESTREAMS, NAME.query);
  const sid = query < 0 ? '' : tree.attrValue(query, NAME.sid);
  if (sid === '') return;
  const parties = partiesOf(scene);
  const { from, to } = parties;
  // The order to a proxy to begin (section 6.3.5) has no hosts; what it names is known.
  if (tree.child(query, BYTESTREAMS, NAME.streamhost) < 0) return;
  let entry = ledger.ofStream(sid, from, to, nowUsec);
  if (entry === undefined) {
    // Nobody said what for.
    const offer = offerOf(scene, parties, '', sid, NO_FACTS);
    entry = ledger.claim([sid, normalizeJid(from), normalizeJid(to)], offer);
    ledger.nameStream(entry, sid, from, to, nowUsec);
  }
  // By who wrote it as well: clients that leave out their address hash what they think it is.
  const { view } = scene;
  const names = [...namesOf(sid, from, to), ...namesOf(sid, view.from, view.to)];
  ledger.nameConnections(entry, names, nowUsec);
  learnProxies(scene, ledger, query, NAME.streamhost);
}

/** A SOCKS5 transport of Jingle. In it both sides offer hosts, each for a name of its own order. */
export function readJingleTransport(
  scene: Scene,
  ledger: FileLedger,
  transport: number,
  entry: LedgerEntry,
  a: string,
  b: string,
): void {
  const { tree, nowUsec } = scene;
  const sid = tree.attrValue(transport, NAME.sid);
  if (sid === '') return;
  ledger.nameConnections(entry, [...namesOf(sid, a, b), ...namesOf(sid, b, a)], nowUsec);
  const claimed = tree.attrValue(transport, NAME.dstaddr).trim();
  if (claimed !== '' && claimed.length <= MOST_NAME_CHARS) {
    ledger.claimConnection(entry, claimed, nowUsec);
  }
  learnProxies(scene, ledger, transport, NAME.candidate);
}

/** JIDs may be hashed as they are written or folded by the book (RFC 7622). */
function namesOf(sid: string, requester: string, target: string): string[] {
  return [
    connectionName(sid, requester, target),
    connectionName(sid, normalizeJid(requester), normalizeJid(target)),
  ];
}

export function connectionName(sid: string, requester: string, target: string): string {
  return createHash('sha1').update(`${sid}${requester}${target}`).digest('hex');
}

function learnProxies(scene: Scene, ledger: FileLedger, parent: number, hostName: number): void {
  const { tree, nowUsec } = scene;
  const isJingle = hostName === NAME.candidate;
  let left = MOST_HOSTS;
  for (let at = tree.firstChild(parent); at >= 0 && left > 0; at = tree.nextSibling(at, parent)) {
    left--;
    if (tree.name(at) !== hostName) continue;
    if (isJingle && tree.attrValue(at, NAME.type) !== 'proxy') continue;
    const host = tree.attrValue(at, NAME.host);
    ledger.nameProxy(`${host} ${tree.attrValue(at, NAME.port)}`, nowUsec);
  }
}
