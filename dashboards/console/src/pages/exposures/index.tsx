import type { JSX } from 'preact';
import { PageHead } from '../../ui/page.tsx';

export function Page(): JSX.Element {
  return <PageHead title="Exposures" />;
}
