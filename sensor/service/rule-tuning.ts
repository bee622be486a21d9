/**
 * How a site tunes rules: a line is written only when all rules load with it, and stays only when the running sensor
 * takes it. Whatever goes wrong, the files are as they were.
 */
import type { ReloadAnswer, TuningEntry, TuningRequest } from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, log, wallClockUsec } from '../core/index.ts';
import type { CandidateReport, RulesQuestions } from './rules-messages.ts';
import { unknownRule } from './rules-desk.ts';
import { TuningFile } from './tuning-file.ts';
import { checkedReason, tuningLine } from './tuning-line.ts';
import { TuningStore, candidateSources, type TuningState } from './tuning-store.ts';

/** A reload that takes longer goes on; who asked is told so. */
const RELOAD_MS = 60_000;

export interface RuleTuningOptions {
  readonly config: SensorConfig;
  /** Loads all rules with other tuned files, where that blocks nobody. */
  readonly check: (ask: RulesQuestions['check']['ask']) => Promise<CandidateReport>;
  /** Undefined: no sensor could be told; one takes the files at its next reload or start. */
  readonly reload: () => Promise<ReloadAnswer | undefined>;
}

/** The files with one changed, and the entry it is about. */
interface Change {
  readonly state: TuningState;
  readonly text: string;
  readonly id: string;
}

export class RuleTuning {
  readonly #options: RuleTuningOptions;
  readonly #store: TuningStore;

  constructor(options: RuleTuningOptions) {
    this.#options = options;
    this.#store = new TuningStore(options.config);
  }

  /** Latest first. */
  entries(): Promise<readonly TuningEntry[]> {
    return this.#store.entries();
  }

  /**
   * Rejects with OperatorError: USAGE for a request that makes no sense, RULES_INVALID when the rules with it do not
   * load, RULES_UNWRITABLE when it cannot be written.
   */
  async tune(request: TuningRequest, actor: string): Promise<TuningEntry> {
    const reason = checkedReason(request.reason);
    const { kind, line } = tuningLine(request);
    const { gid = 1, sid } = request;
    return this.#store.locked(async () => {
      const states = await this.#store.read();
      const same = states
        .flatMap(({ file }) => file.entries)
        .find((entry) => entry.isActive && entry.line === line);
      if (same !== undefined) {
        const hint = `Take that back first: stanzawatch rules untune ${same.id}`;
        throw new OperatorError('USAGE', `The rule is tuned so already (${same.id})`, hint);
      }
      const state = stateOf(states, kind);
      const id = this.#store.freeId(states);
      const text = state.file.withLine(id, line, { tsUsec: wallClockUsec(), actor, reason });
      const { before, guess } = await this.#check(states, { state, text, id }, gid, sid);
      if (before === 'unknown') throw unknownRule(gid, sid, guess);
      if (request.action === 'disable' && before === 'disabled') {
        const hint = `stanzawatch rules explain ${sid} says where`;
        throw new OperatorError('USAGE', `Rule ${sid} is disabled already`, hint);
      }
      return this.#putInForce({ state, text, id });
    });
  }

  /** Takes an entry back. Rejects as tune() does. */
  async untune(id: string, reason: string, actor: string): Promise<TuningEntry> {
    const why = checkedReason(reason);
    return this.#store.locked(async () => {
      const states = await this.#store.read();
      const state = states.find(({ file }) => file.entries.some((entry) => entry.id === id));
      const entry = state?.file.entries.find((each) => each.id === id);
      if (state === undefined || entry === undefined) {
        const hint = 'stanzawatch rules tune --list shows all';
        throw new OperatorError('USAGE', `Nothing that was tuned is called ${id}`, hint);
      }
      if (!entry.isActive) throw new OperatorError('USAGE', `${id} was taken back already`);
      const text = state.file.without(id, { tsUsec: wallClockUsec(), actor, reason: why });
      await this.#check(states, { state, text, id }, entry.gid, entry.sid);
      return this.#putInForce({ state, text, id });
    });
  }

  async #check(
    states: readonly TuningState[],
    { state, text }: Change,
    gid: number,
    sid: number,
  ): Promise<CandidateReport> {
    const tuning = candidateSources(states, state.kind, text);
    const report = await this.#options.check({ gid, sid, tuning });
    if (report.problems.length > 0) throw invalid(report.problems.join('\n'));
    return report;
  }

  async #putInForce({ state, text, id }: Change): Promise<TuningEntry> {
    this.#store.write(state, text);
    const isPending = await this.#reload(state);
    const entry = new TuningFile(state.kind, text).entries.find((each) => each.id === id);
    if (entry === undefined) throw new RangeError(`Entry ${id} was written and is not there`);
    return isPending ? { ...entry, isPending } : entry;
  }

  /** True when the running sensor has yet to take the files. Where it refuses them the old ones come back. */
  async #reload(state: TuningState): Promise<boolean> {
    const { reload } = this.#options;
    const answer = await withinTime(reload());
    if (answer === undefined) return true;
    if (answer.isOk) return false;
    this.#store.write(state, state.bytes);
    // Some workers may have changed over: all shall have the old rules.
    const back = await withinTime(reload());
    if (back?.isOk === false) {
      log('error', 'rules', `the rules of before do not load either: ${back.problem}`);
    }
    throw invalid(answer.problem);
  }
}

function stateOf(states: readonly TuningState[], kind: TuningState['kind']): TuningState {
  const state = states.find((each) => each.kind === kind);
  if (state === undefined) throw new RangeError(`There is no file of kind ${kind}`);
  return state;
}

/** Undefined when it takes too long; a reload that throws is one that failed. */
async function withinTime(
  reload: Promise<ReloadAnswer | undefined>,
): Promise<ReloadAnswer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      log('warn', 'rules', `a reload takes longer than ${RELOAD_MS / 1000} s and goes on`);
      resolve(undefined);
    }, RELOAD_MS);
  });
  const failed = (error: unknown): ReloadAnswer => {
    const problem = errorText(error);
    return { isOk: false, loaded: 0, failed: 0, generation: 0, problem };
  };
  try {
    return await Promise.race([reload.catch(failed), late]);
  } finally {
    clearTimeout(timer);
  }
}

function invalid(problem: string): OperatorError {
  return new OperatorError(
    'RULES_INVALID',
    `The rules do not load with it, nothing was changed:\n${problem}`,
    'Correct what is named, then tune again',
  );
}
