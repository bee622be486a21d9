/**
 * `muc-msg-flood`: somebody drowns a room: too many messages, too long ones, the same text again and again or in
 * several rooms at once. A message counts once, however many occupants it is passed on to; history and texts that
 * everybody sends do not count.
 */
import { eventId } from '../../core/index.ts';
import { accountOf } from '../accounts.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { RecentDistinct, RecentTimes } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const FLOOD = eventId('service.muc_message_flood');
const SIZE = eventId('service.muc_message_size');
const REPEAT = eventId('service.muc_repeat');
const CROSS_POST = eventId('service.muc_cross_post');

const REGION_WORDS = 3;
const NEWLINE = 0x0a;

export function watchMessageFlood(options: WatchOptions): Watch {
  return new MessageFloodWatch(options);
}

class MessageFloodWatch implements Watch {
  readonly name = 'muc-msg-flood';
  readonly kinds = KINDS.message;
  readonly types = 1 << TYPE.groupchat;
  readonly #thresholds;
  /** By room and who talks. */
  readonly #talkers: LruTable;
  readonly #messages: RecentTimes;
  /** By room, who talks and text. */
  readonly #texts: LruTable;
  readonly #repeats: RecentTimes;
  /** By who talks and text. */
  readonly #posts: LruTable;
  readonly #postRooms: RecentDistinct;
  readonly #talker = new Key();
  readonly #text = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const capacity = limits.correlationOccupantEntries / 2;
    const { mucMessageSeconds, mucRepeatSeconds, mucRepeats } = thresholds;
    this.#talkers = new LruTable(memory, 'room_talkers', capacity, mucMessageSeconds);
    this.#messages = new RecentTimes(this.#talkers, thresholds.mucMessages + 1);
    this.#texts = new LruTable(memory, 'room_texts', capacity, mucRepeatSeconds);
    this.#repeats = new RecentTimes(this.#texts, mucRepeats);
    this.#posts = new LruTable(memory, 'room_posts', capacity, mucRepeatSeconds);
    this.#postRooms = new RecentDistinct(this.#posts, mucRepeats);
  }

  stanza(scene: Scene): void {
    const { outline } = scene;
    if (outline.body < 0 || scene.isRepeat) return;
    if (!scene.from.isKnown || (outline.marks & MARK.delay) !== 0) return;
    // Clients write to the room, never to an occupant (XEP-0045 section 7.4).
    if (scene.hop === HOP.fromClient && scene.to.hasResource) return;
    if (scene.from.bare.equals(scene.to.bare)) return;
    this.#judgePace(scene);
    this.#judgeSize(scene);
    if (!scene.isCanned) this.#judgeText(scene);
  }

  #judgePace(scene: Scene): void {
    const { nowUsec } = scene;
    const { mucMessages, mucMessageSeconds } = this.#thresholds;
    const room = isReflection(scene) ? scene.from : scene.to;
    const { high, low } = this.#talker.ofPair(room.bare, scene.from.full);
    const slot = this.#talkers.claim(high, low, nowUsec);
    this.#messages.add(slot, nowUsec);
    const messages = this.#messages.within(slot, nowUsec, mucMessageSeconds);
    if (messages <= mucMessages) return;
    const said = `sent ${counted(messages, 'message')} or more within ${span(mucMessageSeconds)} to ${shown(roomOf(scene))}`;
    this.#tell(scene, FLOOD, said, { messages });
  }

  #judgeSize(scene: Scene): void {
    const { memory, regions } = scene.view;
    const at = REGION_WORDS * scene.outline.body;
    const offset = regions[at + 1] as number;
    const bytes = regions[at + 2] as number;
    const { mucBytes, mucLines } = this.#thresholds;
    if (bytes <= mucLines) return;
    let lines = 1;
    for (let i = offset; i < offset + bytes; i++) if (memory[i] === NEWLINE) lines++;
    if (bytes <= mucBytes && lines <= mucLines) return;
    const size = `${counted(lines, 'line')} and ${counted(bytes, 'byte')}`;
    const said = `sent a message of ${size} to ${shown(roomOf(scene))}`;
    this.#tell(scene, SIZE, said, { lines, bytes });
  }

  #judgeText(scene: Scene): void {
    const { view, nowUsec, from } = scene;
    const at = REGION_WORDS * scene.outline.body;
    const offset = view.regions[at + 1] as number;
    const bytes = view.regions[at + 2] as number;
    const { mucRepeats, mucRepeatSeconds, mucRepeatBytes } = this.#thresholds;
    if (bytes < mucRepeatBytes) return;
    this.#text.ofRegion(view.keys, offset, bytes);

    const { high, low } = this.#talker.ofPair(this.#talker, this.#text);
    const slot = this.#texts.claim(high, low, nowUsec);
    this.#repeats.add(slot, nowUsec);
    const times = this.#repeats.within(slot, nowUsec, mucRepeatSeconds);
    if (times >= mucRepeats) {
      const said = `said the same ${counted(times, 'time')} or more within ${span(mucRepeatSeconds)} in ${shown(roomOf(scene))}`;
      this.#tell(scene, REPEAT, said, { times });
    }
    // Who an occupant is the room alone knows: only what the sender writes itself names its account.
    if (isReflection(scene)) return;
    const post = this.#talker.ofPair(from.bare, this.#text);
    const postSlot = this.#posts.claim(post.high, post.low, nowUsec);
    const isNew = this.#postRooms.add(postSlot, scene.to.bare.high, scene.to.bare.low, nowUsec);
    const rooms = this.#postRooms.within(postSlot, nowUsec, mucRepeatSeconds);
    if (!isNew || rooms < mucRepeats) return;
    const said = `said the same in ${counted(rooms, 'room')} or more within ${span(mucRepeatSeconds)}, the last one ${shown(roomOf(scene))}`;
    this.#tell(scene, CROSS_POST, said, { rooms });
  }

  #tell(
    scene: Scene,
    event: number,
    said: string,
    numbers: Readonly<Record<string, number>>,
  ): void {
    const { from } = scene.view;
    const room = roomOf(scene);
    // An occupant is known by the full address, an account by the bare one.
    const who = isReflection(scene) ? from : accountOf(from);
    const key = event === CROSS_POST ? who : `${room} ${who}`;
    scene.raise(
      event,
      { key, contributors: [shown(event === CROSS_POST ? room : who)] },
      { summary: `${shown(who)} ${said}`, ...numbers, room: shown(room) },
    );
  }
}

/** Does the room pass on what somebody said? Then the sender is an occupant (XEP-0045 section 7.4). */
function isReflection({ hop, to }: Scene): boolean {
  return hop === HOP.toClient || (hop !== HOP.fromClient && to.hasLocal && to.hasResource);
}

function roomOf(scene: Scene): string {
  return accountOf(isReflection(scene) ? scene.view.from : scene.view.to);
}
