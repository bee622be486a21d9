/**
 * The table under every state object: entries by 64-bit key, of fixed capacity, the least recently used one
 * forgotten first, expiring by packet time. Entries are slots of typed columns, so a lookup allocates nothing.
 *
 * Which entry is forgotten depends on the order of use alone, never on the hash: a replay is the same whatever
 * seed the keys were made with, and nobody can choose keys that push out others.
 */
import type { StateMemory } from './state-memory.ts';

type Values = Int32Array | Uint32Array | Float64Array | Uint8Array | Uint16Array;

/** `width` values for every slot: slot `s` owns `values[s * width]` and the following. */
export interface Column<A extends Values = Values> {
  values: A;
  readonly width: number;
}

/** One object for every slot; undefined in a fresh entry. */
export interface ObjectColumn<T> {
  readonly values: (T | undefined)[];
}

/** A column as words. */
interface Growing {
  readonly column: Column;
  readonly make: (length: number) => Values;
}

/** Slots of the first entry; a table nobody uses has none. */
const FIRST_SLOTS = 16;
const NONE = -1;
/** Words of a slot, and where what stands in them. */
const NODE = 8;
const NEXT = 0;
const OLDER = 1;
const NEWER = 2;
const HIGH = 3;
const LOW = 4;
/** The last two words are a double: its place among the doubles. */
const DOUBLES = 4;
const USED = 3;

export class LruTable {
  /** True when the last `claim` made a fresh entry (or one whose time was over): its columns hold zeros. */
  wasNew = false;
  readonly name: string;
  readonly capacity: number;
  /** Entries forgotten because it was full. */
  evictions = 0;
  readonly #memory: StateMemory;
  readonly #lifeUsec: number;
  readonly #grown: Growing[] = [];
  /** Those a fresh entry finds at zero. */
  readonly #cleared: Column[] = [];
  readonly #objects: unknown[][] = [];
  readonly #onForget: ((slot: number) => void) | undefined;
  #slots = 0;
  #used = 0;
  /** Slots that were in use at some time: those before it. */
  #soiled = 0;
  #freed = NONE;
  #buckets = new Int32Array(0);
  /** What every slot needs, side by side: a lookup reads one line of cache, not six. */
  #nodes = new Int32Array(0);
  /** The same memory: time of the last use. */
  #times = new Float64Array(0);
  #newest = NONE;
  /** The latest question and its answer, as long as nothing changed. */
  #isFound = false;
  #foundHigh = 0;
  #foundLow = 0;
  #foundSlot = NONE;
  #oldest = NONE;
  #count = 0;

  /**
   * @param name names the table in metrics and NOTES
   * @param lifeSeconds an entry not used for that long is as good as none
   * @param onForget told before an entry goes (evicted, expired or removed), while its columns still hold it
   */
  constructor(
    memory: StateMemory,
    name: string,
    capacity: number,
    lifeSeconds: number,
    onForget?: (slot: number) => void,
  ) {
    this.name = name;
    this.capacity = Math.max(1, Math.floor(capacity));
    this.#memory = memory;
    this.#lifeUsec = lifeSeconds * 1e6;
    this.#onForget = onForget;
    memory.register(this);
    this.#rehash();
  }

  /** Entries, expired ones that nobody asked for included. */
  get count(): number {
    return this.#count;
  }

  int32(width = 1): Column<Int32Array> {
    return this.#column((length) => new Int32Array(length), width);
  }

  uint32(width = 1): Column<Uint32Array> {
    return this.#column((length) => new Uint32Array(length), width);
  }

  uint16(width = 1): Column<Uint16Array> {
    return this.#column((length) => new Uint16Array(length), width);
  }

  uint8(width = 1): Column<Uint8Array> {
    return this.#column((length) => new Uint8Array(length), width);
  }

  /** For times (microseconds) and large counts. */
  float64(width = 1): Column<Float64Array> {
    return this.#column((length) => new Float64Array(length), width);
  }

  /** Doubles that a fresh entry finds as the one before left them: for those who know how many they hold. */
  scratch(width: number): Column<Float64Array> {
    return this.#column((length) => new Float64Array(length), width, true);
  }

