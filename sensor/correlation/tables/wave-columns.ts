/** What a table keeps to follow the wave of each entry: its first message, and the wave from the second on. */
import { bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import type { Column, LruTable, ObjectColumn } from '../lru-table.ts';
import type { Scene } from '../scene.ts';
import type { Campaign } from '../types.ts';
import { shown } from '../words.ts';
import type { Campaigns, Wave } from './campaigns.ts';

export class WaveColumns {
  readonly #campaigns: Campaigns;
  readonly #firstUsec: Column<Float64Array>;
  readonly #firstTo: Column<Int32Array>;
  /** Bare JID of the first sender. */
  readonly #sender: ObjectColumn<string>;
  readonly #waves: ObjectColumn<Wave>;
  readonly #recipient = new Key();

  constructor(table: LruTable, campaigns: Campaigns) {
    this.#campaigns = campaigns;
    this.#firstUsec = table.float64();
    this.#firstTo = table.int32(2);
    this.#sender = table.objects();
    this.#waves = table.objects();
  }

  /** The wave of an entry, undefined before its second message. */
  of(slot: number): Wave | undefined {
    return this.#waves.values[slot];
  }

  /** The message in hand is the first of a fresh entry. */
  begin(slot: number, { to, view, nowUsec }: Scene): void {
    this.#firstUsec.values[slot] = nowUsec;
    this.#firstTo.values[2 * slot] = to.bare.high;
    this.#firstTo.values[2 * slot + 1] = to.bare.low;
    this.#sender.values[slot] = shown(bareJid(view.from));
  }

  /** The message in hand is a further one of the entry. */
  grow(slot: number, scene: Scene, kind: Campaign['kind'], fingerprint: () => string): void {
    let wave = this.#waves.values[slot];
    if (wave === undefined || wave.isOver) {
      const recipient = this.#recipient;
      recipient.high = this.#firstTo.values[2 * slot] as number;
      recipient.low = this.#firstTo.values[2 * slot + 1] as number;
      const firstUsec = this.#firstUsec.values[slot] as number;
      const sender = this.#sender.values[slot] ?? '';
      const beginning = { kind, fingerprint: fingerprint(), firstUsec, sender, recipient };
      wave = this.#campaigns.follow(beginning);
      this.#waves.values[slot] = wave;
    }
    this.#campaigns.grow(wave, scene);
  }

  /** The entry is forgotten. */
  end(slot: number): void {
    const wave = this.#waves.values[slot];
    if (wave !== undefined) this.#campaigns.end(wave);
  }
}
