/**
 * Doubly linked lists over small integers: each item is in one list at most. Constant time, no
 * allocation.
 */

export class LinkedLists {
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  /** [previous, next] per item. */
  #links: Int32Array = new Int32Array(0);

  constructor(lists: number) {
    this.#heads = new Int32Array(lists).fill(-1);
    this.#tails = new Int32Array(lists).fill(-1);
  }

  get byteLength(): number {
    return this.#links.byteLength;
  }

  /** Make room for items 0 to count - 1. */
  reserve(count: number): void {
    const links = new Int32Array(count * 2);
    links.set(this.#links);
    this.#links = links;
  }

  /** First item of a list, or -1. */
  head(list: number): number {
    return this.#heads[list] as number;
  }

  /** Put an item that is in no list at the end of one. */
  append(list: number, item: number): void {
    const tail = this.#tails[list] as number;
    this.#links[item * 2] = tail;
    this.#links[item * 2 + 1] = -1;
    if (tail < 0) this.#heads[list] = item;
    else this.#links[tail * 2 + 1] = item;
    this.#tails[list] = item;
  }

  /** Take an item out of the list it is in. */
  remove(list: number, item: number): void {
    const previous = this.#links[item * 2] as number;
    const next = this.#links[item * 2 + 1] as number;
    if (previous < 0) this.#heads[list] = next;
    else this.#links[previous * 2 + 1] = next;
    if (next < 0) this.#tails[list] = previous;
    else this.#links[next * 2] = previous;
  }
}
