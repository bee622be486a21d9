import type { JSX } from 'preact';
import type { PageProps } from '../../ui/page.tsx';
import { CampaignDetail } from './campaign-detail.tsx';
import { CampaignList } from './campaign-list.tsx';

export function Page({ params }: PageProps): JSX.Element {
  const id = params['id'];
  return id === undefined ? <CampaignList /> : <CampaignDetail key={id} id={id} />;
}
