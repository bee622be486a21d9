/**
 * One direction of an in-band bytestream (XEP-0047), put together from all the legs it is seen on: from the sender
 * to its server, between servers, to the recipient. Whichever leg brings a block first counts; what one leg lost
 * another may bring. The end is believed from a leg that lost nothing since its latest block.
 */
import type { Direction } from '../../core/index.ts';
import type { FileLack, FilePlace, FileStream } from '../types.ts';
import { IbbBlocks, ahead, following, type BlockBudget } from './ibb-blocks.ts';

/** Client to server, between servers, server to client, and the same after connections were resumed. */
const MOST_LEGS = 8;
/** A slower leg is that far behind at most: then a stream that looks over is. */
const LINGER_USEC = 10e6;
/** Blocks of a stream that ended are late copies for so long; after that somebody uses its name again. */
const LATE_USEC = 60e6;
/** Blocks a sender has under way when it is told to stop: few, as it waits for answers. */
const MOST_UNDERWAY = 4;

/** Where a stanza of a stream is seen. */
export interface Sight {
  readonly flow: number;
  readonly sessionId: number;
  readonly direction: Direction;
  readonly tsUsec: number;
  /** `XmppSession.holes`: what is in it grows. */
  readonly holes: readonly [number, number];
}

/** What a stream needs of its road. */
export interface IbbOwner {
  readonly budget: BlockBudget;
  /** Is block 0 of a stream nobody saw the opening of the first of all, or one after 65,535 others? */
  isFirst(stream: IbbStream): boolean;
  /** A block came, and there is no file. */
  open(stream: IbbStream, hasStart: boolean): FileStream;
  /** The last moment to say what explains the file. */
  explain(stream: IbbStream, file: FileStream): void;
}

/** One direction of one session. */
interface Leg {
  readonly sessionId: number;
  readonly direction: Direction;
  readonly holes: readonly [number, number];
  /** Of this direction, at its latest block. */
  holesBefore: number;
  /** Which use of the stream's name it is at. */
  turn: number;
  /** Number of the block due on it, -1 before the first. */
  next: number;
  /** It has seen the beginning, the end. */
  isOpened: boolean;
  isClosed: boolean;
}

export class IbbStream {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  /** The beginning was seen, on one leg at least. */
  isOpened = false;
  /** Size of the file as offered, -1 when not known. */
  expectedBytes = -1;
  readonly #owner: IbbOwner;
  readonly #legs: Leg[] = [];
  /** Id of the stanza that opened it: the same on every leg. */
  #openHigh = 0;
  #openLow = 0;
  /** Uses of the stream's name so far. */
  #turn = 0;
  #isOver = false;
  /** Both undefined before the first block and after the end. */
  #file: FileStream | undefined;
  #blocks: IbbBlocks | undefined;
  /** The file in work began with the first block. */
  #hasStart = false;
  /** Bytes of a block as agreed, -1 when not known. */
  #agreedBytes = -1;
  /** Of the file that ended: the number that would have been next, and whether more of it may be on its way. */
  #endNext = 0;
  #isEndSure = true;
  /** It was closed on a leg that cannot vouch for the end: where. */
  #closing: FilePlace | undefined;
  // Where the latest block was seen.
  #flow = 0;
  #direction: Direction = 0;
  #lastUsec = 0;

  constructor(sid: string, from: string, to: string, owner: IbbOwner) {
    this.sid = sid;
    this.from = from;
    this.to = to;
    this.#owner = owner;
  }

