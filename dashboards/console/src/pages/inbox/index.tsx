/** The inbox: what happened, grouped by signature, most severe first; triaged from the keyboard. */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { StoredAlert, TriageStatus } from '../../../../../sensor/core/rows.ts';
import {
  filterFromUrl,
  filterToApi,
  filterToUrl,
  plainSince,
  type AlertFilterState,
} from '../../logic/alert-filter.ts';
import { groupKey, waitingText } from '../../logic/live-groups.ts';
import { plural } from '../../logic/number.ts';
import { rangeText } from '../../logic/ranges.ts';
import { navigate, query } from '../../router.ts';
import { isLive, may } from '../../session.ts';
import { useKeys } from '../../ui/keys.ts';
import { PageHead } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { walk } from '../../walk.ts';
import { BulkBar } from './bulk-bar.tsx';
import { Chart } from './chart.tsx';
import { useChoice, type Line } from './choice.ts';
import { CommentDialog, ConfirmDialog } from './dialogs.tsx';
import { Filters, RangeControl, Search, SeverityToggles, StatusTabs } from './controls.tsx';
import { GroupAlerts } from './group-alerts.tsx';
import { GroupRow, type RowDeeds } from './group-row.tsx';
import { Nothing } from './nothing.tsx';
import { MOST_NAMED, sizeOf, triage, type Change, type Chosen } from './triage.ts';
import { useInbox } from './use-inbox.ts';
import './inbox.css';

