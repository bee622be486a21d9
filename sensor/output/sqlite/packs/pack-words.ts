/**
 * Which alerts of a pack may hold a text: for each three letters in a row (two where one is not ASCII: Chinese words are
 * short) the alerts that have them. Letters are hashed into 65536 slots, so a slot may tell of alerts too many, never
 * of one too few: whoever searches looks at the alerts themselves. Letters are what LIKE takes for equal: ASCII in either
 * case, everything else as it is.
 */
import { PACK_ALERTS, PACK_BITS } from './pack-columns.ts';

export const SLOT_BITS = 16;
const SLOTS = 1 << SLOT_BITS;
/** Alerts with more text than this are in the slot that every search looks at. */
export const ALWAYS_SLOT = SLOTS - 1;
const MAX_CHARS = 4096;
const BITMAP_BYTES = PACK_ALERTS / 8;
/** More slots than this leave hardly less alerts, and each must be looked up in every pack. */
const MAX_SEARCHED = 10;
const FIRST_PAIRS = 1 << 18;

/** The columns of a pack's alerts that are searched for words. */
export const TEXT_COLUMNS = [
  ...(['signature', 'summary', 'excerpt', 'from_jid', 'to_jid', 'contributors'] as const),
];

/** Lists of alerts, slot by slot, as they are stored: places in the pack, or a bitmap where that is shorter. */
export class WordsBuilder {
  /** Of each slot the alert it was seen in last, and in how many. */
  readonly #seenIn = new Int32Array(SLOTS).fill(-1);
  readonly #counts = new Uint32Array(SLOTS);
  #pairs = new Uint32Array(FIRST_PAIRS);
  #length = 0;

  /** Alerts come in the order of their places. */
  add(place: number, texts: readonly string[]): void {
    if (texts.reduce((sum, { length }) => sum + length, 0) > MAX_CHARS) {
      this.#put(place, ALWAYS_SLOT);
      return;
    }
    for (const text of texts) {
      eachSlot(text, (slot) => {
        this.#put(place, slot);
      });
    }
  }

  *slots(): Generator<readonly [slot: number, alerts: Uint8Array]> {
    const ends = new Uint32Array(SLOTS);
    let end = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      ends[slot] = end;
      end += this.#counts[slot] ?? 0;
    }
    const places = new Uint16Array(this.#length);
    for (let i = 0; i < this.#length; i++) {
      const pair = this.#pairs[i] as number;
      const slot = pair & (SLOTS - 1);
      const at = ends[slot] as number;
      places[at] = pair >>> SLOT_BITS;
      ends[slot] = at + 1;
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      const count = this.#counts[slot] as number;
      if (count === 0) continue;
      const stop = ends[slot] as number;
      yield [slot, listOf(places.subarray(stop - count, stop))];
    }
  }

  #put(place: number, slot: number): void {
    if (this.#seenIn[slot] === place) return;
    this.#seenIn[slot] = place;
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    if (this.#length === this.#pairs.length) {
      const more = new Uint32Array(this.#length * 2);
      more.set(this.#pairs);
      this.#pairs = more;
    }
    this.#pairs[this.#length++] = (place << SLOT_BITS) | slot;
  }
}

/** The slots of a text that is searched for, the same for no two; none when it is too short to be searched by. */
export function slotsOf(text: string): number[] {
  // As SQLite reads it: half a character is none.
  const whole = Buffer.from(text).toString();
  // A NUL is searched for as what the store keeps in its place: the alerts themselves say where.
  if (whole.includes('\0')) return [];
  const slots = new Set<number>();
  eachSlot(whole, (slot) => {
    slots.add(slot);
  });
  const all = [...slots];
  const step = all.length / MAX_SEARCHED;
  if (step <= 1) return all;
  return Array.from({ length: MAX_SEARCHED }, (_, i) => all[Math.floor(i * step)] ?? 0);
}

/** Leaves those of `alerts` (a byte for each) that a stored list has, or that `more` has. */
export function keepListed(alerts: Uint8Array, list: Uint8Array, more: Uint8Array): boolean {
  const listed = new Uint8Array(PACK_ALERTS);
  for (const each of [list, more]) {
    if (each.length < BITMAP_BYTES) {
      for (let i = 0; i + 1 < each.length; i += 2) {
        listed[(each[i] as number) | ((each[i + 1] as number) << 8)] = 1;
      }
    } else {
      for (let i = 0; i < PACK_ALERTS; i++) {
        listed[i] = (listed[i] as number) | (((each[i >> 3] as number) >> (i & 7)) & 1);
      }
    }
  }
  let left = 0;
  for (let i = 0; i < PACK_ALERTS; i++) {
    const kept = (alerts[i] as number) & (listed[i] as number);
    alerts[i] = kept;
    left |= kept;
  }
  return left !== 0;
}

function listOf(places: Uint16Array): Uint8Array {
  const { length } = places;
  if (length * 2 < BITMAP_BYTES) {
    const list = new Uint8Array(length * 2);
    for (let i = 0; i < length; i++) {
      const place = places[i] as number;
      list[i * 2] = place & 255;
      list[i * 2 + 1] = place >> 8;
    }
    return list;
  }
  const bitmap = new Uint8Array(BITMAP_BYTES);
  for (const place of places) {
    bitmap[place >> 3] = (bitmap[place >> 3] as number) | (1 << (place & 7));
  }
  return bitmap;
}

function eachSlot(text: string, take: (slot: number) => void): void {
  let before = 0;
  let last = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = letterAt(text, i);
    if (i > 0 && (letter > 127 || last > 127)) take(slotFor(0, last, letter));
    if (i > 1) take(slotFor(before, last, letter));
    before = last;
    last = letter;
  }
}

/** SQLite takes U+FFFE and U+FFFF for U+FFFD. */
function letterAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit >= 65 && unit <= 90) return unit + 32;
  return unit > 0xfffd ? 0xfffd : unit;
}

function slotFor(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  const slot = hash >>> (32 - SLOT_BITS);
  return slot === ALWAYS_SLOT ? 0 : slot;
}

/** Row ids of the words of a pack: from `first` on, before `end`. */
export function slotIds(pack: number): { readonly first: number; readonly end: number } {
  return { first: pack * SLOTS, end: (pack + 1) * SLOTS };
}

export function placeOf(id: number): number {
  return id & (PACK_ALERTS - 1);
}

export function packOf(id: number): number {
  return Math.floor(id / 2 ** PACK_BITS);
}
