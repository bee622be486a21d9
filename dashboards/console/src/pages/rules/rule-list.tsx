/** /rules: every rule with how often it fired this week, noisy ones first; whether the latest reload worked. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { RuleRow, RuleRows } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { asApiError, useLoad } from '../../api/load.ts';
import { compact, count } from '../../logic/number.ts';
import {
  familiesOf,
  loadedSentence,
  orderedRules,
  RULE_ORDERS,
  ruleId,
  rulePath,
} from '../../logic/rule-words.ts';
import { visibleText } from '../../logic/visible.ts';
import { navigate, query, setQuery } from '../../router.ts';
import { may } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { FilterForm, filterValues } from '../../ui/filter-form.tsx';
import { Link } from '../../ui/link.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { More, Table, type Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import { toast } from '../../ui/toast.tsx';

const TEXTS = [
  { key: 'text', label: 'Words', placeholder: 'Words in message, detection or category, or a sid' },
  { key: 'detection', label: 'Detection', placeholder: 'dlp-iban, or a family: dlp-*' },
] as const;

const STATES = [
  {
    key: 'enabled',
    label: 'On and off',
    choices: [
      ['true', 'Switched on'],
      ['false', 'Switched off'],
    ],
  },
] as const;

const ORDER = { key: 'order', label: 'Noisy first', choices: RULE_ORDERS };

const FLAGS = [{ key: 'tuned', label: 'Tuned here' }] as const;

/** Families that are offered; the others are found by their name. */
const FAMILIES = 12;
/** Rows at once: a table of all would take a second to lay out. */
const STEP = 100;

const COLUMNS: readonly Column<RuleRow>[] = [
  { title: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  {
    title: 'Rule',
    grow: true,
    cell: (rule) => (
      <TwoLines
        first={
          <Link to={rulePath(rule)}>
            <Text text={rule.msg} max={160} />
          </Link>
        }
        second={
          <>
            <span class="num">{ruleId(rule)}</span>, <Text text={rule.detection} max={60} />
          </>
        }
      />
    ),
  },
  { title: 'File', hide: 'narrow', cell: ({ file }) => <Text text={file} class="muted" /> },
  { title: 'State', cell: (rule) => <RuleState rule={rule} /> },
  { title: '7 days', align: 'right', cell: ({ alerts }) => (alerts === 0 ? '' : count(alerts)) },
  {
    title: 'Fired last',
    cell: ({ lastUsec }) => (lastUsec === undefined ? '' : <Time usec={lastUsec} />),
  },
];

export function RuleState({ rule }: { readonly rule: RuleRow }): JSX.Element | null {
  if (rule.isEnabled && !rule.isTuned) return null;
  return (
    <span class="tags">
      {rule.isEnabled ? null : <span class="tag bad">off</span>}
      {rule.isTuned ? <span class="tag accent">tuned</span> : null}
    </span>
  );
}

export function RuleList(): JSX.Element {
  const filter = filterValues(['text', 'detection', 'enabled', 'tuned']);
  const order = query.value.get('order') ?? '';
  const { data, problem, isLoading, reload } = useLoad(
    `rules ${JSON.stringify(filter)}`,
    (options) => api.rules(filter, options),
    { keepStale: true },
  );
  const rows = useMemo(() => orderedRules(data?.items ?? [], order), [data, order]);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead
        title="Rules"
        sub={data === undefined ? 'What the sensor looks for.' : loadedSentence(data)}
        actions={
          <>
            <Link to="/rules/try" class="button">
              Try a stanza
            </Link>
            <Link to="/rules/tuning" class="button">
              Tuning history
            </Link>
            {may('admin') ? <ReloadButton onDone={reload} /> : null}
          </>
        }
      />
      {data === undefined || data.problem === '' ? null : <ReloadProblem rows={data} />}
      <FilterForm texts={TEXTS} choices={[ORDER, ...STATES]} flags={FLAGS} />
      {isFiltered || data === undefined ? null : <Families rows={data.items} />}
      <Panel flush>
        {data === undefined ? (
          problem === undefined ? (
            <Skeleton rows={10} />
          ) : (
            <ErrorState problem={problem} onRetry={reload} />
          )
        ) : rows.length === 0 ? (
          <EmptyState title={isFiltered ? 'No rule fits these filters' : 'No rule is loaded'}>
            {isFiltered
              ? 'Take a filter away to see more.'
              : 'The configuration names no rule file, or none could be read.'}
          </EmptyState>
        ) : (
          <RuleTable key={JSON.stringify([filter, order])} rows={rows} isLoading={isLoading} />
        )}
      </Panel>
    </>
  );
}

interface RuleTableProps {
  readonly rows: readonly RuleRow[];
  readonly isLoading: boolean;
}

function RuleTable({ rows, isLoading }: RuleTableProps): JSX.Element {
  const [shown, setShown] = useState(STEP);
  return (
    <div class={isLoading ? 'list is-loading' : 'list'} aria-busy={isLoading}>
      <Table
        label={`${rows.length} rules`}
        rows={rows.slice(0, shown)}
        columns={COLUMNS}
        keyOf={ruleId}
        onOpen={(rule) => {
          navigate(rulePath(rule));
        }}
      />
      <More
        hasMore={shown < rows.length}
        isLoading={false}
        onMore={() => {
          setShown(shown + STEP);
        }}
      />
    </div>
  );
}

/** One click to a family of detections. */
function Families({ rows }: { readonly rows: readonly RuleRow[] }): JSX.Element {
  return (
    <div class="families" role="group" aria-label="Families of detections">
      {familiesOf(rows, FAMILIES).map(([family, rules]) => (
        <button
          key={family}
          type="button"
          class="family"
          onClick={() => {
            setQuery({ detection: `${family}-*` });
          }}
        >
          {family} <span class="muted num">{compact(rules)}</span>
        </button>
      ))}
    </div>
  );
}

function ReloadProblem({ rows }: { readonly rows: RuleRows }): JSX.Element {
  return (
    <div class="verdict bad" role="alert">
      <p class="verdict-title">
        {rows.generation > 1
          ? 'The latest reload failed; the rules from before it are still in force.'
          : 'Not all rules could be loaded.'}
      </p>
      <pre class="code wrap">
        <Text text={rows.problem} lines />
      </pre>
    </div>
  );
}

function ReloadButton({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const { isOk, loaded, generation, problem } = await api.reload();
      toast(
        isOk
          ? { text: `${count(loaded)} rules are in force, generation ${generation}`, kind: 'good' }
          : { text: `The reload failed: ${visibleText(problem, 200)}`, kind: 'bad' },
      );
      onDone();
    } catch (error) {
      toast({ text: visibleText(asApiError(error).message, 200), kind: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      disabled={isBusy}
      onClick={() => {
        void run();
      }}
    >
      {isBusy ? 'Reloading …' : 'Reload'}
    </Button>
  );
}
