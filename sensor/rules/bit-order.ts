/**
 * In which order rules that share flowbits and xbits are looked at: rules that change a bit before
 * those that test it, whatever order the files have. Rules and bits are the nodes of a graph (rule ->
 * bit it changes -> rule that tests it); its strongly connected parts, in order, are the levels.
 * Within a part no order follows from the rules: there gid and sid decide.
 */
import type { BitTrack, Rule } from './types.ts';

export type BitRule = Pick<Rule, 'gid' | 'sid' | 'bitTests' | 'bitChanges'>;

/** Names of flowbits and xbits do not mix, nor do those of different tracks. */
export function bitKey(track: BitTrack, name: string): string {
  return `${track} ${name}`;
}

export interface BitOrder {
  /** By position in `rules`: how many rules must come before it, one after the other. */
  readonly levels: Int32Array;
  /** Positions of rules that wait for each other over more than one bit, each list by gid and sid. */
  readonly cycles: readonly (readonly number[])[];
}

/** Linear in the number of rules, bits and their mentions. */
export function orderByBits(rules: readonly BitRule[]): BitOrder {
  const levels = new Int32Array(rules.length);
  const graph = new BitGraph(rules);
  if (graph.size === rules.length) return { levels, cycles: [] };
  const parts = connectedParts(graph);
  const members: number[][] = Array.from({ length: parts.count }, () => []);
  for (let node = 0; node < graph.size; node++) members[parts.of[node] as number]?.push(node);
  /** By part. Parts come last one first: what leads into a part is known when it is reached. */
  const levelOf = new Int32Array(parts.count);
  for (let part = parts.count - 1; part >= 0; part--) {
    const nodes = members[part] as number[];
    // A bit by itself is no step: levels count rules that come before.
    const next = (levelOf[part] as number) + (nodes.some((node) => node < rules.length) ? 1 : 0);
    for (const other of nodes.flatMap((node) => graph.next(node))) {
      const behind = parts.of[other] as number;
      if (behind !== part) levelOf[behind] = Math.max(levelOf[behind] as number, next);
    }
  }
  rules.forEach((_, i) => (levels[i] = levelOf[parts.of[i] as number] as number));
  const cycles = members
    .filter((nodes) => nodes.filter((node) => node >= rules.length).length > 1)
    .map((nodes) => nodes.filter((node) => node < rules.length));
  for (const cycle of cycles) cycle.sort((a, b) => compareIds(rules[a], rules[b]));
  return { levels, cycles };
}

/** gid, then sid: the same in every order of files. */
export function compareIds(
  a: Pick<Rule, 'gid' | 'sid'> | undefined,
  b: Pick<Rule, 'gid' | 'sid'> | undefined,
): number {
  return (a?.gid ?? 0) - (b?.gid ?? 0) || (a?.sid ?? 0) - (b?.sid ?? 0);
}

/** Nodes 0 .. rules.length - 1 are the rules, the rest are bits. */
class BitGraph {
  readonly #next: number[][];

  constructor(rules: readonly BitRule[]) {
    this.#next = rules.map(() => []);
    const bits = new Map<string, number>();
    const node = (key: string): number => {
      let found = bits.get(key);
      if (found === undefined) {
        found = this.#next.push([]) - 1;
        bits.set(key, found);
      }
      return found;
    };
    rules.forEach(({ bitTests, bitChanges }, rule) => {
      for (const { track, name } of bitChanges) this.#next[rule]?.push(node(bitKey(track, name)));
      for (const { track, names } of bitTests) {
        for (const name of names) this.#next[node(bitKey(track, name))]?.push(rule);
      }
    });
  }

  get size(): number {
    return this.#next.length;
  }

  next(node: number): readonly number[] {
    return this.#next[node] ?? [];
  }
}

/**
 * Tarjan's algorithm without recursion: a file of 100,000 rules in one chain must not end the stack.
 * Parts are numbered against the direction of the edges.
 */
function connectedParts(graph: BitGraph): { of: Int32Array; count: number } {
  const of = new Int32Array(graph.size).fill(-1);
  const seen = new Int32Array(graph.size).fill(-1);
  const low = new Int32Array(graph.size);
  const open: number[] = [];
  const path: number[] = [];
  const edge = new Int32Array(graph.size);
  let time = 0;
  let count = 0;
  for (let root = 0; root < graph.size; root++) {
    if ((seen[root] as number) >= 0) continue;
    path.push(root);
    while (path.length > 0) {
      const node = path.at(-1) as number;
      if ((seen[node] as number) < 0) {
        seen[node] = low[node] = time++;
        open.push(node);
      }
      const edges = graph.next(node);
      const at = edge[node] as number;
      if (at < edges.length) {
        const next = edges[at] as number;
        edge[node] = at + 1;
        if ((seen[next] as number) < 0) path.push(next);
        else if ((of[next] as number) < 0)
          low[node] = Math.min(low[node] as number, seen[next] as number);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number);
      if (low[node] !== seen[node]) continue;
      let member: number | undefined;
      do {
        member = open.pop();
        if (member !== undefined) of[member] = count;
      } while (member !== node);
      count++;
    }
  }
  return { of, count };
}
