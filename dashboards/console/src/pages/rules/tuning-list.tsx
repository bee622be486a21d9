/** What the site changed about rules; an analyst takes a change back with a reason. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { TuningEntry } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { ruleId, rulePath, tuningWords } from '../../logic/rule-words.ts';
import { may } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { ReasonDialog } from './reason-dialog.tsx';

interface TuningListProps {
  readonly entries: readonly TuningEntry[];
  readonly onChange: () => void;
  readonly isOfOneRule?: boolean;
}

export function TuningList({ entries, onChange, isOfOneRule }: TuningListProps): JSX.Element {
  const [taking, setTaking] = useState<TuningEntry | undefined>(undefined);
  if (entries.length === 0) {
    return (
      <EmptyState title={isOfOneRule === true ? 'It was not tuned here' : 'Nothing was tuned here'}>
        An analyst tunes a rule from its page or from that of an alert, with a reason.
      </EmptyState>
    );
  }
  const sorted = [...entries].sort((a, b) => lastChange(b) - lastChange(a));
  const columns: readonly Column<TuningEntry>[] = [
    {
      title: 'State',
      cell: ({ isActive }) => (
        <span class={isActive ? 'tag accent' : 'tag'}>{isActive ? 'in force' : 'taken back'}</span>
      ),
    },
    ...(isOfOneRule === true
      ? []
      : [
          {
            title: 'Rule',
            cell: (entry: TuningEntry) => <Link to={rulePath(entry)}>{ruleId(entry)}</Link>,
          },
        ]),
    { title: 'What', wrap: true, cell: (entry) => <What entry={entry} /> },
    { title: 'Why', wrap: true, cell: (entry) => <Why entry={entry} /> },
    {
      title: 'Who',
      cell: ({ actor, removed }) => (
        <>
          <Text text={actor} max={60} />
          {removed === undefined || removed.actor === actor ? null : (
            <span class="muted block">
              back: <Text text={removed.actor} max={60} />
            </span>
          )}
        </>
      ),
    },
    {
      title: 'When',
      cell: ({ tsUsec, removed }) => (
        <>
          <Time usec={tsUsec} />
          {removed === undefined ? null : (
            <span class="muted block">
              back: <Time usec={removed.tsUsec} />
            </span>
          )}
        </>
      ),
    },
    ...(may('analyst')
      ? [
          {
            title: 'Change',
            align: 'right' as const,
            cell: (entry: TuningEntry) =>
              entry.isActive ? (
                <Button
                  small
                  onClick={() => {
                    setTaking(entry);
                  }}
                >
                  Take back
                </Button>
              ) : null,
          },
        ]
      : []),
  ];
  return (
    <>
      <Table
        label="Tuning"
        rows={sorted}
        columns={columns}
        keyOf={({ id }) => id}
        hasKeys={isOfOneRule !== true}
      />
      {taking === undefined ? null : (
        <TakeBack
          entry={taking}
          onClose={() => {
            setTaking(undefined);
          }}
          onDone={onChange}
        />
      )}
    </>
  );
}

function What({ entry }: { readonly entry: TuningEntry }): JSX.Element {
  return (
    <>
      <Text text={tuningWords(entry)} max={200} />
      <Text text={entry.line} class="mono muted block" max={300} />
    </>
  );
}

function Why({ entry }: { readonly entry: TuningEntry }): JSX.Element {
  return (
    <>
      <Text text={entry.reason} max={400} />
      {entry.removed === undefined ? null : (
        <span class="muted block">
          back: <Text text={entry.removed.reason} max={400} />
        </span>
      )}
    </>
  );
}

function lastChange({ tsUsec, removed }: TuningEntry): number {
  return removed?.tsUsec ?? tsUsec;
}

interface TakeBackProps {
  readonly entry: TuningEntry;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function TakeBack({ entry, onClose, onDone }: TakeBackProps): JSX.Element {
  const run = async (reason: string): Promise<string> => {
    const { isPending } = await api.untune(entry.id, reason);
    return isPending === true
      ? 'Taken back; a sensor takes it at its next reload'
      : `Rule ${ruleId(entry)} alerts again as before`;
  };
  return (
    <ReasonDialog
      title={`Take back the tuning of rule ${ruleId(entry)}`}
      label="Why it is taken back; kept in the history and in the audit"
      deed="Take back"
      doing="Taking back …"
      run={run}
      onClose={onClose}
      onDone={onDone}
    >
      <pre class="code wrap">
        <Text text={entry.line} />
      </pre>
      <p>
        It was tuned by <Text text={entry.actor} max={60} /> because: <Text text={entry.reason} />
      </p>
    </ReasonDialog>
  );
}
