import type { GraphNode } from '../../../../../sensor/api/contract.ts';
import { identityPath } from '../../logic/people-words.ts';
import { href } from '../../router.ts';

/** Where a node leads: all that is known of an account or server, the alerts of an address. */
export function nodePath({ id, kind }: Pick<GraphNode, 'id' | 'kind'>): string {
  return kind === 'address'
    ? href('/inbox', { ip: id, since: 'all', status: 'all' })
    : identityPath(id);
}

/** The picture around another node. */
export function graphPath(jid: string): string {
  return href('/graph', { jid });
}
