/**
 * Rules on files beside the rest of the engine: what of a file is searched, in which order rules speak, and what is
 * gathered to one alert. A file is judged once, at its end, so all of this may allocate; it is bounded all the same.
 *
 * Of several rules with one detection the gravest speaks, once a file. Hits of text rules become one event of the
 * file, as grave as the gravest of them.
 */
import type { Database } from 'hyperscan-js';
import type { LimitValues, ThresholdValues } from '../core/index.ts';
import type { RuleSet } from '../rules/index.ts';
import { cappedView } from './capped-view.ts';
import { compileDatabases } from './databases.ts';
import type { EventContext } from './detector.ts';
import type { Evidence } from './evidence.ts';
import { contentWords, foundContent, type FoundContent } from './file-content.ts';
import { FileEvidence } from './file-evidence.ts';
import type { FileSpan, RuleHits } from './file-hits.ts';
import { buildFilePlan, type FilePlan } from './file-plan.ts';
import { FILE_DATA, FileRegions } from './file-regions.ts';
import { FileScan } from './file-scan.ts';
import { FileText } from './file-text.ts';
import type { FileView } from './file-types.ts';
import { GroupVerifier } from './group-verifier.ts';
import type { CompiledRule } from './plan.ts';
import { VERDICT } from './rate-table.ts';
import { RememberingPool } from './remembering-pool.ts';
import { RuleVerifier, type Hit } from './rule-verifier.ts';

/** What the engine does for a rule of any kind. */
export interface FileTeller {
  /** Do header and direction fit? */
  fits(compiled: CompiledRule): boolean;
  /** A rule that matched: its bits, its threshold. One of VERDICT. */
  fire(compiled: CompiledRule): number;
  tell(compiled: CompiledRule, evidence: Evidence, context: EventContext): void;
  /** A rule that fired changed its lists; `hadRoom` is false when a value found no room. */
  changedLists(compiled: CompiledRule, hadRoom: boolean): void;
}

/** An event of the file. */
export interface FileEvent {
  readonly event: number;
  readonly context: EventContext;
  readonly severity: number | undefined;
  readonly evidence: Evidence | undefined;
  /** What to count when a rule tells of it; undefined: that rule's detection, once. */
  readonly found: Readonly<Record<string, number>> | undefined;
}

export interface JudgedFile {
  /** A pass rule silences the file. */
  readonly isPassed: boolean;
  /** Rules that told of it, by detection. */
  readonly found: Record<string, number>;
  readonly events: readonly FileEvent[];
  /** Work ran out: not all rules were asked. */
  readonly isCapped: boolean;
}

export interface FileRulesOptions {
  /** Rules that look at files. */
  readonly rules: readonly CompiledRule[];
  readonly expressions: RuleSet['expressions'];
  readonly cacheDir: string | undefined;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
}

/** Passwords are not shown by their ends either. */
const NEVER_SHOWN: ReadonlySet<string> = new Set(['dlp-password', 'dlp-connstring']);
/** Rules of which all places are marked in the excerpt. */
const SHOWN_RULES = 16;

/** A rule that alerts as itself. */
interface OwnHit {
  readonly hit: Hit;
  readonly part: number;
}

export class FileRules {
  readonly #plan: FilePlan;
  readonly #limits: LimitValues;
  readonly #thresholds: ThresholdValues;
  readonly #databases: readonly Database[];
  readonly #pool: RememberingPool;
  readonly #regions = new FileRegions();
  readonly #scan: FileScan;
  readonly #verifier: RuleVerifier;
  readonly #text: FileText;
  readonly #evidence: FileEvidence;
  /** By place in the plan: the header fits the file in hand. */
  readonly #isWanted: Uint8Array;
  readonly #own = new Map<number, OwnHit>();

