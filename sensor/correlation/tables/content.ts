/**
 * Content index: what strangers wrote of late, by its SimHash, with who sent it and to whom. Texts at a small
 * distance are one entry. Four bands of 16 bits find them: of two prints that differ in three bits, one band at
 * least is equal. Somebody who makes texts that meet in one band only fills a chain of which PROBES are looked at.
 */
import { bufferId, type LimitValues, type ThresholdValues } from '../../core/index.ts';
import { ContentPrint, distance, printText } from '../content-print.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { RecentDistinct, RecentTimes } from '../recent.ts';
import type { Scene } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import type { Campaigns, Wave } from './campaigns.ts';
import { WaveColumns } from './wave-columns.ts';

const TEXT = bufferId('xmpp.text');
const FOLDED = bufferId('xmpp.text_folded');
const REGION_WORDS = 3;
const BANDS = 4;
const BAND_VALUES = 65_536;
/** Entries of a band that are compared. */
const PROBES = 64;
const NONE = -1;
/** Fewer words say nothing by their SimHash. */
const MIN_WORDS = 3;

interface ContentOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
}

/** How often a text was seen within the window. */
export interface ContentCounts {
  readonly copies: number;
  readonly senders: number;
  readonly recipients: number;
}

export class ContentIndex {
  readonly #table: LruTable;
  readonly #thresholds: ThresholdValues;
  readonly #maxBytes: number;
  readonly #print = new ContentPrint();
  readonly #key = new Key();
  readonly #prints: Column<Int32Array>;
  readonly #waves: WaveColumns;
  readonly #copies: RecentTimes;
  readonly #senders: RecentDistinct;
  readonly #recipients: RecentDistinct;
  /** Chains of the bands: first entry by value, then by slot. */
  readonly #heads = new Int32Array(BANDS * BAND_VALUES).fill(NONE);
  readonly #next: Column<Int32Array>;
  readonly #previous: Column<Int32Array>;

