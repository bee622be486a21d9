/**
 * `sm-hijack`: stream resumption (XEP-0198) by somebody else than its owner. Who knows the id of a resumable session
 * may take it over without its password, where servers check too little. Phones move between networks all the time:
 * another address alone says nothing, it takes another account, or another program from another network.
 * Ids are kept as keys only.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import type { SessionSummary, XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LoginParty, accountName } from '../login-party.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { RecentDistinct } from '../recent.ts';
import type { Scene } from '../scene.ts';
import type { ClientPrints } from '../tables/client-prints.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { ByFlow } from '../by-flow.ts';

const ELSEWHERE = eventId('auth.resume_elsewhere');
const PREAUTH = eventId('auth.resume_preauth');
const GUESSING = eventId('auth.resume_guessing');
const ACK_SURPLUS = eventId('auth.ack_surplus');

const SM = [nsId('urn:xmpp:sm:3'), nsId('urn:xmpp:sm:2')] as const;
const SASL2 = nsId('urn:xmpp:sasl:2');
const BIND2 = nsId('urn:xmpp:bind:0');
const ENABLED = nameId('enabled');
const RESUME = nameId('resume');
const RESUMED = nameId('resumed');
const FAILED = nameId('failed');
const ACK = nameId('a');
const BOUND = nameId('bound');
const ID = nameId('id');
const PREVID = nameId('previd');
const H = nameId('h');
/** No server lets a session be resumed for longer. */
const LIFE_SECONDS = 24 * 3600;

/** A session that can be resumed, or wants to resume another. */
interface Resumable {
  readonly sessionId: number;
  /** Id asked for, until the server has answered. */
  asked: Key | undefined;
  /** Id it goes by from now on. */
  own: Key | undefined;
  /** Stanzas to the client when counting began; NaN while that is unknown. */
  base: number;
  /** Confirmed above what was seen, to be looked at once more with the next confirmation. */
  surplus: number;
  isTold: boolean;
}

export function watchSmHijack(options: WatchOptions): Watch {
  return new SmHijackWatch(options);
}

class SmHijackWatch implements Watch {
  readonly name = 'sm-hijack';
  readonly kinds = KINDS.nonza;
  readonly #thresholds: ThresholdValues;
  readonly #prints: ClientPrints;
  readonly #party: LoginParty;
  readonly #ids: LruTable;
  /** Owner: network, client program, account. */
  readonly #owner: Column<Int32Array>;
  /** Stanzas sent to the owner when its connection ended. */
  readonly #sent: Column<Float64Array>;
  readonly #guessers: LruTable;
  readonly #guesses: RecentDistinct;
  /** By flow. */
  readonly #sessions = new ByFlow<Resumable>();
  readonly #account = new Key();

  constructor({ memory, limits, thresholds, tables, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#prints = tables.clientPrints;
    this.#party = new LoginParty(endpointsOf);
    const secrets = limits.correlationLoginSecretEntries;
    this.#ids = new LruTable(memory, 'resumable_sessions', secrets, LIFE_SECONDS);
    this.#owner = this.#ids.int32(6);
    this.#sent = this.#ids.float64();
    const users = limits.correlationLoginUserEntries;
    this.#guessers = new LruTable(memory, 'resume_guesses', users, thresholds.resumeSeconds);
    this.#guesses = new RecentDistinct(this.#guessers, thresholds.resumeGuesses);
  }

  stanza(scene: Scene): void {
    const { tree } = scene;
    if (tree.isEmpty) return;
    const ns = tree.ns(0);
    if (ns === SM[0] || ns === SM[1]) this.#onElement(scene, 0);
    else if (ns === SASL2) this.#onInline(scene);
  }

  sessionEnd(session: XmppSession, { endUsec }: SessionSummary, teller: Teller): void {
    const known = this.#sessions.get(session.flow);
    if (known?.sessionId !== session.sessionId) return;
    this.#sessions.delete(session.flow);
    const [toServer, toClient] = session.inSync;
    if (known.asked !== undefined && !session.authenticated && toServer && toClient) {
      this.#tellPreauth(session, endUsec, teller);
    }
    if (Number.isNaN(known.base)) return;
    if (toServer && toClient) this.#judgeSurplus(known, session, endUsec, teller);
    if (known.own === undefined) return;
    const slot = this.#ids.find(known.own.high, known.own.low, endUsec);
    if (slot >= 0) this.#sent.values[slot] = session.stanzas[1] - known.base;
  }

  /** SASL2 asks and answers inside its own elements, also inside what Bind 2 answers. */
  #onInline(scene: Scene): void {
    const { tree } = scene;
    for (let child = tree.firstChild(0); child >= 0; child = tree.nextSibling(child, 0)) {
      const ns = tree.ns(child);
      if (ns === SM[0] || ns === SM[1]) this.#onElement(scene, child);
      else if (tree.is(child, BIND2, BOUND)) {
        const enabled = Math.max(
          tree.child(child, SM[0], ENABLED),
          tree.child(child, SM[1], ENABLED),
        );
        if (enabled >= 0) this.#onElement(scene, enabled);
      }
    }
  }

