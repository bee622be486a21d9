/**
 * What an analyst asks about rules: which there are, what one says, what a stanza would fire, and how the site tunes
 * them (contract: api/services.ts). Rules are loaded and stanzas tried in threads of their own, since loading takes
 * long and what is pasted is hostile: no other question waits behind a try.
 */
import type {
  ReloadAnswer,
  RuleDetail,
  RuleRow,
  RuleRows,
  RuleService,
  StoreService,
  TryAnswer,
  TryRequest,
  TuningEntry,
  TuningRequest,
} from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import { errorText, log, wallClockUsec } from '../core/index.ts';
import { rulesStamp } from '../rule-files.ts';
import { reloadRunning } from '../running-sensor.ts';
import { KeptRules } from './kept-rules.ts';
import type { LoadedRow, RulesKind, RulesQuestions } from './rules-messages.ts';
import { RulesLine } from './rules-line.ts';
import { RuleTuning } from './rule-tuning.ts';

/** The rules of a running sensor. */
export interface RuleSensor {
  /** What is in force now, and why the latest reload failed. Asked often: cheap, never blocks. */
  status(): ReloadAnswer;
  /** Put what the files say in force, as USR2 does; resolves when that has worked or failed. */
  reload(): Promise<ReloadAnswer>;
}

export interface RuleServiceOptions {
  readonly config: SensorConfig;
  /** Where firings are counted; without it all rules have none. */
  readonly store?: Pick<StoreService, 'top'> | undefined;
  /** Undefined over a store alone: a sensor that runs over its folder in another process is told of what is tuned. */
  readonly sensor?: RuleSensor | undefined;
}

/** The service, and how to end its thread. */
export interface RuleServiceControl extends RuleService {
  /** Loads the rules in the background, so that nobody who asks about them waits for that. */
  warm(): void;
  close(): Promise<void>;
}

/** Loading and compiling all rules on a slow machine, nothing of them in the cache. */
const LOAD_MS = 60_000;
const TRY_MS = 5000;
const WEEK_USEC = 7 * 86_400 * 1e6;
/** Signatures that fired; there are not more rules than that by far. */
const MAX_FIRED = 10_000;
const TOP_SOURCES = 5;

export function createRuleService(options: RuleServiceOptions): RuleServiceControl {
  return new Rules(options);
}

interface Firings {
  readonly alerts: number;
  readonly lastUsec: number | undefined;
}

const NONE: Firings = { alerts: 0, lastUsec: undefined };

class Rules implements RuleServiceControl {
  readonly #options: RuleServiceOptions;
  readonly #line: RulesLine;
  readonly #tries: RulesLine;
  readonly #tuning: RuleTuning;
  readonly #kept: KeptRules;
  /** Reloads asked for here over a store alone: the rules are read anew. */
  #reads = 0;
  readonly #trying = new Set<Promise<TryAnswer>>();
  /** Rules that changed are loaded before anybody asks. */
  #isWarm = false;

