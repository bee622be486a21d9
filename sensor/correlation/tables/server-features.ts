/**
 * What servers offer before TLS: the baseline that tells a stripped offer from a poor server. Kept over restarts
 * (`FactHandler.onServerFeatures`, `TableOptions.serverFeatures`).
 *
 * An offer that is as good or better is the new baseline at once. A lesser one has to stand alone for a while: seen
 * by several client networks, or for an hour, and by nobody otherwise.
 */
import type { ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA, type XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LoginParty } from '../login-party.ts';
import { LruTable, type ObjectColumn } from '../lru-table.ts';
import { STRENGTH, strengthOf, strongest } from '../mechanisms.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type FactHandler, type Learner, type ServerFeatures } from '../types.ts';
import type { TableOptions } from './index.ts';
import { SessionMarks } from '../by-flow.ts';

const LIFE_SECONDS = 365 * 24 * 3600;
/** A baseline that stays the same is told again this often, with its counts. */
const TELL_AGAIN_USEC = 3600e6;
const MAX_MECHANISMS = 32;
const MAX_MECHANISM_CHARS = 64;

const FEATURES = nameId('features');
const STREAMS = nsId('http://etherx.jabber.org/streams');
const TLS = nsId('urn:ietf:params:xml:ns:xmpp-tls');
const SASL = nsId('urn:ietf:params:xml:ns:xmpp-sasl');
const SASL2 = nsId('urn:xmpp:sasl:2');
const STARTTLS = nameId('starttls');
const REQUIRED = nameId('required');
const MECHANISM = nameId('mechanism');
const CHANNEL_BINDING = 'urn:xmpp:sasl-cb:0';
/** Other features by namespace. */
const OTHERS = new Map([
  [nsId('http://jabber.org/features/compress'), 'compression'],
  [nsId('http://jabber.org/features/iq-register'), 'registration'],
  [nsId('http://jabber.org/features/iq-auth'), 'legacy_auth'],
  [SASL2, 'sasl2'],
]);
const STARTTLS_RANK = { absent: 0, offered: 1, required: 2 } as const;

export type Offer = Pick<ServerFeatures, 'starttls' | 'mechanisms' | 'others'>;

interface Server {
  features: ServerFeatures;
  toldUsec: number;
  /** Of the lesser offer seen since the baseline was seen last. */
  lesserSessions: number;
  lesserSinceUsec: number;
  readonly lesserNetworks: Set<string>;
}

/** What a session was offered beside what others were. */
export interface Judgement {
  readonly offer: Offer;
  /** Undefined for a server not seen before. */
  readonly baseline: ServerFeatures | undefined;
  readonly lostStarttls: boolean;
  /** Mechanisms, or binding to the channel, whose loss leaves a listener better off. */
  readonly lostMechanisms: readonly string[];
}

export class ServerFeatureTable implements Learner {
  readonly kinds = KINDS.nonza;
  readonly #thresholds: ThresholdValues;
  readonly #facts: FactHandler;
  readonly #servers: LruTable;
  readonly #entries: ObjectColumn<Server>;
  readonly #party: LoginParty;
  readonly #key = new Key();
  /** By flow: sessions that were offered something, and those of them that were offered less. */
  readonly #judged = new SessionMarks();
  readonly #lesser = new SessionMarks();
  /** Of the element in hand. */
  #judgement: Judgement | undefined;
  #judgedSession = 0;
  #judgedSerial = -1;

  constructor({ memory, limits, thresholds, facts, endpointsOf, serverFeatures }: TableOptions) {
    this.#thresholds = thresholds;
    this.#facts = facts;
    this.#party = new LoginParty(endpointsOf);
    const capacity = limits.correlationServerFeatureEntries;
    this.#servers = new LruTable(memory, 'server_features', capacity, LIFE_SECONDS);
    this.#entries = this.#servers.objects<Server>();
    const kept = [...serverFeatures].sort((a, b) => a.lastUsec - b.lastUsec);
    for (const features of kept.slice(-capacity)) this.#restore(features);
  }

