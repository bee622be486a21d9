/**
 * What rules remember, told a second time and as plainly as possible: everything that ever fired is
 * kept, and each answer is worked out from the whole history. The judge of the engine's bits, rates,
 * suppressions and order of evaluation.
 */
import { formatAddress, type Direction } from '../../sensor/core/index.ts';
import type { FlowEndpoints, Validator } from '../../sensor/detect/index.ts';
import type {
  AddressMatch,
  BitTest,
  FiringRate,
  RateFilter,
  Rule,
  RuleSet,
  Suppression,
  Threshold,
} from '../../sensor/rules/index.ts';
import { evaluateRule, type ReferenceRegion } from './reference-evaluator.ts';

/** A stanza, or an event on its own. */
export interface ReferenceInput {
  readonly regions: readonly ReferenceRegion[];
  /** Event id; undefined for a stanza. */
  readonly event: number | undefined;
  readonly flow: number;
  readonly direction: Direction;
  readonly seconds: number;
  readonly from: string;
  readonly to: string;
}

type Outcome = 'none' | 'silent' | 'told';

export class ReferenceSensor {
  readonly #ruleSet: RuleSet;
  readonly #validators: ReadonlyMap<string, Validator>;
  readonly #endpointsOf: (flow: number) => FlowEndpoints;
  readonly #order: readonly Rule[];
  readonly #flowBits = new Set<string>();
  /** Bit -> second until which it is set. */
  readonly #xbits = new Map<string, number>();
  /** Times of all firings by what was counted. */
  readonly #history = new Map<string, number[]>();

  constructor(
    ruleSet: RuleSet,
    validators: ReadonlyMap<string, Validator>,
    endpointsOf: (flow: number) => FlowEndpoints,
  ) {
    this.#ruleSet = ruleSet;
    this.#validators = validators;
    this.#endpointsOf = endpointsOf;
    this.#order = orderOf(ruleSet.rules);
  }

  /** sids that are told, in the order of the rules. */
  input(input: ReferenceInput): number[] {
    const told = new Set<Rule>();
    let isPassed = false;
    for (const rule of this.#order) {
      const isPass = rule.action === 'pass';
      if ((isPassed && !isPass) || !this.#matches(rule, input)) continue;
      this.#changeBits(rule, input);
      const outcome = this.#outcome(rule, input);
      if (outcome === 'told') told.add(rule);
      if (isPass && outcome === 'silent') isPassed = true;
    }
    return this.#ruleSet.rules.filter((rule) => told.has(rule)).map(({ sid }) => sid);
  }

  endFlow(flow: number): void {
    for (const bit of this.#flowBits) if (bit.startsWith(`${flow} `)) this.#flowBits.delete(bit);
  }

  #matches(rule: Rule, input: ReferenceInput): boolean {
    const { event, direction, regions } = input;
    const { toServer, toClient } = rule.flow;
    if ((toServer && direction !== 0) || (toClient && direction !== 1)) return false;
    const [source, destination] = this.#addresses(input);
    if (!isWithin(rule.src, source) || !isWithin(rule.dst, destination)) return false;
    const isMeant =
      event === undefined
        ? rule.events.length === 0 && evaluateRule(rule, regions, this.#ruleSet, this.#validators)
        : rule.events.includes(event);
    return isMeant && rule.bitTests.every((test) => this.#holds(test, input));
  }

  #addresses({ flow, direction }: ReferenceInput): [source: string, destination: string] {
    const { clientWords, serverWords } = this.#endpointsOf(flow);
    const [client, server] = [clientWords, serverWords].map((words) =>
      formatAddress(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0),
    ) as [string, string];
    return direction === 0 ? [client, server] : [server, client];
  }

  /** Who is meant by a track; undefined for somebody unknown. */
  #owner(track: string, input: ReferenceInput): string | undefined {
    const [source, destination] = this.#addresses(input);
    const [from, to] = [bare(input.from), bare(input.to)];
    const owners: Readonly<Record<string, readonly string[]>> = {
      by_rule: ['all'],
      by_flow: [String(input.flow)],
      by_src: [source],
      ip_src: [source],
      by_dst: [destination],
      ip_dst: [destination],
      by_both: [source, destination],
      ip_pair: [source, destination],
      by_from_jid: [from],
      by_to_jid: [to],
      by_room: [to],
      by_jid_pair: [from, to],
      by_domain: [domain(from)],
    };
    const found = owners[track] ?? [];
    return found.includes('') ? undefined : [...found].sort().join(' & ');
  }

  #holds({ track, names, wantsSet }: BitTest, input: ReferenceInput): boolean {
    if (track === 'flow') {
      return names.some((name) => this.#flowBits.has(`${input.flow} ${name}`) === wantsSet);
    }
    const owner = this.#owner(track, input);
    if (owner === undefined) return !wantsSet;
    return names.some((name) => {
      const until = this.#xbits.get(`${track} ${name} ${owner}`);
      return (until !== undefined && input.seconds <= until) === wantsSet;
    });
  }

  #changeBits(rule: Rule, input: ReferenceInput): void {
    for (const { track, name, action, expireSeconds } of rule.bitChanges) {
      const isSet = this.#holds({ track, names: [name], wantsSet: true }, input);
      const becomesSet = action === 'set' || (action === 'toggle' && !isSet);
      if (track === 'flow') {
        const bit = `${input.flow} ${name}`;
        if (becomesSet) this.#flowBits.add(bit);
        else this.#flowBits.delete(bit);
        continue;
      }
      const owner = this.#owner(track, input);
      if (owner === undefined) continue;
      const bit = `${track} ${name} ${owner}`;
      if (becomesSet) this.#xbits.set(bit, input.seconds + expireSeconds);
      else this.#xbits.delete(bit);
    }
  }

