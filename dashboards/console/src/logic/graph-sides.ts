/**
 * Who stands on which side of the who-talks-to-whom picture, and in which order: senders on the left, receivers on the
 * right, strong ones first, and few crossing lines. Ties are broken by name: the same graph gives the same picture.
 */
import type { GraphEdge, GraphNode } from '../../../../sensor/api/contract.ts';

/** Ids from top to bottom. */
export interface Sides {
  readonly focus: readonly string[];
  readonly left: readonly string[];
  readonly right: readonly string[];
  /** Those who had nothing to do with the focus themselves, behind the ones they had to do with. */
  readonly farLeft: readonly string[];
  readonly farRight: readonly string[];
}

/** A side with more nodes than this gives some to a side that has fewer. */
const FULL_SIDE = 14;
/** Rounds of ordering each side by the other one. */
const ROUNDS = 4;

/** How much went over an edge; alerts are what the picture is about. */
export function weightOf({ alerts, files, sessions }: GraphEdge): number {
  return 3 * alerts + 2 * files + sessions;
}

export function sidesOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Sides {
  const focus = nodes.filter(({ isFocus }) => isFocus).map(({ id }) => id);
  return focus.length > 0 ? aroundFocus(focus, nodes, edges) : sendersAndReceivers(nodes, edges);
}

/** Ids with the strongest first. */
export function byStrength(ids: readonly string[], edges: readonly GraphEdge[]): string[] {
  const strengths = new Map<string, number>();
  for (const edge of edges) {
    for (const id of [edge.from, edge.to]) {
      strengths.set(id, (strengths.get(id) ?? 0) + weightOf(edge));
    }
  }
  const strength = (id: string): number => strengths.get(id) ?? 0;
  return [...ids].sort((a, b) => strength(b) - strength(a) || compare(a, b));
}

function aroundFocus(
  focus: readonly string[],
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
): Sides {
  // Below 0 for who mostly sent to the focus.
  const pull = pullOf(edges, new Set(focus));
  const near = byStrength([...pull.keys()], edges);
  const [left, right] = balanced(
    near.filter((id) => (pull.get(id) ?? 0) < 0),
    near.filter((id) => (pull.get(id) ?? 0) >= 0),
  );
  const isLeft = new Set(left);
  const placed = new Set([...focus, ...near]);
  const rest = byStrength(
    nodes.map(({ id }) => id).filter((id) => !placed.has(id)),
    edges,
  );
  const beside = new Map(rest.map((id) => [id, strongestNeighbour(id, edges, pull)]));
  const leftRest = rest.filter((id) => isLeft.has(beside.get(id) ?? ''));
  const [farLeft, farRight] = balanced(
    leftRest,
    rest.filter((id) => !leftRest.includes(id)),
  );
  return {
    focus,
    left,
    right,
    farLeft: besideOthers(farLeft, left, edges),
    farRight: besideOthers(farRight, right, edges),
  };
}

function pullOf(
  edges: readonly GraphEdge[],
  focus: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const pull = new Map<string, number>();
  for (const edge of edges) {
    const { from, to } = edge;
    if (focus.has(from) === focus.has(to)) continue;
    const [id, sign] = focus.has(to) ? [from, -1] : [to, 1];
    pull.set(id, (pull.get(id) ?? 0) + sign * weightOf(edge));
  }
  return pull;
}

function sendersAndReceivers(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Sides {
  const net = new Map(nodes.map(({ id }) => [id, 0]));
  for (const edge of edges) {
    net.set(edge.from, (net.get(edge.from) ?? 0) + weightOf(edge));
    net.set(edge.to, (net.get(edge.to) ?? 0) - weightOf(edge));
  }
  const all = byStrength([...net.keys()], edges);
  let left = all.filter((id) => (net.get(id) ?? 0) > 0);
  let right = all.filter((id) => (net.get(id) ?? 0) <= 0);
  for (let round = 0; round < ROUNDS; round++) {
    right = besideOthers(right, left, edges);
    left = besideOthers(left, right, edges);
  }
  return { focus: [], left, right, farLeft: [], farRight: [] };
}

/** Ids in the order of those they are linked to: fewer lines cross. */
function besideOthers(
  ids: readonly string[],
  others: readonly string[],
  edges: readonly GraphEdge[],
): string[] {
  const rows = new Map(others.map((id, row) => [id, row]));
  const middles = new Map(
    ids.map((id, index) => {
      let sum = 0;
      let weight = 0;
      for (const edge of edges) {
        const row = edge.from === id ? rows.get(edge.to) : rows.get(edge.from);
        if (row === undefined || (edge.from !== id && edge.to !== id)) continue;
        sum += row * weightOf(edge);
        weight += weightOf(edge);
      }
      return [id, weight === 0 ? index : sum / weight];
    }),
  );
  const middle = (id: string): number => middles.get(id) ?? 0;
  return [...ids].sort((a, b) => middle(a) - middle(b) || compare(a, b));
}

/** The weakest of a full side move over as long as the other one is shorter: the picture grows less high. */
function balanced(left: readonly string[], right: readonly string[]): [string[], string[]] {
  const both: [string[], string[]] = [[...left], [...right]];
  const [fuller, other] = left.length > right.length ? both : [both[1], both[0]];
  while (fuller.length > FULL_SIDE && fuller.length > other.length + 1) {
    const moved = fuller.pop();
    if (moved !== undefined) other.push(moved);
  }
  return both;
}

function strongestNeighbour(
  id: string,
  edges: readonly GraphEdge[],
  among: ReadonlyMap<string, number>,
): string | undefined {
  let best: string | undefined;
  let weight = -1;
  for (const edge of edges) {
    if (edge.from !== id && edge.to !== id) continue;
    const other = edge.from === id ? edge.to : edge.from;
    if (!among.has(other) || weightOf(edge) <= weight) continue;
    best = other;
    weight = weightOf(edge);
  }
  return best;
}

/** By code unit: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
