/**
 * Rooms (XEP-0045) that were entered or written to: what is sent to one comes back from it under another name. Who
 * writes chooses what looks like a room, so this decides about copies, never about trust.
 */
import type { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import type { TableOptions } from './index.ts';

const LIFE_SECONDS = 7 * 24 * 3600;

export class RoomNames implements Learner {
  readonly kinds = KINDS.message | KINDS.presence;
  /** By bare JID. */
  readonly #rooms: LruTable;

  constructor({ memory, limits }: Pick<TableOptions, 'memory' | 'limits'>) {
    this.#rooms = new LruTable(
      memory,
      'room_names',
      limits.correlationRoomNameEntries,
      LIFE_SECONDS,
    );
  }

  isRoom({ high, low }: Key, nowUsec: number): boolean {
    return this.#rooms.find(high, low, nowUsec) >= 0;
  }

  learn({ outline, from, to, hop, nowUsec }: Scene): void {
    const { type, marks } = outline;
    const isEntered = (marks & MARK.mucJoin) !== 0 && to.hasResource;
    const isWrittenTo = type === TYPE.groupchat && !to.hasResource && to.hasLocal;
    if (isEntered || isWrittenTo) this.#rooms.claim(to.bare.high, to.bare.low, nowUsec);
    const isOccupant = (marks & MARK.mucUser) !== 0 && from.hasResource && hop === HOP.toClient;
    if (isOccupant) this.#rooms.claim(from.bare.high, from.bare.low, nowUsec);
  }
}
