/**
 * `c2-hidden-copy`: an application that sends a copy of every message to an account its user never sees (the ANOM
 * phones did). For each session the most frequent companions of its messages are counted; one that follows nearly
 * all of them and never answers is told.
 */
import { eventId } from '../../core/index.ts';
import { bareJid, type XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const COPY = eventId('c2.hidden_copy');
/** Accounts counted for a session. */
const CANDIDATES = 4;
/** How far the sizes of message and copy may differ: another address, another key of the same encryption. */
const SIZE_SLACK_BYTES = 256;
const SIZE_SLACK_SHARE = 0.25;

export function watchHiddenCopy(options: WatchOptions): Watch {
  return new HiddenCopyWatch(options);
}

/** What is remembered of a session: in one piece, so that a message touches little memory. */
class Outbox {
  lastUsec = 0;
  lastBytes = 0;
  readonly lastTo = new Key();
  /** Was the message before the copy of one, or has it one already? */
  isPaired = false;
  /** Messages that are no copies. */
  messages = 0;
  readonly accounts = new Int32Array(2 * CANDIDATES);
  readonly copies = new Uint32Array(CANDIDATES);
  /** By candidate: has it ever written to the sender? */
  readonly answered = new Uint8Array(CANDIDATES);

  /** Number of the candidate, -1 when it is none. */
  find({ high, low }: Key): number {
    for (let i = 0; i < CANDIDATES; i++) {
      if (this.accounts[2 * i] === high && this.accounts[2 * i + 1] === low) return i;
    }
    return -1;
  }

  /** One more copy to an account; the least frequent candidate gives way (Misra and Gries). */
  count(account: Key): void {
    const { accounts, copies, answered } = this;
    let at = this.find(account);
    if (at < 0) {
      at = copies.indexOf(Math.min(...copies));
      if ((copies[at] as number) > 1) {
        for (let i = 0; i < CANDIDATES; i++) copies[i] = Math.max(0, (copies[i] as number) - 1);
        return;
      }
      accounts[2 * at] = account.high;
      accounts[2 * at + 1] = account.low;
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
  /** By flow; those of sessions that wrote something. */
  readonly #outboxes: (Outbox | undefined)[] = [];

  constructor({ thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
  }

  stanza(scene: Scene): void {
    const { from, to, outline, session } = scene;
    if (!outline.isHuman || !from.isKnown || !to.isKnown) return;
    if (scene.hop === HOP.toClient) {
      const outbox = this.#outboxes[session.flow];
      // A candidate that answers is no hidden one.
      const candidate = outbox === undefined ? -1 : outbox.find(from.bare);
      if (candidate >= 0 && outbox !== undefined) outbox.answered[candidate] = 1;
    } else if (to.hasLocal && !from.bare.equals(to.bare)) {
      this.#wrote(scene);
    }
  }

  sessionEnd({ flow }: XmppSession): void {
    this.#outboxes[flow] = undefined;
  }

  #wrote(scene: Scene): void {
    const { to, nowUsec, view } = scene;
    const { flow } = view.session;
    let outbox = this.#outboxes[flow];
    if (outbox === undefined) {
      while (this.#outboxes.length <= flow) this.#outboxes.push(undefined);
      outbox = new Outbox();
      this.#outboxes[flow] = outbox;
    }
    const bytes = view.rawLength;
    const isPair =
      !outbox.isPaired &&
      !outbox.lastTo.equals(to.bare) &&
      Math.abs(nowUsec - outbox.lastUsec) <= this.#thresholds.copySeconds * 1e6 &&
      isSimilar(bytes, outbox.lastBytes);
    if (isPair) {
      // Which of the two is the copy shows in time: both are counted.
      outbox.count(outbox.lastTo);
      outbox.count(to.bare);
      this.#judge(scene, outbox);
    } else {
      outbox.messages++;
    }
    outbox.isPaired = isPair;
    outbox.lastUsec = nowUsec;
    outbox.lastBytes = bytes;
    outbox.lastTo.copy(to.bare);
  }

  /** Told when the copy comes second, so that the alert can name the account. */
  #judge(scene: Scene, outbox: Outbox): void {
    const { messages, copies, answered } = outbox;
    const { copyMessages, copyPercent } = this.#thresholds;
    const at = outbox.find(scene.to.bare);
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
