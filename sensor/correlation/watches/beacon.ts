/**
 * `c2-beacon`: small stanzas from one account to another at a regular beat, for hours, without the pauses, chat states
 * and receipts of people. Pings, stream management and rooms are no beacons; telemetry belongs on the allow list.
 */
import { bufferId, eventId } from '../../core/index.ts';
import { STANZA, bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const BEACON = eventId('c2.beacon');
const STATUS = bufferId('xmpp.status');
/** Where the facts of a series stand: times in microseconds, intervals in seconds. */
const FACTS = 5;
const FIRST = 0;
const LAST = 1;
const INTERVALS = 2;
const MEAN = 3;
/** Sum of squared distances from the mean (Welford). */
const SPREAD = 4;
/** So soon it is not the next beat: the stanza crosses the sensor again. */
const LEG_SECONDS = 1;
/** An interval that far from the mean begins a new series. */
const BREAK = 0.5;

export function watchBeacon(options: WatchOptions): Watch {
  return new BeaconWatch(options);
}

class BeaconWatch implements Watch {
  readonly name = 'beacon';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  /** Where it is written, not on its way to the client. */
  readonly hops = ~(1 << HOP.toClient);
  readonly #thresholds;
  readonly #contacts;
  /** By sender, addressee and kind. */
  readonly #series: LruTable;
  /** Of every series: doubles at the places below. */
  readonly #facts;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#contacts = tables.contacts;
    const table = new LruTable(
      memory,
      'beacons',
      limits.correlationBeaconEntries,
      thresholds.beaconSeconds,
    );
    this.#series = table;
    this.#facts = table.float64(FACTS);
  }

  stanza(scene: Scene): void {
    const { view, from, to, nowUsec } = scene;
    if (view.rawLength > this.#thresholds.beaconStanzaBytes || !from.isKnown) return;
    if (!this.#isSign(scene)) return;
    // A series is worth its memory from the second message of a pair on: most pairs of a crowd meet once.
    const isMessage = view.kind === STANZA.message;
    if (isMessage && this.#contacts.lastUsec(from.bare, to.bare, nowUsec) === 0) return;
    const { high, low } = this.#key.ofPair(from.bare, to.bare);
    const slot = this.#series.claim(high, low ^ (view.kind + 1), nowUsec);
    const isHuman = (scene.outline.marks & MARK.human) !== 0;
    if (this.#series.wasNew || isHuman) this.#begin(slot, nowUsec);
    else this.#beat(scene, slot);
  }

  /** Could it be a sign of life? */
  #isSign(scene: Scene): boolean {
    const { kind } = scene.view;
    const { type, marks } = scene.outline;
    if (kind === STANZA.presence) return type === TYPE.absent && scene.region(STATUS) >= 0;
    if (kind === STANZA.message) return type !== TYPE.groupchat && type !== TYPE.error;
    const isRequest = type === TYPE.set || type === TYPE.get;
    return isRequest && scene.to.hasLocal && (marks & MARK.ping) === 0;
  }

  #begin(slot: number, nowUsec: number): void {
    const facts = this.#facts.values;
    const at = slot * FACTS;
    facts[at + FIRST] = nowUsec;
    facts[at + LAST] = nowUsec;
    facts[at + INTERVALS] = 0;
    facts[at + MEAN] = 0;
    facts[at + SPREAD] = 0;
  }

  #beat(scene: Scene, slot: number): void {
    const { nowUsec } = scene;
    const thresholds = this.#thresholds;
    const facts = this.#facts.values;
    const at = slot * FACTS;
    const interval = (nowUsec - (facts[at + LAST] as number)) / 1e6;
    const mean = facts[at + MEAN] as number;
    const known = facts[at + INTERVALS] as number;
    // The same stanza on its next leg.
    if (interval >= 0 && interval < LEG_SECONDS) return;
    const isOff = known > 0 && Math.abs(interval - mean) > BREAK * mean;
    if (interval < thresholds.beaconShortestSeconds || isOff) {
      this.#begin(slot, nowUsec);
      return;
    }
    const count = known + 1;
    const newMean = mean + (interval - mean) / count;
    const spread = (facts[at + SPREAD] as number) + (interval - mean) * (interval - newMean);
    facts[at + LAST] = nowUsec;
    facts[at + INTERVALS] = count;
    facts[at + MEAN] = newMean;
    facts[at + SPREAD] = spread;
    const seconds = (nowUsec - (facts[at + FIRST] as number)) / 1e6;
    if (count < thresholds.beaconBeats || seconds < thresholds.beaconSeconds) return;
    const jitter = (100 * Math.sqrt(spread / count)) / newMean;
    if (jitter >= thresholds.beaconJitterPercent || scene.hasBot) return;
    this.#tell(scene, count + 1, seconds, newMean, jitter);
  }

  #tell(scene: Scene, beats: number, seconds: number, every: number, jitter: number): void {
    const { from, to, name } = scene.view;
    const [jitterPercent, everySeconds] = [Math.round(jitter * 10) / 10, Math.round(every)];
    scene.raise(
      BEACON,
      {
        key: `${bareJid(from)} ${bareJid(to)} ${name}`,
        contributors: [from],
      },
      {
        summary: `${shown(from)} sent ${to === '' ? 'its server' : shown(to)} ${counted(beats, `small ${name}`)}, one every ${span(every)} for ${span(seconds)} (regular to ${jitterPercent} %)`,
        beats,
        every_seconds: everySeconds,
        jitter_percent: jitterPercent,
      },
    );
  }
}