  /** Throws OperatorError RULES_INVALID when libhs refuses the rules. */
  constructor({ rules, expressions, cacheDir, limits, thresholds }: FileRulesOptions) {
    const plan = buildFilePlan(rules);
    const families = plan.families.filter((family) => family.expressions.length > 0);
    const pool = new RememberingPool(expressions, limits.detectSpansPerTerm);
    const groups = new GroupVerifier(pool, limits.detectSpansPerTerm, pool);
    const regions = this.#regions;
    this.#plan = plan;
    this.#limits = limits;
    this.#thresholds = thresholds;
    this.#databases =
      families.length === 0 ? [] : compileDatabases({ ...plan, families }, cacheDir).databases;
    this.#pool = pool;
    this.#scan = new FileScan(plan, this.#databases);
    this.#verifier = new RuleVerifier(pool, regions, limits.detectSpansPerTerm, groups);
    const [scan, verifier] = [this.#scan, this.#verifier];
    this.#text = new FileText({ plan, scan, pool, regions, groups, verifier, limits });
    this.#evidence = new FileEvidence(regions);
    this.#isWanted = new Uint8Array(rules.length);
  }

  /** Yields now and then, so that packets can go first; one file at a time. */
  *judge(view: FileView, teller: FileTeller): Generator<undefined, JudgedFile> {
    this.#regions.build(view, this.#limits.detectFileFoldBytes);
    this.#verifier.begin(this.#limits.detectFileWork);
    this.#own.clear();
    this.#text.clear();
    this.#plan.rules.forEach((compiled, i) => {
      this.#isWanted[i] = teller.fits(compiled) ? 1 : 0;
    });
    for (let part = 0; part < this.#regions.partCount; part++) yield* this.#readPart(part);
    const isCapped = this.#verifier.isCapped;
    const judged = this.#speak(isCapped ? cappedView(view) : view, teller);
    // The bytes are borrowed: nothing keeps them alive.
    this.#regions.clear();
    this.#scan.letGo();
    this.#pool.letGo();
    this.#own.clear();
    this.#text.clear();
    return { ...judged, isCapped };
  }

  close(): void {
    this.#scan.close();
    this.#pool.close();
    for (const database of this.#databases) database.close();
  }

  // --- looking ---

  *#readPart(part: number): Generator<undefined, void> {
    const regions = this.#regions;
    regions.usePart(part);
    this.#pool.forget();
    const candidates = new Set(this.#plan.always);
    const choose = (rule: number): void => {
      candidates.add(rule);
    };
    let region = regions.first[FILE_DATA] as number;
    for (; region >= 0; region = regions.next[region] as number) {
      this.#scan.selectInBytes(regions.memoryOf(region), choose);
      yield;
    }
    yield* this.#verify(candidates, part);
    candidates.clear();
    yield* this.#text.read((rule) => this.#isWanted[rule] === 1, choose);
    yield* this.#verify(candidates, part);
  }

  /** Rules that alert as themselves: once a file. */
  *#verify(candidates: ReadonlySet<number>, part: number): Generator<undefined, void> {
    for (const rule of candidates) {
      const compiled = this.#plan.rules[rule] as CompiledRule;
      if (this.#isWanted[rule] === 0 || this.#own.has(rule)) continue;
      yield;
      this.#pool.forget();
      if (!this.#verifier.fires(compiled)) continue;
      const hit = this.#verifier.gather(compiled);
      this.#own.set(rule, { hit, part });
      if (compiled.rule.isSecret) this.#hide(hit);
    }
  }

  #hide({ places, isPartial }: Hit): void {
    const { secrets } = this.#text;
    if (isPartial) secrets.isPartial = true;
    for (const { region, spans } of places) {
      for (let i = 0; i < spans.length; i += 2) {
        secrets.add({ region, start: spans[i] as number, end: spans[i + 1] as number });
      }
    }
  }

  // --- speaking ---

  /** Pass rules first, then all others in the order of bits; the gravest of each detection is told. */
  #speak(view: FileView, teller: FileTeller): Omit<JudgedFile, 'isCapped'> {
    const own: OwnHit[] = [];
    const gathered: RuleHits[] = [];
    for (const { compiled, hit, hits } of this.#matched()) {
      const verdict = teller.fire(compiled);
      if (compiled.rule.action === 'pass' && verdict === VERDICT.silent) {
        return { isPassed: true, found: {}, events: [] };
      }
      if (verdict !== VERDICT.told) continue;
      if (hit !== undefined) own.push(hit);
      if (hits !== undefined) gathered.push(hits);
    }
    const found: Record<string, number> = {};
    for (const { hit, part } of gravest(own)) {
      const detection = detectionOf(hit.compiled);
      if (detection !== undefined) found[detection] = 1;
      const evidence = this.#evidence.ofHit(hit, this.#text.secrets);
      teller.tell(hit.compiled, evidence, this.#context(view, part, ''));
    }
    for (const { hit, part } of own) this.#changeLists(hit.compiled, part, teller);
    const verdicts = view.verdicts.map(({ event, context, severity, words = '' }): FileEvent => ({
      ...{ event, severity, evidence: undefined, found: undefined },
      context: { ...view.context, summary: view.describe(words), ...context },
    }));
    const content = foundContent(gathered, this.#thresholds);
    const events = content.length === 0 ? [] : [this.#contentEvent(view, content, gathered)];
    return { isPassed: false, found, events: [...verdicts, ...events] };
  }

  /** Rules that matched, in the order of evaluation. */
  #matched(): { compiled: CompiledRule; hit: OwnHit | undefined; hits: RuleHits | undefined }[] {
    const own = [...this.#own.values()].map((hit) => ({
      ...{ compiled: hit.hit.compiled, hit, hits: undefined },
    }));
    const gathered = [...this.#text.hits.values()]
      .filter(({ times }) => times > 0)
      .map((hits) => ({ compiled: hits.compiled, hit: undefined, hits }));
    return [...own, ...gathered].sort((a, b) => a.compiled.rank - b.compiled.rank);
  }

  #changeLists(compiled: CompiledRule, part: number, teller: FileTeller): void {
    if (!compiled.changesLists) return;
    this.#regions.usePart(part);
    teller.changedLists(compiled, this.#verifier.changeLists(compiled));
  }

  #contentEvent(
    view: FileView,
    content: readonly FoundContent[],
    all: readonly RuleHits[],
  ): FileEvent {
    const [worst] = content as [FoundContent];
    const focus = worst.hits.first as FileSpan;
    const shown = all
      .filter(({ compiled }) => !NEVER_SHOWN.has(detectionOf(compiled) ?? ''))
      .slice(0, SHOWN_RULES)
      .flatMap(({ first }) => first ?? []);
    const part = this.#regions.ordinals[focus.region] as number;
    const found = Object.fromEntries(content.map(({ detection, values }) => [detection, values]));
    const hasCards = content.some(({ detection }) => detection === 'dlp-pan');
    return {
      event: view.contentEvent,
      severity: worst.severity,
      evidence: this.#evidence.ofSpans(focus, shown, this.#text.secrets, hasCards),
      context: {
        ...this.#context(view, part, contentWords(content)),
        found: content.map(({ detection, values }) => `${detection} ${values}`).join(', '),
      },
      found,
    };
  }

