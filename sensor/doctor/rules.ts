/** What is looked for: do all rules load, how old are they and the lists, is what was tuned valid? */
import { counted, span } from '../core/index.ts';
import { fail, ok, unknown, warn, type Check } from './types.ts';

export interface RuleFacts {
  readonly set:
    | {
        readonly loaded: number;
        readonly failed: number;
        readonly disabled: number;
        /** The first few, as `file:line:column: what`. */
        readonly errors: readonly string[];
        readonly errorCount: number;
        readonly warningCount: number;
        /** Of threshold.config, disable.conf and what console and command line tuned. */
        readonly tuningErrors: readonly string[];
        /** Why the data folder's part of it cannot be looked at; '' when it can. */
        readonly tuningUnread: string;
        readonly tuned: number;
        readonly datasets: number;
        readonly values: number;
        /** Values left out since their date has passed. */
        readonly expired: number;
        /** Age of the newest file that holds a rule; undefined without rules. */
        readonly ageSeconds: number | undefined;
        readonly loadSeconds: number;
      }
    /** Why they could not be loaded at all. */
    | { readonly problem: string };
  readonly allowsBad: boolean;
  /** Lists of the operator, each with its age. */
  readonly lists:
    | readonly { readonly name: string; readonly ageSeconds: number }[]
    | { readonly problem: string };
  /** Files of compiled rules. */
  readonly cache:
    | {
        readonly files: number;
        readonly damaged: readonly string[];
        readonly ageSeconds: number | undefined;
      }
    | { readonly problem: string };
}

const DAY = 86_400;
const RULES_OLD = 180 * DAY;
const LISTS_OLD = 30 * DAY;

export function judgeRules(facts: RuleFacts): Check[] {
  const { set } = facts;
  if ('problem' in set) {
    return [
      unknown(
        'rules.loaded',
        `The rules could not be loaded: ${set.problem}`,
        'Run: stanzawatch rules check',
      ),
      lists(facts),
      cache(facts),
    ];
  }
  return [loaded(set, facts), age(set), tuning(set), lists(facts), cache(facts)];
}

type Set = Exclude<RuleFacts['set'], { problem: string }>;

function loaded(set: Set, { allowsBad }: RuleFacts): Check {
  const { loaded: count, errors, errorCount, warningCount, datasets, values } = set;
  const check = 'Run: stanzawatch rules check';
  const text = `${counted(count)} rules and ${counted(datasets)} lists with ${counted(values)} values load in ${set.loadSeconds.toFixed(1)} seconds`;
  if (errorCount > 0) {
    const first = `${counted(errorCount)} ${errorCount === 1 ? 'problem' : 'problems'} in the rules, the first: ${errors[0] ?? ''}`;
    if (allowsBad) return warn('rules.loaded', `${text}, others are refused: ${first}`, check);
    return fail(
      'rules.loaded',
      `The sensor does not start: ${first}`,
      `${check}; or start without them: --allow-bad-rules`,
    );
  }
  if (count === 0) {
    return fail(
      'rules.loaded',
      'No rule is loaded: nothing will be detected',
      `${check}; look at rules.files`,
    );
  }
  if (warningCount > 0)
    return warn('rules.loaded', `${text}, with ${counted(warningCount)} warnings`, check);
  return ok('rules.loaded', text);
}

function age({ ageSeconds }: Set): Check {
  if (ageSeconds === undefined) {
    return unknown(
      'rules.age',
      'How old the rules are cannot be told',
      'Look at the files of rules.files',
    );
  }
  if (ageSeconds <= RULES_OLD)
    return ok('rules.age', `The newest rule file is ${span(ageSeconds)} old`);
  return warn(
    'rules.age',
    `The newest rule file is ${span(ageSeconds)} old`,
    'Update the sensor, or add rules of your own (signatures/README.md)',
  );
}

function tuning({ tuningErrors, tuningUnread, tuned }: Set): Check {
  const [first] = tuningErrors;
  if (first === undefined && tuningUnread !== '') {
    return unknown(
      'rules.tuning',
      `What was tuned cannot be looked at: ${tuningUnread}`,
      'Run this as root, or as the user of the sensor',
    );
  }
  if (first === undefined) {
    return ok(
      'rules.tuning',
      tuned === 0 ? 'Nothing is tuned' : `What was tuned is valid (${counted(tuned)} entries)`,
    );
  }
  return fail(
    'rules.tuning',
    `${counted(tuningErrors.length)} ${tuningErrors.length === 1 ? 'entry' : 'entries'} of what was tuned cannot be read, the first: ${first}`,
    'Correct that line, or take it out: the sensor does not start with it',
  );
}

function lists({ lists: all, set }: RuleFacts): Check {
  if ('problem' in all) {
    return unknown(
      'rules.lists',
      `Your lists cannot be looked at: ${all.problem}`,
      'Run this as the user of the sensor',
    );
  }
  const expired = 'expired' in set ? set.expired : 0;
  const old = all.filter(({ ageSeconds }) => ageSeconds > LISTS_OLD);
  const [first] = old;
  if (first !== undefined) {
    return warn(
      'rules.lists',
      `${counted(old.length)} of ${counted(all.length)} lists of yours ${old.length === 1 ? 'is' : 'are'} older than 30 days, as ${first.name} (${span(first.ageSeconds)})`,
      'Import what is known now: stanzawatch intel import FILE',
    );
  }
  if (expired > 0) {
    return warn(
      'rules.lists',
      `${counted(expired)} values of lists have expired and are not looked for`,
      'Import what is known now: stanzawatch intel import FILE',
    );
  }
  if (all.length === 0) {
    return ok(
      'rules.lists',
      'There are no lists of your own',
      'Known bad addresses, domains and hashes: stanzawatch intel import FILE',
    );
  }
  return ok('rules.lists', `${counted(all.length)} lists of your own, none older than 30 days`);
}

function cache({ cache: facts }: RuleFacts): Check {
  if ('problem' in facts) {
    return unknown(
      'rules.cache',
      `Compiled rules cannot be looked at: ${facts.problem}`,
      'They cost time at a start, nothing else',
    );
  }
  const { files, damaged, ageSeconds } = facts;
  const [first] = damaged;
  if (first !== undefined) {
    return warn(
      'rules.cache',
      `${first} is damaged and will be made anew`,
      'Where this comes back, check the disk',
    );
  }
  if (files === 0)
    return ok('rules.cache', 'No rules are compiled yet: the first start takes some seconds more');
  const old = ageSeconds === undefined ? '' : `, the newest ${span(ageSeconds)} old`;
  return ok('rules.cache', `${counted(files)} files of compiled rules${old}`);
}
