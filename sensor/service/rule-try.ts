/**
 * "Paste a stanza, see what fires and why": a conversation through tokenizer, xmpp, correlation and detect as cases of
 * rules are played, in the site's own world. What it shows is redacted as evidence is. Nothing is kept: lists that rules
 * fill are taken back, and the keyed hashes are of a key nobody has, so that nobody compares guesses with stored ones. Lists of type `hmac` are left out for the same reason: their values are a secret of
 * the site, and a try would tell guess by guess which are on them.
 */
import { join } from 'node:path';
import { EvidenceBuilder, ephemeralHmacKey } from '../alert/index.ts';
import type { TryAnswer, TryFinding, TryRequest } from '../api/index.ts';
import { CasePlayer } from '../case-player.ts';
import type { CaseWorld } from '../case-site.ts';
import { configuredThresholds, limitValues, type SensorConfig } from '../config/index.ts';
import { Counters, defaultLimits } from '../core/index.ts';
import { LabelPolicy, Site } from '../correlation/index.ts';
import { RuleDiagnosis, suppressionOf, validatorProblem, type Finding } from '../detect/index.ts';
import { detectionOptions } from '../detection.ts';
import { suppressionWords } from '../rule-explain.ts';
import { SIGNATURES, cacheFolder, formatProblem } from '../rule-files.ts';
import {
  HashedSet,
  OverrideIndex,
  describeThreshold,
  loadRuleSources,
  shownFile,
  type OverrideTarget,
  type Rule,
  type RuleSet,
  type SignatureCase,
} from '../rules/index.ts';
import { TryTexts } from './try-texts.ts';
import { tryInput } from './try-input.ts';
import { whyOf } from './try-why.ts';

/** What rules under trial are called in problems. Their lists would lie below a folder that is none. */
const TRIED_FILE = join('/nonexistent', 'rules');
const MAX_RULES_CHARS = 64 * 1024;
const MAX_TRIED_RULES = 100;
const MAX_FINDINGS = 200;
const MAX_PROBLEMS = 50;

interface Played {
  readonly findings: readonly Finding[];
  readonly events: readonly string[];
}

export class RuleTry {
  readonly #config: SensorConfig;
  readonly #set: RuleSet;
  readonly #player: CasePlayer;
  readonly #rates: OverrideIndex;
  readonly #evidence: EvidenceBuilder;
  /** Names of the lists that are left out. */
  readonly #leftOut: readonly string[];

  /** `set`: the rules in force, whose keyed lists are emptied. Throws OperatorError RULES_INVALID when libhs refuses them. */
  constructor(config: SensorConfig, set: RuleSet) {
    this.#config = config;
    this.#set = set;
    this.#leftOut = emptyKeyedLists(set);
    this.#player = playerFor(config, set, cacheFolder(config));
    this.#rates = new OverrideIndex(set.overrides);
    this.#evidence = new EvidenceBuilder(ephemeralHmacKey(), limitValues(config).alertExcerptChars);
  }

  close(): void {
    this.#player.close();
  }