  /** What the features in hand mean; undefined for other elements, and behind the login or TLS. */
  judge(scene: Scene): Judgement | undefined {
    const { session, tree, view } = scene;
    if (scene.direction !== 1 || view.kind !== STANZA.nonza || tree.isEmpty) return undefined;
    if (!tree.is(0, STREAMS, FEATURES)) return undefined;
    if (this.#judgedSession === session.sessionId && this.#judgedSerial === view.serial) {
      return this.#judgement;
    }
    this.#judgedSession = session.sessionId;
    this.#judgedSerial = view.serial;
    this.#judgement = undefined;
    const isFirst = !this.#judged.has(session);
    const isPlain = !session.authenticated && session.tls !== 'started' && scene.isSynced;
    if (!isFirst || !isPlain || session.domain === '' || scene.endpoints === undefined)
      return undefined;
    const offer = offerOf(scene);
    const baseline = this.#find(scene)?.features;
    this.#judgement = { offer, baseline, ...lossOf(offer, baseline) };
    return this.#judgement;
  }

  learn(scene: Scene): void {
    const judgement = this.judge(scene);
    if (judgement === undefined) return;
    this.#judged.add(scene.session);
    const isLesser = judgement.lostStarttls || judgement.lostMechanisms.length > 0;
    if (isLesser) this.#lesser.add(scene.session);
    this.#note(scene, judgement.offer, isLesser);
  }

  /** Was this session offered less than others? */
  isWeakened(session: XmppSession): boolean {
    return this.#lesser.has(session);
  }

  /** The offer a session's server is known for. */
  baselineOf(scene: Scene): ServerFeatures | undefined {
    return scene.endpoints === undefined ? undefined : this.#find(scene)?.features;
  }

  #note(scene: Scene, offer: Offer, isLesser: boolean): void {
    const { nowUsec, session } = scene;
    const { high, low } = this.#keyOf(scene);
    const slot = this.#servers.claim(high, low, nowUsec);
    const known = this.#entries.values[slot];
    if (known === undefined) {
      const features = {
        serverIp: scene.serverIp,
        serverPort: scene.endpoints?.serverPort ?? 0,
        domain: session.domain,
        connection: session.connection,
        ...offer,
        ...{ firstUsec: nowUsec, lastUsec: nowUsec, sessions: 1 },
      };
      this.#tell((this.#entries.values[slot] = serverOf(features)), nowUsec);
      return;
    }
    if (isLesser && !this.#isNewConfiguration(known, scene)) return;
    const before = known.features;
    const isSame = isSameOffer(offer, before);
    known.features = {
      ...before,
      ...offer,
      firstUsec: isSame ? before.firstUsec : nowUsec,
      lastUsec: nowUsec,
      sessions: isSame ? before.sessions + 1 : 1,
    };
    known.lesserSessions = 0;
    known.lesserNetworks.clear();
    if (!isSame || Math.abs(nowUsec - known.toldUsec) >= TELL_AGAIN_USEC)
      this.#tell(known, nowUsec);
  }

  /** One more session was offered less: has that become what the server offers? */
  #isNewConfiguration(server: Server, scene: Scene): boolean {
    const { baselineSessions, baselineNetworks, baselineSeconds } = this.#thresholds;
    if (server.lesserSessions === 0) server.lesserSinceUsec = scene.nowUsec;
    server.lesserSessions++;
    if (server.lesserNetworks.size < baselineNetworks) {
      server.lesserNetworks.add(this.#party.of(scene.session.flow, '').network);
    }
    const stood = Math.abs(scene.nowUsec - server.lesserSinceUsec) / 1e6;
    return (
      server.lesserSessions >= baselineSessions &&
      (server.lesserNetworks.size >= baselineNetworks || stood >= baselineSeconds)
    );
  }

