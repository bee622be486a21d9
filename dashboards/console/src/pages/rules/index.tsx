/** /rules, /rules/try, /rules/tuning, /rules/:sid */
import type { JSX } from 'preact';
import { path } from '../../router.ts';
import type { PageProps } from '../../ui/page.tsx';
import { RuleDetailPage } from './rule-detail.tsx';
import { RuleList } from './rule-list.tsx';
import { TryPage } from './try-page.tsx';
import { TuningPage } from './tuning-page.tsx';
import './rules.css';

export function Page({ params }: PageProps): JSX.Element {
  const sid = params['sid'];
  if (path.value.startsWith('/rules/try')) return <TryPage />;
  if (sid === 'tuning') return <TuningPage />;
  return sid === undefined ? <RuleList /> : <RuleDetailPage key={sid} sid={sid} />;
}
