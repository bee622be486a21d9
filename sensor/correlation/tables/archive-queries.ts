/** Queries of message archives (XEP-0313): who asked which archive, and under which query ids. */
import { nameId, nsId } from '../../xml/index.ts';
import { Key, type JidKeys } from '../keys.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import { Horizon } from './horizon.ts';
import type { TableOptions } from './index.ts';

/** Every version of the protocol that is in use. */
export const ARCHIVE_NAMESPACES: readonly number[] = [
  nsId('urn:xmpp:mam:2'),
  nsId('urn:xmpp:mam:1'),
  nsId('urn:xmpp:mam:0'),
  nsId('urn:xmpp:mam:tmp'),
];

const QUERY = nameId('query');
const QUERY_ID = nameId('queryid');
const ID_BYTES = 1024;

export class ArchiveQueries implements Learner {
  readonly kinds = KINDS.iq;
  /** Two entries a query: who and archive; who, archive and query id. No columns. */
  readonly #horizon: Horizon;
  readonly #pair = new Key();
  readonly #key = new Key();
  readonly #latest = new Key();

  constructor({ memory, limits, thresholds }: TableOptions) {
    const capacity = limits.correlationArchiveQueryEntries;
    this.#horizon = new Horizon(memory, 'archive_queries', capacity, thresholds.questionSeconds);
  }

  learn(scene: Scene): void {
    const { from, to, hop, nowUsec } = scene;
    this.#horizon.pass(nowUsec);
    // What a server delivers is no query: clients keep no archive for others.
    if (hop === HOP.toClient || !from.isKnown) return;
    const query = archiveChild(scene, QUERY);
    if (query < 0 || scene.view.type === 'result' || scene.view.type === 'error') return;
    // The own server is asked for the own archive.
    const isOther = to.isKnown && !to.bare.equals(from.domain);
    this.#pair.ofPair(from.bare, (isOther ? to : from).bare);
    const { table } = this.#horizon;
    table.claim(this.#pair.high, this.#pair.low, nowUsec);
    if (this.#keyOf(scene, query)) table.claim(this.#key.high, this.#key.low, nowUsec);
  }

  /** Did `who` ask this archive? True as well when that may have been forgotten since `sinceUsec`. */
  hasAsked(scene: Scene, who: JidKeys, archive: JidKeys, sinceUsec: number): boolean {
    this.#pair.ofPair(who.bare, archive.bare);
    return this.#has(this.#pair, scene.nowUsec, sinceUsec);
  }

  /** Did `who` ask it under the query id of this result? True as well when the result names none. */
  knowsQuery(
    scene: Scene,
    result: number,
    who: JidKeys,
    archive: JidKeys,
    sinceUsec: number,
  ): boolean {
    this.#pair.ofPair(who.bare, archive.bare);
    if (!this.#keyOf(scene, result)) return true;
    return this.#has(this.#key, scene.nowUsec, sinceUsec);
  }

  /** Asks what was asked last once more, later, when other queries may have been seen. */
  again(sinceUsec: number): () => boolean {
    const key = new Key().copy(this.#latest);
    return () => this.#has(key, this.#horizon.nowUsec, sinceUsec);
  }

  #has(key: Key, nowUsec: number, sinceUsec: number): boolean {
    const { high, low } = this.#latest.copy(key);
    this.#horizon.pass(nowUsec);
    const isKnown = this.#horizon.table.find(high, low, nowUsec) >= 0;
    return isKnown || !this.#horizon.isCompleteSince(sinceUsec);
  }

  /** Key of the pair at hand and the query id of an element; false when it has none. */
  #keyOf({ tree, view }: Scene, element: number): boolean {
    const id = tree.attr(element, QUERY_ID);
    if (id < 0) return false;
    const length = Math.min(tree.valueLength(id), ID_BYTES);
    this.#key.ofBytes(view.memory, tree.valueOffset(id), length);
    this.#key.ofPair(this.#pair, this.#key);
    return true;
  }
}

/** The child of this name in a namespace of archives, -1 when there is none. */
export function archiveChild(scene: Scene, name: number): number {
  for (const ns of ARCHIVE_NAMESPACES) {
    if (!scene.holds(ns)) continue;
    const child = scene.tree.child(0, ns, name);
    if (child >= 0) return child;
  }
  return -1;
}
