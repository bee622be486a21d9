/** How the inbox is narrowed down: range of time, status, words, severities, chips. */
import type { JSX, RefObject } from 'preact';
import { useState } from 'preact/hooks';
import type { AlertTimeline } from '../../../../../sensor/api/contract.ts';
import {
  addWords,
  cleared,
  include,
  PLAIN_KEYS,
  withValue,
  type AlertFilterState,
  type StatusTab,
} from '../../logic/alert-filter.ts';
import { compact } from '../../logic/number.ts';
import { fromField, rangeText, RANGES, toField } from '../../logic/ranges.ts';
import { SEVERITIES, severityName } from '../../logic/severity.ts';
import { Button } from '../../ui/button.tsx';
import { FilterBar, type FilterChip } from '../../ui/chip.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { SeverityShape } from '../../ui/severity.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.tsx';
import './controls.css';

export interface ControlProps {
  readonly filter: AlertFilterState;
  readonly onFilter: (filter: AlertFilterState) => void;
}

const TABS: readonly { readonly id: StatusTab; readonly title: string }[] = [
  { id: 'open', title: 'Open' },
  { id: 'escalated', title: 'Escalated' },
  { id: 'acknowledged', title: 'Acknowledged' },
  { id: 'closed', title: 'Closed' },
  { id: 'all', title: 'All' },
];

export function StatusTabs({ filter, onFilter }: ControlProps): JSX.Element {
  return (
    <Tabs
      label="Status"
      tabs={TABS}
      value={filter.tab}
      controls="groups"
      onChange={(tab) => {
        onFilter({ ...filter, tab });
      }}
    />
  );
}

export function RangeControl({ filter, onFilter }: ControlProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const isPlain = filter.until === '' && RANGES.some(([since]) => since === filter.since);
  return (
    <div class="range" role="group" aria-label="Range of time">
      {RANGES.map(([since, name]) => (
        <button
          key={since}
          type="button"
          aria-pressed={isPlain && filter.since === since}
          onClick={() => {
            onFilter({ ...filter, since, until: '' });
          }}
        >
          {name}
        </button>
      ))}
      <button
        type="button"
        aria-pressed={!isPlain}
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true);
        }}
      >
        {isPlain ? 'Custom' : rangeText(filter.since, filter.until)}
      </button>
      {isOpen ? (
        <RangeDialog
          filter={filter}
          onFilter={onFilter}
          onClose={() => {
            setOpen(false);
          }}
        />
      ) : null}
    </div>
  );
}

function RangeDialog({
  filter,
  onFilter,
  onClose,
}: ControlProps & { onClose: () => void }): JSX.Element {
  const [from, setFrom] = useState(toField(filter.since));
  const [to, setTo] = useState(toField(filter.until));
  const since = fromField(from);
  const until = fromField(to);
  const isWrong = since !== undefined && until !== undefined && Number(since) >= Number(until);
  return (
    <Dialog
      title="Range of time"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          disabled={since === undefined || isWrong}
          onClick={() => {
            if (since !== undefined) onFilter({ ...filter, since, until: until ?? '' });
            onClose();
          }}
        >
          Show
        </Button>
      }
    >
      <div class="range-fields">
        <label class="field">
          <span>From (UTC)</span>
          <input
            type="datetime-local"
            value={from}
            onInput={(event) => {
              setFrom(event.currentTarget.value);
            }}
          />
        </label>
        <label class="field">
          <span>Until (UTC), empty for now</span>
          <input
            type="datetime-local"
            value={to}
            onInput={(event) => {
              setTo(event.currentTarget.value);
            }}
          />
        </label>
      </div>
      {isWrong ? <p class="refusal">The end has to be behind the beginning.</p> : null}
    </Dialog>
  );
}

interface SearchProps extends ControlProps {
  readonly field: RefObject<HTMLInputElement | null>;
}

export function Search({ filter, onFilter, field }: SearchProps): JSX.Element {
  const [words, setWords] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const { filter: next, problem } = addWords(filter, words);
    if (problem !== '') {
      toast({ text: problem, kind: 'bad' });
      return;
    }
    setWords('');
    onFilter(next);
    field.current?.blur();
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label="Search alerts. Words, or severity:high jid:alice@x detection:dlp-* since:7d"
        placeholder="Search: words, severity:high, jid:alice@x, -detection:spim-*"
        autoComplete="off"
        spellcheck={false}
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

interface SeverityTogglesProps extends ControlProps {
  readonly timeline: AlertTimeline | undefined;
}

/** Legend of the chart, and a filter: press one to see only it, press more to see them together. */
export function SeverityToggles({ filter, onFilter, timeline }: SeverityTogglesProps): JSX.Element {
  const sums = [0, 0, 0, 0];
  for (const bucket of timeline?.buckets ?? []) {
    for (const [index, value] of bucket.entries()) sums[index] = (sums[index] ?? 0) + value;
  }
  return (
    <div class="severity-toggles" role="group" aria-label="Severity">
      {SEVERITIES.map((name, index) => {
        const severity = index + 1;
        const isOn = filter.severities.includes(severity);
        const others = filter.severities.filter((one) => one !== severity);
        return (
          <button
            key={name}
            type="button"
            aria-pressed={isOn}
            onClick={() => {
              onFilter({ ...filter, severities: isOn ? others : [...others, severity].sort() });
            }}
          >
            <SeverityShape severity={severity} />
            {name}
            <span class="num muted">{compact(sums[index] ?? 0)}</span>
          </button>
        );
      })}
    </div>
  );
}

export function Filters({ filter, onFilter }: ControlProps): JSX.Element | null {
  const chips: FilterChip[] = [];
  if (filter.severities.length > 0) {
    chips.push({
      name: 'severity',
      value: filter.severities.map(severityName).join(', '),
      onRemove: () => {
        onFilter({ ...filter, severities: [] });
      },
    });
  }
  for (const key of PLAIN_KEYS) {
    const value = filter.values[key];
    if (value === undefined) continue;
    chips.push({
      name: key,
      value,
      onRemove: () => {
        onFilter(withValue(filter, key, undefined));
      },
    });
  }
  for (const gone of filter.excluded) {
    chips.push({
      name: gone.key,
      value: gone.key === 'severity' ? severityName(Number(gone.value)) : gone.value,
      isNot: true,
      onRemove: () => {
        onFilter(include(filter, gone));
      },
    });
  }
  return (
    <FilterBar
      chips={chips}
      onClear={() => {
        onFilter(cleared(filter));
      }}
    />
  );
}
