/**
 * Canonical ordering and composition (Unicode TR 15) of short runs of code points, by tables: a character
 * and the marks on it. String.prototype.normalize() knows all this but costs microseconds a call, and text
 * that is all marks would make it a lever to stop the sensor with. The tables are read off normalize()
 * itself, once, when the first combining character comes (some 30 ms).
 */

/** No combining character is assigned above. */
const LAST = 0x1ffff;
const COMPOSE_BASE = 0x110000;

interface Tables {
  /** Rank of the canonical combining class of each code point; 0 is a starter. */
  readonly ranks: Uint8Array;
  /** first * COMPOSE_BASE + second -> composite. Hangul syllables are computed instead. */
  readonly pairs: ReadonlyMap<number, number>;
  /** Code points that some pair has second. */
  readonly seconds: Uint8Array;
}

function comesBefore(a: string, b: string): boolean {
  const text = `x${b}${a}`;
  return text.normalize('NFD') !== text;
}

/** Sort all marks into combining classes by how normalize() orders them. */
function readRanks(): Uint8Array {
  const ranks = new Uint8Array(LAST + 1);
  // One mark of each class found so far, in order.
  const classes: { readonly mark: string; readonly points: number[] }[] = [];
  for (let point = 0x300; point <= LAST; point++) {
    const char = String.fromCodePoint(point);
    if (!/^\p{M}$/u.test(char)) continue;
    // Decomposable marks are never met: what is ordered has been decomposed.
    if (char.normalize('NFD') !== char) continue;
    // U+0334 has the lowest class there is, U+0345 the highest; a starter moves past neither.
    const isOrdered =
      comesBefore(char, '\u0345') ||
      comesBefore('\u0334', char) ||
      point === 0x345 ||
      point === 0x334;
    if (!isOrdered) continue;
    let low = 0;
    let high = classes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { mark } = classes[middle] as { mark: string };
      if (comesBefore(mark, char)) low = middle + 1;
      else high = middle;
    }
    const found = classes[low];
    if (found !== undefined && !comesBefore(char, found.mark)) found.points.push(point);
    else classes.splice(low, 0, { mark: char, points: [point] });
  }
  classes.forEach(({ points }, i) => {
    for (const point of points) ranks[point] = i + 1;
  });
  return ranks;
}

function readTables(): Tables {
  const pairs = new Map<number, number>();
  const seconds = new Uint8Array(LAST + 1);
  for (let point = 0xc0; point <= LAST; point++) {
    if (point === 0x3400) point = 0xa000;
    if (point === 0xac00) point = 0xf900;
    const char = String.fromCodePoint(point);
    const parts = Array.from(char.normalize('NFD'));
    if (parts.length < 2 || char.normalize('NFC') !== char) continue;
    const second = (parts.pop() as string).codePointAt(0) as number;
    const first = parts.join('').normalize('NFC').codePointAt(0) as number;
    pairs.set(first * COMPOSE_BASE + second, point);
    seconds[second] = 1;
  }
  seconds.fill(1, 0x1161, 0x1176);
  seconds.fill(1, 0x11a8, 0x11c3);
  return { ranks: readRanks(), pairs, seconds };
}

let tables: Tables | undefined;

function loadTables(): Tables {
  return (tables ??= readTables());
}

/** Does this (decomposed) code point act on what stands before it: by order or by composition? */
export function isCombining(point: number): boolean {
  if (point < 0x300 || point > LAST) return false;
  const { ranks, seconds } = loadTables();
  return ranks[point] !== 0 || seconds[point] === 1;
}

function compose(known: Tables, first: number, second: number): number {
  if (second >= 0x1161 && second <= 0x11c2) {
    // Hangul, by arithmetic (Unicode 3.12).
    if (first >= 0x1100 && first <= 0x1112 && second <= 0x1175) {
      return 0xac00 + ((first - 0x1100) * 21 + second - 0x1161) * 28;
    }
    const isOpen = first >= 0xac00 && first <= 0xd7a3 && (first - 0xac00) % 28 === 0;
    return isOpen && second >= 0x11a8 ? first + second - 0x11a7 : 0;
  }
  return known.pairs.get(first * COMPOSE_BASE + second) ?? 0;
}

/** Longest run kept; further marks are dropped. */
const MAX_RUN_POINTS = 64;

/** A run of code points that is normalised in place. Reused. */
export class Run {
  readonly points = new Int32Array(MAX_RUN_POINTS);
  length = 0;
  readonly #ranks = new Uint8Array(MAX_RUN_POINTS);

  clear(): void {
    this.length = 0;
  }

  /** Add a decomposed code point, at its place in canonical order. */
  add(point: number): void {
    if (this.length === MAX_RUN_POINTS) return;
    const rank = point <= LAST ? (loadTables().ranks[point] as number) : 0;
    let at = this.length++;
    if (rank !== 0) {
      while (at > 0 && (this.#ranks[at - 1] as number) > rank) {
        this.points[at] = this.points[at - 1] as number;
        this.#ranks[at] = this.#ranks[at - 1] as number;
        at--;
      }
    }
    this.points[at] = point;
    this.#ranks[at] = rank;
  }

  /** Compose what composes. */
  compose(): void {
    const known = loadTables();
    const { points } = this;
    const ranks = this.#ranks;
    let starter = -1;
    let last = 0;
    let out = 0;
    for (let i = 0; i < this.length; i++) {
      const point = points[i] as number;
      const rank = ranks[i] as number;
      // Blocked when something of the same or a higher class stands in between.
      if (starter >= 0 && (last < rank || (last === 0 && starter === out - 1))) {
        const composite = compose(known, points[starter] as number, point);
        if (composite !== 0) {
          points[starter] = composite;
          continue;
        }
      }
      if (rank === 0) starter = out;
      last = rank;
      points[out] = point;
      ranks[out++] = rank;
    }
    this.length = out;
  }

  /** Remove the points that `isUnwanted` names. */
  drop(isUnwanted: (point: number) => boolean): void {
    let out = 0;
    for (let i = 0; i < this.length; i++) {
      const point = this.points[i] as number;
      if (isUnwanted(point)) continue;
      this.points[out] = point;
      this.#ranks[out++] = this.#ranks[i] as number;
    }
    this.length = out;
  }
}
