/**
 * Questions (iq of type get and set) of clients by account and id, with whom they were put to. Kept by account, not
 * by connection: an answer may come on the connection after the one it was asked on (XEP-0198, a phone that
 * changes networks), and hours late without being forged.
 */
import { nameId } from '../../xml/index.ts';
import type { JidKeys } from '../keys.ts';
import { Key } from '../keys.ts';
import type { Column, LruTable } from '../lru-table.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import { Horizon } from './horizon.ts';
import type { TableOptions } from './index.ts';

/** What the ledger says of an answer. */
export const ANSWER = {
  /** Asked for, or the ledger cannot tell. */
  expected: 0,
  /** The id is of a question that was put to others only. */
  fromAnother: 1,
  /** No question of the account had this id since the session began. */
  unasked: 2,
} as const;

/** Who answers. */
interface Speaker {
  readonly hasLocal: boolean;
  readonly bare: Key;
  readonly domain: Key;
}

/** Clients that use one id for many questions ask more than these: then an answer is not judged. */
const PEERS = 2;
const ID_BYTES = 1024;
const ID = nameId('id');

export class IqLedger implements Learner {
  readonly kinds = KINDS.iq;
  readonly hops = 1 << HOP.fromClient;
  readonly #horizon: Horizon;
  readonly #table: LruTable;
  /** Account or service that was asked, PEERS of them for each question. */
  readonly #peers: Column<Int32Array>;
  readonly #domains: Column<Int32Array>;
  /** How many were asked; PEERS + 1 for more. */
  readonly #asked: Column<Uint8Array>;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds }: TableOptions) {
    const capacity = limits.correlationIqLedgerEntries;
    this.#horizon = new Horizon(memory, 'iq_ledger', capacity, thresholds.questionSeconds);
    this.#table = this.#horizon.table;
    this.#peers = this.#table.int32(2 * PEERS);
    this.#domains = this.#table.int32(2 * PEERS);
    this.#asked = this.#table.uint8();
  }

  learn(scene: Scene): void {
    const { from, to } = scene;
    this.#horizon.pass(scene.nowUsec);
    if (!from.isKnown || !isQuestion(scene)) return;
    if (!this.#keyOf(scene, from)) return;
    const slot = this.#table.claim(this.#key.high, this.#key.low, scene.nowUsec);
    // What has no addressee the server answers on behalf of the account.
    const peer = to.isKnown ? to : from;
    const count = this.#asked.values[slot] as number;
    if (count > PEERS || this.#find(slot, count, peer.bare, this.#peers) >= 0) return;
    this.#asked.values[slot] = count + 1;
    if (count === PEERS) return;
    const at = 2 * (slot * PEERS + count);
    this.#peers.values[at] = peer.bare.high;
    this.#peers.values[at + 1] = peer.bare.low;
    this.#domains.values[at] = peer.domain.high;
    this.#domains.values[at + 1] = peer.domain.low;
  }

  /** Judge an answer that a server delivers in a session that began at `sinceUsec`: ANSWER.*. */
  judge(scene: Scene, sinceUsec: number): number {
    this.#horizon.pass(scene.nowUsec);
    if (!scene.to.isKnown || !this.#keyOf(scene, scene.to)) return ANSWER.expected;
    return this.#verdict(this.#key, scene.from, sinceUsec);
  }

  /** Judges the answer that was judged last once more, later, when other questions may have been seen. */
  again({ from }: Scene, sinceUsec: number): () => number {
    const key = new Key().copy(this.#key);
    const speaker: Speaker = {
      hasLocal: from.hasLocal,
      bare: new Key().copy(from.bare),
      domain: new Key().copy(from.domain),
    };
    return () => this.#verdict(key, speaker, sinceUsec);
  }

  #verdict(key: Key, from: Speaker, sinceUsec: number): number {
    const slot = this.#table.find(key.high, key.low, this.#horizon.nowUsec);
    if (slot < 0) {
      return this.#horizon.isCompleteSince(sinceUsec) ? ANSWER.unasked : ANSWER.expected;
    }
    const count = this.#asked.values[slot] as number;
    if (count > PEERS || this.#find(slot, count, from.bare, this.#peers) >= 0) {
      return ANSWER.expected;
    }
    // A server answers for its accounts, and for those that do not exist.
    const isServer = !from.hasLocal && this.#find(slot, count, from.domain, this.#domains) >= 0;
    return isServer ? ANSWER.expected : ANSWER.fromAnother;
  }

  #find(slot: number, count: number, who: Key, { values }: Column<Int32Array>): number {
    for (let i = 0; i < count; i++) {
      const at = 2 * (slot * PEERS + i);
      if (values[at] === who.high && values[at + 1] === who.low) return i;
    }
    return -1;
  }

  /** Key of account and id; false when there is no id. */
  #keyOf({ tree, view }: Scene, account: JidKeys): boolean {
    const id = tree.attr(0, ID);
    if (id < 0) return false;
    const length = Math.min(tree.valueLength(id), ID_BYTES);
    this.#key.ofBytes(view.memory, tree.valueOffset(id), length);
    this.#key.ofPair(account.bare, this.#key);
    return true;
  }
}

function isQuestion({ view }: Scene): boolean {
  return view.type === 'get' || view.type === 'set';
}
