/**
 * The who-talks-to-whom picture with what it says as a table. Shape tells the kind of a node, colour and dashes the worst
 * alert; hover and focus show facts beside it. Arrow keys walk through the nodes, Enter opens one.
 */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Graph, GraphEdge, GraphNode } from '../../../../../sensor/api/contract.ts';
import { fitLabel, layOut, type PlacedNode } from '../../logic/graph-layout.ts';
import { weightOf } from '../../logic/graph-sides.ts';
import { visibleText } from '../../logic/visible.ts';
import { navigate } from '../../router.ts';
import { EmptyState } from '../../ui/states.tsx';
import { EdgeTable } from './edge-table.tsx';
import { GraphFacts, type GraphThing } from './graph-facts.tsx';
import { NodeShape } from './node-shape.tsx';
import { nodePath } from './paths.ts';
import './graph.css';

interface PictureProps {
  readonly graph: Graph;
  readonly label: string;
}

export function Picture({ graph, label }: PictureProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [chosen, setChosen] = useState<GraphThing | undefined>(undefined);
  const [hovered, setHovered] = useState<GraphThing | undefined>(undefined);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => {
      setWidth(Math.round(element.clientWidth));
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => {
      watch.disconnect();
    };
  }, []);
  useEffect(() => {
    setChosen(undefined);
    setHovered(undefined);
  }, [graph]);
  const layout = useMemo(() => (width === 0 ? undefined : layOut(graph, width)), [graph, width]);
  if (graph.nodes.length === 0) {
    return (
      <EmptyState title="Nobody talks here">
        No alert, file or session shows a conversation of this one in the time asked for.
      </EmptyState>
    );
  }
  const shown = hovered ?? chosen;
  const isNear = nearOf(shown);
  const edges = [...graph.edges].sort((a, b) => weightOf(b) - weightOf(a));
  return (
    <div class="graph-view">
      <div class="graph-box" ref={box}>
        {layout === undefined ? null : (
          <svg
            class={shown === undefined ? 'graph' : 'graph has-focus'}
            viewBox={`0 0 ${layout.width} ${layout.height}`}
            width={layout.width}
            height={layout.height}
            role="group"
            aria-label={`${label}. The table below says the same.`}
            onKeyDown={(event) => {
              walk(event, layout.nodes);
            }}
          >
            <defs>
              {[0, 1, 2, 3, 4].map((severity) => (
                <marker
                  key={severity}
                  id={`arrow-${severity}`}
                  viewBox="0 0 8 8"
                  refX="4"
                  refY="4"
                  markerWidth="7"
                  markerHeight="7"
                  markerUnits="userSpaceOnUse"
                  orient="auto-start-reverse"
                >
                  <path class={`graph-arrow level-${severity}`} d="M0 .5 8 4 0 7.500z" />
                </marker>
              ))}
            </defs>
            {layout.edges.map(({ edge, path, width: line, isAside }) => (
              <g
                key={`${edge.from} ${edge.to}`}
                class={['graph-edge', isAside && 'aside', isNear.edge(edge) && 'near']
                  .filter(Boolean)
                  .join(' ')}
                aria-hidden="true"
                onPointerEnter={() => {
                  setHovered({ edge });
                }}
                onPointerLeave={() => {
                  setHovered(undefined);
                }}
                onClick={() => {
                  setChosen({ edge });
                }}
              >
                <path class="graph-reach" d={path} />
                <path
                  class={`graph-line level-${edge.severity}`}
                  d={path}
                  stroke-width={line}
                  marker-end={`url(#arrow-${edge.severity})`}
                />
              </g>
            ))}
            {layout.nodes.map((placed, index) => (
              <Node
                key={placed.node.id}
                placed={placed}
                isFirst={index === 0}
                isNear={isNear.node(placed.node)}
                onShow={(thing) => {
                  setHovered(thing);
                }}
              />
            ))}
          </svg>
        )}
      </div>
      <GraphFacts thing={shown} graph={graph} />
      <Legend />
      <EdgeTable
        edges={edges}
        onShow={(edge) => {
          setChosen({ edge });
        }}
      />
    </div>
  );
}

interface NodeProps {
  readonly placed: PlacedNode;
  readonly isFirst: boolean;
  readonly isNear: boolean;
  readonly onShow: (thing: GraphThing | undefined) => void;
}

function Node({ placed, isFirst, isNear, onShow }: NodeProps): JSX.Element {
  const { node, x, y, radius, labelX, labelY, anchor, labelChars } = placed;
  const show = (): void => {
    onShow({ node });
  };
  const hide = (): void => {
    onShow(undefined);
  };
  const name = visibleText(node.id, 200);
  const to = nodePath(node);
  return (
    <a
      href={to}
      class={['graph-node', node.isFocus && 'is-focus', isNear && 'near'].filter(Boolean).join(' ')}
      tabIndex={isFirst ? 0 : -1}
      aria-label={`${name}, ${node.kind}, ${node.alerts} ${node.alerts === 1 ? 'alert' : 'alerts'}`}
      onPointerEnter={show}
      onPointerLeave={hide}
      onFocus={show}
      onBlur={hide}
      onClick={(event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        navigate(to);
      }}
    >
      <circle class="graph-reach" cx={x} cy={y} r={radius + 6} />
      <NodeShape kind={node.kind} severity={node.severity} x={x} y={y} radius={radius} />
      <text x={labelX} y={labelY} text-anchor={anchor}>
        {fitLabel(visibleText(node.id, 200), labelChars)}
      </text>
    </a>
  );
}

/** Up and left go to the node before, down and right to the next one. */
function walk(event: KeyboardEvent, nodes: readonly PlacedNode[]): void {
  const step =
    event.key === 'ArrowDown' || event.key === 'ArrowRight'
      ? 1
      : event.key === 'ArrowUp' || event.key === 'ArrowLeft'
        ? -1
        : 0;
  if (step === 0 || !(event.currentTarget instanceof Element)) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<SVGAElement>('.graph-node')];
  const at = all.findIndex((one) => one === document.activeElement);
  all[(at + step + nodes.length) % nodes.length]?.focus();
}

/** What lights up with the thing shown: an edge with its ends, a node with its edges. */
function nearOf(thing: GraphThing | undefined): {
  readonly edge: (edge: GraphEdge) => boolean;
  readonly node: (node: GraphNode) => boolean;
} {
  if (thing === undefined) return { edge: () => false, node: () => false };
  if ('edge' in thing) {
    const { from, to } = thing.edge;
    return {
      edge: (edge) => edge.from === from && edge.to === to,
      node: ({ id }) => id === from || id === to,
    };
  }
  const { id } = thing.node;
  return {
    edge: ({ from, to }) => from === id || to === id,
    node: (node) => node.id === id,
  };
}

function Legend(): JSX.Element {
  const kinds = ['account', 'server', 'address'] as const;
  const levels = [
    [1, 'critical'],
    [2, 'high'],
    [3, 'medium'],
    [4, 'info'],
    [0, 'no alert'],
  ] as const;
  return (
    <ul class="graph-legend" aria-label="What the signs mean">
      {kinds.map((kind) => (
        <li key={kind}>
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <NodeShape kind={kind} severity={0} x={8} y={8} radius={6} />
          </svg>
          {kind}
        </li>
      ))}
      {levels.map(([severity, word]) => (
        <li key={word}>
          <svg width="34" height="8" viewBox="0 0 34 8" aria-hidden="true">
            <path class={`graph-line level-${severity}`} d="M1 4h32" stroke-width="2.500" />
          </svg>
          {word}
        </li>
      ))}
      <li>wider: more of it</li>
    </ul>
  );
}
