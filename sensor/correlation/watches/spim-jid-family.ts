/**
 * `spim-jidgen`, the part that takes several names: new senders whose account names begin alike and end at random
 * (`40tman_rullezz_x7f2q`). What one name shows is a rule of its own (validate:generated-name). Staff and student
 * numbers look alike: names of the own domain do not count.
 */
import { bufferId, eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentDistinct } from '../recent.ts';
import type { Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const FAMILY = eventId('spim.name_family');
const FROM = bufferId('xmpp.from');
const REGION_WORDS = 3;
const AT = 0x40;
/** Shorter beginnings are shared by chance; shorter ends are a counter or a year. */
const MIN_PREFIX = 4;
const MIN_TAIL = 5;

export function watchNameFamilies(options: WatchOptions): Doorkeeper {
  return new NameFamilyWatch(options);
}

class NameFamilyWatch implements Doorkeeper {
  readonly name = 'spim-jid-family';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #strangers: Strangers;
  readonly #campaigns: Campaigns;
  /** By the beginning of the name. */
  readonly #families: LruTable;
  readonly #members: RecentDistinct;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#strangers = tables.strangers;
    this.#campaigns = tables.campaigns;
    const capacity = limits.correlationNameEntries;
    this.#families = new LruTable(memory, 'name_families', capacity, thresholds.spimFamilySeconds);
    this.#members = new RecentDistinct(this.#families, thresholds.spimFamilyNames);
  }

  knock(scene: Scene, degree: number): void {
    if (degree >= DEGREE.unsure && this.#strangers.isFirstKnock(scene)) this.#meet(scene);
  }

  request(scene: Scene, degree: number): void {
    if (degree >= DEGREE.unsure && scene.outline.type === TYPE.subscribe) this.#meet(scene);
  }

  #meet(scene: Scene): void {
    const region = scene.region(FROM);
    if (region < 0 || !this.#strangers.isNewSender(scene)) return;
    const { memory, regions } = scene.view;
    const offset = regions[REGION_WORDS * region + 1] as number;
    const end = offset + (regions[REGION_WORDS * region + 2] as number);
    const length = prefixLength(memory, offset, end);
    if (length > 0) this.#note(scene, offset, length);
  }

  #note(scene: Scene, offset: number, length: number): void {
    const { from, nowUsec, view } = scene;
    const { spimFamilyNames, spimFamilySeconds } = this.#thresholds;
    const { high, low } = this.#key.ofBytes(view.memory, offset, length);
    const slot = this.#families.claim(high, low, nowUsec);
    this.#members.add(slot, from.bare.high, from.bare.low, nowUsec);
    const members = this.#members.within(slot, nowUsec, spimFamilySeconds);
    if (members < spimFamilyNames) return;
    const sender = bareJid(view.from);
    const prefix = sender.slice(0, length);
    scene.raise(
      FAMILY,
      { key: prefix, contributors: [sender], ...this.#campaigns.membership },
      {
        summary: `At least ${counted(members, 'new sender')} with names made by the pattern ${shown(prefix)}<random> turned to strangers within ${span(spimFamilySeconds)}, now ${shown(sender)}`,
        members,
        prefix,
        seconds: spimFamilySeconds,
      },
    );
  }
}

/**
 * Length of the beginning of an account name that ends at random: up to the last delimiter when what follows mixes
 * letters and digits or is a long number, up to the digits when no delimiter is there; 0 for other names.
 */
function prefixLength(memory: Uint8Array, offset: number, end: number): number {
  let at = offset;
  let delimiter = -1;
  while (at < end && memory[at] !== AT) {
    const byte = memory[at] as number;
    if (byte === 0x5f || byte === 0x2d || byte === 0x2e) delimiter = at;
    at++;
  }
  if (at === end) return 0;
  let tail = delimiter + 1;
  if (delimiter < 0) {
    tail = at;
    while (tail > offset && isDigit(memory[tail - 1] as number)) tail--;
  }
  let digits = 0;
  for (let i = tail; i < at; i++) if (isDigit(memory[i] as number)) digits++;
  const isRandom = at - tail >= MIN_TAIL && digits > 0;
  return isRandom && tail - offset >= MIN_PREFIX ? tail - offset : 0;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
