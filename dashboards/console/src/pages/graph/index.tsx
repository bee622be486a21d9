import type { JSX } from 'preact';
import { PageHead } from '../../ui/page.tsx';

export function Page(): JSX.Element {
  return <PageHead title="Who talks to whom" />;
}
