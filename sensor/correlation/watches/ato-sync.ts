/**
 * `ato-sync`: somebody copies an account right after logging in: the whole archive, carbons of what comes, pushes to
 * a service of his own. Every new device does that once, so it counts only for a program and a network that are
 * both new to the account; or, and then far less is needed, after its password was guessed: the account is taken over.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import type { LoginOutcome, XmppSession } from '../../xmpp/index.ts';
import { LoginParty } from '../login-party.ts';
import type { Scene } from '../scene.ts';
import type { ClientPrints } from '../tables/client-prints.ts';
import type { LoginHistory } from '../tables/login-history.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { ByFlow } from '../by-flow.ts';

const NEW_PLACE = eventId('auth.sync_from_new_place');
const TAKEOVER = eventId('auth.account_takeover');
const CARBONS = nsId('urn:xmpp:carbons:2');
const MAM = [nsId('urn:xmpp:mam:2'), nsId('urn:xmpp:mam:1'), nsId('urn:xmpp:mam:0')] as const;
const RSM = 'http://jabber.org/protocol/rsm';
const PUSH = nsId('urn:xmpp:push:0');
const VCARD = nsId('vcard-temp');
const ROSTER = nsId('jabber:iq:roster');
const ENABLE = nameId('enable');
const MAX = nameId('max');
/** What servers answer with when a query names no number. */
const PAGE = 50;

/** Steps of copying an account. */
const STEPS = { carbons: 1, archive: 2, push: 4, vcard: 8, roster: 16 } as const;

/** A login that is worth following. */
interface Suspect {
  readonly sessionId: number;
  readonly account: string;
  readonly loginUsec: number;
  readonly isGuessed: boolean;
  readonly isNew: boolean;
  steps: number;
  items: number;
}

export function watchAtoSync(options: WatchOptions): Watch {
  return new AtoSyncWatch(options);
}

class AtoSyncWatch implements Watch {
  readonly name = 'ato-sync';
  readonly kinds = KINDS.iq;
  readonly #thresholds: ThresholdValues;
  readonly #history: LoginHistory;
  readonly #prints: ClientPrints;
  readonly #party: LoginParty;
  /** By flow. */
  readonly #suspects = new ByFlow<Suspect>();

  constructor({ thresholds, tables, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#history = tables.loginHistory;
    this.#prints = tables.clientPrints;
    this.#party = new LoginParty(endpointsOf);
  }

  login(login: LoginOutcome): void {
    const { session, tsUsec, kind } = login;
    const isLogin = kind === 'sasl' || kind === 'sasl2' || kind === 'legacy';
    if (!isLogin || !login.succeeded || session.connection !== 'c2s' || login.user === '') return;
    const party = this.#party.ofLogin(login);
    const { account } = party;
    const print = this.#prints.of(session.flow);
    const novelty = this.#history.noveltyOf(party, print, tsUsec);
    const isNew = novelty.hasHistory && novelty.isNewNetwork && novelty.isNewClient;
    const isGuessed = this.#history.wasGuessed(party, tsUsec);
    if (!isNew && !isGuessed) return;
    this.#suspects.set(session.flow, {
      ...{ sessionId: session.sessionId, account, loginUsec: tsUsec, isGuessed, isNew },
      ...{ steps: 0, items: 0 },
    });
  }

  sessionEnd({ flow }: XmppSession): void {
    this.#suspects.delete(flow);
  }

  stanza(scene: Scene): void {
    if (scene.direction !== 0) return;
    const suspect = this.#suspects.get(scene.session.flow);
    if (suspect?.sessionId !== scene.session.sessionId) return;
    const { syncSeconds } = this.#thresholds;
    if (Math.abs(scene.nowUsec - suspect.loginUsec) > syncSeconds * 1e6) {
      this.#suspects.delete(scene.session.flow);
      return;
    }
    if (this.#isStep(scene, suspect)) this.#judge(scene, suspect);
  }

  /** Notes what the stanza asks for; true when it was a step. */
  #isStep({ tree, view }: Scene, suspect: Suspect): boolean {
    const child = tree.firstChild(0);
    if (child < 0) return false;
    const ns = tree.ns(child);
    const isSet = view.type === 'set';
    if (ns === CARBONS && isSet && tree.name(child) === ENABLE) suspect.steps |= STEPS.carbons;
    else if (ns === PUSH && isSet && tree.name(child) === ENABLE) suspect.steps |= STEPS.push;
    else if (isSet && (ns === MAM[0] || ns === MAM[1] || ns === MAM[2])) {
      suspect.steps |= STEPS.archive;
      suspect.items += itemsAskedFor(tree, child);
    } else if (ns === VCARD && !isSet) suspect.steps |= STEPS.vcard;
    else if (ns === ROSTER && !isSet) suspect.steps |= STEPS.roster;
    else return false;
    return true;
  }

  #judge(scene: Scene, suspect: Suspect): void {
    const { steps, items, isGuessed, isNew } = suspect;
    const { syncItems } = this.#thresholds;
    const isAnything = (steps & (STEPS.carbons | STEPS.archive | STEPS.push)) !== 0;
    const isCopy =
      items >= syncItems &&
      (steps & STEPS.carbons) !== 0 &&
      (steps & (STEPS.push | STEPS.vcard | STEPS.roster)) !== 0;
    if (isGuessed ? !isAnything : !isNew || !isCopy) return;
    const { clientIp, session } = scene;
    const { account, loginUsec } = suspect;
    const seconds = Math.round(Math.abs(scene.nowUsec - loginUsec) / 1e6);
    const elapsed = seconds === 0 ? 'at once' : `within ${span(seconds)}`;
    const done = wordsOf(suspect);
    scene.raise(
      isGuessed ? TAKEOVER : NEW_PLACE,
      { key: account, contributors: [clientIp] },
      {
        summary: isGuessed
          ? `${shown(account)} was taken over: ${clientIp} guessed its password and ${elapsed} asked for ${done}`
          : `A program and network new to ${shown(account)}, at ${clientIp}, logged in and ${elapsed} asked for ${done}`,
        ...{ account, source: clientIp, items, client: session.client },
        steps: done,
      },
    );
  }
}

/** `max` of the query's result set (XEP-0059). */
function itemsAskedFor(tree: Scene['tree'], query: number): number {
  for (let child = tree.firstChild(query); child >= 0; child = tree.nextSibling(child, query)) {
    if (tree.namespace(child) !== RSM) continue;
    const max = tree.child(child, tree.ns(child), MAX);
    const items = max < 0 ? NaN : Number(tree.textOf(max));
    if (Number.isInteger(items) && items >= 0) return Math.min(items, 1_000_000);
  }
  return PAGE;
}

function wordsOf({ steps, items }: Suspect): string {
  const words = [
    (steps & STEPS.archive) === 0 ? '' : `${items} archived messages`,
    (steps & STEPS.carbons) === 0 ? '' : 'copies of all messages',
    (steps & STEPS.push) === 0 ? '' : 'pushes to another service',
    (steps & STEPS.roster) === 0 ? '' : 'the contact list',
    (steps & STEPS.vcard) === 0 ? '' : 'vCards',
  ].filter((word) => word !== '');
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
