/**
 * One direction of a session. What every segment and every element reads or counts stands side by side
 * here: with thousands of sessions interleaved each object it is spread over costs a cache miss.
 */
import type { Direction } from '../core/index.ts';
import { Seal } from './seal.ts';
import type { Session } from './session.ts';

export class Half {
  readonly session: Session;
  readonly direction: Direction;
  /** Number of the tokenizer's half. */
  readonly number: number;
  /** In step, and every byte of it seen (gap gate). */
  inSync: boolean;
  /** Not read any more: TLS, compression. */
  stopped = false;
  /** A stream header was read and the stream has not ended since. */
  rootOpen = false;
  /** An element is open, since the time below. */
  elementOpen = false;

  /** Seen so far: bytes of XML, first-level elements, kinds of those. */
  bytes = 0;
  elements = 0;
  messages = 0;
  presences = 0;
  iqs = 0;
  nonzas = 0;

  // From here on what is asked for now and then.
  /** Stream headers seen so far. */
  headers = 0;
  ended = false;
  // Pace of the stream (bounds.ts).
  openSinceUsec = 0;
  preauthBytes = 0;
  bloatTold = false;
  /** Serial of the element never_ending_element was told for; -1 none. */
  endlessTold = -1;
  /** Serial of the latest element with a document type declaration in it; -1 none. */
  dtdSerial = -1;
  /** Host the first stream header named, normalised. */
  host = '';
  /** What came where only TLS may (seal.ts). */
  readonly seal = new Seal();

  /** Stanzas proper, as XEP-0198 counts them. */
  get stanzas(): number {
    return this.messages + this.presences + this.iqs;
  }

  constructor(session: Session, direction: Direction, number: number) {
    this.session = session;
    this.direction = direction;
    this.number = number;
    this.inSync = !session.isMidstream;
  }
}