  /** The same, 32-bit words. */
  scratchWords(width: number): Column<Int32Array> {
    return this.#column((length) => new Int32Array(length), width, true);
  }

  /** Strings and the like: of bounded size, please. */
  objects<T>(): ObjectColumn<T> {
    const values: (T | undefined)[] = new Array<T | undefined>(this.#slots).fill(undefined);
    this.#objects.push(values);
    return { values };
  }

  /** Slot of an entry that lives, -1 when there is none. Does not count as use. */
  find(high: number, low: number, nowUsec: number): number {
    // Several ask about the same entry while one stanza is in hand.
    const isKnown = high === this.#foundHigh && low === this.#foundLow && this.#isFound;
    const slot = isKnown ? this.#foundSlot : this.#lookUp(high, low);
    this.#isFound = true;
    this.#foundHigh = high;
    this.#foundLow = low;
    this.#foundSlot = slot;
    return slot !== NONE && this.#isFresh(slot, nowUsec) ? slot : NONE;
  }

  /** Slot of the entry, made when there is none (`wasNew`). Counts as use. */
  claim(high: number, low: number, nowUsec: number): number {
    this.#isFound = false;
    let slot = this.#lookUp(high, low);
    if (slot !== NONE) {
      this.wasNew = !this.#isFresh(slot, nowUsec);
      if (this.wasNew) {
        this.#onForget?.(slot);
        this.#clear(slot);
      }
      this.#unlink(slot);
    } else {
      this.wasNew = true;
      slot = this.#take();
      this.#nodes[slot * NODE + HIGH] = high;
      this.#nodes[slot * NODE + LOW] = low;
      const bucket = this.#bucket(low);
      this.#nodes[slot * NODE + NEXT] = this.#buckets[bucket] as number;
      this.#buckets[bucket] = slot;
      this.#count++;
      // Memory that was never used holds zeros.
      if (slot < this.#soiled) this.#clear(slot);
      else this.#soiled = slot + 1;
    }
    this.#link(slot);
    this.#times[slot * DOUBLES + USED] = nowUsec;
    return slot;
  }

  /** Forget an entry. */
  remove(slot: number): void {
    this.#isFound = false;
    this.#onForget?.(slot);
    this.#detach(slot);
    this.#nodes[slot * NODE + NEXT] = this.#freed;
    this.#freed = slot;
  }

  /** Time of the last use, microseconds. */
  usedUsec(slot: number): number {
    return this.#times[slot * DOUBLES + USED] as number;
  }

  highOf(slot: number): number {
    return this.#nodes[slot * NODE + HIGH] as number;
  }

  lowOf(slot: number): number {
    return this.#nodes[slot * NODE + LOW] as number;
  }

  /** Calls back with every entry that lives, the least recently used one first. */
  forEach(nowUsec: number, visit: (slot: number) => void): void {
    for (let slot = this.#oldest; slot !== NONE;) {
      const next = this.#nodes[slot * NODE + NEWER] as number;
      if (this.#isFresh(slot, nowUsec)) visit(slot);
      slot = next;
    }
  }

  /** Forget everything, quietly. */
  clear(): void {
    this.#isFound = false;
    this.#buckets.fill(NONE);
    this.#used = 0;
    this.#freed = NONE;
    this.#newest = NONE;
    this.#oldest = NONE;
    this.#count = 0;
    for (const values of this.#objects) values.fill(undefined);
  }

  /** Bytes of columns and links. Objects are not in it. */
  get bytes(): number {
    return this.#bytesOf(this.#slots);
  }

  /** The same when every slot is in use. */
  get limitBytes(): number {
    return this.#bytesOf(this.capacity);
  }

  #bytesOf(slots: number): number {
    let bytes = 4 * bucketsFor(slots) + 4 * NODE * slots;
    for (const { column } of this.#grown) {
      bytes += slots * column.width * column.values.BYTES_PER_ELEMENT;
    }
    return bytes;
  }

  /** Packet time may step back, also by years: the distance counts. */
  #isFresh(slot: number, nowUsec: number): boolean {
    return Math.abs(nowUsec - (this.#times[slot * DOUBLES + USED] as number)) <= this.#lifeUsec;
  }

  #bucket(low: number): number {
    return low & (this.#buckets.length - 1);
  }

  #lookUp(high: number, low: number): number {
    let slot = this.#buckets[this.#bucket(low)] as number;
    while (slot !== NONE) {
      if (this.#nodes[slot * NODE + LOW] === low && this.#nodes[slot * NODE + HIGH] === high)
        return slot;
      slot = this.#nodes[slot * NODE + NEXT] as number;
    }
    return NONE;
  }

  /** A slot for a new entry: freed, never used, or that of the entry used longest ago. */
  #take(): number {
    if (this.#freed !== NONE) {
      const slot = this.#freed;
      this.#freed = this.#nodes[slot * NODE + NEXT] as number;
      return slot;
    }
    if (this.#used === this.#slots && this.#slots < this.capacity) this.#grow();
    if (this.#used < this.#slots) return this.#used++;
    const slot = this.#oldest;
    this.#onForget?.(slot);
    this.#detach(slot);
    this.evictions++;
    this.#memory.countEviction();
    return slot;
  }

  #detach(slot: number): void {
    const bucket = this.#bucket(this.#nodes[slot * NODE + LOW] as number);
    let at = this.#buckets[bucket] as number;
    if (at === slot) this.#buckets[bucket] = this.#nodes[slot * NODE + NEXT] as number;
    else {
      while (this.#nodes[at * NODE + NEXT] !== slot) at = this.#nodes[at * NODE + NEXT] as number;
      this.#nodes[at * NODE + NEXT] = this.#nodes[slot * NODE + NEXT] as number;
    }
    this.#unlink(slot);
    for (const values of this.#objects) values[slot] = undefined;
    this.#count--;
  }

  #unlink(slot: number): void {
    const older = this.#nodes[slot * NODE + OLDER] as number;
    const newer = this.#nodes[slot * NODE + NEWER] as number;
    if (older === NONE) this.#oldest = newer;
    else this.#nodes[older * NODE + NEWER] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#nodes[newer * NODE + OLDER] = older;
  }

  #link(slot: number): void {
    this.#nodes[slot * NODE + OLDER] = this.#newest;
    this.#nodes[slot * NODE + NEWER] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#nodes[this.#newest * NODE + NEWER] = slot;
    this.#newest = slot;
  }

  #clear(slot: number): void {
    for (const { values, width } of this.#cleared) values.fill(0, slot * width, (slot + 1) * width);
    for (const values of this.#objects) values[slot] = undefined;
  }

  #column<A extends Values>(
    make: (length: number) => A,
    width: number,
    isScratch = false,
  ): Column<A> {
    const column: Column<A> = { values: make(this.#slots * width), width };
    this.#grown.push({ column, make });
    if (!isScratch) this.#cleared.push(column);
    return column;
  }

  /** Double the slots: small captures need little, and a table reaches its size only where traffic makes it. */
  #grow(): void {
    const slots = Math.min(this.capacity, Math.max(FIRST_SLOTS, this.#slots * 2));
    const nodes = new Int32Array(slots * NODE);
    nodes.set(this.#nodes);
    this.#nodes = nodes;
    this.#times = new Float64Array(nodes.buffer);
    for (const { column, make } of this.#grown) {
      column.values = copied(column.values, make(slots * column.width));
    }
    for (const values of this.#objects) {
      while (values.length < slots) values.push(undefined);
    }
    this.#slots = slots;
    this.#rehash();
  }

  #rehash(): void {
    this.#buckets = new Int32Array(bucketsFor(this.#slots)).fill(NONE);
    for (
      let slot = this.#oldest;
      slot !== NONE;
      slot = this.#nodes[slot * NODE + NEWER] as number
    ) {
      const bucket = this.#bucket(this.#nodes[slot * NODE + LOW] as number);
      this.#nodes[slot * NODE + NEXT] = this.#buckets[bucket] as number;
      this.#buckets[bucket] = slot;
    }
  }
}

/** A power of two, so that a place is found without dividing; twice the slots, so that most stand alone in theirs. */
function bucketsFor(slots: number): number {
  let buckets = 1;
  while (buckets < 2 * slots) buckets *= 2;
  return buckets;
}

function copied<A extends Values>(from: Values, to: A): A {
  to.set(from);
  return to;
}