  #context(view: FileView, part: number, found: string): EventContext {
    const path = view.parts[part]?.path ?? '';
    const member = path === '' ? {} : { part: path };
    return { ...view.context, ...member, summary: view.describe(found) };
  }
}

/** An event of a file and a rule that tells of it. */
export interface ToldEvent {
  readonly compiled: CompiledRule;
  /** Number of the event. */
  readonly raised: number;
  readonly severity: number;
}

/**
 * Of the events of a file whose rules have one detection the gravest is told, then the first: the others are named
 * beside it.
 */
export function foldEvents(
  told: readonly ToldEvent[],
): ReadonlyMap<ToldEvent, readonly ToldEvent[]> {
  const chosen = new Map<string, ToldEvent[]>();
  for (const event of told) {
    const key = detectionOf(event.compiled) ?? keyOf(event.compiled);
    const others = chosen.get(key);
    if (others === undefined) chosen.set(key, [event]);
    else others.push(event);
  }
  return new Map(
    [...chosen.values()].map((events) => {
      const [first, ...others] = events.toSorted((a, b) => a.severity - b.severity);
      return [first as ToldEvent, others];
    }),
  );
}

/** Of rules with one detection the gravest, then the first; rules without one speak each for itself. */
function gravest(hits: readonly OwnHit[]): OwnHit[] {
  const chosen = new Map<string, OwnHit>();
  for (const own of hits) {
    const { compiled } = own.hit;
    const key = detectionOf(compiled) ?? keyOf(compiled);
    const before = chosen.get(key)?.hit.compiled;
    if (before === undefined || isGraver(compiled, before)) chosen.set(key, own);
  }
  return [...chosen.values()].sort((a, b) => a.hit.compiled.index - b.hit.compiled.index);
}

function isGraver(a: CompiledRule, b: CompiledRule): boolean {
  const [own, other] = [a.rule.severity, b.rule.severity];
  return own < other || (own === other && a.index < b.index);
}

function keyOf({ rule }: CompiledRule): string {
  return `sid ${rule.gid}:${rule.sid}`;
}

function detectionOf({ rule }: CompiledRule): string | undefined {
  return rule.metadata.get('detection')?.[0];
}