  #tell(server: Server, nowUsec: number): void {
    server.toldUsec = nowUsec;
    this.#facts.onServerFeatures(server.features);
  }

  #restore(features: ServerFeatures): void {
    const { serverIp, serverPort, domain, connection, lastUsec } = features;
    const { high, low } = this.#key.ofText(`${serverIp} ${serverPort} ${domain} ${connection}`);
    const slot = this.#servers.claim(high, low, lastUsec);
    this.#entries.values[slot] = serverOf(features);
  }

  #find(scene: Scene): Server | undefined {
    const { high, low } = this.#keyOf(scene);
    const slot = this.#servers.find(high, low, scene.nowUsec);
    return slot < 0 ? undefined : this.#entries.values[slot];
  }

  #keyOf({ session, endpoints, serverIp }: Scene): Key {
    const { domain, connection } = session;
    return this.#key.ofText(`${serverIp} ${endpoints?.serverPort ?? 0} ${domain} ${connection}`);
  }
}

function serverOf(features: ServerFeatures): Server {
  const counts = { lesserSessions: 0, lesserSinceUsec: 0, lesserNetworks: new Set<string>() };
  return { features, toldUsec: features.lastUsec, ...counts };
}

function offerOf({ tree }: Scene): Offer {
  let starttls: Offer['starttls'] = 'absent';
  const mechanisms = new Set<string>();
  const others = new Set<string>();
  for (let child = tree.firstChild(0); child >= 0; child = tree.nextSibling(child, 0)) {
    const ns = tree.ns(child);
    if (tree.is(child, TLS, STARTTLS)) {
      starttls = tree.child(child, TLS, REQUIRED) >= 0 ? 'required' : 'offered';
    } else if (ns === SASL || ns === SASL2) {
      for (let at = tree.firstChild(child); at >= 0; at = tree.nextSibling(at, child)) {
        if (!tree.is(at, ns, MECHANISM) || mechanisms.size >= MAX_MECHANISMS) continue;
        mechanisms.add(tree.textOf(at).trim().toUpperCase().slice(0, MAX_MECHANISM_CHARS));
      }
    }
    const other = OTHERS.get(ns);
    if (other !== undefined) others.add(other);
    else if (ns === 0 && tree.namespace(child) === CHANNEL_BINDING) others.add('channel_binding');
  }
  return { starttls, mechanisms: [...mechanisms].sort(), others: [...others].sort() };
}

function isSameOffer(a: Offer, b: Offer): boolean {
  return (
    a.starttls === b.starttls &&
    a.mechanisms.join() === b.mechanisms.join() &&
    a.others.join() === b.others.join()
  );
}

function lossOf(
  offer: Offer,
  baseline: Offer | undefined,
): Pick<Judgement, 'lostStarttls' | 'lostMechanisms'> {
  if (baseline === undefined) return { lostStarttls: false, lostMechanisms: [] };
  const lostStarttls = STARTTLS_RANK[offer.starttls] < STARTTLS_RANK[baseline.starttls];
  return { lostStarttls, lostMechanisms: lostMechanisms(offer, baseline) };
}

/** Servers that demand TLS often name mechanisms only behind it: an offer without any is no weaker one. */
function lostMechanisms(offer: Offer, baseline: Offer): string[] {
  if (offer.mechanisms.length === 0 || baseline.mechanisms.length === 0) return [];
  const gone = baseline.mechanisms.filter((one) => !offer.mechanisms.includes(one));
  const best = strongest(offer.mechanisms);
  const isWeaker = best < strongest(baseline.mechanisms);
  const lost = gone.filter((one) => isWeaker && strengthOf(one) > best);
  const hasBinding = (one: Offer): boolean => one.others.includes('channel_binding');
  if (hasBinding(baseline) && !hasBinding(offer) && best >= STRENGTH.scram) {
    lost.push('sasl-channel-binding');
  }
  return lost;
}
