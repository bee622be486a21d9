/**
 * `dlp-carrier`: places of a protocol that hold more than they are for. Pictures of accounts that are too large or no
 * pictures, bits of binary that are none, long base64 in a status or in stored data, an account that changes its
 * picture again and again.
 */
import { eventId } from '../../core/index.ts';
import {
  JidKeys,
  Key,
  LruTable,
  RecentDistinct,
  counted,
  shown,
  span,
  type Scene,
} from '../../correlation/index.ts';
import type { RoadOptions } from '../watches.ts';
import { holderOf } from './carried.ts';
import { isPicture, isSound } from './content-kind.ts';

const VCARD = eventId('file.carrier_vcard');
const AVATAR = eventId('file.carrier_avatar');
const BITS = eventId('file.carrier_bob');
const TEXT = eventId('file.carrier_text');
const CHANGES = eventId('file.carrier_changes');
const TOO_MANY = eventId('file.too_many_in_stanza');

/** Told once in that time of one account, place and size, whoever fetches it. */
const TOLD_SECONDS = 3600;

export class CarrierGuard {
  readonly #counters: RoadOptions['counters'];
  readonly #thresholds: RoadOptions['thresholds'];
  readonly #told: LruTable;
  readonly #changes: LruTable;
  readonly #pictures: RecentDistinct;
  readonly #owner = new JidKeys();
  readonly #key = new Key();

  constructor({ counters, memory, limits, thresholds }: RoadOptions) {
    this.#counters = counters;
    this.#thresholds = thresholds;
    this.#told = new LruTable(memory, 'file_carriers', limits.filesRecent, TOLD_SECONDS);
    const { filesPictureSeconds, filesPictureChanges } = thresholds;
    this.#changes = new LruTable(memory, 'file_pictures', limits.filesRecent, filesPictureSeconds);
    this.#pictures = new RecentDistinct(this.#changes, filesPictureChanges);
  }

  /** A property of a vCard with bytes in it: PHOTO, LOGO, SOUND, KEY. */
  property(scene: Scene, owner: string, name: string, bytes: Uint8Array, length: number): void {
    const { filesPictureBytes } = this.#thresholds;
    const isFit = name === 'SOUND' ? isSound : name === 'KEY' ? isAnything : isPicture;
    const isOther = this.#isLong(length) && !isFit(bytes, length);
    if (isOther || length > filesPictureBytes) {
      const what = isOther
        ? `that are no ${name === 'SOUND' ? 'sound' : 'picture'}`
        : 'which is more than one needs';
      const summary = `${shown(owner)} put ${length} bytes into the ${shown(name)} of the vCard ${what}`;
      this.#raise(scene, VCARD, owner, length, summary);
    }
    if (name === 'PHOTO') this.#change(scene, owner, bytes, length);
  }

  /** The picture in an avatar node. */
  avatar(scene: Scene, owner: string, bytes: Uint8Array, length: number): void {
    if (this.#isLong(length) && !isPicture(bytes, length)) {
      const summary = `${shown(owner)} put ${length} bytes into the avatar node that are no picture`;
      this.#raise(scene, AVATAR, owner, length, summary);
    }
    this.#change(scene, owner, bytes, length);
  }

  /** Bits of binary: stickers are pictures and larger than the standard says. */
  bits(scene: Scene, owner: string, bytes: Uint8Array, length: number): void {
    const { filesPictureBytes, filesBitsBytes } = this.#thresholds;
    const most = isPicture(bytes, length) ? filesPictureBytes : filesBitsBytes;
    if (length <= most) return;
    const summary = `${shown(owner)} sent ${length} bytes as bits of binary where ${most} are many`;
    this.#raise(scene, BITS, owner, length, summary);
  }

  /** A run of base64 in the text of an element meant for something else. */
  text(scene: Scene, owner: string, place: string, letters: number): void {
    if (letters <= this.#thresholds.filesCarrierLetters) return;
    const summary = `${shown(owner)} put ${letters} letters of base64 into ${place}`;
    this.#raise(scene, TEXT, owner, letters, summary, { place });
  }

  /** Something may be a file and was not looked at, since it stands behind so many others. */
  overlook(): void {
    this.#counters.add('filesOverlooked', 1);
  }

  /** The same for a file behind others in the stanza in hand: they may be there to hide it. */
  overlookIn(scene: Scene): void {
    this.overlook();
    const { from } = holderOf(scene);
    const summary = `${shown(from)} put more files into one stanza than are looked at`;
    this.#raise(scene, TOO_MANY, from, 0, summary);
  }

  /** What is next to nothing carries nothing. */
  #isLong(length: number): boolean {
    return length >= this.#thresholds.filesCarrierLeast;
  }

  /** Counted where the account itself sets it: what is fetched may be anybody's, at any time. */
  #change(scene: Scene, owner: string, bytes: Uint8Array, length: number): void {
    if (!scene.isFirstHop || owner === '') return;
    const { filesPictureChanges, filesPictureSeconds } = this.#thresholds;
    const { high, low } = this.#owner.ofText(owner).bare;
    const slot = this.#changes.claim(high, low, scene.nowUsec);
    const picture = this.#key.ofBytes(bytes, 0, length);
    const isNew = this.#pictures.add(slot, picture.high, picture.low, scene.nowUsec);
    if (!isNew) return;
    const changes = this.#pictures.within(slot, scene.nowUsec, filesPictureSeconds);
    if (changes < filesPictureChanges) return;
    const summary = `${shown(owner)} set ${counted(changes, 'different picture')} within ${span(filesPictureSeconds)}`;
    scene.raise(CHANGES, { key: owner, contributors: [owner] }, { summary, changes });
  }

  #raise(
    scene: Scene,
    event: number,
    owner: string,
    size: number,
    summary: string,
    facts: Readonly<Record<string, string>> = {},
  ): void {
    const { bare } = this.#owner.ofText(owner);
    const { high, low } = this.#key.ofFour(bare.high, bare.low, event, size);
    this.#told.claim(high, low, scene.nowUsec);
    if (!this.#told.wasNew) return;
    scene.raise(event, { key: owner, contributors: [owner] }, { summary, size, ...facts });
  }
}

function isAnything(): boolean {
  return true;
}