  /** Throws OperatorError USAGE for what cannot be read at all. */
  run(request: TryRequest): TryAnswer {
    const tried = request.rules === undefined ? undefined : this.#load(request.rules);
    const problems = tried === undefined ? [] : problemsOf(tried);
    const { conversation, notes } = tryInput(request, this.#config.dlp.internal_domains[0]);
    const answer = { fired: [], events: [], buffers: [], why: [], problems, notes };
    if (conversation === undefined) return answer;
    const target = this.#targetOf(request, tried);
    const texts = new TryTexts();
    const inForce = this.#play(this.#player, conversation, [texts, target?.inForce]);
    const ofTried = this.#playTried(tried, conversation, target?.tried);
    const findings = [...ofTried.findings, ...inForce.findings];
    const events = [...new Set([...inForce.events, ...ofTried.events])];
    const shown = findings.slice(0, MAX_FINDINGS);
    const result: TryAnswer = {
      ...answer,
      fired: shown.map((finding) => this.#tell(finding, ofTried.findings.includes(finding))),
      events: events.sort(),
      buffers: texts.redacted(findings),
      why: target === undefined ? [] : whyOf(target, findings, events),
      notes: [
        ...notes,
        ...texts.notes(events),
        ...(this.#leftOut.length > 0
          ? [`Left out: what stands on keyed lists (${this.#leftOut.join(', ')}) is not told`]
          : []),
        ...(findings.length > shown.length ? [`${findings.length} findings: the rest is cut`] : []),
        ...(request.sid !== undefined && target === undefined
          ? [`There is no rule ${request.sid}`]
          : []),
      ],
    };
    (target?.tried ?? target?.inForce)?.close();
    return result;
  }

  #load(text: string): RuleSet {
    return loadRuleSources([{ file: TRIED_FILE, text: text.slice(0, MAX_RULES_CHARS) }], {
      vars: new Map(Object.entries(this.#config.rules.vars)),
      validatorProblem,
      limits: { ...limitValues(this.#config), rulesRules: MAX_TRIED_RULES, rulesProblems: 50 },
      classificationFiles: [join(SIGNATURES, 'classification.config')],
      referenceFiles: [join(SIGNATURES, 'reference.config')],
      thresholdFiles: [],
      filterFiles: { enable: [], disable: [], modify: [] },
    });
  }

  /** The rule `sid` is about: one under trial before one in force, one that is disabled last. */
  #targetOf({ sid }: TryRequest, tried: RuleSet | undefined): TryTarget | undefined {
    if (sid === undefined) return undefined;
    const isMeant = (rule: Rule): boolean => rule.sid === sid;
    const own = tried?.rules.find(isMeant);
    if (tried !== undefined && own !== undefined) {
      return { rule: own, isEnabled: true, tried: new RuleDiagnosis(tried, own) };
    }
    const enabled = this.#set.rules.find(isMeant);
    if (enabled !== undefined) {
      return { rule: enabled, isEnabled: true, inForce: new RuleDiagnosis(this.#set, enabled) };
    }
    const disabled = this.#set.disabledRules.find(({ rule }) => isMeant(rule))?.rule;
    return disabled && { rule: disabled, isEnabled: false };
  }

  #play(
    player: CasePlayer,
    conversation: SignatureCase,
    watchers: readonly (Watcher | undefined)[],
  ): Played {
    return player.watchOwn(conversation, {
      onStanza: (view) => {
        for (const watcher of watchers) watcher?.onStanza(view);
      },
      onFile: (view) => {
        for (const watcher of watchers) watcher?.onFile(view);
      },
    });
  }

  /** Apart from those in force: so these need not be compiled anew, and a number may be the same. */
  #playTried(
    tried: RuleSet | undefined,
    conversation: SignatureCase,
    watcher: RuleDiagnosis | undefined,
  ): Played {
    if (tried === undefined || tried.rules.length === 0) return { findings: [], events: [] };
    const player = playerFor(this.#config, tried, undefined);
    try {
      return this.#play(player, conversation, [watcher]);
    } finally {
      player.close();
    }
  }

  #tell(finding: Finding, isTried: boolean): TryFinding {
    const { gid, sid, msg, metadata, severity } = finding.rule;
    const evidence = this.#evidence.build(finding);
    return {
      ...{ gid, sid, msg },
      detection: metadata.get('detection')?.[0] ?? '',
      severity: finding.severity ?? severity,
      buffer: evidence?.buffer ?? '',
      excerpt: evidence?.excerpt ?? '',
      matches: evidence?.matches ?? [],
      keptBack: isTried ? '' : this.#keptBack(finding),
      isTried,
    };
  }

  /** Cases ignore what a site says of rules: here it is told. */
  #keptBack(finding: Finding): string {
    // The engine was given the rule without its threshold.
    const { gid, sid } = finding.rule;
    const rule = this.#set.rules.find((other) => other.gid === gid && other.sid === sid);
    if (rule === undefined) return '';
    const { suppressions, threshold, replacedBy } = this.#rates.ratesOf(rule);
    const suppression = suppressionOf(finding, suppressions, (flow) =>
      this.#player.endpointsOf(flow),
    );
    if (suppression !== undefined) return `${suppressionWords(suppression)}${placed(suppression)}`;
    const waits = threshold !== undefined && threshold.type !== 'limit' && threshold.count > 1;
    return waits ? `${describeThreshold(threshold)}${placed(replacedBy)}` : '';
  }
}

/** Gives the names of those that held something. */
function emptyKeyedLists({ datasets }: RuleSet): string[] {
  const names: string[] = [];
  for (const [name, dataset] of datasets) {
    if (!(dataset instanceof HashedSet)) continue;
    if (dataset.size > 0) names.push(name);
    dataset.empty();
  }
  return names;
}

type Watcher = Pick<RuleDiagnosis, 'onStanza' | 'onFile'>;

/** The rule somebody asks about, watched with the set it is of. */
export interface TryTarget {
  readonly rule: Rule;
  readonly isEnabled: boolean;
  readonly tried?: RuleDiagnosis;
  readonly inForce?: RuleDiagnosis;
}

function playerFor(config: SensorConfig, set: RuleSet, cacheDir: string | undefined): CasePlayer {
  const { detection, dlp } = config;
  const world: CaseWorld = {
    site: new Site(detection.internal_networks, detection.no_chat_networks, dlp.internal_domains),
    labelPolicy: new LabelPolicy({
      labels: dlp.labels,
      ceilings: dlp.label_ceilings,
      required: dlp.label_required,
    }),
    thresholds: configuredThresholds(config),
    limits: { ...defaultLimits(), ...limitValues(config) },
    botAllow: detection.bot_allow,
    redirectAllow: detection.redirect_allow,
    isStateful: detection.stateful,
  };
  const { detectors = [] } = detectionOptions(config, set, new Counters());
  return new CasePlayer(set, detectors, cacheDir, world);
}

function problemsOf({ problems }: RuleSet): string[] {
  return problems.slice(0, MAX_PROBLEMS).map((problem) => {
    const text = formatProblem(problem).replaceAll(TRIED_FILE, 'rules');
    return problem.severity === 'warning' ? `warning: ${text}` : text;
  });
}

function placed(target: OverrideTarget | undefined): string {
  return target === undefined ? '' : ` (${shownFile(target.file)}:${target.line})`;
}
