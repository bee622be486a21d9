/**
 * Secrets cut over several messages (threats.md section 10.3): people paste keys in pieces, and those who know that
 * somebody listens send card numbers in groups of four. Messages whose edges look cut (text-edges.ts) are kept for a
 * minute; each one that could go on from them is read together with them, with the rules marked `metadata: joined yes`
 * (detect/). What fires is the rule itself. Talk between the pieces does not part them: it is never looked at.
 */
import { nsId } from '../../xml/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { EDGE, TextEdges } from '../text-edges.ts';
import { TextPieces } from '../text-pieces.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const CORRECTION = nsId('urn:xmpp:message-correct:0');
const REGION_WORDS = 3;
const NONE = -1;
const NOTHING = NONE;
const [SPACE, LINE_FEED] = [0x20, 0x0a];
/** What parts are put together with: one token, groups of a number, lines of a key. */
const BETWEEN = [NOTHING, SPACE, LINE_FEED];

export function watchJoinedText(options: WatchOptions): Watch {
  return new JoinedTextWatch(options);
}

class JoinedTextWatch implements Watch {
  readonly name = 'dlp-joined-text';
  readonly kinds = KINDS.message;
  readonly types = ~((1 << TYPE.error) | (1 << TYPE.headline));
  readonly #edges = new TextEdges();
  readonly #conversations: LruTable;
  /** Number of the latest piece of each. */
  readonly #latest: Column<Float64Array>;
  readonly #pieces: TextPieces;
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  readonly #text: Uint8Array;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    const { joinMessages, joinSeconds } = thresholds;
    this.#mostMessages = Math.max(2, Math.floor(joinMessages));
    this.#mostBytes = Math.floor(limits.dlpJoinTextBytes);
    this.#conversations = new LruTable(
      memory,
      'joined_texts',
      limits.correlationJoinedTextEntries,
      joinSeconds,
    );
    this.#latest = this.#conversations.float64();
    this.#pieces = new TextPieces(memory, 'joined_pieces', {
      entries: limits.dlpJoinEntries,
      bytes: limits.dlpJoinBytes,
      seconds: joinSeconds,
    });
    this.#text = new Uint8Array(this.#mostMessages * (this.#mostBytes + 1));
  }

  stanza(scene: Scene): void {
    const { outline, view } = scene;
    if (outline.body < 0 || view.isBroken) return;
    const offset = view.regions[REGION_WORDS * outline.body + 1] as number;
    const length = view.regions[REGION_WORDS * outline.body + 2] as number;
    const edges = this.#edges.read(view.memory, offset, length);
    if (edges === 0 || !scene.from.isKnown || scene.isRepeat) return;
    const { high, low } = this.#conversationOf(scene);
    const slot = this.#conversations.find(high, low, scene.nowUsec);
    let before = slot < 0 ? NONE : (this.#latest.values[slot] as number);
    // A correction stands in place of what was sent last (XEP-0308).
    if (before !== NONE && scene.holds(CORRECTION)) before = this.#before(before, scene.nowUsec);
    const isContinued = (edges & EDGE.continued) !== 0 && this.#has(before, scene.nowUsec);
    if (isContinued && this.#reads(scene, before)) {
      // What was found is told; a further piece of it is no further secret.
      this.#conversations.remove(slot);
      return;
    }
    if ((edges & EDGE.open) === 0) {
      if (slot >= 0) this.#conversations.remove(slot);
      return;
    }
    this.#keep(scene, high, low, isContinued ? before : NONE);
  }

  tick(nowUsec: number): void {
    this.#pieces.expire(nowUsec);
  }

  /** Who writes to whom. In rooms each occupant is somebody, and all hear the same. */
  #conversationOf({ from, to, outline, hop }: Scene): Key {
    const isFromRoom =
      hop !== HOP.fromClient &&
      (outline.type === TYPE.groupchat || (outline.marks & MARK.mucUser) !== 0);
    const sender = isFromRoom ? from.full : from.bare;
    if (outline.type === TYPE.groupchat && isFromRoom) return this.#key.copy(sender);
    return to.isKnown ? this.#key.ofPair(sender, to.bare) : this.#key.copy(sender);
  }

  #has(piece: number, nowUsec: number): boolean {
    return piece !== NONE && this.#pieces.has(piece, nowUsec);
  }

  /** The piece before, NONE when it is gone. */
  #before(piece: number, nowUsec: number): number {
    if (!this.#has(piece, nowUsec)) return NONE;
    const before = this.#pieces.previousOf(piece);
    return this.#has(before, nowUsec) ? before : NONE;
  }

  #keep(scene: Scene, high: number, low: number, before: number): void {
    const { start, end } = this.#edges;
    const length = Math.min(end - start, this.#mostBytes);
    // With its beginning left out it goes on from nothing.
    const previous = length < end - start ? NONE : before;
    const { memory } = scene.view;
    const piece = this.#pieces.add(memory, end - length, length, previous, scene.nowUsec);
    const slot = this.#conversations.claim(high, low, scene.nowUsec);
    this.#latest.values[slot] = piece;
  }

  /** Does a rule find something in the pieces up to `latest` together with the text in hand? */
  #reads(scene: Scene, latest: number): boolean {
    const pieces: number[] = [];
    for (let at = latest; at !== NONE; at = this.#before(at, scene.nowUsec)) {
      pieces.unshift(at);
      if (pieces.length === this.#mostMessages - 1) break;
    }
    const first = this.#pieces.timeOf(pieces[0] as number);
    const seconds = Math.abs(scene.nowUsec - first) / 1e6;
    const messages = pieces.length + 1;
    const context = {
      joined_messages: messages,
      joined: `Cut over ${counted(messages, 'message')} within ${span(Math.ceil(seconds))}`,
    };
    return BETWEEN.some((between) => this.#read(scene, pieces, between, context));
  }

  #read(
    scene: Scene,
    pieces: readonly number[],
    between: number,
    context: { readonly joined_messages: number; readonly joined: string },
  ): boolean {
    const text = this.#text;
    const borders: number[] = [];
    let at = 0;
    for (const piece of pieces) {
      this.#pieces.copy(piece, text, at);
      at += this.#pieces.lengthOf(piece);
      if (between !== NOTHING) text[at++] = between;
      borders.push(at);
    }
    const { start, end } = this.#edges;
    const last = Math.min(end - start, this.#mostBytes);
    text.set(scene.view.memory.subarray(start, start + last), at);
    at += last;
    const isFound = scene.read({ bytes: text, length: at, borders, lastOffset: start, context });
    text.fill(0, 0, at);
    return isFound;
  }
}
