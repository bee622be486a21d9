/**
 * `dlp-bulk`: how much one account sends out of the organisation, whatever is in it: bytes in an hour, files in a day,
 * text that is mostly base64, the first file ever for somebody when it is large, large files at night. Counted are
 * files that have ended (`file`) and long messages; ordinary talk is left out by its length. Outside is what
 * `dlp.internal_domains` does not name; with none named, every other organisation's domain.
 */
import { eventId } from '../../core/index.ts';
import { bareJid, normalizeJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { RecentSum } from '../recent-sum.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type FileTransfer, type FlowTeller, type Watch } from '../types.ts';
import { counted, shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const BYTES = eventId('dlp.bulk_bytes');
const FILES = eventId('dlp.bulk_files');
const ENCODED = eventId('dlp.bulk_encoded');
const FIRST = eventId('dlp.bulk_first');
const NIGHT = eventId('dlp.bulk_night');

const HOUR = 3600;
const DAY = 86_400;
/** How long one is remembered as somebody files were sent to. */
const PEER_SECONDS = 180 * DAY;
const REGION_WORDS = 3;
/** A run of base64 that long is no word. */
const RUN_BYTES = 64;
/** So many different letters it has at least; counted modulo 64, where some digits and letters are one. */
const RUN_LETTERS = 16;
/** Of a longer text so much is looked at. */
const MOST_TEXT_BYTES = 65_536;
const MEBIBYTE = 1024 * 1024;

/** By byte: 1 for those base64 is written with, in either alphabet. */
const BASE64 = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/=_-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

type Tell = (
  event: number,
  key: string,
  contributors: readonly string[],
  context: Readonly<Record<string, string | number>>,
) => void;

export function watchBulk(options: WatchOptions): Watch {
  return new BulkWatch(options);
}

class BulkWatch implements Watch {
  readonly name = 'dlp-bulk';
  readonly kinds = KINDS.message;
  readonly types = ~((1 << TYPE.error) | (1 << TYPE.headline));
  readonly #options: WatchOptions;
  readonly #senders: LruTable;
  readonly #bytes: RecentSum;
  readonly #files: RecentSum;
  readonly #text: RecentSum;
  readonly #encoded: RecentSum;
  readonly #peers: LruTable;
  readonly #key = new Key();
  readonly #other = new Key();
  /** When it began to watch. */
  #sinceUsec = Infinity;

  constructor(options: WatchOptions) {
    const { memory, limits } = options;
    this.#options = options;
    const capacity = limits.correlationBulkEntries;
    this.#senders = new LruTable(memory, 'bulk_senders', capacity / 4, DAY);
    this.#bytes = new RecentSum(this.#senders, HOUR);
    this.#files = new RecentSum(this.#senders, DAY);
    this.#text = new RecentSum(this.#senders, HOUR);
    this.#encoded = new RecentSum(this.#senders, HOUR);
    this.#peers = new LruTable(memory, 'bulk_peers', capacity, PEER_SECONDS);
  }

  tick(tsUsec: number): void {
    if (this.#sinceUsec > tsUsec) this.#sinceUsec = tsUsec;
  }

  stanza(scene: Scene): void {
    const { outline, view, nowUsec } = scene;
    if (outline.body < 0) return;
    const length = view.regions[REGION_WORDS * outline.body + 2] as number;
    if (length < this.#options.thresholds.bulkMessageBytes) return;
    const { from, to } = view;
    if (!this.#options.site.isLeaving(from, to) || scene.isRepeat || scene.isCanned) return;
    const slot = this.#senderOf(from, nowUsec);
    const tell: Tell = (event, key, contributors, context) => {
      scene.raise(event, { key, contributors }, context);
    };
    this.#count(slot, from, to, length, nowUsec, tell);
    this.#countText(slot, scene, length, tell);
  }

  file({ flow, tsUsec, from, to, bytes }: FileTransfer, teller: FlowTeller): void {
    if (!this.#options.site.isLeaving(from, to)) return;
    const { bulkFiles, bulkFirstBytes, bulkNightBytes } = this.#options.thresholds;
    const tell: Tell = (event, key, contributors, context) => {
      teller.raiseOnFlow(flow, event, tsUsec, { key, contributors }, context, { from, to });
    };
    const slot = this.#senderOf(from, tsUsec);
    this.#count(slot, from, to, bytes, tsUsec, tell);
    const files = this.#files.add(slot, tsUsec, 1);
    const [sender, peer] = [shown(from), shown(to)];
    if (files > bulkFiles) {
      const summary = `${sender} sent ${counted(files, 'file')} outside within a day`;
      tell(FILES, bareJid(from), [to], { summary, files });
    }
    const isFirst = this.#isFirst(from, to, tsUsec);
    if (isFirst && bytes >= bulkFirstBytes && this.#isSettled(tsUsec)) {
      const summary = `${sender} sent ${inMebibytes(bytes)} to ${peer}, who was never sent a file before`;
      tell(FIRST, `${bareJid(from)} ${bareJid(to)}`, [to], { summary, bytes });
    }
    if (bytes >= bulkNightBytes && this.#isNight(tsUsec)) {
      const summary = `${sender} sent ${inMebibytes(bytes)} to ${peer} at night`;
      tell(NIGHT, bareJid(from), [to], { summary, bytes });
    }
  }

  #count(
    slot: number,
    from: string,
    to: string,
    length: number,
    nowUsec: number,
    tell: Tell,
  ): void {
    const bytes = this.#bytes.add(slot, nowUsec, length);
    if (bytes <= this.#options.thresholds.bulkBytes) return;
    const summary = `${shown(from)} sent ${inMebibytes(bytes)} outside within an hour`;
    tell(BYTES, bareJid(from), [to], { summary, bytes });
  }

  /** How much of what an account writes is base64. */
  #countText(slot: number, scene: Scene, length: number, tell: Tell): void {
    const { view, outline, nowUsec } = scene;
    const offset = view.regions[REGION_WORDS * outline.body + 1] as number;
    const { bulkEncodedBytes, bulkEncodedPercent } = this.#options.thresholds;
    const runs = encodedBytes(view.memory, offset, Math.min(length, MOST_TEXT_BYTES));
    const text = this.#text.add(slot, nowUsec, Math.min(length, MOST_TEXT_BYTES));
    const encoded = this.#encoded.add(slot, nowUsec, runs);
    if (runs === 0 || encoded < bulkEncodedBytes) return;
    const percent = Math.round((100 * encoded) / text);
    if (percent <= bulkEncodedPercent) return;
    const { from, to } = view;
    const summary = `${percent} % of what ${shown(from)} wrote to people outside within an hour is base64`;
    tell(ENCODED, bareJid(from), [to], { summary, bytes: encoded, percent });
  }

  #senderOf(from: string, nowUsec: number): number {
    const { high, low } = this.#key.ofText(normalizeJid(bareJid(from)));
    return this.#senders.claim(high, low, nowUsec);
  }

  #isFirst(from: string, to: string, nowUsec: number): boolean {
    const sender = this.#key.ofText(normalizeJid(bareJid(from)));
    const { high, low } = this.#key.ofPair(sender, this.#other.ofText(normalizeJid(bareJid(to))));
    this.#peers.claim(high, low, nowUsec);
    return this.#peers.wasNew;
  }

  /** Long enough on watch to call something the first time. */
  #isSettled(nowUsec: number): boolean {
    return nowUsec - this.#sinceUsec >= this.#options.thresholds.learningSeconds * 1e6;
  }

  #isNight(tsUsec: number): boolean {
    const { bulkNightStartSeconds: start, bulkNightEndSeconds: end } = this.#options.thresholds;
    const second = (tsUsec / 1e6) % DAY;
    return start < end ? second >= start && second < end : second >= start || second < end;
  }
}

/** Bytes in runs of base64, each of at least RUN_BYTES and of many different letters: a drawn line is no data. */
function encodedBytes(memory: Uint8Array, offset: number, length: number): number {
  let total = 0;
  let run = 0;
  // Letters of the run: one bit each, of their value modulo 64.
  let low = 0;
  let high = 0;
  for (let i = offset; i <= offset + length; i++) {
    const byte = i < offset + length ? (memory[i] as number) : 0;
    if (BASE64[byte] === 1) {
      run++;
      if ((byte & 32) === 0) low |= 1 << (byte & 31);
      else high |= 1 << (byte & 31);
    } else if (run > 0) {
      if (run >= RUN_BYTES && bitCount(low) + bitCount(high) >= RUN_LETTERS) total += run;
      run = 0;
      low = 0;
      high = 0;
    }
  }
  return total;
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function inMebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}
