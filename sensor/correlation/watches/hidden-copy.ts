/**
 * `c2-hidden-copy`: an application that sends a copy of every message to an account its user never sees (the ANOM
 * phones did). For each session the most frequent companions of its messages are counted; one that follows nearly
 * all of them and never answers is told.
 */
import { eventId } from '../../core/index.ts';
import { bareJid, type XmppSession } from '../../xmpp/index.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const COPY = eventId('c2.hidden_copy');
/** What is remembered of a session: its latest message, */
const LAST = 0;
const BYTES = 1;
const TO_HIGH = 2;
const TO_LOW = 3;
/** whether that was the copy of one or has one already, and messages that are no copies. */
const IS_PAIRED = 4;
const MESSAGES = 5;
const FACTS = 8;
/** Accounts counted for a session. */
const CANDIDATES = 4;
/** How far the sizes of message and copy may differ: another address, another key of the same encryption. */
const SIZE_SLACK_BYTES = 256;
const SIZE_SLACK_SHARE = 0.25;

export function watchHiddenCopy(options: WatchOptions): Watch {
  return new HiddenCopyWatch(options);
}

/** Accounts that got copies of a session's messages, and how many. */
class Candidates {
  readonly accounts = new Int32Array(2 * CANDIDATES);
  readonly copies = new Uint32Array(CANDIDATES);
  /** Has the account ever written to the sender? */
  readonly answered = new Uint8Array(CANDIDATES);

  /** Number of the candidate, -1 when it is none. */
  find(high: number, low: number): number {
    for (let i = 0; i < CANDIDATES; i++) {
      if (this.accounts[2 * i] === high && this.accounts[2 * i + 1] === low) return i;
    }
    return -1;
  }

  /** One more copy to an account; the least frequent candidate gives way (Misra and Gries). */
  count(high: number, low: number): void {
    const { accounts, copies, answered } = this;
    let at = this.find(high, low);
    if (at < 0) {
      at = 0;
      for (let i = 1; i < CANDIDATES; i++) {
        if ((copies[i] as number) < (copies[at] as number)) at = i;
      }
      if ((copies[at] as number) > 1) {
        for (let i = 0; i < CANDIDATES; i++) copies[i] = Math.max(0, (copies[i] as number) - 1);
        return;
      }
      accounts[2 * at] = high;
      accounts[2 * at + 1] = low;
      answered[at] = 0;
      copies[at] = 0;
    }
    copies[at] = (copies[at] as number) + 1;
  }
}

class HiddenCopyWatch implements Watch {
  readonly name = 'hidden-copy';
  readonly kinds = KINDS.message;
  readonly hops = (1 << HOP.fromClient) | (1 << HOP.toClient);
  readonly types = (1 << TYPE.absent) | (1 << TYPE.chat) | (1 << TYPE.normal);
  readonly #thresholds;
  /** By flow, FACTS doubles each: one line of cache for a message. */
  #outboxes = new Float64Array(0);
  /** By flow; only of sessions that wrote two messages at once. */
  readonly #candidates = new Map<number, Candidates>();

  constructor({ thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
  }

  stanza(scene: Scene): void {
    const { from, to, outline, view } = scene;
    if (!outline.isHuman || !from.isKnown || !to.isKnown) return;
    if (scene.hop === HOP.toClient) {
      const candidates =
        this.#candidates.size === 0 ? undefined : this.#candidates.get(view.session.flow);
      // A candidate that answers is no hidden one.
      const at = candidates === undefined ? -1 : candidates.find(from.bare.high, from.bare.low);
      if (at >= 0 && candidates !== undefined) candidates.answered[at] = 1;
    } else if (to.hasLocal && !from.bare.equals(to.bare)) {
      this.#wrote(scene, view.session.flow);
    }
  }

  sessionEnd({ flow }: XmppSession): void {
    this.#candidates.delete(flow);
    if ((flow + 1) * FACTS <= this.#outboxes.length) {
      this.#outboxes.fill(0, flow * FACTS, (flow + 1) * FACTS);
    }
  }

  #wrote(scene: Scene, flow: number): void {
    const { to, nowUsec, view } = scene;
    if ((flow + 1) * FACTS > this.#outboxes.length) this.#grow(flow + 1);
    const facts = this.#outboxes;
    const at = flow * FACTS;
    const bytes = view.rawLength;
    const { high, low } = to.bare;
    const lastHigh = facts[at + TO_HIGH] as number;
    const lastLow = facts[at + TO_LOW] as number;
    const isPair =
      facts[at + IS_PAIRED] === 0 &&
      (lastHigh !== high || lastLow !== low) &&
      Math.abs(nowUsec - (facts[at + LAST] as number)) <= this.#thresholds.copySeconds * 1e6 &&
      isSimilar(bytes, facts[at + BYTES] as number);
    facts[at + IS_PAIRED] = isPair ? 1 : 0;
    facts[at + LAST] = nowUsec;
    facts[at + BYTES] = bytes;
    facts[at + TO_HIGH] = high;
    facts[at + TO_LOW] = low;
    if (!isPair) {
      facts[at + MESSAGES] = (facts[at + MESSAGES] as number) + 1;
      return;
    }
    let candidates = this.#candidates.get(flow);
    if (candidates === undefined) this.#candidates.set(flow, (candidates = new Candidates()));
    // Which of the two is the copy shows in time: both are counted.
    candidates.count(lastHigh, lastLow);
    candidates.count(high, low);
    this.#judge(scene, candidates, facts[at + MESSAGES] as number);
  }

  #grow(flows: number): void {
    const grown = new Float64Array(Math.max(flows, this.#outboxes.length / FACTS + 1024) * FACTS);
    grown.set(this.#outboxes);
    this.#outboxes = grown;
  }

  /** Told when the copy comes second, so that the alert can name the account. */
  #judge(scene: Scene, candidates: Candidates, messages: number): void {
    const { copies, answered } = candidates;
    const { copyMessages, copyPercent } = this.#thresholds;
    const at = candidates.find(scene.to.bare.high, scene.to.bare.low);
    const enough = (messages * copyPercent) / 100;
    if (messages < copyMessages || at < 0 || scene.hasBot) return;
    const copied = copies[at] as number;
    if (copied < enough || answered[at] === 1) return;
    // Two people who get everything are a conversation of three, not a copy.
    if (copies.some((other, i) => i !== at && other >= enough)) return;
    const from = bareJid(scene.view.from);
    const to = bareJid(scene.view.to);
    scene.raise(
      COPY,
      { key: `${from} ${to}`, contributors: [to] },
      {
        summary: `${copied} of ${counted(messages, 'message')} of ${shown(from)} to others went to ${shown(to)} as well, which never answered`,
        messages,
        copies: copied,
      },
    );
  }
}

function isSimilar(bytes: number, other: number): boolean {
  return Math.abs(bytes - other) <= Math.max(SIZE_SLACK_BYTES, bytes * SIZE_SLACK_SHARE);
}
