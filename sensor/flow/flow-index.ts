/**
 * From a packet's addresses and ports to its flow: open addressing over the rows of the store. One
 * hash for both directions, a random seed so that nobody can choose ports that collide, no
 * tombstones.
 */
import { randomInt } from 'node:crypto';
import type { Direction } from '../core/index.ts';
import { DIRECTION } from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import { CLIENT, HASH, PORTS, SERVER, VLAN_KEY, type FlowStore } from './flow-store.ts';

/** [hash, flow + 1] per slot; 0 is empty. */
const SLOT_WORDS = 2;
/** The table is at most half full. */
const SLOTS_PER_FLOW = 2;

export class FlowIndex {
  /** Set by find(): the packet's direction in the flow found. */
  direction: Direction = DIRECTION.toServer;
  /** Set by find(): hash of the packet's key, for insert(). */
  hash = 0;

  readonly #store: FlowStore;
  readonly #usesVlan: boolean;
  readonly #seed: number;
  #slots: Int32Array;
  #mask: number;

  constructor(store: FlowStore, usesVlan: boolean, seed = randomInt(2 ** 32)) {
    this.#store = store;
    this.#usesVlan = usesVlan;
    this.#seed = seed | 0;
    this.#mask = slotCount(store.capacity) - 1;
    this.#slots = new Int32Array((this.#mask + 1) * SLOT_WORDS);
  }

  get byteLength(): number {
    return this.#slots.byteLength;
  }

  /** Bytes the index takes for so many flows. */
  static bytesFor(flows: number): number {
    return slotCount(flows) * SLOT_WORDS * 4;
  }

  /** VLAN part of a packet's key. */
  vlanKey(view: PacketView): number {
    return this.#usesVlan ? (view.vlan0 + 1) | ((view.vlan1 + 1) << 16) : 0;
  }

  /** The flow a packet belongs to, or -1; sets `direction` and `hash`. */
  find(view: PacketView): number {
    const hash = this.#hashOf(view);
    this.hash = hash;
    const slots = this.#slots;
    const words = this.#store.words;
    const mask = this.#mask;
    const vlan = this.vlanKey(view);
    const ports = (view.srcPort << 16) | view.dstPort;
    const reversed = (view.dstPort << 16) | view.srcPort;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot * SLOT_WORDS + 1] as number;
      if (entry === 0) return -1;
      if (slots[slot * SLOT_WORDS] !== hash) continue;
      const row = this.#store.row(entry - 1);
      if (words[row + VLAN_KEY] !== vlan) continue;
      if (words[row + PORTS] === ports && hasAddresses(words, row + CLIENT, row + SERVER, view)) {
        this.direction = DIRECTION.toServer;
        return entry - 1;
      }
      if (
        words[row + PORTS] === reversed &&
        hasAddresses(words, row + SERVER, row + CLIENT, view)
      ) {
        this.direction = DIRECTION.toClient;
        return entry - 1;
      }
    }
  }

  /** Enter a flow whose key stands in its row; HASH is written there. */
  insert(flow: number, hash: number): void {
    this.#store.setWord(flow, HASH, hash);
    this.#place(flow, hash);
  }

  remove(flow: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = this.#store.word(flow, HASH) & mask;
    while (slots[hole * SLOT_WORDS + 1] !== flow + 1) hole = (hole + 1) & mask;
    // Entries that were pushed on by the removed one move back, so that no search stops early.
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot * SLOT_WORDS + 1] as number;
      if (entry === 0) break;
      const home = (slots[slot * SLOT_WORDS] as number) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole * SLOT_WORDS] = slots[slot * SLOT_WORDS] as number;
        slots[hole * SLOT_WORDS + 1] = entry;
        hole = slot;
      }
    }
    slots[hole * SLOT_WORDS + 1] = 0;
  }

  /** The store has grown: so does the index. */
  grow(): void {
    const old = this.#slots;
    this.#mask = slotCount(this.#store.capacity) - 1;
    this.#slots = new Int32Array((this.#mask + 1) * SLOT_WORDS);
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      const entry = old[at + 1] as number;
      if (entry !== 0) this.#place(entry - 1, old[at] as number);
    }
  }

  #place(flow: number, hash: number): void {
    const slots = this.#slots;
    let slot = hash & this.#mask;
    while (slots[slot * SLOT_WORDS + 1] !== 0) slot = (slot + 1) & this.#mask;
    slots[slot * SLOT_WORDS] = hash;
    slots[slot * SLOT_WORDS + 1] = flow + 1;
  }

  #hashOf(view: PacketView): number {
    let a = this.#seed ^ view.srcPort;
    let b = this.#seed ^ view.dstPort;
    if (view.ipVersion === 6) {
      a = mix(mix(mix(a, view.src0), view.src1), view.src2);
      b = mix(mix(mix(b, view.dst0), view.dst1), view.dst2);
    }
    // A sum is the same for both directions; the last rounds mix it again.
    return mix(mix(mix(a, view.src3) + mix(b, view.dst3), this.vlanKey(view)), this.#seed);
  }
}

function mix(hash: number, word: number): number {
  let h = Math.imul(hash ^ word, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca77);
  return h ^ (h >>> 13);
}

function hasAddresses(
  words: Int32Array,
  source: number,
  target: number,
  view: PacketView,
): boolean {
  return (
    words[source + 3] === view.src3 &&
    words[target + 3] === view.dst3 &&
    words[source + 2] === view.src2 &&
    words[target + 2] === view.dst2 &&
    words[source + 1] === view.src1 &&
    words[target + 1] === view.dst1 &&
    words[source] === view.src0 &&
    words[target] === view.dst0
  );
}

function slotCount(flows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, flows) * SLOTS_PER_FLOW));
}
