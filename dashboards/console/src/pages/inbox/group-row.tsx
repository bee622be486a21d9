/** One signature as one row: how bad, what, how often, when; its alerts below it once it is opened. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { AlertGroup } from '../../../../../sensor/api/contract.ts';
import type { TriageStatus } from '../../../../../sensor/core/rows.ts';
import type { AlertFilterState } from '../../logic/alert-filter.ts';
import { groupKey } from '../../logic/live-groups.ts';
import { compact, count, plural } from '../../logic/number.ts';
import { severityName } from '../../logic/severity.ts';
import { visibleText } from '../../logic/visible.ts';
import { may } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Link } from '../../ui/link.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { Sentence, Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { SeverityValue, Value } from './value.tsx';
import './rows.css';
import './group-row.css';

export interface RowDeeds {
  readonly onFilter: (filter: AlertFilterState) => void;
  readonly onTriage: (status: TriageStatus) => void;
  readonly onChoose: (isRange: boolean) => void;
  readonly onOpen: () => void;
  /** Remembers the list, so that the alert's page can go through it. */
  readonly onLeave: () => void;
}

interface GroupRowProps extends RowDeeds {
  readonly group: AlertGroup;
  readonly filter: AlertFilterState;
  readonly isAt: boolean;
  readonly isChosen: boolean;
  readonly isExpanded: boolean;
  readonly onExpand: () => void;
}

export function GroupRow(props: GroupRowProps): JSX.Element {
  const { group, filter, isAt, isChosen, isExpanded, onExpand } = props;
  const severity = severityName(group.severity);
  const name = visibleText(group.signature, 120);
  return (
    <div
      class={`group ${severity} ${isChosen ? 'chosen' : ''}`}
      data-at={isAt ? '' : undefined}
      onClick={(event: MouseEvent) => {
        if (isPlainClick(event)) onExpand();
      }}
    >
      <Choose isChosen={isChosen} label={`Select ${name}`} onChoose={props.onChoose} />
      <button
        type="button"
        class="unfold"
        aria-expanded={isExpanded}
        aria-label={`${isExpanded ? 'Hide' : 'Show'} the ${plural(group.alerts, 'alert')} of ${name}`}
        onClick={onExpand}
      >
        <Icon name="chevron" />
      </button>
      <div class="group-severity">
        <SeverityValue filter={filter} onFilter={props.onFilter} severity={group.severity} />
      </div>
      <div class="group-main">
        <p class="group-title">
          <Link
            to={`/alerts/${encodeURIComponent(group.latest.alertId)}`}
            class="group-name"
            onGo={props.onLeave}
          >
            <Text text={group.signature} max={200} />
          </Link>
          <Value
            {...props}
            kind="detection"
            value={group.detection}
            class="detection"
            also={[
              ['category', group.category],
              ['sid', group.gid === 1 ? String(group.sid) : groupKey(group)],
            ]}
          />
          <Statuses group={group} />
        </p>
        <p class="group-story">
          <span class="ellipsis" title={visibleText(group.latest.story, 400)}>
            <Sentence text={group.latest.story} max={300} />
          </span>
        </p>
      </div>
      <div class="group-spark hide-narrow">
        <Sparkline values={group.spark} width={104} height={22} />
      </div>
      <div class="group-count num">
        <span
          class="group-alerts"
          title={`${plural(group.alerts, 'alert')}, fired ${plural(group.count, 'time')}`}
        >
          {compact(group.alerts)}
          <span class="group-unit">{group.alerts === 1 ? 'alert' : 'alerts'}</span>
        </span>
        {group.count > group.alerts ? (
          <span class="group-fired" title={`Fired ${count(group.count)} times`}>
            ×{compact(group.count)}
          </span>
        ) : null}
      </div>
      <div class="group-when">
        <Time usec={group.lastUsec} />
        {group.alerts > 1 ? (
          <span class="muted">
            first <Time usec={group.firstUsec} />
          </span>
        ) : null}
      </div>
      <RowButtons onTriage={props.onTriage} filter={filter} />
    </div>
  );
}

/** Statuses worth a word: those that are not simply new. */
function Statuses({ group }: { readonly group: AlertGroup }): JSX.Element {
  const { escalated, acknowledged, closed } = group.statuses;
  const part = (amount: number): string => (amount < group.alerts ? `${compact(amount)} ` : '');
  return (
    <>
      {escalated > 0 ? <span class="tag bad">{part(escalated)}escalated</span> : null}
      {acknowledged > 0 ? <span class="tag good">{part(acknowledged)}acknowledged</span> : null}
      {closed > 0 ? <span class="tag">{part(closed)}closed</span> : null}
    </>
  );
}

interface RowButtonsProps {
  readonly filter: AlertFilterState;
  readonly onTriage: (status: TriageStatus) => void;
}

export function RowButtons({ filter, onTriage }: RowButtonsProps): JSX.Element {
  const isDone = filter.tab === 'acknowledged' || filter.tab === 'closed';
  const act = (status: TriageStatus) => (event: MouseEvent) => {
    event.stopPropagation();
    onTriage(status);
  };
  if (!may('analyst')) return <div class="row-buttons" />;
  return (
    <div class="row-buttons">
      {isDone ? (
        <Button small kind="quiet" icon="reopen" label="Reopen" keys="u" onClick={act('new')} />
      ) : (
        <Button
          small
          kind="quiet"
          icon="check"
          label="Acknowledge"
          keys="a"
          onClick={act('acknowledged')}
        />
      )}
      <Button
        small
        kind="quiet"
        icon="escalate"
        label="Escalate"
        keys="e"
        onClick={act('escalated')}
      />
    </div>
  );
}

interface ChooseProps {
  readonly isChosen: boolean;
  readonly label: string;
  readonly onChoose: (isRange: boolean) => void;
}

/** Check box; with shift it chooses everything from the last one to here. */
export function Choose({ isChosen, label, onChoose }: ChooseProps): JSX.Element {
  const hasShift = useRef(false);
  return (
    <label class="choose">
      <input
        type="checkbox"
        checked={isChosen}
        aria-label={label}
        onClick={(event: MouseEvent) => {
          hasShift.current = event.shiftKey;
        }}
        onChange={() => {
          onChoose(hasShift.current);
        }}
      />
    </label>
  );
}

/** Not on a control in the row, and not the end of selecting text. */
export function isPlainClick(event: MouseEvent): boolean {
  const isControl =
    event.target instanceof Element &&
    event.target.closest('a, button, input, label, [role=menu]') !== null;
  return !isControl && window.getSelection()?.toString() === '';
}
