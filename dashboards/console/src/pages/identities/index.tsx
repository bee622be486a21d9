import type { JSX } from 'preact';
import type { PageProps } from '../../ui/page.tsx';
import { IdentityDetail } from './identity-detail.tsx';
import { IdentityList } from './identity-list.tsx';

export function Page({ params }: PageProps): JSX.Element {
  const jid = params['jid'];
  return jid === undefined ? <IdentityList /> : <IdentityDetail key={jid} jid={jid} />;
}
