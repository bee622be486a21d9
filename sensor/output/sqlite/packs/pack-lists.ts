/**
 * The latest alerts that fit, found in packs: pack by pack from the latest firing, until none behind can be among them.
 * Words that are everywhere fill a page from one pack, and where words are nowhere no more than the words is read.
 */
import { PACK_ALERTS } from './pack-columns.ts';
import type { PackScan } from './pack-counts.ts';
import type { OpenPack } from './alert-packs.ts';

/** Where a page begins: behind the alert with this last firing and row id. */
export interface PlaceInList {
  readonly lastUsec: number;
  readonly id: number;
}

/** So many more than are asked for are gathered before they are put in order. */
const MORE = 4096;

/** Row ids of at most `count`, those that fired last first. */
export function latestPacked(scan: PackScan, count: number, after?: PlaceInList): number[] {
  const { packs, sinceUsec } = scan;
  const latest = new Latest(count, after);
  for (const pack of packs.loosePacks()) latest.add(scan, pack);
  for (const stored of packs.stored) {
    if (stored.last_us < sinceUsec || latest.isFullAt(stored.last_us)) break;
    if (after !== undefined && stored.first_us > after.lastUsec) continue;
    latest.add(scan, packs.opened(stored));
  }
  return latest.ids();
}

class Latest {
  readonly #count: number;
  readonly #after: PlaceInList | undefined;
  #found: PlaceInList[] = [];
  /** Of the last one that is told, when there are enough. */
  #edgeUsec = -1;

  constructor(count: number, after: PlaceInList | undefined) {
    this.#count = count;
    this.#after = after;
  }

  /** Is nothing that fired at that time, or before, among those asked for? */
  isFullAt(usec: number): boolean {
    return this.#edgeUsec > usec;
  }

  ids(): number[] {
    this.#order();
    return this.#found.map(({ id }) => id);
  }

  add({ filter }: PackScan, pack: OpenPack): void {
    const mask = filter.mask(pack);
    const last = pack.columns.times('last');
    for (let i = 0; i < PACK_ALERTS; i++) {
      if (mask[i] === 0) continue;
      const place = { lastUsec: last[i] as number, id: pack.idAt(i) };
      if (place.lastUsec < this.#edgeUsec) continue;
      if (this.#after === undefined || inOrder(this.#after, place) < 0) this.#found.push(place);
    }
    const isFirstFull = this.#edgeUsec < 0 && this.#found.length >= this.#count;
    if (isFirstFull || this.#found.length > this.#count + MORE) this.#order();
  }

  #order(): void {
    this.#found.sort(inOrder).splice(this.#count);
    const edge = this.#found[this.#count - 1];
    if (edge !== undefined) this.#edgeUsec = edge.lastUsec;
  }
}

/** In the order of lists. */
function inOrder(a: PlaceInList, b: PlaceInList): number {
  return b.lastUsec - a.lastUsec || b.id - a.id;
}
