/** Loading for components: what is shown stays while newer data comes, requests nobody waits for are stopped. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../../../../sensor/api/contract.ts';
import { ApiError, isAbort } from './client.ts';
import { onLive } from './live.ts';

export interface Loaded<Data> {
  /** The latest good answer; stays while a newer one is on its way, and when that one fails. */
  readonly data: Data | undefined;
  readonly problem: ApiError | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * Runs `load` when `key` changes (and on `reload`). An empty key loads nothing. Data of another key is never shown
 * unless `keepStale` says that it may stand until the new comes (filters of one list).
 */
export function useLoad<Data>(
  key: string,
  load: (options: { readonly signal: AbortSignal }) => Promise<Data>,
  settings: { readonly keepStale?: boolean } = {},
): Loaded<Data> {
  const [state, setState] = useState<State<Data>>({ key: '' });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === '') return undefined;
    const abort = new AbortController();
    latest.current({ signal: abort.signal }).then(
      (data) => {
        if (!abort.signal.aborted) setState({ key, turn, data });
      },
      (error: unknown) => {
        if (abort.signal.aborted || isAbort(error)) return;
        setState((before) => ({ ...before, key, turn, problem: asApiError(error) }));
      },
    );
    return () => {
      abort.abort();
    };
  }, [key, turn]);
  const reload = useCallback(() => {
    setTurn((value) => value + 1);
  }, []);
  const isCurrent = state.key === key;
  const isFailed = isCurrent && state.problem !== undefined;
  // What failed while the sensor was away is asked anew when it is back: nobody has to see that it is.
  useEffect(
    () =>
      isFailed
        ? onLive(({ event }) => {
            if (event === 'lost') reload();
          })
        : undefined,
    [isFailed],
  );
  return {
    data: isCurrent || settings.keepStale === true ? state.data : undefined,
    problem: isCurrent ? state.problem : undefined,
    isLoading: key !== '' && !(isCurrent && state.turn === turn),
    reload,
  };
}

interface State<Data> {
  readonly key: string;
  readonly turn?: number;
  readonly data?: Data;
  readonly problem?: ApiError;
}

export interface Pages<Row> extends Loaded<readonly Row[]> {
  readonly hasMore: boolean;
  readonly more: () => void;
}

/** A list that comes page by page: `more` appends the next one. */
export function usePages<Row>(
  key: string,
  load: (
    cursor: string | undefined,
    options: { readonly signal: AbortSignal },
  ) => Promise<Page<Row>>,
  settings: { readonly keepStale?: boolean } = {},
): Pages<Row> {
  const first = useLoad(key, (options) => load(undefined, options), settings);
  const [tail, setTail] = useState<Tail<Row>>({ of: undefined, rows: [], next: undefined });
  const [busy, setBusy] = useState<AbortController | undefined>(undefined);
  const latest = useRef(load);
  latest.current = load;
  const isTail = tail.of === first.data;
  const next = isTail ? tail.next : first.data?.next;
  useEffect(() => () => busy?.abort(), [key, busy]);
  const more = (): void => {
    if (next === undefined || busy !== undefined) return;
    const abort = new AbortController();
    const head = first.data;
    setBusy(abort);
    latest
      .current(next, { signal: abort.signal })
      .then(
        (page) => {
          if (abort.signal.aborted) return;
          const before = tail.of === head ? tail.rows : [];
          setTail({ of: head, rows: [...before, ...page.items], next: page.next });
        },
        (error: unknown) => {
          if (abort.signal.aborted || isAbort(error)) return;
          setTail({
            of: head,
            rows: tail.of === head ? tail.rows : [],
            next,
            problem: asApiError(error),
          });
        },
      )
      .finally(() => {
        setBusy(undefined);
      });
  };
  const rows =
    first.data === undefined ? undefined : joined(first.data.items, isTail ? tail.rows : []);
  return {
    data: rows,
    problem: first.problem ?? (isTail ? tail.problem : undefined),
    isLoading: first.isLoading || busy !== undefined,
    reload: first.reload,
    hasMore: next !== undefined,
    more,
  };
}

interface Tail<Row> {
  /** The first page it belongs to. */
  readonly of: Page<Row> | undefined;
  readonly rows: readonly Row[];
  readonly next: string | undefined;
  readonly problem?: ApiError;
}

function joined<Row>(head: readonly Row[], tail: readonly Row[]): readonly Row[] {
  return tail.length === 0 ? head : [...head, ...tail];
}

/** Whatever was thrown, with words to show. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, 'PAGE', error instanceof Error ? error.message : String(error));
}