  #outcome(rule: Rule, input: ReferenceInput): Outcome {
    const { suppressions, rateFilters } = this.#ruleSet.overrides;
    const isMeant = ({ gid, sid }: { gid: number; sid: number }): boolean =>
      (gid === 0 || gid === rule.gid) && (sid === 0 || sid === rule.sid);
    const isSuppressed = suppressions.some(
      (suppression) => isMeant(suppression) && this.#isSuppressed(suppression, input),
    );
    if (isSuppressed) return 'silent';
    const { detectionFilter } = rule;
    if (detectionFilter !== undefined) {
      const times = this.#count('filter', rule, detectionFilter, input);
      if (windowCount(times, detectionFilter.seconds) <= detectionFilter.count) return 'none';
    }
    let { action } = rule;
    rateFilters.filter(isMeant).forEach((filter) => {
      const times = this.#count(`rate ${filter.line}`, rule, filter, input);
      if (isChanged(times, filter)) action = filter.newAction;
    });
    const threshold = this.#threshold(rule);
    const outcome =
      threshold === undefined
        ? 'told'
        : thresholdOutcome(this.#count('threshold', rule, threshold, input), threshold);
    if (outcome === 'told' && (action === 'pass' || rule.noalert)) return 'silent';
    return outcome;
  }

  #threshold(rule: Rule): Threshold | undefined {
    const { thresholds } = this.#ruleSet.overrides;
    const own = thresholds.filter(({ gid, sid }) => gid === rule.gid && sid === rule.sid);
    if (own.length > 0) return own.at(-1)?.threshold;
    if (rule.threshold !== undefined || rule.detectionFilter !== undefined) return rule.threshold;
    return thresholds.filter(({ gid, sid }) => sid === 0 && (gid === 0 || gid === rule.gid)).at(-1)
      ?.threshold;
  }

  #isSuppressed({ track, addresses, values }: Suppression, input: ReferenceInput): boolean {
    const [source, destination] = this.#addresses(input);
    const isIn = (address: string): boolean =>
      addresses !== undefined && isWithin(addresses, address);
    const names = (jid: string): boolean =>
      jid !== '' &&
      values.some((value) => {
        const exact = [bare(jid), bare(jid) + jid.slice(bare(jid).length)].includes(value);
        const isBelow = value === domain(jid) || domain(jid).endsWith(`.${value}`);
        return exact || (!value.includes('@') && isBelow);
      });
    switch (track) {
      case undefined:
        return true;
      case 'by_src':
        return isIn(source);
      case 'by_dst':
        return isIn(destination);
      case 'by_either':
        return isIn(source) || isIn(destination);
      case 'by_from_jid':
        return names(input.from);
      case 'by_to_jid':
        return names(input.to);
      case 'by_domain':
        return names(domain(input.from));
      case 'by_room':
        return names(bare(input.to));
    }
  }

  /** One more firing; all their times. */
  #count(
    what: string,
    rule: Rule,
    { track }: FiringRate,
    input: ReferenceInput,
  ): readonly number[] {
    const key = `${what} ${rule.gid}:${rule.sid} ${this.#owner(track, input) ?? ''}`;
    const times = this.#history.get(key) ?? [];
    times.push(input.seconds);
    this.#history.set(key, times);
    return times;
  }
}

