import type { JSX } from 'preact';
import type { PageProps } from '../../ui/page.tsx';
import { FileDetail } from './file-detail.tsx';
import { FileList } from './file-list.tsx';

export function Page({ params }: PageProps): JSX.Element {
  const id = params['id'];
  return id === undefined ? <FileList /> : <FileDetail key={id} id={id} />;
}
