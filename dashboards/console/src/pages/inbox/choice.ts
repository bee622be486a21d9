/** Where the cursor is, what is opened and what is chosen in a list of groups and their alerts. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AlertGroup } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../../sensor/core/rows.ts';
import { groupKey } from '../../logic/live-groups.ts';
import type { Chosen } from './triage.ts';

/** A line of the inbox: a group, or an alert of an opened one. */
export interface Line {
  readonly key: string;
  readonly group: AlertGroup;
  readonly alert?: StoredAlert;
}

export interface Choice {
  readonly lines: readonly Line[];
  readonly at: string;
  readonly line: Line | undefined;
  readonly chosen: ReadonlySet<string>;
  readonly expanded: ReadonlySet<string>;
  readonly move: (step: number) => void;
  readonly goTo: (key: string) => void;
  readonly choose: (key: string, isRange?: boolean) => void;
  readonly chooseAll: () => void;
  readonly clear: () => void;
  readonly expand: (key: string) => void;
  readonly hold: (key: string, alerts: readonly StoredAlert[]) => void;
  /** What a deed is about: what is chosen, else the line of the cursor, else what is given. */
  readonly targets: (only?: Line) => Chosen;
}

/** Where the user was when the inbox was left, so that the way back leads there. */
let left: { address: string; at: string; expanded: ReadonlySet<string> } | undefined;

/** `address`: what the list is filtered by; another one is another list. */
export function useChoice(groups: readonly AlertGroup[], address: string): Choice {
  const before = useRef(left?.address === address ? left : undefined).current;
  const [at, setAt] = useState(before?.at ?? '');
  const [place, setPlace] = useState(0);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(before?.expanded ?? new Set());
  const [held, setHeld] = useState<ReadonlyMap<string, readonly StoredAlert[]>>(new Map());

  const lines = useMemo(
    () =>
      groups.flatMap((group): Line[] => {
        const key = groupKey(group);
        const alerts = expanded.has(key) ? (held.get(key) ?? []) : [];
        return [
          { key: `g ${key}`, group },
          ...alerts.map((alert) => ({ key: `a ${alert.alertId}`, group, alert })),
        ];
      }),
    [groups, expanded, held],
  );
  const index = lines.findIndex((line) => line.key === at);
  // A line that is gone leaves the cursor at its place, on the line that took it.
  const spot = index >= 0 ? index : at === '' ? -1 : Math.min(place, lines.length - 1);
  const line = lines[spot];

  useEffect(() => {
    left = { address, at, expanded };
  }, [address, at, expanded]);

  const goTo = (key: string): void => {
    setAt(key);
    setPlace(
      Math.max(
        0,
        lines.findIndex((one) => one.key === key),
      ),
    );
  };
  const move = (step: number): void => {
    const next = lines[Math.min(lines.length - 1, Math.max(0, spot + step))];
    if (next !== undefined) goTo(next.key);
  };
  const choose = (key: string, isRange = false): void => {
    const next = new Set(chosen);
    const from = lines.findIndex((one) => one.key === at);
    const to = lines.findIndex((one) => one.key === key);
    if (isRange && from >= 0 && to >= 0) {
      const kind = key.slice(0, 1);
      for (const one of lines.slice(Math.min(from, to), Math.max(from, to) + 1)) {
        if (one.key.startsWith(kind)) next.add(one.key);
      }
    } else if (!next.delete(key)) next.add(key);
    setChosen(next);
    goTo(key);
  };
  const hold = useCallback((key: string, alerts: readonly StoredAlert[]) => {
    setHeld((before) => new Map(before).set(key, alerts));
  }, []);
  const targets = (only?: Line): Chosen => {
    const isMany = only === undefined && chosen.size > 0;
    const wanted = isMany ? lines.filter((one) => chosen.has(one.key)) : [only ?? line];
    const found = wanted.filter((one) => one !== undefined);
    const whole = found.filter((one) => one.alert === undefined).map((one) => one.group);
    const covered = new Set(whole.map(groupKey));
    return {
      groups: whole,
      alerts: found.flatMap((one) =>
        one.alert === undefined || covered.has(groupKey(one.group)) ? [] : [one.alert],
      ),
    };
  };
  return {
    lines,
    at: line?.key ?? '',
    line,
    chosen,
    expanded,
    move,
    goTo,
    choose,
    chooseAll: () => {
      const all = lines.filter((one) => one.alert === undefined).map((one) => one.key);
      setChosen(chosen.size >= all.length ? new Set() : new Set(all));
    },
    clear: () => {
      setChosen(new Set());
    },
    expand: (key) => {
      const next = new Set(expanded);
      if (!next.delete(key)) next.add(key);
      setExpanded(next);
    },
    hold,
    targets,
  };
}
