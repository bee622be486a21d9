/** Words and order for rules and what a site changed about them. */
import type { RuleRow, RuleRows, TuningEntry } from '../../../../sensor/api/contract.ts';
import { count } from './number.ts';
import { duration } from './time.ts';

/** Beside the order of the list: noisy ones first. */
export const RULE_ORDERS = [
  ['severity', 'Severe first'],
  ['last', 'Fired last'],
  ['sid', 'By sid'],
] as const;

/** Path of a rule's page; other generators are named with their gid. */
export function rulePath({ gid, sid }: Pick<RuleRow, 'gid' | 'sid'>): string {
  return `/rules/${gid === 1 ? String(sid) : encodeURIComponent(`${gid}:${sid}`)}`;
}

/** `1510010`, or `119:3` for other generators. */
export function ruleId({ gid, sid }: Pick<RuleRow, 'gid' | 'sid'>): string {
  return gid === 1 ? String(sid) : `${gid}:${sid}`;
}

export function orderedRules(rows: readonly RuleRow[], order: string): RuleRow[] {
  const bySid = (a: RuleRow, b: RuleRow): number => a.gid - b.gid || a.sid - b.sid;
  const orders: Readonly<Record<string, (a: RuleRow, b: RuleRow) => number>> = {
    severity: (a, b) => a.severity - b.severity || b.alerts - a.alerts,
    last: (a, b) => (b.lastUsec ?? -Infinity) - (a.lastUsec ?? -Infinity) || b.alerts - a.alerts,
    sid: bySid,
  };
  const compare = orders[order] ?? ((a: RuleRow, b: RuleRow) => b.alerts - a.alerts);
  // Infinity minus itself is no number: rules that never fired are alike.
  return [...rows].sort((a, b) => compare(a, b) || bySid(a, b));
}

/** The largest families of detections (`dlp-*`) with how many rules each has, in alphabetical order. */
export function familiesOf(
  rows: readonly RuleRow[],
  most: number,
): readonly (readonly [string, number])[] {
  const families = new Map<string, number>();
  for (const { detection } of rows) {
    const family = detection.split('-', 1)[0] ?? '';
    if (family !== '') families.set(family, (families.get(family) ?? 0) + 1);
  }
  return [...families]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, most)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Sentence: which rules are in force. */
export function loadedSentence({ loaded, failed, generation }: RuleRows): string {
  const rules = loaded === 1 ? 'One rule is' : `${count(loaded)} rules are`;
  const bad = failed === 0 ? '' : `, ${count(failed)} could not be loaded`;
  return `${rules} in force${bad} (generation ${generation}).`;
}

/** Sentence: what a change of the site does, read from its line in Suricata's threshold.config format. */
export function tuningWords({ action, line }: Pick<TuningEntry, 'action' | 'line'>): string {
  const part = (name: string): string =>
    new RegExp(`\\b${name}\\s+([^,]+)`).exec(line)?.[1]?.trim() ?? '';
  const track = part('track');
  switch (action) {
    case 'disable':
      return 'The rule is switched off';
    case 'suppress': {
      const value = part('ip') || part('value');
      return track === ''
        ? 'It never alerts'
        : `It never alerts ${SUPPRESSED[track] ?? track} ${value}`.trim();
    }
    case 'threshold': {
      const [often, time] = [part('count'), duration(Number(part('seconds')) * 1e6)];
      const each = COUNTED[track] ?? `counted ${track}`;
      switch (part('type')) {
        case 'limit':
          return `It alerts at most ${times(often)} in ${time} ${each}`;
        case 'both':
          return `It alerts once in ${time} ${each}, when it fires ${times(often)}`;
        default:
          return `It alerts each time it fired ${times(often)} within ${time} ${each}`;
      }
    }
  }
}

function times(often: string): string {
  return often === '1' ? 'once' : `${often} times`;
}

const SUPPRESSED: Readonly<Record<string, string>> = {
  by_src: 'on what comes from',
  by_dst: 'on what goes to',
  by_either: 'on what comes from or goes to',
  by_from_jid: 'on what is sent by',
  by_to_jid: 'on what is sent to',
  by_domain: 'on what comes from the domain',
  by_room: 'on what is said in the room',
};

const COUNTED: Readonly<Record<string, string>> = {
  by_src: 'for each source',
  by_dst: 'for each target',
  by_both: 'for each pair of source and target',
  by_rule: 'in all',
  by_flow: 'for each connection',
  by_from_jid: 'for each sender',
  by_to_jid: 'for each recipient',
  by_domain: 'for each domain',
  by_room: 'for each room',
};
