/**
 * Where the nodes of the who-talks-to-whom picture stand. No physics: the same graph always gives the same picture, and
 * labels cannot overlap, since every node of a column has a row of its own.
 *
 * Wide: who was asked for stands in the middle, who sent to it on the left, who it sent to on the right, those behind
 * them in outer columns; without a focus (a campaign), senders left and receivers right. Narrow (a phone): everybody in
 * one list, strongest first, and the links as arcs beside it.
 */
import type { Graph, GraphEdge, GraphNode } from '../../../../sensor/api/contract.ts';
import { byStrength, sidesOf, weightOf } from './graph-sides.ts';

export interface PlacedNode {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly labelX: number;
  readonly labelY: number;
  readonly anchor: 'start' | 'middle' | 'end';
  /** Characters of the label that have room. */
  readonly labelChars: number;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  /** Path data of SVG, from the rim of one node to the rim of the other. */
  readonly path: string;
  /** Width of the line. */
  readonly width: number;
  /** Between others than the one asked for: the background of the picture. */
  readonly isAside: boolean;
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Units are pixels: the picture is shown at its own size. */
const ROW = 25;
const MARGIN = 28;
const MIN_RADIUS = 6;
const MAX_RADIUS = 11;
const FOCUS_RADIUS = 15;
const LABEL_GAP = 7;
/** Width of a character of a label, generously. */
const CHAR = 7.2;
const MAX_LINE = 6;
const MAX_ASIDE_LINE = 2;
const MIN_HEIGHT = 280;
/** Below this width two columns of labels do not fit beside each other. */
const NARROW = 680;
/** Room for the head of an arrow before the rim of the node. */
const ARROW = 7;
/** How far a line between columns swings out, as a share of its length: there and back do not cover each other. */
const SWING = 0.12;
/** Share of the width that the arcs of the list have. */
const ARC_SHARE = 0.3;

interface Column {
  readonly ids: readonly string[];
  /** At the middle of its height, and how far the ends bend towards the focus. */
  readonly x: number;
  readonly bend: number;
  /** Labels stand on the outer side: -1 left, 1 right. */
  readonly side: -1 | 1;
  readonly labelRoom: number;
}

/** Lays out `graph` for a picture `width` wide; its height follows from the number of nodes. */
export function layOut(graph: Graph, width: number): GraphLayout {
  const known = new Set(graph.nodes.map(({ id }) => id));
  // An edge to a node that was cut away leads nowhere.
  const edges = graph.edges.filter(({ from, to }) => known.has(from) && known.has(to));
  const isList = width < NARROW;
  const nodes = isList
    ? placeInList(graph.nodes, edges, width)
    : placeInColumns(graph.nodes, edges, width);
  const byId = new Map(nodes.map((node) => [node.node.id, node]));
  const heaviest = Math.max(1, ...edges.map(weightOf));
  const hasFocus = nodes.some(({ node }) => node.isFocus);
  const placed = edges.flatMap((edge) => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    if (from === undefined || to === undefined || from === to) return [];
    const line = Math.sqrt(weightOf(edge) / heaviest);
    const path = isList ? arc(from, to, width * ARC_SHARE, nodes.length) : curve(from, to);
    const isAside = hasFocus && !from.node.isFocus && !to.node.isFocus;
    const most = isAside ? MAX_ASIDE_LINE : MAX_LINE;
    return [{ edge, path, width: tenth(1 + (most - 1) * line), isAside }];
  });
  // What matters most is drawn last, on top.
  placed.sort((a, b) => Number(b.isAside) - Number(a.isAside) || rankOf(b.edge) - rankOf(a.edge));
  const lowest = Math.max(0, ...nodes.map(({ y, labelY }) => Math.max(y, labelY)));
  const height = isList ? lowest + MARGIN : Math.max(MIN_HEIGHT, lowest + MARGIN);
  return { width, height, nodes, edges: placed };
}

/** Severity with "no alert" behind the mildest one. */
function rankOf({ severity }: GraphEdge): number {
  return severity === 0 ? 5 : severity;
}

/** `text` in so many characters, the last of them a sign that there is more. */
export function fitLabel(text: string, chars: number): string {
  if (text.length <= chars) return text;
  return `${text.slice(0, Math.max(1, chars - 1))}…`;
}