  constructor({ memory, limits, thresholds }: ContentOptions, campaigns: Campaigns) {
    this.#thresholds = thresholds;
    this.#maxBytes = limits.correlationContentBytes;
    const table = new LruTable(
      memory,
      'contents',
      limits.correlationContentEntries,
      thresholds.spimContentSeconds,
      (slot) => {
        this.#forget(slot);
      },
    );
    this.#table = table;
    this.#prints = table.int32(2);
    this.#waves = new WaveColumns(table, campaigns);
    this.#copies = new RecentTimes(table, thresholds.spimCopies);
    this.#senders = new RecentDistinct(
      table,
      Math.max(thresholds.spimCopySenders, thresholds.spimShortRecipients),
    );
    this.#recipients = new RecentDistinct(
      table,
      Math.max(thresholds.spimCopyRecipients, thresholds.spimShortRecipients),
    );
    this.#next = table.int32(BANDS);
    this.#previous = table.int32(BANDS);
  }

  /** Characters of the text read last. */
  get chars(): number {
    return this.#print.chars;
  }

  /**
   * Take the body of the message in hand into account. Copies and recipients count where `isStranger` holds, senders
   * always.
   * @returns its entry, -1 for a text that is too short to be told from others.
   */
  note(scene: Scene, isStranger: boolean): number {
    const region = foldedBody(scene);
    if (region < 0) return NONE;
    const { memory, regions } = scene.view;
    const offset = regions[REGION_WORDS * region + 1] as number;
    const length = regions[REGION_WORDS * region + 2] as number;
    const print = this.#print.read(memory, offset, Math.min(length, this.#maxBytes));
    if (print.chars < this.#thresholds.spimShortChars || print.words < MIN_WORDS) return NONE;
    const slot = this.#claim(print.high, print.low, scene);
    const { from, to, nowUsec } = scene;
    this.#senders.add(slot, from.bare.high, from.bare.low, nowUsec);
    if (isStranger) {
      this.#copies.add(slot, nowUsec);
      this.#recipients.add(slot, to.bare.high, to.bare.low, nowUsec);
    }
    return slot;
  }

  /** What of an entry lies within the window. */
  counts(slot: number, nowUsec: number): ContentCounts {
    const seconds = this.#thresholds.spimContentSeconds;
    return {
      copies: this.#copies.within(slot, nowUsec, seconds),
      senders: this.#senders.within(slot, nowUsec, seconds),
      recipients: this.#recipients.within(slot, nowUsec, seconds),
    };
  }

  /** The wave of an entry, undefined before the second message. */
  wave(slot: number): Wave | undefined {
    return this.#waves.of(slot);
  }

  #claim(high: number, low: number, scene: Scene): number {
    const { nowUsec } = scene;
    const table = this.#table;
    const key = this.#key.ofFour(high, low, 0, 0);
    let slot = table.find(key.high, key.low, nowUsec);
    if (slot < 0) slot = this.#nearest(high, low, nowUsec);
    if (slot >= 0) {
      table.claim(table.highOf(slot), table.lowOf(slot), nowUsec);
      this.#grow(slot, scene);
      return slot;
    }
    slot = table.claim(key.high, key.low, nowUsec);
    this.#prints.values[2 * slot] = high;
    this.#prints.values[2 * slot + 1] = low;
    this.#waves.begin(slot, scene);
    this.#link(slot);
    return slot;
  }

  #grow(slot: number, scene: Scene): void {
    const prints = this.#prints.values;
    this.#waves.grow(slot, scene, 'text', () =>
      printText(prints[2 * slot] as number, prints[2 * slot + 1] as number),
    );
  }

  /** The entry whose print is nearest, within the distance that counts as the same text. */
  #nearest(high: number, low: number, nowUsec: number): number {
    const prints = this.#prints.values;
    const next = this.#next.values;
    let best = NONE;
    let bestDistance = this.#thresholds.spimDistance + 1;
    for (let band = 0; band < BANDS; band++) {
      let slot = this.#heads[headOf(band, high, low)] as number;
      for (let probe = 0; slot !== NONE && probe < PROBES; probe++) {
        const bits = distance(
          high,
          low,
          prints[2 * slot] as number,
          prints[2 * slot + 1] as number,
        );
        if (bits < bestDistance && this.#isFresh(slot, nowUsec)) {
          best = slot;
          bestDistance = bits;
        }
        slot = next[BANDS * slot + band] as number;
      }
    }
    return best;
  }

  #isFresh(slot: number, nowUsec: number): boolean {
    const ageUsec = Math.abs(nowUsec - this.#table.usedUsec(slot));
    return ageUsec <= this.#thresholds.spimContentSeconds * 1e6;
  }

  #link(slot: number): void {
    const high = this.#prints.values[2 * slot] as number;
    const low = this.#prints.values[2 * slot + 1] as number;
    for (let band = 0; band < BANDS; band++) {
      const head = headOf(band, high, low);
      const first = this.#heads[head] as number;
      this.#next.values[BANDS * slot + band] = first;
      this.#previous.values[BANDS * slot + band] = NONE;
      if (first !== NONE) this.#previous.values[BANDS * first + band] = slot;
      this.#heads[head] = slot;
    }
  }

  #forget(slot: number): void {
    const high = this.#prints.values[2 * slot] as number;
    const low = this.#prints.values[2 * slot + 1] as number;
    for (let band = 0; band < BANDS; band++) {
      const next = this.#next.values[BANDS * slot + band] as number;
      const previous = this.#previous.values[BANDS * slot + band] as number;
      if (previous === NONE) this.#heads[headOf(band, high, low)] = next;
      else this.#next.values[BANDS * previous + band] = next;
      if (next !== NONE) this.#previous.values[BANDS * next + band] = previous;
    }
    this.#waves.end(slot);
  }
}

function headOf(band: number, high: number, low: number): number {
  const word = band < 2 ? low : high;
  return band * BAND_VALUES + ((band & 1) === 0 ? word & 0xffff : word >>> 16);
}

/** The region with the folded text of the body, -1 when there is none. */
function foldedBody(scene: Scene): number {
  const { regions, regionCount } = scene.view;
  const { body } = scene.outline;
  if (body < 0) return NONE;
  const offset = regions[REGION_WORDS * body + 1] as number;
  // Folded texts stand in the order of the texts.
  let texts = 0;
  let place = NONE;
  for (let i = 0; i < regionCount; i++) {
    const buffer = regions[REGION_WORDS * i] as number;
    if (buffer === TEXT) {
      if (place === NONE && regions[REGION_WORDS * i + 1] === offset) place = texts;
      texts++;
    } else if (buffer === FOLDED && place-- === 0) {
      return i;
    }
  }
  return body;
}
