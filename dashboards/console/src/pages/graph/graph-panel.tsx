/** The picture as a part of another page. */
import type { JSX } from 'preact';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { href } from '../../router.ts';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { Picture } from './picture.tsx';

interface GraphPanelProps {
  readonly ask: { readonly jid?: string; readonly campaign?: string };
}

export function GraphPanel({ ask }: GraphPanelProps): JSX.Element {
  const { data, problem, reload } = useLoad(`graph ${JSON.stringify(ask)}`, (options) =>
    api.graph(ask, options),
  );
  return (
    <Panel title="Who talks to whom" actions={<Link to={href('/graph', ask)}>Own page</Link>} flush>
      {data !== undefined ? (
        <Picture graph={data} label={`Who talks to ${ask.jid ?? 'each other in this campaign'}`} />
      ) : problem === undefined ? (
        <Skeleton rows={6} />
      ) : (
        <ErrorState problem={problem} onRetry={reload} />
      )}
    </Panel>
  );
}