function placeInColumns(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  width: number,
): PlacedNode[] {
  const { focus, left, right, farLeft, farRight } = sidesOf(nodes, edges);
  const hasFar = farLeft.length + farRight.length > 0;
  const columns = [
    ...sideColumns(width, -1, left, farLeft, hasFar),
    ...sideColumns(width, 1, right, farRight, hasFar),
  ];
  const rows = Math.max(focus.length * 2, ...columns.map(({ ids }) => ids.length));
  const height = Math.max(MIN_HEIGHT, rows * ROW + 2 * MARGIN);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const strongest = Math.max(1, ...nodes.map(({ alerts }) => alerts));
  const inFocus = focus.map((id, index): PlacedNode | undefined => {
    const node = byId.get(id);
    const y = height / 2 + (index - (focus.length - 1) / 2) * ROW * 2;
    return (
      node && {
        ...{ node, x: width / 2, y, radius: FOCUS_RADIUS },
        ...{ labelX: width / 2, labelY: y + FOCUS_RADIUS + 17, anchor: 'middle' },
        labelChars: Math.floor((width * 0.3) / CHAR),
      }
    );
  });
  const besides = columns.flatMap(({ ids, x: middle, bend, side, labelRoom }) =>
    ids.map((id, index): PlacedNode | undefined => {
      const node = byId.get(id);
      if (node === undefined) return undefined;
      const step = ids.length < 2 ? 0 : Math.min(ROW * 2, (height - 2 * MARGIN) / (ids.length - 1));
      const y = tenth(height / 2 + (index - (ids.length - 1) / 2) * step);
      const x = tenth(middle - side * bend * ((2 * y) / height - 1) ** 2);
      const radius = radiusOf(node, strongest);
      return {
        ...{ node, x, y, radius, labelX: tenth(x + side * (radius + LABEL_GAP)), labelY: y + 4 },
        anchor: side < 0 ? 'end' : 'start',
        labelChars: Math.floor(labelRoom / CHAR),
      };
    }),
  );
  return [...inFocus, ...besides].filter((node) => node !== undefined);
}

/**
 * Columns of one side, at shares of the width from the middle. Outer ones push the inner ones on both sides inwards, and
 * take room from the labels of theirs.
 */
function sideColumns(
  width: number,
  side: -1 | 1,
  near: readonly string[],
  far: readonly string[],
  isFour: boolean,
): Column[] {
  const at = (share: number): number => width / 2 + side * share * width;
  const rims = MAX_RADIUS + LABEL_GAP;
  if (!isFour) {
    const labelRoom = 0.26 * width - rims;
    return [{ ids: near, x: at(0.24), bend: 0.05 * width, side, labelRoom }];
  }
  const inner = { ids: near, x: at(0.17), bend: 0, side };
  if (far.length === 0) return [{ ...inner, labelRoom: 0.33 * width - rims }];
  return [
    { ...inner, labelRoom: 0.16 * width - rims - MAX_RADIUS },
    { ids: far, x: at(0.33), bend: 0, side, labelRoom: 0.17 * width - rims },
  ];
}

function placeInList(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  width: number,
): PlacedNode[] {
  const x = Math.round(width * ARC_SHARE);
  const strongest = Math.max(1, ...nodes.map(({ alerts }) => alerts));
  const order = byStrength(
    nodes.map(({ id }) => id),
    edges,
  );
  const rank = new Map(order.map((id, index) => [id, index]));
  const place = ({ id, isFocus }: GraphNode): number => (rank.get(id) ?? 0) - (isFocus ? 1e6 : 0);
  return [...nodes]
    .sort((a, b) => place(a) - place(b))
    .map((node, index) => {
      const y = MARGIN + index * ROW;
      const radius = radiusOf(node, strongest);
      const labelX = x + MAX_RADIUS + LABEL_GAP;
      const labelChars = Math.floor((width - labelX) / CHAR);
      return { node, x, y, radius, labelX, labelY: y + 4, anchor: 'start', labelChars };
    });
}

/** By area: twice the alerts, twice the ink. */
function radiusOf({ alerts }: GraphNode, strongest: number): number {
  return tenth(MIN_RADIUS + (MAX_RADIUS - MIN_RADIUS) * Math.sqrt(alerts / strongest));
}

/** A line that swings to its own right, so that the way back lies beside it. */
function curve(from: PlacedNode, to: PlacedNode): string {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.max(1, Math.hypot(dx, dy));
  // Within a column the labels are on the outer side: the line keeps to the inner one.
  const isColumn = Math.abs(dx) < ROW;
  const swing = isColumn ? 0.3 * length : SWING * length;
  const isInward = isColumn && from.anchor === 'end' ? dy < 0 : dy > 0;
  const sign = isColumn && !isInward ? -1 : 1;
  const cx = (from.x + to.x) / 2 + (sign * swing * dy) / length;
  const cy = (from.y + to.y) / 2 - (sign * swing * dx) / length;
  const start = rim(from, cx, cy, 1);
  const end = rim(to, cx, cy, ARROW);
  return `M${start} Q${tenth(cx)} ${tenth(cy)} ${end}`;
}

/** A half ellipse on the left of the list: the further apart, the wider, and all within `room`. */
function arc(from: PlacedNode, to: PlacedNode, room: number, count: number): string {
  const rows = Math.abs(to.y - from.y) / ROW;
  const most = Math.max(1, count - 1);
  const widest = room - MAX_RADIUS - 8;
  const reach = tenth(Math.min(widest, 14 + (widest - 14) * Math.sqrt(rows / most)));
  const sweep = from.y < to.y ? 0 : 1;
  const startX = tenth(from.x - from.radius);
  const endX = tenth(to.x - to.radius - ARROW);
  const half = tenth(Math.abs(to.y - from.y) / 2);
  return `M${startX} ${from.y} A${reach} ${half} 0 0 ${sweep} ${endX} ${to.y}`;
}

/** The point of a node's rim (and `gap` before it) that looks at a place. */
function rim(node: PlacedNode, x: number, y: number, gap: number): string {
  const [dx, dy] = [x - node.x, y - node.y];
  const length = Math.max(1, Math.hypot(dx, dy));
  const reach = node.radius + gap;
  return `${tenth(node.x + (dx * reach) / length)} ${tenth(node.y + (dy * reach) / length)}`;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