  #onElement(scene: Scene, element: number): void {
    const { tree, session, direction } = scene;
    const name = tree.name(element);
    if (direction === 0) {
      if (name === RESUME) {
        const previd = tree.attrValue(element, PREVID);
        if (previd !== '') this.#of(session).asked = new Key().ofText(previd);
      } else if (name === ACK) {
        this.#onAck(scene, Number(tree.attrValue(element, H)));
      }
      return;
    }
    if (name === ENABLED) this.#onEnabled(scene, tree.attrValue(element, ID));
    else if (name === RESUMED || name === FAILED) this.#onAnswer(scene, name === RESUMED);
  }

  #onEnabled({ session, nowUsec }: Scene, id: string): void {
    const known = this.#of(session);
    known.base = session.stanzas[1];
    if (id === '') return;
    const key = new Key().ofText(id);
    known.own = key;
    const slot = this.#ids.claim(key.high, key.low, nowUsec);
    this.#owner.values.set(this.#ownerOf(session), 6 * slot);
    this.#sent.values[slot] = 0;
  }

  #onAnswer(scene: Scene, succeeded: boolean): void {
    const { session, nowUsec } = scene;
    const known = this.#of(session);
    const { asked } = known;
    if (asked === undefined) return;
    known.asked = undefined;
    if (!session.authenticated && scene.isWhole) {
      const { context, incident } = this.#preauthFacts(session);
      scene.raise(PREAUTH, incident, context);
    }
    const slot = this.#ids.find(asked.high, asked.low, nowUsec);
    if (slot < 0) {
      if (!succeeded) this.#onGuess(scene, asked);
      return;
    }
    this.#judgeOwner(scene, slot, succeeded);
    if (!succeeded) return;
    known.own = asked;
    known.base = session.stanzas[1] - (this.#sent.values[slot] as number);
    this.#ids.claim(asked.high, asked.low, nowUsec);
    this.#owner.values.set(this.#ownerOf(session), 6 * slot);
  }

  #judgeOwner(scene: Scene, slot: number, succeeded: boolean): void {
    const { session } = scene;
    const before = this.#owner.values.subarray(6 * slot, 6 * slot + 6);
    const now = this.#ownerOf(session);
    const differs = (at: number): boolean =>
      before[at] !== now[at] || before[at + 1] !== now[at + 1];
    const isKnown = (at: number): boolean =>
      (before[at] !== 0 || before[at + 1] !== 0) && (now[at] !== 0 || now[at + 1] !== 0);
    const isOtherAccount = isKnown(4) && differs(4);
    const isOtherClient = isKnown(2) && differs(2) && isKnown(0) && differs(0);
    if (!isOtherAccount && !isOtherClient) return;
    const account = accountName(session.user, session.domain);
    const { clientIp } = scene;
    const what = isOtherAccount
      ? 'a session of another account'
      : 'its session with another program from another network than it was opened with';
    scene.raise(
      ELSEWHERE,
      { key: account, contributors: [clientIp] },
      {
        summary: `${shown(account)} at ${clientIp} ${succeeded ? 'resumed' : 'tried to resume'} ${what}`,
        ...{ account, source: clientIp, outcome: succeeded ? 'resumed' : 'refused' },
        differs: isOtherAccount ? 'account' : 'client',
      },
    );
  }

  /** An id never given out, as far as was seen. Those of sessions lost in a restart were. */
  #onGuess(scene: Scene, asked: Key): void {
    const { session, nowUsec, clientIp } = scene;
    const { resumeGuesses, resumeSeconds } = this.#thresholds;
    const account = accountName(session.user, session.domain);
    const who = account === '' ? clientIp : account;
    const { high, low } = this.#account.ofText(who);
    const slot = this.#guessers.claim(high, low, nowUsec);
    this.#guesses.add(slot, asked.high, asked.low, nowUsec);
    const guesses = this.#guesses.within(slot, nowUsec, resumeSeconds);
    if (guesses < resumeGuesses) return;
    scene.raise(
      GUESSING,
      { key: who, contributors: [clientIp] },
      {
        summary: `${shown(who)} at ${clientIp} asked to resume at least ${guesses} different sessions that do not exist within ${span(resumeSeconds)}`,
        ...{ account, source: clientIp, ids: guesses, window_seconds: resumeSeconds },
      },
    );
  }

  #onAck(scene: Scene, h: number): void {
    const { session } = scene;
    const known = this.#sessions.get(session.flow);
    if (known?.sessionId !== session.sessionId || Number.isNaN(known.base)) return;
    if (!Number.isInteger(h) || !scene.isWhole) return;
    if (known.surplus > 0 && !known.isTold) {
      const facts = this.#surplusFacts(known, session);
      if (facts !== undefined) {
        known.isTold = true;
        scene.raise(ACK_SURPLUS, facts.incident, facts.context);
      }
    }
    // Bytes that were not captured show as missing a little later than the confirmation of what was in them.
    const surplus = h - (session.stanzas[1] - known.base);
    known.surplus = surplus > this.#thresholds.ackSurplus ? h : 0;
  }

  #judgeSurplus(known: Resumable, session: XmppSession, tsUsec: number, teller: Teller): void {
    if (known.surplus === 0 || known.isTold) return;
    const facts = this.#surplusFacts(known, session);
    if (facts === undefined) return;
    teller.raise(ACK_SURPLUS, { session, direction: 0, tsUsec }, facts.incident, facts.context, {
      from: session.jid,
      to: session.domain,
    });
  }

  #surplusFacts({ surplus, base }: Resumable, session: XmppSession): Facts | undefined {
    const sent = session.stanzas[1] - base;
    if (surplus - sent <= this.#thresholds.ackSurplus) return undefined;
    const account = accountName(session.user, session.domain);
    const { ip } = this.#party.of(session.flow, account);
    return {
      incident: { key: account, contributors: [ip] },
      context: {
        summary: `${shown(account)} at ${ip} confirms ${surplus} stanzas on a stream where it was sent ${sent}`,
        ...{ account, source: ip, confirmed: surplus, sent },
      },
    };
  }

  #tellPreauth(session: XmppSession, tsUsec: number, teller: Teller): void {
    const { context, incident } = this.#preauthFacts(session);
    teller.raise(PREAUTH, { session, direction: 0, tsUsec }, incident, context);
  }

  #preauthFacts({ flow, domain }: XmppSession): Facts {
    const { ip } = this.#party.of(flow, '');
    return {
      incident: { key: `${ip} ${domain}`, contributors: [ip] },
      context: {
        summary: `${ip} asked ${shown(domain)} to resume a session without a login`,
        ...{ source: ip, domain },
      },
    };
  }

  #ownerOf({ flow, user, domain }: XmppSession): [number, number, number, number, number, number] {
    const account = accountName(user, domain);
    const { wide, accountKey, isPlaced } = this.#party.of(flow, account);
    const print = this.#prints.of(flow);
    return [
      ...(isPlaced ? ([wide.high, wide.low] as const) : ([0, 0] as const)),
      ...([print?.high ?? 0, print?.low ?? 0] as const),
      ...(user === '' ? ([0, 0] as const) : ([accountKey.high, accountKey.low] as const)),
    ];
  }

  #of({ flow, sessionId }: XmppSession): Resumable {
    const known = this.#sessions.get(flow);
    if (known?.sessionId === sessionId) return known;
    const fresh = {
      ...{ sessionId, asked: undefined, own: undefined },
      ...{ base: NaN, surplus: 0, isTold: false },
    };
    this.#sessions.set(flow, fresh);
    return fresh;
  }
}

interface Facts {
  readonly incident: { readonly key: string; readonly contributors: readonly string[] };
  readonly context: Readonly<Record<string, string | number>>;
}
