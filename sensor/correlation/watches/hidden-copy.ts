/**
 * `c2-hidden-copy`: an application that sends a copy of every message to an account its user never sees (the ANOM
 * phones did). For each sender the most frequent companions of its messages are counted; one that follows nearly
 * all of them and never answers is told.
 */
import { eventId } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const COPY = eventId('c2.hidden_copy');
const LIFE_SECONDS = 7 * 24 * 3600;
/** Accounts counted for a sender; the least frequent gives way (Misra and Gries). */
const CANDIDATES = 4;
/** How far the sizes of message and copy may differ: another address, another key of the same encryption. */
const SIZE_SLACK_BYTES = 256;
const SIZE_SLACK_SHARE = 0.25;

export function watchHiddenCopy(options: WatchOptions): Watch {
  return new HiddenCopyWatch(options);
}

class HiddenCopyWatch implements Watch {
  readonly name = 'hidden-copy';
  readonly kinds = KINDS.message;
  readonly #thresholds;
  /** By sender. */
  readonly #senders: LruTable;
  readonly #lastUsec: Column<Float64Array>;
  readonly #lastBytes: Column<Uint32Array>;
  readonly #lastTo: Column<Int32Array>;
  /** Was the message before the copy of one, or has it one already? */
  readonly #isPaired: Column<Uint8Array>;
  readonly #messages: Column<Uint32Array>;
  readonly #accounts: Column<Int32Array>;
  readonly #copies: Column<Uint32Array>;
  /** Has the account ever written to the sender? */
  readonly #answered: Column<Uint8Array>;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const table = new LruTable(memory, 'copies', limits.correlationCopyEntries, LIFE_SECONDS);
    this.#senders = table;
    this.#lastUsec = table.float64();
    this.#lastBytes = table.uint32();
    this.#lastTo = table.int32(2);
    this.#isPaired = table.uint8();
    this.#messages = table.uint32();
    this.#accounts = table.int32(2 * CANDIDATES);
    this.#copies = table.uint32(CANDIDATES);
    this.#answered = table.uint8(CANDIDATES);
  }

  stanza(scene: Scene): void {
    const { from, to } = scene;
    if (scene.hasBot) return;
    if (!from.isKnown || !to.isKnown || !to.hasLocal) return;
    const { type } = scene.outline;
    if (type === TYPE.groupchat || type === TYPE.error || from.bare.equals(to.bare)) return;
    if (scene.hop === HOP.toClient) this.#heard(scene);
    else if (scene.hop === HOP.fromClient && !scene.isRepeat && scene.outline.isHuman) {
      // Chat states and receipts go everywhere: only what carries something to read counts.
      this.#wrote(scene);
    }
  }

  /** A candidate that answers is no hidden one. */
  #heard(scene: Scene): void {
    const { from, to, nowUsec } = scene;
    if (this.#senders.count === 0) return;
    const slot = this.#senders.find(to.bare.high, to.bare.low, nowUsec);
    if (slot < 0) return;
    const candidate = this.#candidate(slot, from.bare);
    if (candidate >= 0) this.#answered.values[slot * CANDIDATES + candidate] = 1;
  }

  #wrote(scene: Scene): void {
    const { from, to, nowUsec, view } = scene;
    const slot = this.#senders.claim(from.bare.high, from.bare.low, nowUsec);
    const bytes = view.rawLength;
    const lastTo = this.#key;
    lastTo.high = this.#lastTo.values[2 * slot] as number;
    lastTo.low = this.#lastTo.values[2 * slot + 1] as number;
    const isPair =
      this.#isPaired.values[slot] === 0 &&
      !lastTo.equals(to.bare) &&
      Math.abs(nowUsec - (this.#lastUsec.values[slot] as number)) <=
        this.#thresholds.copySeconds * 1e6 &&
      isSimilar(bytes, this.#lastBytes.values[slot] as number);
    if (isPair) {
      // Which of the two is the copy shows in time: both are counted.
      this.#count(slot, lastTo);
      this.#count(slot, to.bare);
      this.#judge(scene, slot);
    } else {
      this.#messages.values[slot] = (this.#messages.values[slot] as number) + 1;
    }
    this.#isPaired.values[slot] = isPair ? 1 : 0;
    this.#lastUsec.values[slot] = nowUsec;
    this.#lastBytes.values[slot] = bytes;
    this.#lastTo.values[2 * slot] = to.bare.high;
    this.#lastTo.values[2 * slot + 1] = to.bare.low;
  }

  #candidate(slot: number, account: Key): number {
    const accounts = this.#accounts.values;
    for (let i = 0; i < CANDIDATES; i++) {
      const at = 2 * (slot * CANDIDATES + i);
      if (accounts[at] === account.high && accounts[at + 1] === account.low) return i;
    }
    return -1;
  }

  #count(slot: number, account: Key): void {
    const base = slot * CANDIDATES;
    const copies = this.#copies.values;
    let at = this.#candidate(slot, account);
    if (at < 0) {
      at = 0;
      for (let i = 1; i < CANDIDATES; i++) {
        if ((copies[base + i] as number) < (copies[base + at] as number)) at = i;
      }
      if ((copies[base + at] as number) > 1) {
        for (let i = 0; i < CANDIDATES; i++) {
          copies[base + i] = Math.max(0, (copies[base + i] as number) - 1);
        }
        return;
      }
      this.#accounts.values[2 * (base + at)] = account.high;
      this.#accounts.values[2 * (base + at) + 1] = account.low;
      this.#answered.values[base + at] = 0;
      copies[base + at] = 0;
    }
    copies[base + at] = (copies[base + at] as number) + 1;
  }

  /** Told when the copy comes second, so that the alert can name the account. */
  #judge(scene: Scene, slot: number): void {
    const { copyMessages, copyPercent } = this.#thresholds;
    const messages = this.#messages.values[slot] as number;
    const at = this.#candidate(slot, scene.to.bare);
    if (messages < copyMessages || at < 0) return;
    const base = slot * CANDIDATES;
    const copies = this.#copies.values[base + at] as number;
    if (copies < (messages * copyPercent) / 100 || this.#answered.values[base + at] === 1) return;
    // Two people who get everything are a conversation of three, not a copy.
    for (let i = 0; i < CANDIDATES; i++) {
      if (i === at) continue;
      const other = this.#copies.values[base + i] as number;
      if (other >= (messages * copyPercent) / 100) return;
    }
    const from = bareJid(scene.view.from);
    const to = bareJid(scene.view.to);
    scene.raise(
      COPY,
      { key: `${from} ${to}`, contributors: [to] },
      {
        summary: `${copies} of the last ${counted(messages, 'message')} of ${shown(from)} to others went to ${shown(to)} as well, which never answered`,
        messages,
        copies,
      },
    );
  }
}

function isSimilar(bytes: number, other: number): boolean {
  return Math.abs(bytes - other) <= Math.max(SIZE_SLACK_BYTES, bytes * SIZE_SLACK_SHARE);
}
