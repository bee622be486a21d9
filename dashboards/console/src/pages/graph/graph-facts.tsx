/** Facts of the node or link the picture shows now. */
import type { JSX } from 'preact';
import type { Graph, GraphEdge, GraphNode } from '../../../../../sensor/api/contract.ts';
import { plural } from '../../logic/number.ts';
import { JidLink } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { graphPath, nodePath } from './paths.ts';

export type GraphThing = { readonly node: GraphNode } | { readonly edge: GraphEdge };

interface GraphFactsProps {
  readonly thing: GraphThing | undefined;
  readonly graph: Graph;
}

export function GraphFacts({ thing, graph }: GraphFactsProps): JSX.Element {
  return (
    <div class="graph-facts" aria-live="polite">
      {thing === undefined ? (
        <p class="muted">
          {plural(graph.nodes.length, 'party', 'parties')}, {plural(graph.edges.length, 'link')}
          {graph.isCut ? '; only the most active are shown' : ''}. Point at one, or walk with the
          arrow keys, to see its facts.
        </p>
      ) : 'edge' in thing ? (
        <EdgeFacts edge={thing.edge} />
      ) : (
        <NodeFacts node={thing.node} edges={graph.edges} />
      )}
    </div>
  );
}

function NodeFacts({
  node,
  edges,
}: {
  readonly node: GraphNode;
  readonly edges: readonly GraphEdge[];
}): JSX.Element {
  const own = edges.filter(({ from, to }) => from === node.id || to === node.id);
  return (
    <p>
      <strong>
        <Text text={node.id} max={120} />
      </strong>{' '}
      <span class="muted">{node.kind}</span>{' '}
      {node.severity === 0 ? null : <SeverityBadge severity={node.severity} />}{' '}
      {plural(node.alerts, 'alert')}, {plural(own.length, 'link')}.{' '}
      <Link to={nodePath(node)}>Open</Link>
      {node.kind === 'address' || node.isFocus ? null : (
        <>
          {' · '}
          <Link to={graphPath(node.id)}>Picture around it</Link>
        </>
      )}
    </p>
  );
}

function EdgeFacts({ edge }: { readonly edge: GraphEdge }): JSX.Element {
  const { from, to, alerts, files, sessions, severity, detections, lastUsec } = edge;
  const amounts = [
    alerts > 0 && plural(alerts, 'alert'),
    files > 0 && plural(files, 'file'),
    sessions > 0 && plural(sessions, 'session'),
  ].filter((part) => part !== false);
  return (
    <p>
      <JidLink jid={from} /> <span class="muted">to</span> <JidLink jid={to} />{' '}
      {severity === 0 ? null : <SeverityBadge severity={severity} />} {amounts.join(', ')}
      {detections.length === 0 ? null : (
        <>
          {': '}
          <Text text={detections.join(', ')} max={240} />
        </>
      )}
      , last <Time usec={lastUsec} />
    </p>
  );
}