  get place(): FilePlace {
    return { flow: this.#flow, direction: this.#direction, tsUsec: this.#lastUsec };
  }

  /** `<open/>`, in the stanza with this id. Without `sight` it speaks for the other direction. */
  opened(
    sight: Sight | undefined,
    id: { readonly high: number; readonly low: number },
    blockBytes: number,
    tsUsec: number,
  ): void {
    const leg = sight === undefined ? undefined : this.#leg(sight);
    const isRepeat = leg?.isOpened === true && leg.turn === this.#turn;
    const isSame = id.high === this.#openHigh && id.low === this.#openLow;
    if (!this.isOpened || !isSame || isRepeat) {
      if (!this.#isLateOpening(leg, tsUsec)) this.#begin(tsUsec);
      this.isOpened = true;
      this.#openHigh = id.high;
      this.#openLow = id.low;
      this.#agreedBytes = blockBytes;
      // Nothing on the way back will tell its legs.
      if (leg === undefined) this.#legs.length = 0;
    }
    if (leg === undefined) return;
    if (leg.turn < this.#turn) this.#turnOver(leg);
    leg.isOpened = true;
  }

  /**
   * Is the block with this number wanted? Then `block` or `lost` is to be called. Undefined: it has none, and counts
   * as the one due on its leg.
   */
  wants(sight: Sight, seq: number | undefined): boolean {
    const leg = this.#leg(sight);
    if (leg.turn < this.#turn) return false;
    if (this.#isOver) {
      if (this.#isLeftover(leg, seq) && this.#isLate(sight.tsUsec)) return false;
      this.#begin(sight.tsUsec);
      this.#turnOver(leg);
    }
    const number = seq ?? Math.max(0, leg.next);
    // A number twice on one leg: receivers refuse that, so what the file is nobody knows.
    if (leg.next >= 0 && ahead(leg.next, number) < 0) this.#file?.gap(-1);
    else leg.next = following(number);
    leg.holesBefore = leg.holes[leg.direction];
    return this.#blocks === undefined || this.#blocks.wants(number);
  }

  /** The block just asked for. */
  block(sight: Sight, seq: number | undefined, bytes: Uint8Array, length: number): void {
    const number = this.#numberOf(sight, seq);
    this.#blocksFrom(number).add(number, bytes, length);
  }

  /** Instead of `block`: it cannot be read. */
  lost(sight: Sight, seq: number | undefined): void {
    const number = this.#numberOf(sight, seq);
    this.#blocksFrom(number).lose(number);
  }

  /** `<close/>`. `isByWriter`: it comes from who sends the bytes, on the way they come. */
  closed(sight: Sight, isByWriter: boolean): void {
    if (isByWriter) {
      const leg = this.#leg(sight);
      if (leg.turn < this.#turn) return;
      leg.isClosed = true;
    }
    if (this.#isOver) return;
    const end = placeOf(sight);
    const isWhole = this.#hasAll || (isByWriter && this.#vouches(this.#leg(sight)));
    if (isWhole || this.#file === undefined) this.#end('', end);
    // Who receives may stop when it has all, or enough: without a size only the sender knows.
    else if (!isByWriter && this.#legs.some((leg) => this.#vouches(leg))) this.#end('cut_off', end);
    else this.#closing ??= end;
  }

  /** An answer refused the stream or a block of it. */
  refused(sight: Sight): void {
    if (!this.#isOver) this.#end('cut_off', placeOf(sight));
  }

  /** Time has passed. @returns true when the stream may be forgotten. */
  rest(nowUsec: number, idleUsec: number): boolean {
    const idle = Math.abs(nowUsec - this.#lastUsec);
    const looksOver = this.#closing !== undefined || this.#hasAll;
    if (idle >= (looksOver ? LINGER_USEC : idleUsec)) this.finish();
    return idle >= idleUsec;
  }

  /** Nothing more will come. */
  finish(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#blocks?.settle();
    if (this.#hasAll) this.#end('', this.#closing ?? this.place);
    else if (this.#closing === undefined) this.#end('unfinished', this.place);
    else {
      // The end was seen, what was before it was not. Blocks that are missing in between are counted.
      const rest = this.expectedBytes - file.seenBytes - file.gapBytes;
      file.gap(this.expectedBytes >= 0 && rest > 0 ? rest : -1);
      this.#end('gap', this.#closing);
    }
  }

  /**
   * A faster leg lost the opening, and this is the opening of what it brings. Where that leg lost more than the opening,
   * this one begins anew and brings all.
   */
  #isLateOpening(leg: Leg | undefined, tsUsec: number): boolean {
    if (this.isOpened || leg === undefined || leg.next >= 0) return false;
    if (this.#file === undefined) return this.#isOver && this.#isLate(tsUsec);
    if (this.#hasStart) return true;
    this.#blocks?.settle();
    this.#file.drop();
    this.#file = undefined;
    this.#blocks = undefined;
    return false;
  }

  /**
   * Is the block one of the file that ended: a copy on a slower leg, or one that was on its way when the receiver had
   * enough? What comes behind that is new, whatever was said of an end.
   */
  #isLeftover(leg: Leg, seq: number | undefined): boolean {
    if (leg.isClosed) return false;
    const number = seq ?? Math.max(0, leg.next);
    if (leg.next >= 0 && ahead(leg.next, number) < 0) return false;
    if (ahead(this.#endNext, number) >= (this.#isEndSure ? 0 : MOST_UNDERWAY)) return false;
    leg.next = following(number);
    return true;
  }

  /** May it belong to what has just ended? */
  #isLate(tsUsec: number): boolean {
    return Math.abs(tsUsec - this.#lastUsec) < LATE_USEC;
  }

  /** Its name is used anew. */
  #begin(tsUsec: number): void {
    if (!this.#isOver) this.#end('cut_off', this.place);
    this.#turn++;
    this.#isOver = false;
    this.isOpened = false;
    this.expectedBytes = -1;
    this.#agreedBytes = -1;
    this.#closing = undefined;
    this.#lastUsec = tsUsec;
  }

  #turnOver(leg: Leg): void {
    leg.turn = this.#turn;
    leg.next = -1;
    leg.isOpened = false;
    leg.isClosed = false;
  }

  #numberOf(sight: Sight, seq: number | undefined): number {
    this.#flow = sight.flow;
    this.#direction = sight.direction;
    this.#lastUsec = sight.tsUsec;
    if (seq !== undefined) return seq;
    // `wants` has moved the leg on.
    const { next } = this.#leg(sight);
    return next > 0 ? next - 1 : 0;
  }

  /** The first block makes the file. */
  #blocksFrom(number: number): IbbBlocks {
    if (this.#blocks !== undefined) return this.#blocks;
    this.#hasStart = this.isOpened || (number === 0 && this.#owner.isFirst(this));
    this.#file = this.#owner.open(this, this.#hasStart);
    // What was opened before our eyes begins with 0: a first block of another number is ahead.
    const first = this.isOpened ? 0 : number;
    this.#blocks = new IbbBlocks(this.#file, this.#owner.budget, first, this.#agreedBytes);
    return this.#blocks;
  }

  get #hasAll(): boolean {
    return this.expectedBytes >= 0 && (this.#file?.seenBytes ?? -1) >= this.expectedBytes;
  }

  /** Did this leg bring every block up to the latest, and everything since? */
  #vouches(leg: Leg): boolean {
    const isUnbroken = leg.holes[leg.direction] === leg.holesBefore;
    return isUnbroken && leg.next === this.#blocks?.next && this.#blocks.isOrdered;
  }

  #end(lack: FileLack, end: FilePlace): void {
    const file = this.#file;
    this.#isOver = true;
    this.#lastUsec = end.tsUsec;
    this.#blocks?.settle();
    this.#endNext = this.#blocks?.next ?? 0;
    this.#isEndSure = lack === '';
    if (file === undefined) return;
    this.#owner.explain(this, file);
    this.#file = undefined;
    this.#blocks = undefined;
    file.end(lack, end);
  }

  #leg({ sessionId, direction, holes }: Sight): Leg {
    const legs = this.#legs;
    for (let i = 0; i < legs.length; i++) {
      const leg = legs[i] as Leg;
      if (leg.sessionId === sessionId && leg.direction === direction) return leg;
    }
    if (legs.length >= MOST_LEGS) legs.shift();
    const leg: Leg = {
      sessionId,
      direction,
      holes,
      holesBefore: holes[direction],
      turn: this.#turn,
      next: -1,
      isOpened: false,
      isClosed: false,
    };
    legs.push(leg);
    return leg;
  }
}

function placeOf({ flow, direction, tsUsec }: Sight): FilePlace {
  return { flow, direction, tsUsec };
}
