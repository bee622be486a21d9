/**
 * Words searched in packs. Packs say which alerts may have them; whether they do, and fit in all else, is asked of the
 * alerts themselves, pack by pack from the latest, until a page is full: words that are everywhere fill it from one pack,
 * and of words that are nowhere no alert is read.
 */
import type { AlertFilter, Condition, DetectionsOf } from '../alert-filter.ts';
import type { StoreReader } from '../store-reader.ts';
import { AlertPacks, type StoredPack } from './alert-packs.ts';
import { PACK_ALERTS } from './pack-columns.ts';
import { PackFilter } from './pack-filter.ts';
import { ALWAYS_SLOT, keepListed, slotIds, slotsOf } from './pack-words.ts';

/** Alerts that are looked at together. */
const TOGETHER = 1000;
const NONE = new Uint8Array();

interface Found {
  readonly id: number;
  readonly last_ts_us: number;
}

/** A search for the text of a filter; made within a snapshot and good in it only. */
export class TextSearch {
  readonly #reader: StoreReader;
  readonly #packs: AlertPacks;
  readonly #filter: PackFilter;
  readonly #sinceUsec: number;
  readonly #slots: readonly number[];

  private constructor(
    reader: StoreReader,
    packs: AlertPacks,
    filter: PackFilter,
    sinceUsec: number,
    slots: readonly number[],
  ) {
    this.#reader = reader;
    this.#packs = packs;
    this.#filter = filter;
    this.#sinceUsec = sinceUsec;
    this.#slots = slots;
  }

  /** Undefined where packs are no help: no text, one that is too short, no packs. */
  static of(
    reader: StoreReader,
    filter: AlertFilter,
    detectionsOf: DetectionsOf,
  ): TextSearch | undefined {
    const slots = filter.text === undefined ? [] : slotsOf(filter.text);
    const packs = slots.length === 0 ? undefined : AlertPacks.open(reader);
    if (packs === undefined) return undefined;
    const packed = new PackFilter(filter, packs.hash, detectionsOf);
    return new TextSearch(reader, packs, packed, filter.sinceUsec ?? 0, slots);
  }

  /** Row ids of all alerts that may fit; all that fit are among them. */
  candidates(): number[] {
    const ids = [...this.#packs.looseIds()];
    for (const stored of this.#packs.stored) {
      if (stored.last_us < this.#sinceUsec) break;
      ids.push(...this.#idsIn(stored));
    }
    return ids;
  }

  /**
   * Row ids of those that fit and fired last, at most `count`. `condition` is the whole filter, from there on which the
   * page begins: at `latestUsec` or before.
   */
  latest(condition: Condition, count: number, latestUsec: number): number[] {
    let found = firstOf(this.#fitting([...this.#packs.looseIds()], condition), count);
    let waiting: number[] = [];
    for (const stored of this.#packs.stored) {
      if (stored.last_us < this.#sinceUsec) break;
      const edge = found[count - 1];
      // All behind fired before.
      if (edge !== undefined && edge.last_ts_us > stored.last_us) break;
      if (stored.first_us <= latestUsec) waiting.push(...this.#idsIn(stored));
      if (waiting.length < TOGETHER) continue;
      found = firstOf([...found, ...this.#fitting(waiting, condition)], count);
      waiting = [];
    }
    found = firstOf([...found, ...this.#fitting(waiting, condition)], count);
    return found.map(({ id }) => id);
  }

  #idsIn(stored: StoredPack): number[] {
    const { first } = slotIds(stored.pack);
    const kept = new Uint8Array(PACK_ALERTS).fill(1);
    const always = this.#listed(first + ALWAYS_SLOT);
    for (const slot of this.#slots) {
      if (!keepListed(kept, this.#listed(first + slot), always)) return [];
    }
    const pack = this.#packs.opened(stored);
    const mask = this.#filter.mask(pack);
    const ids: number[] = [];
    for (let i = 0; i < PACK_ALERTS; i++) {
      if (kept[i] === 1 && mask[i] === 1) ids.push(pack.idAt(i));
    }
    return ids;
  }

  #listed(packSlot: number): Uint8Array {
    const [row] = this.#reader.all<{ alerts: Uint8Array }>(
      'SELECT alerts FROM alert_pack_words WHERE pack_slot = ?',
      [packSlot],
    );
    return row?.alerts ?? NONE;
  }

  #fitting(ids: readonly number[], { where, values }: Condition): Found[] {
    if (ids.length === 0) return [];
    return this.#reader.all<Found>(
      `SELECT a.id, a.last_ts_us FROM alerts a${where} AND a.id IN (SELECT value FROM json_each(?))`,
      [...values, JSON.stringify(ids)],
    );
  }
}

/** In the order of lists. */
function firstOf(found: Found[], count: number): Found[] {
  return found.sort((a, b) => b.last_ts_us - a.last_ts_us || b.id - a.id).slice(0, count);
}
