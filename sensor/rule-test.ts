/**
 * Rule cases against a rule set, with what an author wants to know about each that fails: what fired instead, and
 * which term did not hold. Cases lie in `cases/` beside the rules; signatures/README.md describes them.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCapture } from './capture/index.ts';
import { CasePlayer, segmentations, sidsOf } from './case-player.ts';
import type { SensorConfig } from './config/index.ts';
import { OperatorError } from './core/index.ts';
import { RuleDiagnosis } from './detect/index.ts';
import { createDetectors } from './detectors.ts';
import { createPipeline } from './pipeline.ts';
import { SIGNATURES, cacheFolder } from './rule-files.ts';
import {
  disguisedBodies,
  loadCases,
  NamedCases,
  withMessage,
  type Rule,
  type RuleSet,
  type NamedCase,
  type SignatureCase,
} from './rules/index.ts';

/** A case that did not do what it says. */
export interface CaseFailure {
  readonly source: SignatureCase;
  /** How it was played, for example `pieces of 7 bytes`. */
  readonly variant: string;
  /** sids that should have fired and did not. */
  readonly missing: readonly number[];
  /** sids that fired and should not. */
  readonly unexpected: readonly number[];
  /** One line for each missing sid: what came closest, and what it lacked. */
  readonly reasons: readonly string[];
}

export interface RuleTestReport {
  readonly cases: number;
  readonly failures: readonly CaseFailure[];
  /** Rules that no case makes fire. */
  readonly untested: readonly Rule[];
  /** Cases about rules that are not loaded: not played. */
  readonly foreign: readonly SignatureCase[];
}

/**
 * The case folders of rules: `cases/` beside each file, or in the folder that was named.
 * Shared sessions (a c2s login, a federation link) come with the shipped signatures.
 */
export function casesBeside(paths: readonly string[]): SignatureCase[] {
  return foldersBeside(paths).flatMap(casesIn);
}

/** Gives those about one rule, by name; throws OperatorError for a case in their files that is not sound. */
export function namedCasesBeside(paths: readonly string[]): (sid: number) => NamedCase[] {
  const folders = foldersBeside(paths).map((folder) => new NamedCases(folder));
  return (sid) => folders.flatMap((folder) => folder.of(sid));
}

function foldersBeside(paths: readonly string[]): string[] {
  const folders = new Set(
    (paths.length > 0 ? paths : [SIGNATURES]).map((path) =>
      join(isFolder(path) ? path : dirname(path), 'cases'),
    ),
  );
  return [...folders].filter(existsSync);
}

