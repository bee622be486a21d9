/** What is wrong with flowbits and xbits: in one rule, and in all rules together. */
import { bitKey, orderByBits } from './bit-order.ts';
import type { RuleDraft } from './draft.ts';
import { RuleError, type ProblemList } from './problems.ts';
import type { RuleText } from './rule-text.ts';
import type { BitTrack, Rule } from './types.ts';

/** Cycles that are told; a file made of them says the same again and again. */
const MAX_CYCLES = 20;
/** Rules of a cycle that are named. */
const MAX_NAMED = 5;

/** A rule that uses bits, and where it tests them. */
export interface PlacedBitRule {
  readonly rule: Rule;
  readonly source: RuleText;
  readonly tests: RuleDraft['bitTests'];
}

/** Tests of one rule that exclude each other. */
export function lintBitTests(draft: RuleDraft, fail: (problem: RuleError) => void): void {
  const wanted = new Map<string, boolean>();
  for (const { test, at } of draft.bitTests) {
    // A list of several holds when any does: it excludes nothing by itself.
    const [name, second] = test.names;
    if (name === undefined || second !== undefined) continue;
    const key = bitKey(test.track, name);
    const before = wanted.get(key);
    if (before === undefined) wanted.set(key, test.wantsSet);
    else if (before !== test.wantsSet) {
      const what = describeBit(test.track, name);
      fail(new RuleError(at, `Rule can never match: it wants ${what} set and not set`));
    }
  }
}

/** Bits nobody sets, and rules that wait for each other. */
export function lintBits(rules: readonly PlacedBitRule[], problems: ProblemList): void {
  const set = new Set<string>();
  for (const { rule } of rules) {
    for (const { track, name, action } of rule.bitChanges) {
      if (action !== 'unset') set.add(bitKey(track, name));
    }
  }
  for (const { source, tests } of rules) {
    for (const { test, at } of tests) {
      const { track, names, wantsSet } = test;
      const lost = wantsSet ? names.find((name) => !set.has(bitKey(track, name))) : undefined;
      if (lost === undefined) continue;
      const message = `${describeBit(track, lost)} is tested, but no rule sets it`;
      const hint =
        track === 'flow'
          ? 'load the rule that sets it'
          : 'load the rule that sets it; it must name the same track';
      problems.add('warning', source.place(at), message, hint);
    }
  }
  const { cycles } = orderByBits(rules.map(({ rule }) => rule));
  for (const cycle of cycles.slice(0, MAX_CYCLES)) {
    const first = rules[cycle[0] ?? 0];
    if (first === undefined) continue;
    const sids = cycle.slice(0, MAX_NAMED).map((index) => rules[index]?.rule.sid);
    const more = cycle.length > MAX_NAMED ? ` and ${cycle.length - MAX_NAMED} more` : '';
    problems.add(
      'warning',
      first.source.place(first.tests[0]?.at ?? 0),
      `Rules ${sids.join(', ')}${more} wait for bits of each other`,
      'on one stanza they are looked at in order of gid and sid',
    );
  }
}

function describeBit(track: BitTrack, name: string): string {
  return track === 'flow' ? `flowbit ${name}` : `xbit ${name} (track ${track})`;
}