/** Firings in the window that the last of them falls into. */
function windowCount(times: readonly number[], seconds: number): number {
  let start = times[0] ?? 0;
  let count = 0;
  for (const time of times) {
    if (time > start + seconds) {
      start = time;
      count = 0;
    }
    count++;
  }
  return count;
}

function thresholdOutcome(times: readonly number[], threshold: Threshold): Outcome {
  const { type, count, seconds, multiplier } = threshold;
  if (type === 'backoff') {
    let next = count;
    while (next < times.length) next *= multiplier;
    if (next === times.length) return 'told';
    return times.length < count ? 'none' : 'silent';
  }
  const inWindow = windowCount(times, seconds);
  if (type === 'limit') return inWindow <= count ? 'told' : 'silent';
  if (type === 'threshold') return inWindow % count === 0 ? 'told' : 'none';
  if (inWindow < count) return 'none';
  return inWindow === count ? 'told' : 'silent';
}

/** Is the action changed for the last of the firings? */
function isChanged(times: readonly number[], { count, seconds, timeout }: RateFilter): boolean {
  let start = times[0] ?? 0;
  let inWindow = 0;
  let changedAt: number | undefined;
  let answer = false;
  for (const time of times) {
    answer = false;
    if (changedAt !== undefined) {
      if (time <= changedAt + timeout) answer = true;
      else changedAt = undefined;
      continue;
    }
    if (time > start + seconds) {
      start = time;
      inWindow = 0;
    }
    if (++inWindow > count) {
      changedAt = time;
      answer = true;
    }
  }
  return answer;
}

/**
 * Pass rules first, then by the longest row of rules that must come before, then by gid and sid. A rule
 * must come before another when it changes a bit the other tests, directly or over others, and not the
 * other way round as well.
 */
function orderOf(rules: readonly Rule[]): Rule[] {
  const leads = rules.map((a) => rules.map((b) => a !== b && changesWhatIsTested(a, b)));
  const has = (a: number, b: number): boolean => leads[a]?.[b] === true;
  rules.forEach((_, via) => {
    rules.forEach((_a, a) => {
      rules.forEach((_b, b) => {
        const row = leads[a];
        if (row !== undefined && has(a, via) && has(via, b)) row[b] = true;
      });
    });
  });
  const level = (b: number): number =>
    Math.max(0, ...rules.map((_, a) => (has(a, b) && !has(b, a) ? 1 + level(a) : 0)));
  const levels = new Map(rules.map((rule, i): [Rule, number] => [rule, level(i)]));
  return [...rules].sort(
    (a, b) =>
      Number(a.action === 'alert') - Number(b.action === 'alert') ||
      (levels.get(a) ?? 0) - (levels.get(b) ?? 0) ||
      a.gid - b.gid ||
      a.sid - b.sid,
  );
}

function changesWhatIsTested(a: Rule, b: Rule): boolean {
  return a.bitChanges.some(({ track, name }) =>
    b.bitTests.some((test) => test.track === track && test.names.includes(name)),
  );
}

/** IPv4 only. */
function isWithin(match: AddressMatch, address: string): boolean {
  if (match.any) return true;
  const bits = (text: string): string =>
    text
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  const isIn = ({ words, prefix }: AddressMatch['entries'][number]): boolean => {
    const block = ((words[3] ?? 0) >>> 0)
      .toString(2)
      .padStart(32, '0')
      .slice(0, prefix - 96);
    return bits(address).startsWith(block);
  };
  const plain = match.entries.filter(({ negated }) => !negated);
  const excluded = match.entries.some((entry) => entry.negated && isIn(entry));
  return (!excluded && (plain.length === 0 || plain.some(isIn))) !== match.negated;
}

function bare(jid: string): string {
  return (jid.split('/')[0] ?? '').toLowerCase();
}

function domain(jid: string): string {
  return bare(jid).split('@').at(-1) ?? '';
}
