/**
 * `iq-reply-spoof`: an answer from somebody who was not asked. A client that matches answers by id alone (and ids are
 * often counters) takes the attacker's contact list, keys or file host for those it asked for.
 */
import { eventId } from '../../core/index.ts';
import { nsId } from '../../xml/index.ts';
import type { XmppSession } from '../../xmpp/index.ts';
import {
  accountOf,
  addressee,
  isEcho,
  isFromAccount,
  isOwnService,
  senderOf,
} from '../accounts.ts';
import { Accusations } from '../accusations.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { ARCHIVE_NAMESPACES } from '../tables/archive-queries.ts';
import { ANSWER, type IqLedger } from '../tables/iq-ledger.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const FROM_ANOTHER = eventId('spoof.iq_answer');
const FROM_ANOTHER_OTHER = eventId('spoof.iq_answer_other');
const UNASKED = eventId('spoof.iq_unasked');

/** What clients act upon when it comes in an answer: namespace and what it is, for people. */
const SENSITIVE: readonly (readonly [ns: number, what: string])[] = [
  [nsId('jabber:iq:roster'), 'a contact list'],
  ...ARCHIVE_NAMESPACES.map((ns): [number, string] => [ns, 'the state of an archive']),
  [nsId('vcard-temp'), 'a profile'],
  [nsId('urn:ietf:params:xml:ns:vcard-4.0'), 'a profile'],
  [nsId('http://jabber.org/protocol/disco#info'), 'features of a client or service'],
  [nsId('http://jabber.org/protocol/disco#items'), 'services'],
  [nsId('http://jabber.org/protocol/bytestreams'), 'hosts for a file transfer'],
  [nsId('http://jabber.org/protocol/pubsub'), 'keys or other published data'],
  [nsId('urn:xmpp:http:upload:0'), 'a place for an upload'],
  [nsId('jabber:iq:private'), 'private settings'],
];

export function watchIqReplySpoof(options: WatchOptions): Watch {
  return new IqReplySpoofWatch(options);
}

class IqReplySpoofWatch implements Watch {
  readonly name = 'iq-reply-spoof';
  readonly kinds = KINDS.iq;
  readonly hops = 1 << HOP.toClient;
  readonly types = (1 << TYPE.result) | (1 << TYPE.error);
  readonly #ledger: IqLedger;
  readonly #settleSeconds: number;
  readonly #accusations: Accusations;

  constructor({ tables, thresholds, teller }: WatchOptions) {
    this.#ledger = tables.iqLedger;
    this.#settleSeconds = thresholds.answerSeconds;
    this.#accusations = new Accusations(teller, thresholds.lostSeconds);
  }

  stanza(scene: Scene): void {
    // The question must have been seen, had there been one. Nobody else can speak for the own account and its
    // server; RFC 6120 lets those answer under several names.
    if (!scene.isWhole || isFromAccount(scene) || isOwnService(scene)) return;
    const { startUsec } = scene.session;
    const answer = this.#ledger.judge(scene, startUsec);
    if (answer === ANSWER.expected) return;
    const what = isEcho(scene) ? '' : payloadOf(scene);
    if (answer === ANSWER.fromAnother) this.#fromAnother(scene, what);
    else if (what !== '') this.#unasked(scene, what);
  }

  tick(tsUsec: number): void {
    this.#accusations.tick(tsUsec);
  }

  sessionEnd(session: XmppSession): void {
    this.#accusations.end(session);
  }

  #fromAnother(scene: Scene, what: string): void {
    const { sender, victim } = parties(scene);
    const answered = what === '' ? 'answered' : `answered with ${what}`;
    const summary = `${shown(sender)} ${answered} what ${shown(victim)} had asked of somebody else`;
    this.#accuse(scene, what === '' ? FROM_ANOTHER_OTHER : FROM_ANOTHER, summary, what);
  }

  #unasked(scene: Scene, what: string): void {
    const seconds = (scene.nowUsec - scene.session.startUsec) / 1e6;
    // What was asked on an earlier connection may be answered on this one.
    if (seconds < this.#settleSeconds) return;
    const { sender, victim } = parties(scene);
    const since = span(seconds);
    const summary = `${shown(sender)} sent ${shown(victim)} an answer with ${what}, but nothing with its id was asked in the ${since} of this session`;
    this.#accuse(scene, UNASKED, summary, what);
  }

  #accuse(scene: Scene, event: number, summary: string, payload: string): void {
    const { sender, victim } = parties(scene);
    const about = { summary, sender: shown(sender), victim: shown(victim) };
    const verdict = this.#ledger.again(scene, scene.session.startUsec);
    this.#accusations.add(scene, {
      event,
      incident: { key: accountOf(sender), contributors: [shown(victim)] },
      context: payload === '' ? about : { ...about, payload },
      isExplained: () => verdict() === ANSWER.expected,
    });
  }
}

function parties(scene: Scene): { readonly sender: string; readonly victim: string } {
  return { sender: senderOf(scene), victim: accountOf(addressee(scene)) };
}

function payloadOf(scene: Scene): string {
  return SENSITIVE.find(([ns]) => scene.holds(ns))?.[1] ?? '';
}