/** The cases of one folder. Throws OperatorError for a folder that is not there, or a case that is not sound. */
export function casesIn(folder: string): SignatureCase[] {
  if (!isFolder(folder)) {
    const hint = 'Name a folder of *.yaml files, signatures/README.md describes them';
    throw new OperatorError('USAGE', `There is no folder of cases at ${folder}`, hint);
  }
  return loadCases(folder, join(SIGNATURES, 'cases'));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Play all cases. The rules must be sound; what is refused is not tested. */
export async function testRules(
  config: SensorConfig,
  ruleSet: RuleSet,
  cases: readonly SignatureCase[],
): Promise<RuleTestReport> {
  const test = new RuleTest(config, ruleSet);
  try {
    return await test.run(cases);
  } finally {
    test.close();
  }
}

class RuleTest {
  readonly #config: SensorConfig;
  readonly #rules: RuleSet;
  readonly #sids: ReadonlySet<number>;
  readonly #player: CasePlayer;

  constructor(config: SensorConfig, rules: RuleSet) {
    this.#config = config;
    this.#rules = rules;
    this.#sids = new Set(rules.rules.map(({ sid }) => sid));
    const detectors = createDetectors(config.detection.lexicon_score);
    this.#player = new CasePlayer(rules, detectors, cacheFolder(config));
  }

  close(): void {
    this.#player.close();
  }

  async run(cases: readonly SignatureCase[]): Promise<RuleTestReport> {
    const own = cases.filter(({ sid }) => this.#sids.has(sid));
    const failures: CaseFailure[] = [];
    for (const source of own) {
      const failure =
        source.capture === undefined ? this.#playAll(source) : await this.#replay(source);
      if (failure !== undefined) failures.push(failure);
    }
    const tested = new Set(own.filter(({ isFiring }) => isFiring).map(({ sid }) => sid));
    return {
      cases: own.length,
      failures,
      untested: this.#rules.rules.filter(({ sid, noalert }) => !tested.has(sid) && !noalert),
      foreign: cases.filter(({ sid }) => !this.#sids.has(sid)),
    };
  }

  /** What must fire among the rules that are loaded. */
  #wanted(source: SignatureCase): number[] {
    return source.fires.filter((sid) => this.#sids.has(sid));
  }

  /** A case in every segmentation and disguise; the first that fails ends it. */
  #playAll(source: SignatureCase): CaseFailure | undefined {
    const wanted = this.#wanted(source);
    for (const pieces of segmentations(source)) {
      const fired = sidsOf(this.#player.play(source, pieces));
      const variant = pieces === Infinity ? 'whole' : `pieces of ${pieces} bytes`;
      const failure = this.#compare(source, variant, wanted, fired);
      if (failure !== undefined) return failure;
    }
    if (source.body === undefined || !source.isFiring) return undefined;
    for (const message of disguisedBodies(source.body)) {
      const fired = sidsOf(this.#player.play(withMessage(source, message)));
      // The disguise itself may be a finding: only what is lost counts.
      const kept = fired.filter((sid) => wanted.includes(sid));
      const variant = message.includes('CDATA') ? 'cut by CDATA' : 'letters as references';
      const failure = this.#compare(source, variant, wanted, kept);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** A capture through the whole sensor. */
  async #replay(source: SignatureCase): Promise<CaseFailure | undefined> {
    const fired = new Set<number>();
    // The site's exceptions are not what a case is about.
    const overrides = { suppressions: [], thresholds: [], rateFilters: [] };
    const pipeline = createPipeline({
      config: this.#config,
      ruleSet: { ...this.#rules, overrides },
      emit: (record) => {
        if (record.kind === 'alert') fired.add(record.record.alert.sid);
      },
    });
    await readCapture(source.capture ?? '', pipeline.packets);
    pipeline.shutdown();
    const sids = [...fired].sort((a, b) => a - b);
    return this.#compare(source, 'capture', this.#wanted(source), sids);
  }

  #compare(
    source: SignatureCase,
    variant: string,
    wanted: readonly number[],
    fired: readonly number[],
  ): CaseFailure | undefined {
    const missing = wanted.filter((sid) => !fired.includes(sid));
    const unexpected = fired.filter((sid) => !wanted.includes(sid));
    if (missing.length === 0 && unexpected.length === 0) return undefined;
    const reasons = missing.map((sid) => `${sid}: ${this.#reason(source, sid)}`);
    return { source, variant, missing, unexpected, reasons };
  }

  /** Why a rule was silent on a case. */
  #reason(source: SignatureCase, sid: number): string {
    const rule = this.#rules.rules.find((candidate) => candidate.sid === sid);
    if (rule === undefined) return 'there is no such rule';
    if (source.capture !== undefined)
      return 'no alert in the capture (stanzawatch read shows what it holds)';
    if (rule.proto === 'tcp' && rule.events.length === 0) {
      return 'the bytes of the case do not match, or stand in the other direction';
    }
    const diagnosis = new RuleDiagnosis(this.#rules, rule);
    try {
      const { events: raised } = this.#player.watch(source, diagnosis);
      if (rule.events.length > 0) {
        const seen = raised.length === 0 ? 'no event at all' : raised.join(', ');
        return `the event was not raised; raised were: ${seen}`;
      }
      return diagnosis.reason ?? 'the case holds no complete stanza and no file';
    } finally {
      diagnosis.close();
    }
  }
}
