/** /rules/tuning: everything that was ever tuned here, with what was taken back. */
import type { JSX } from 'preact';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { plural } from '../../logic/number.ts';
import { FilterForm, filterValues } from '../../ui/filter-form.tsx';
import { Link } from '../../ui/link.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { TuningList } from './tuning-list.tsx';

const TEXTS = [
  { key: 'words', label: 'Words', placeholder: 'Words in line, reason or name, or a sid' },
] as const;
const FLAGS = [{ key: 'active', label: 'In force' }] as const;

export function TuningPage(): JSX.Element {
  const { data, problem, reload } = useLoad('tuning', (options) => api.tuning(options));
  const { words = '', active } = filterValues(['words', 'active']);
  const wanted = words.toLowerCase();
  const rows = data?.items.filter(
    ({ line, reason, actor, sid, isActive, removed }) =>
      (active === undefined || isActive) &&
      [line, reason, actor, String(sid), removed?.actor ?? '', removed?.reason ?? '']
        .join('\n')
        .toLowerCase()
        .includes(wanted),
  );
  const inForce = data?.items.filter(({ isActive }) => isActive).length ?? 0;
  const isFiltered = wanted !== '' || active !== undefined;
  return (
    <>
      <PageHead
        title="Tuning history"
        sub={
          data === undefined
            ? 'What this site changed about rules, and why.'
            : `${plural(inForce, 'change')} in force, ${plural(data.items.length - inForce, 'change')} taken back.`
        }
        actions={
          <Link to="/rules" class="button">
            All rules
          </Link>
        }
      />
      <FilterForm texts={TEXTS} flags={FLAGS} />
      <Panel flush>
        {rows === undefined ? (
          problem === undefined ? (
            <Skeleton />
          ) : (
            <ErrorState problem={problem} onRetry={reload} />
          )
        ) : rows.length === 0 && isFiltered ? (
          <EmptyState title="No change fits these filters">
            Take a filter away to see more.
          </EmptyState>
        ) : (
          <TuningList entries={rows} onChange={reload} />
        )}
      </Panel>
    </>
  );
}