  constructor(options: RuleServiceOptions) {
    const { config, sensor } = options;
    this.#options = options;
    this.#line = new RulesLine({ config });
    this.#tries = new RulesLine({ config });
    this.#kept = new KeptRules({
      version: () => this.#version(),
      quiet: async () => {
        while (this.#trying.size > 0) await Promise.allSettled(this.#trying);
      },
      ask: (kind, ask) => this.#ask(kind, ask),
    });
    this.#tuning = new RuleTuning({
      config,
      check: (ask) => this.#ask('check', ask),
      reload: () => sensor?.reload() ?? reloadRunning(config.data_dir),
    });
  }

  warm(): void {
    this.#isWarm = true;
    this.#kept.rows().catch((error: unknown) => {
      log('debug', 'rules', `rules are not kept: ${errorText(error)}`);
    });
  }

  async rows(): Promise<RuleRows> {
    const [{ items, loaded, failed, problems }, firings, entries] = await Promise.all([
      this.#kept.rows(),
      this.#firings(),
      this.#tuning.entries(),
    ]);
    const status = this.#options.sensor?.status();
    const tuned = tunedIds(entries);
    return {
      items: items.map((row) => wholeRow(row, firings.get(row.sid), tuned)),
      loaded: status?.loaded ?? loaded,
      failed: status?.failed ?? failed,
      generation: status?.generation ?? 1,
      problem: status?.problem ?? problems.join('\n'),
    };
  }

  async detail(gid: number, sid: number): Promise<RuleDetail | undefined> {
    const [detail, firings, entries, topSources] = await Promise.all([
      this.#kept.detail({ gid, sid }),
      this.#firings(sid),
      this.#tuning.entries(),
      this.#topSources(sid),
    ]);
    if (detail === undefined) return undefined;
    return {
      ...detail,
      ...wholeRow(detail, firings.get(sid), tunedIds(entries)),
      topSources,
      tuning: entries.filter((entry) => entry.gid === gid && entry.sid === sid),
    };
  }

  async try(request: TryRequest): Promise<TryAnswer> {
    const answer = this.#tryOut(request);
    this.#trying.add(answer);
    try {
      return await answer;
    } finally {
      this.#trying.delete(answer);
    }
  }

  async #tryOut(request: TryRequest): Promise<TryAnswer> {
    // The first one waits for the rules to be loaded: that is no fault of the stanza.
    await this.#ask('ready', {}, LOAD_MS, this.#tries);
    return this.#ask('try', { request }, TRY_MS, this.#tries);
  }

  tuning(): Promise<readonly TuningEntry[]> {
    return this.#tuning.entries();
  }

  tune(request: TuningRequest, actor: string): Promise<TuningEntry> {
    return this.#thenWarm(this.#tuning.tune(request, actor));
  }

  untune(id: string, reason: string, actor: string): Promise<TuningEntry> {
    return this.#thenWarm(this.#tuning.untune(id, reason, actor));
  }

  async reload(): Promise<ReloadAnswer> {
    const { sensor, config } = this.#options;
    if (sensor !== undefined) return this.#thenWarm(sensor.reload());
    this.#reads++;
    const answer = await reloadRunning(config.data_dir);
    if (answer !== undefined) return answer;
    const { loaded, failed, problems } = await this.#kept.rows();
    const problem = problems.join('\n');
    return { isOk: problems.length === 0, loaded, failed, generation: 1, problem };
  }

  /** An analyst changed the rules, and looks at them next. */
  async #thenWarm<T>(change: Promise<T>): Promise<T> {
    const answer = await change;
    if (this.#isWarm) this.warm();
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all([this.#line.close(), this.#tries.close()]);
  }

  /** Rules in force have a generation; over a store alone they are what their files say. */
  #version(): string {
    const { sensor, config } = this.#options;
    return sensor === undefined
      ? `${this.#reads} ${rulesStamp(config)}`
      : `generation ${sensor.status().generation}`;
  }

  #ask<Kind extends RulesKind>(
    kind: Kind,
    ask: RulesQuestions[Kind]['ask'],
    limitMs = LOAD_MS,
    line = this.#line,
  ): Promise<RulesQuestions[Kind]['answer']> {
    return line.ask(kind, ask, { version: this.#version(), limitMs });
  }

  /** By sid; of one rule, or of all. */
  async #firings(sid?: number): Promise<ReadonlyMap<number, Firings>> {
    const sinceUsec = wallClockUsec() - WEEK_USEC;
    const filter = { sinceUsec, ...(sid === undefined ? { limit: MAX_FIRED } : { sid }) };
    const firings = new Map<number, Firings>();
    for (const top of (await this.#options.store?.top('signature', filter)) ?? []) {
      if (top.sid === undefined) continue;
      const { alerts, lastUsec = 0 } = firings.get(top.sid) ?? NONE;
      const latest = Math.max(lastUsec, top.lastUsec);
      firings.set(top.sid, { alerts: alerts + top.alerts, lastUsec: latest });
    }
    return firings;
  }

  async #topSources(sid: number): Promise<RuleDetail['topSources']> {
    const filter = { sid, sinceUsec: wallClockUsec() - WEEK_USEC, limit: TOP_SOURCES };
    const { store } = this.#options;
    const jids = (await store?.top('jid', filter)) ?? [];
    const sources = jids.length > 0 ? jids : ((await store?.top('ip', filter)) ?? []);
    return sources.map(({ key, alerts }) => ({ key, alerts }));
  }
}

function wholeRow(
  row: LoadedRow,
  firings: Firings | undefined,
  tuned: ReadonlySet<string>,
): RuleRow {
  const { gid, sid, rev, msg, detection, category, severity, confidence, file, isEnabled } = row;
  return {
    ...{ gid, sid, rev, msg, detection, category, severity, confidence, file, isEnabled },
    isTuned: tuned.has(`${gid}:${sid}`),
    ...(firings ?? NONE),
  };
}

function tunedIds(entries: readonly TuningEntry[]): ReadonlySet<string> {
  return new Set(entries.filter(({ isActive }) => isActive).map(({ gid, sid }) => `${gid}:${sid}`));
}
