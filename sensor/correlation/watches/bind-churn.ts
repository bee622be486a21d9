/**
 * `bind-churn`: an account with more sessions than people have devices, or bound again and again; and two places
 * that take an account from each other, each throwing the other out (`<conflict/>`): shared, or taken over. A client
 * that throws out its own old connection is none of this.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import {
  bareJid,
  splitJid,
  type SessionSummary,
  type XmppEvent,
  type XmppSession,
} from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LoginParty } from '../login-party.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { RecentTimes } from '../recent.ts';
import type { Scene } from '../scene.ts';
import type { ClientPrints } from '../tables/client-prints.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { SessionMarks } from '../by-flow.ts';

const BIND_CHURN = eventId('auth.bind_churn');
const SESSION_CONTEST = eventId('auth.session_contest');
const SESSION_REACHED = eventId('xmpp.plaintext_session');
const STREAMS = nsId('http://etherx.jabber.org/streams');
const BIND = nsId('urn:ietf:params:xml:ns:xmpp-bind');
const STANZA_ERRORS = nsId('urn:ietf:params:xml:ns:xmpp-stanzas');
const STREAM_ERRORS = nsId('urn:ietf:params:xml:ns:xmpp-streams');
const ERROR = nameId('error');
const LIFE_SECONDS = 24 * 3600;
const MINUTE = 60;

export function watchBindChurn(options: WatchOptions): Watch {
  return new BindChurnWatch(options);
}

class BindChurnWatch implements Watch {
  readonly name = 'bind-churn';
  readonly kinds = KINDS.nonza | KINDS.iq;
  readonly events = [SESSION_REACHED];
  readonly #thresholds: ThresholdValues;
  readonly #prints: ClientPrints;
  readonly #party: LoginParty;
  readonly #accounts: LruTable;
  readonly #binds: RecentTimes;
  readonly #refusals: RecentTimes;
  readonly #turns: RecentTimes;
  readonly #live: Column<Uint32Array>;
  /** Program and address of whoever was thrown out last. */
  readonly #loser: Column<Int32Array>;
  /** By flow: session that is counted as live. */
  readonly #counted = new SessionMarks();
  readonly #key = new Key();

  constructor({ memory, limits, thresholds, tables, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#prints = tables.clientPrints;
    this.#party = new LoginParty(endpointsOf);
    const capacity = limits.correlationLoginUserEntries;
    this.#accounts = new LruTable(memory, 'bound_accounts', capacity, LIFE_SECONDS);
    this.#binds = new RecentTimes(this.#accounts, thresholds.bindsPerMinute + 1);
    this.#refusals = new RecentTimes(this.#accounts, thresholds.bindRefusals);
    this.#turns = new RecentTimes(this.#accounts, thresholds.contestTurns);
    this.#live = this.#accounts.uint32();
    this.#loser = this.#accounts.int32(4);
  }

  /** A session has its address. */
  event({ session, tsUsec }: XmppEvent, teller: Teller): void {
    if (splitJid(session.jid).resource === '') return;
    const slot = this.#claim(session.jid, tsUsec);
    this.#counted.add(session);
    const live = (this.#live.values[slot] as number) + 1;
    this.#live.values[slot] = live;
    this.#binds.add(slot, tsUsec);
    const { bindsPerMinute, bindResources } = this.#thresholds;
    const binds = this.#binds.within(slot, tsUsec, MINUTE);
    if (live > bindResources) {
      this.#tell(session, tsUsec, teller, `has ${live} sessions at the same time`, { live, binds });
    } else if (binds > bindsPerMinute) {
      const what = `was bound at least ${binds} times within a minute`;
      this.#tell(session, tsUsec, teller, what, { live, binds });
    }
  }

  sessionEnd(session: XmppSession, { endUsec }: SessionSummary): void {
    if (!this.#counted.has(session)) return;
    this.#counted.delete(session);
    const { high, low } = this.#key.ofText(bareJid(session.jid).toLowerCase());
    const slot = this.#accounts.find(high, low, endUsec);
    const live = slot < 0 ? 0 : (this.#live.values[slot] as number);
    if (live > 0) this.#live.values[slot] = live - 1;
  }

  stanza(scene: Scene): void {
    if (scene.direction !== 1 || scene.tree.isEmpty) return;
    if (scene.tree.is(0, STREAMS, ERROR)) this.#onStreamError(scene);
    else if (scene.session.jid === '' && scene.view.type === 'error') this.#onBindError(scene);
  }

  #onStreamError(scene: Scene): void {
    const { tree, session, nowUsec } = scene;
    const condition = tree.childInNs(0, STREAM_ERRORS);
    if (session.jid === '' || condition < 0 || tree.localName(condition) !== 'conflict') return;
    const print = this.#prints.of(session.flow);
    const party = this.#party.of(session.flow, '');
    if (print === undefined || !party.isPlaced) return;
    const slot = this.#claim(session.jid, nowUsec);
    const loser = this.#loser.values;
    const isOther = loser[4 * slot] !== print.high || loser[4 * slot + 1] !== print.low;
    const isFirst = loser[4 * slot] === 0 && loser[4 * slot + 1] === 0;
    const { high, low } = party.address;
    const isElsewhere = loser[4 * slot + 2] !== high || loser[4 * slot + 3] !== low;
    loser.set([print.high, print.low, high, low], 4 * slot);
    // Thrown out now is another program at another address than the last time: the two take turns.
    if (isFirst || !isOther || !isElsewhere) return;
    this.#turns.add(slot, nowUsec);
    const { contestTurns, contestSeconds } = this.#thresholds;
    const turns = this.#turns.within(slot, nowUsec, contestSeconds);
    if (turns < contestTurns) return;
    const account = bareJid(session.jid);
    scene.raise(
      SESSION_CONTEST,
      { key: account, contributors: [party.ip] },
      {
        summary: `Two clients at different addresses take ${shown(account)} from each other: at least ${turns} turns within ${span(contestSeconds)}, ${party.ip} was thrown out last`,
        ...{ account, source: party.ip, turns, window_seconds: contestSeconds },
      },
    );
  }

  /** XEP-0205: no room for another session of this user. */
  #onBindError(scene: Scene): void {
    const { tree, session, nowUsec } = scene;
    const error = tree.child(0, tree.ns(0), ERROR);
    const condition = error < 0 ? -1 : tree.childInNs(error, STANZA_ERRORS);
    if (
      condition < 0 ||
      session.user === '' ||
      tree.localName(condition) !== 'resource-constraint'
    ) {
      return;
    }
    if (tree.childInNs(0, BIND) < 0 && !session.authenticated) return;
    const account = session.user.includes('@') ? session.user : `${session.user}@${session.domain}`;
    const slot = this.#claim(account, nowUsec);
    this.#refusals.add(slot, nowUsec);
    const { bindRefusals, contestSeconds } = this.#thresholds;
    const refusals = this.#refusals.within(slot, nowUsec, contestSeconds);
    if (refusals < bindRefusals) return;
    const { clientIp } = scene;
    scene.raise(
      BIND_CHURN,
      { key: account, contributors: [clientIp] },
      {
        summary: `${shown(account)} was refused at least ${refusals} further sessions within ${span(contestSeconds)}`,
        ...{ account, source: clientIp, refusals, window_seconds: contestSeconds },
      },
    );
  }

  #tell(
    session: XmppSession,
    tsUsec: number,
    teller: Teller,
    what: string,
    counts: Readonly<Record<string, number>>,
  ): void {
    const account = bareJid(session.jid);
    const { ip } = this.#party.of(session.flow, '');
    teller.raise(
      BIND_CHURN,
      { session, direction: 1, tsUsec },
      { key: account, contributors: [ip] },
      {
        summary: `${shown(account)} ${what}, the latest from ${ip}`,
        account,
        source: ip,
        ...counts,
      },
      { from: session.jid, to: session.domain },
    );
  }

  #claim(jid: string, nowUsec: number): number {
    const { high, low } = this.#key.ofText(bareJid(jid).toLowerCase());
    return this.#accounts.claim(high, low, nowUsec);
  }
}