export function Page(): JSX.Element {
  const plain = plainSince(isLive.value);
  const filter = filterFromUrl(query.value, plain);
  const address = filterToUrl(filter);
  const apiQuery = useMemo(() => filterToApi(filter), [address]);
  const [isBusy, setBusy] = useState(false);
  const inbox = useInbox(filter, isBusy);
  const waiting = waitingText(inbox.waiting);
  const choice = useChoice(inbox.groups ?? [], address);
  const [changed, setChanged] = useState<ReadonlyMap<string, TriageStatus>>(new Map());
  const [asked, setAsked] = useState<Asked | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    setBusy(choice.at !== '' || choice.chosen.size > 0 || choice.expanded.size > 0);
  }, [choice.at, choice.chosen, choice.expanded]);
  useEffect(() => {
    setChanged(new Map());
    choice.clear();
  }, [inbox.turn, address]);
  useLayoutEffect(() => {
    const row = list.current?.querySelector('[data-at]');
    row?.scrollIntoView({ block: 'nearest' });
    // The focus goes along, so that a screen reader tells the row; it is not taken from a field.
    const active = document.activeElement;
    const isFree = active === document.body || active?.id === 'main';
    if (isFree || list.current?.contains(active) === true) {
      row?.querySelector<HTMLElement>('.group-name, .alert-when')?.focus({ preventScroll: true });
    }
  }, [choice.at, inbox.groups === undefined]);

  const setFilter = (next: AlertFilterState): void => {
    const text = filterToUrl(next, plain);
    navigate(text === '' ? '/inbox' : `/inbox?${text}`);
  };

  /** Resolves to whether it was done. */
  const act = async (chosen: Chosen, change: Change, isSure = false): Promise<boolean> => {
    if (sizeOf(chosen) === 0) return false;
    if (!may('analyst')) {
      toast({ text: 'Your token may look only: triage needs the role analyst', kind: 'bad' });
      return false;
    }
    if (!isSure && sizeOf(chosen) > MOST_NAMED) {
      setAsked({ chosen, change });
      return false;
    }
    choice.clear();
    return await triage(chosen, change, apiQuery, {
      done: (key, alerts, status) => {
        setChanged(
          (before) => new Map([...before, ...alerts.map((one) => [one.alertId, status] as const)]),
        );
        inbox.triaged(
          key,
          alerts.map((one) => one.status),
          status,
        );
      },
      reload: inbox.reload,
    });
  };

  /** The dialog said how many; when it fails, the words come back in it. */
  const keep = async (chosen: Chosen, comment: string): Promise<void> => {
    if (await act(chosen, { comment }, true)) return;
    setAsked((now) => now ?? { chosen, draft: comment });
  };

  const leave = (line: Line): void => {
    const alerts = choice.lines.filter(
      (one) => one.alert !== undefined && one.group === line.group,
    );
    const ids =
      line.alert === undefined
        ? (inbox.groups ?? []).map((group) => group.latest.alertId)
        : alerts.flatMap((one) => (one.alert === undefined ? [] : [one.alert.alertId]));
    walk.value = { ids, from: `${location.pathname}${location.search}` };
  };
  const open = (line: Line): void => {
    leave(line);
    navigate(`/alerts/${encodeURIComponent(line.alert?.alertId ?? line.group.latest.alertId)}`);
  };

  const deedsOf = (line: Line): RowDeeds => ({
    onFilter: setFilter,
    onTriage: (status) => {
      void act(choice.targets(line), { status });
    },
    onChoose: (isRange) => {
      choice.choose(line.key, isRange);
    },
    onOpen: () => {
      open(line);
    },
    onLeave: () => {
      leave(line);
    },
  });

  const setStatus = (status: TriageStatus) => () => {
    void act(choice.targets(), { status });
  };
  const expand = (): void => {
    if (choice.line === undefined) return;
    const key = groupKey(choice.line.group);
    if (choice.line.alert !== undefined) choice.goTo(`g ${key}`);
    choice.expand(key);
  };
  useKeys('Inbox', [
    {
      keys: 'j',
      label: 'Next',
      run: () => {
        choice.move(1);
      },
    },
    {
      keys: 'k',
      label: 'Before',
      run: () => {
        choice.move(-1);
      },
    },
    {
      keys: 'ArrowDown',
      label: '',
      run: () => {
        choice.move(1);
      },
    },
    {
      keys: 'ArrowUp',
      label: '',
      run: () => {
        choice.move(-1);
      },
    },
    {
      keys: 'Enter',
      label: 'Open the alert',
      run: () => {
        if (choice.line !== undefined) open(choice.line);
      },
    },
    { keys: 'o', label: 'Show the alerts of a signature', run: expand },
    {
      keys: 'x',
      label: 'Select',
      run: () => {
        if (choice.at !== '') choice.choose(choice.at);
      },
    },
    { keys: '*', label: 'Select all', run: choice.chooseAll },
    { keys: 'a', label: 'Acknowledge', run: setStatus('acknowledged') },
    { keys: 'e', label: 'Escalate', run: setStatus('escalated') },
    { keys: 'd', label: 'Close (done)', run: setStatus('closed') },
    { keys: 'u', label: 'Reopen', run: setStatus('new') },
    {
      keys: 'c',
      label: 'Comment',
      run: () => {
        const chosen = choice.targets();
        if (sizeOf(chosen) > 0 && may('analyst')) setAsked({ chosen });
      },
    },
    { keys: '/', label: 'Search', run: () => field.current?.focus() },
    { keys: '.', label: 'Show what is new', run: inbox.reload },
    { keys: 'Escape', label: '', run: choice.clear },
  ]);

  const groups = inbox.groups ?? [];
  const alerts = groups.reduce((sum, group) => sum + group.alerts, 0);
  return (
    <>
      <PageHead
        title="Inbox"
        sub={
          inbox.groups === undefined
            ? rangeText(filter.since, filter.until)
            : `${alerts === 0 ? 'No alerts' : `${plural(alerts, 'alert')} of ${plural(groups.length, 'signature')}`}, ${rangeText(filter.since, filter.until)}`
        }
        actions={<RangeControl filter={filter} onFilter={setFilter} />}
      />
      <div class="inbox-controls">
        <StatusTabs filter={filter} onFilter={setFilter} />
        <Search filter={filter} onFilter={setFilter} field={field} />
      </div>
      <Filters filter={filter} onFilter={setFilter} />
      <section class="panel timeline" aria-label="Alerts over time">
        <SeverityToggles filter={filter} onFilter={setFilter} timeline={inbox.timeline} />
        <div class="timeline-chart">
          {inbox.timeline === undefined ? null : (
            <Chart
              timeline={inbox.timeline}
              onRange={(since, until) => {
                setFilter({ ...filter, since: String(since), until: String(until) });
              }}
            />
          )}
        </div>
      </section>
      <section
        class="panel groups"
        id="groups"
        ref={list}
        aria-label="Alerts by signature"
        aria-busy={inbox.isLoading}
      >
        <div class="fresh" aria-live="polite">
          {waiting !== '' ? (
            <button type="button" onClick={inbox.reload}>
              {waiting} <kbd>.</kbd>
            </button>
          ) : null}
        </div>
        {inbox.problem !== undefined ? (
          <ErrorState problem={inbox.problem} onRetry={inbox.reload} />
        ) : null}
        {inbox.groups === undefined && inbox.problem === undefined ? <Skeleton rows={9} /> : null}
        {inbox.groups !== undefined &&
        groups.length === 0 &&
        !inbox.isLoading &&
        inbox.problem === undefined ? (
          <Nothing filter={filter} onFilter={setFilter} />
        ) : null}
        {groups.length === 0 ? null : (
          <ListHead isAll={choice.chosen.size >= groups.length} onAll={choice.chooseAll} />
        )}
        {groups.map((group) => {
          const key = groupKey(group);
          const line: Line = { key: `g ${key}`, group };
          return (
            <div key={key} class="group-box">
              <GroupRow
                {...deedsOf(line)}
                group={group}
                filter={filter}
                isAt={choice.at === line.key}
                isChosen={choice.chosen.has(line.key)}
                isExpanded={choice.expanded.has(key)}
                onExpand={() => {
                  choice.expand(key);
                }}
              />
              {choice.expanded.has(key) ? (
                <GroupAlerts
                  group={group}
                  filter={filter}
                  query={apiQuery}
                  turn={inbox.turn}
                  changed={changed}
                  at={choice.at}
                  chosen={choice.chosen}
                  onRows={choice.hold}
                  deedsOf={(alert: StoredAlert) =>
                    deedsOf({ key: `a ${alert.alertId}`, group, alert })
                  }
                />
              ) : null}
            </div>
          );
        })}
        {inbox.unlisted > 0 ? (
          <p class="list-foot">
            {plural(inbox.unlisted, 'alert')} of rarer signatures are not shown. Narrow the range or
            filter to see them.
          </p>
        ) : null}
      </section>
      <BulkBar
        chosen={choice.targets()}
        isShown={choice.chosen.size > 0}
        tab={filter.tab}
        onStatus={(status) => {
          void act(choice.targets(), { status });
        }}
        onComment={() => {
          setAsked({ chosen: choice.targets() });
        }}
        onClear={choice.clear}
      />
      {asked?.change === undefined ? null : (
        <ConfirmDialog
          size={sizeOf(asked.chosen)}
          onClose={() => {
            setAsked(undefined);
          }}
          onYes={() => {
            if (asked.change !== undefined) void act(asked.chosen, asked.change, true);
            setAsked(undefined);
          }}
        />
      )}
      {asked === undefined || asked.change !== undefined ? null : (
        <CommentDialog
          size={sizeOf(asked.chosen)}
          onClose={() => {
            setAsked(undefined);
          }}
          draft={asked.draft}
          onComment={(comment) => {
            setAsked(undefined);
            void keep(asked.chosen, comment);
          }}
        />
      )}
    </>
  );
}

/** What a dialog is open for: a change of very many, or else a comment, and what of it was not taken. */
interface Asked {
  readonly chosen: Chosen;
  readonly change?: Change;
  readonly draft?: string;
}

interface ListHeadProps {
  readonly isAll: boolean;
  readonly onAll: () => void;
}

function ListHead({ isAll, onAll }: ListHeadProps): JSX.Element {
  return (
    <div class="list-head">
      <label class="choose">
        <input
          type="checkbox"
          checked={isAll}
          aria-label="Select all signatures"
          onChange={onAll}
        />
      </label>
      <span />
      <span>Severity</span>
      <span>What happened</span>
      <span class="hide-narrow">Over time</span>
      <span class="right">Alerts</span>
      <span class="right">Last seen</span>
      <span />
    </div>
  );
}
