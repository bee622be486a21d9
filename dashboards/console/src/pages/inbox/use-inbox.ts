/** What the inbox shows: groups as loaded, news folded in where they stand, the rest waiting for the user. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AlertGroup, AlertTimeline } from '../../../../../sensor/api/contract.ts';
import type { TriageStatus } from '../../../../../sensor/core/rows.ts';
import type { ApiError } from '../../api/client.ts';
import { api } from '../../api/endpoints.ts';
import { onLive } from '../../api/live.ts';
import { useLoad } from '../../api/load.ts';
import { filterToApi, filterToUrl, type AlertFilterState } from '../../logic/alert-filter.ts';
import {
  NONE_WAITING,
  concerns,
  mergeGroups,
  unlisted,
  withNews,
  withTriage,
  type Waiting,
} from '../../logic/live-groups.ts';

const MOST_GROUPS = 300;
/** Quiet time before rows may come in by themselves. */
const IDLE_MS = 5_000;
const SOFT_MS = 1_000;

export interface Inbox {
  readonly groups: readonly AlertGroup[] | undefined;
  /** Alerts of signatures beyond those the API listed, as of its latest answer. */
  readonly unlisted: number;
  readonly timeline: AlertTimeline | undefined;
  readonly problem: ApiError | undefined;
  readonly isLoading: boolean;
  readonly waiting: Waiting;
  /** Changes with every reload: expanded groups ask anew. */
  readonly turn: number;
  readonly reload: () => void;
  /** Alerts of a group that just got a status. */
  readonly triaged: (key: string, before: readonly TriageStatus[], status: TriageStatus) => void;
}

/** `isBusy`: the user is in the middle of something (rows chosen, opened), so no row may come or go by itself. */
export function useInbox(filter: AlertFilterState, isBusy: boolean): Inbox {
  const key = filterToUrl(filter);
  const query = useMemo(() => filterToApi(filter), [key]);
  const groups = useLoad(
    `groups ${key}`,
    (options) => api.groups({ ...query, limit: MOST_GROUPS }, options),
    { keepStale: true },
  );
  const timeline = useLoad(`timeline ${key}`, (options) => api.timeline(query, options), {
    keepStale: true,
  });
  const [shown, setShown] = useState<readonly AlertGroup[] | undefined>(undefined);
  const [beyond, setBeyond] = useState(0);
  const [waiting, setWaiting] = useState(NONE_WAITING);
  const [turn, setTurn] = useState(0);
  const latest = useRef({ filter, shown, isBusy });
  latest.current = { filter, shown, isBusy };

  // Before it is drawn: no frame says that all is loaded and shows what was there before.
  useLayoutEffect(() => {
    if (groups.data === undefined) return;
    setShown(groups.data.items);
    setBeyond(unlisted(groups.data));
    setWaiting(NONE_WAITING);
  }, [groups.data]);

  const reload = useCallback(() => {
    groups.reload();
    timeline.reload();
    setTurn((value) => value + 1);
  }, [groups.reload, timeline.reload]);

  useEffect(() => {
    const activity = watchActivity();
    let soft = 0;
    const abort = new AbortController();
    const isCalm = (): boolean =>
      !latest.current.isBusy && window.scrollY < 8 && activity.idleMs() > IDLE_MS;

    /** New figures for rows that stand there; rows come and go only while nobody would notice. */
    const refresh = (): void => {
      window.clearTimeout(soft);
      soft = window.setTimeout(() => {
        if (isCalm()) {
          reload();
          return;
        }
        timeline.reload();
        api.groups({ ...query, limit: MOST_GROUPS }, { signal: abort.signal }).then(
          (fresh) => {
            const merged = mergeGroups(latest.current.shown ?? [], fresh.items);
            setShown(merged.groups);
            setBeyond(unlisted(fresh));
            setWaiting(merged.waiting);
          },
          () => undefined, // The next event or the user asks again.
        );
      }, SOFT_MS);
    };

    const stop = onLive((event) => {
      if (event.event === 'triage' || event.event === 'lost') refresh();
      if (event.event !== 'alert' || !concerns(latest.current.filter, event.data)) return;
      const next = withNews(latest.current.shown ?? [], event.data);
      if (next === undefined) {
        setWaiting((value) => ({ ...value, added: value.added + 1 }));
        if (isCalm()) refresh();
        return;
      }
      latest.current = { ...latest.current, shown: next };
      setShown(next);
      window.clearTimeout(soft);
      soft = window.setTimeout(timeline.reload, SOFT_MS);
    });
    return () => {
      stop();
      abort.abort();
      activity.stop();
      window.clearTimeout(soft);
    };
  }, [key]);

  const triaged = useCallback(
    (group: string, before: readonly TriageStatus[], status: TriageStatus) => {
      setShown((now) =>
        now === undefined ? now : withTriage(now, group, before, status, latest.current.filter.tab),
      );
    },
    [],
  );

  return {
    groups: shown,
    unlisted: beyond,
    timeline: timeline.data,
    problem: groups.problem,
    isLoading: groups.isLoading,
    waiting,
    turn,
    reload,
    triaged,
  };
}

/** Since when the user touched nothing. */
function watchActivity(): { readonly idleMs: () => number; readonly stop: () => void } {
  let last = performance.now();
  const touch = (): void => {
    last = performance.now();
  };
  const kinds = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchmove'] as const;
  for (const kind of kinds) document.addEventListener(kind, touch, { passive: true });
  return {
    idleMs: () => performance.now() - last,
    stop: () => {
      for (const kind of kinds) document.removeEventListener(kind, touch);
    },
  };
}
