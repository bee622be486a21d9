/**
 * The detection engine: stanzas and events in, findings out.
 *
 * For every stanza one native scan selects candidates; only when there are any, or a detector
 * raised something, the rest of the work is done. `pass` rules are checked first: one that fires
 * silences all alerts of the same stanza.
 */
import {
  COUNTER,
  bufferId,
  defaultLimits,
  eventId,
  eventName,
  monotonicMs,
  type Counters,
  type Direction,
  type LimitValues,
} from '../core/index.ts';
import type { Rule, RuleSet } from '../rules/index.ts';
import type { StanzaView, XmppEvent, XmppSession } from '../xmpp/index.ts';
import { compileDatabases } from './databases.ts';
import type { Detector, EventContext } from './detector.ts';
import { EvidenceBuilder, NO_EVIDENCE, stanzaOf } from './evidence.ts';
import { explainRule, type RuleExplanation } from './explain.ts';
import { ExpressionPool } from './expression-pool.ts';
import { matchesHeader, type FlowEndpoints } from './header-match.ts';
import { buildPlan, type CompiledRule, type MatchPlan } from './plan.ts';
import { RegionIndex } from './region-index.ts';
import { RuleVerifier, type Hit } from './rule-verifier.ts';
import { StanzaScan } from './stanza-scan.ts';
import { ThresholdTable } from './threshold.ts';
import { trackedValue } from './tracks.ts';
import type { Finding, FindingHandler } from './types.ts';
import { UrlRegions } from './url-regions.ts';
import type { ValidatorTable } from './validator.ts';

export interface DetectOptions {
  readonly ruleSet: RuleSet;
  readonly counters: Counters;
  readonly handler: FindingHandler;
  readonly validators: ValidatorTable;
  readonly detectors?: readonly Detector[];
  readonly limits?: LimitValues;
  /** Folder for compiled databases; without it every start compiles. */
  readonly cacheDir?: string | undefined;
  /** Asked for rules with addresses, ports or a track that needs them; undefined when unknown. */
  readonly flowEndpoints?: (flow: number) => FlowEndpoints | undefined;
  /** Threshold state of the engine before, kept over a reload. */
  readonly thresholds?: ThresholdTable;
}

/** Calls between two measured ones: reading a clock for every stanza would cost as much as matching. */
const TIMED_EVERY = 64;
const NANOSECONDS = 1e6;

const MATCH_LIMIT = eventId('detect.match_limit');
const WORK_LIMIT = eventId('detect.work_limit');
const ROOM = bufferId('xmpp.room');

const NO_STANZA: Finding['stanza'] = {
  serial: 0,
  name: '',
  type: '',
  id: '',
  from: '',
  to: '',
  ns: [],
  isCopy: false,
};

/** An event a detector raised for the stanza in hand. */
interface RaisedEvent {
  readonly event: number;
  readonly context: EventContext;
  readonly region: number | undefined;
}

/** Where a finding comes from: what header, threshold and alert want to know. */
interface Occasion {
  readonly session: XmppSession | undefined;
  readonly flow: number;
  readonly direction: Direction;
  readonly tsUsec: number;
  readonly stanza: Finding['stanza'];
  /** JID of the room, '' when there is none. */
  readonly room: string;
}

export class DetectEngine {
  readonly thresholds: ThresholdTable;
  readonly #plan: MatchPlan;
  readonly #counters: Counters;
  readonly #handler: FindingHandler;
  readonly #detectors: readonly Detector[];
  readonly #limits: LimitValues;
  readonly #flowEndpoints: (flow: number) => FlowEndpoints | undefined;
  readonly #databases;
  readonly #scan: StanzaScan;
  readonly #urls: UrlRegions;
  readonly #pool: ExpressionPool;
  readonly #regions = new RegionIndex();
  readonly #verifier: RuleVerifier;
  readonly #evidence: EvidenceBuilder;
  readonly #raised: RaisedEvent[] = [];
  /** Firings kept back by thresholds, by rule. */
  readonly #suppressed: Float64Array;
  /** Bound once: detectors get the same function for every stanza. */
  readonly #emit = (event: number, context: EventContext, region?: number): void => {
    this.#raised.push({ event, context, region });
    this.#counters.events[event] = (this.#counters.events[event] as number) + 1;
  };

  /** Throws OperatorError RULES_INVALID when libhs refuses the rule set. */
  constructor(options: DetectOptions) {
    const limits = options.limits ?? defaultLimits();
    this.#limits = limits;
    this.#counters = options.counters;
    this.#handler = options.handler;
    this.#detectors = options.detectors ?? [];
    this.#flowEndpoints = options.flowEndpoints ?? (() => undefined);
    this.#plan = buildPlan(options.ruleSet, options.validators, this.#detectors);
    this.#databases = compileDatabases(this.#plan, options.cacheDir);
    this.#scan = new StanzaScan(this.#plan, this.#databases.databases, this.#detectors.length, {
      matches: limits.detectMatchesPerStanza,
      regions: limits.detectRegionsPerStanza,
    });
    this.#urls = new UrlRegions(limits.detectUrlsPerStanza);
    this.#pool = new ExpressionPool(options.ruleSet.expressions, limits.detectSpansPerTerm);
    this.#verifier = new RuleVerifier(this.#pool, this.#regions, limits.detectSpansPerTerm);
    this.#evidence = new EvidenceBuilder(this.#regions);
    this.#suppressed = new Float64Array(this.#plan.rules.length);
    this.thresholds = options.thresholds ?? new ThresholdTable(limits.alertThresholdKeys);
  }

  /** Buffers that rules or detectors read: xmpp/ may leave costly others out. */
  get buffers(): ReadonlySet<number> {
    return this.#plan.buffers;
  }

  /** Were the databases read from the cache? */
  get isFromCache(): boolean {
    return this.#databases.fromCache;
  }

  /** A complete first-level element. */
  onStanza(view: StanzaView): void {
    const { values } = this.#counters;
    const isTimed = (values[COUNTER.scans] as number) % TIMED_EVERY === 0;
    const started = isTimed ? monotonicMs() : 0;
    values[COUNTER.scans] = (values[COUNTER.scans] as number) + 1;
    this.#select(view);
    if (this.#scan.candidateCount > 0 || this.#raised.length > 0) this.#judge(view);
    if (isTimed) {
      const nanoseconds = (monotonicMs() - started) * NANOSECONDS * TIMED_EVERY;
      values[COUNTER.scanNanoseconds] = (values[COUNTER.scanNanoseconds] as number) + nanoseconds;
    }
  }

  /** An event of xmpp/, also before its stanza is complete. */
  onEvent(event: XmppEvent): void {
    const rules = this.#plan.byEvent.get(event.event);
    if (rules === undefined) return;
    const { session, direction, tsUsec, serial, stanza } = event;
    this.#tellEvent(rules, event.event, event.context, {
      session,
      flow: session.flow,
      direction,
      tsUsec,
      stanza: { ...NO_STANZA, ...stanza, serial },
      room: '',
    });
  }

  /**
   * An event below XMPP (decoder, stream). Rules of proto `xmpp` only hear of it when the flow has a
   * session.
   */
  onFlowEvent(
    flow: number,
    direction: Direction,
    event: number,
    tsUsec: number,
    session?: XmppSession,
  ): void {
    const rules = this.#plan.byEvent.get(event);
    if (rules === undefined) return;
    const occasion = { session, flow, direction, tsUsec, stanza: NO_STANZA, room: '' };
    this.#tellEvent(rules, event, {}, occasion);
  }

  /** Firings kept back by thresholds: [sid, count] of the rules that have any. */
  suppressedBySid(): [sid: number, count: number][] {
    return this.#plan.rules
      .map(({ rule, index }): [number, number] => [rule.sid, this.#suppressed[index] as number])
      .filter(([, count]) => count > 0);
  }

  /** What the engine makes of a rule; undefined when there is none with this sid. */
  explain(sid: number, gid = 1): RuleExplanation | undefined {
    const found = this.#plan.rules.find(({ rule }) => rule.sid === sid && rule.gid === gid);
    return found && explainRule(found, this.#suppressed[found.index] as number);
  }

  /** Release native memory. The engine must not be used afterwards. */
  close(): void {
    this.#scan.close();
    this.#pool.close();
    for (const database of this.#databases.databases) database.close();
  }

  // --- selecting candidates: runs for every stanza ---

  #select(view: StanzaView): void {
    const scan = this.#scan;
    if (this.#raised.length > 0) this.#raised.length = 0;
    this.#urls.reset();
    scan.begin();
    scan.scan(view.memory, view.regions, view.regionCount);
    if (scan.linkCount > 0) this.#addLinks(view);
    scan.addAlways();
    for (let i = 0; i < this.#detectors.length; i++) this.#runDetector(i, view);
    if (scan.isCapped || this.#urls.isCapped) this.#raise(MATCH_LIMIT);
  }

  #addLinks(view: StanzaView): void {
    const { links, linkCount } = this.#scan;
    for (let i = 0; i < linkCount; i++) {
      this.#urls.addText(view.memory, links[2 * i] as number, links[2 * i + 1] as number);
    }
    if (this.#urls.count > 0) {
      this.#scan.scanLinks(this.#urls.memory, this.#urls.regions, this.#urls.count);
    }
  }

  #runDetector(index: number, view: StanzaView): void {
    const detector = this.#detectors[index];
    const literals = this.#scan.literals[index];
    if (detector === undefined || literals === undefined) return;
    if (literals.count > 0) {
      literals.sort();
      detector.patterns?.onMatches(view, literals.words, literals.count);
    }
    detector.stanza(view, this.#emit);
  }

  /** An event of the engine itself. */
  #raise(event: number): void {
    this.#emit(event, {});
    const counter = event === MATCH_LIMIT ? COUNTER.detectMatchLimit : COUNTER.detectWorkLimit;
    const { values } = this.#counters;
    values[counter] = (values[counter] as number) + 1;
  }

  // --- verifying and telling: runs when there is something to check ---

  #judge(view: StanzaView): void {
    const { session, direction, tsUsec } = view;
    const urls = this.#urls;
    this.#regions.build(
      view,
      this.#limits.detectRegionsPerStanza,
      urls.memory,
      urls.regions,
      urls.count,
    );
    this.#verifier.begin(this.#limits.detectWorkPerStanza);
    const hits = this.#verify(session.flow, direction);
    if (this.#verifier.isCapped) this.#raise(WORK_LIMIT);
    if (hits.length === 0 && this.#raised.length === 0) return;
    if (hits.some(({ compiled }) => compiled.rule.action === 'pass')) return;
    const { secrets } = this.#evidence;
    secrets.clear();
    for (const hit of hits) secrets.add(hit);
    const occasion: Occasion = {
      session,
      flow: session.flow,
      direction,
      tsUsec,
      stanza: stanzaOf(view),
      room: view.text(ROOM),
    };
    for (const hit of hits) {
      if (this.#isTold(hit.compiled, occasion)) {
        this.#tell(hit.compiled.rule, occasion, this.#evidence.ofHit(hit), {});
      }
    }
    for (const raised of this.#raised) this.#tellRaised(raised, occasion);
  }

  /** The candidates that fire: pass rules before all others. */
  #verify(flow: number, direction: Direction): Hit[] {
    const { candidates, candidateCount } = this.#scan;
    const hits: Hit[] = [];
    for (let wantsPass = this.#plan.hasPass; ; wantsPass = false) {
      for (let i = 0; i < candidateCount; i++) {
        const compiled = this.#plan.rules[candidates[i] as number] as CompiledRule;
        if ((compiled.rule.action === 'pass') !== wantsPass) continue;
        if (compiled.direction >= 0 && compiled.direction !== direction) continue;
        if (!this.#verifier.fires(compiled)) continue;
        if (!this.#matchesHeader(compiled, flow, direction)) continue;
        hits.push(this.#verifier.gather(compiled));
        if (wantsPass) return hits;
      }
      if (!wantsPass) return hits.sort((a, b) => a.compiled.index - b.compiled.index);
    }
  }

  #matchesHeader(compiled: CompiledRule, flow: number, direction: Direction): boolean {
    if (!compiled.hasEndpoints) return true;
    const endpoints = this.#flowEndpoints(flow);
    return endpoints !== undefined && matchesHeader(compiled.rule, endpoints, direction);
  }

  /** An event of a detector, or of the engine, on the stanza in hand. */
  #tellRaised({ event, context, region }: RaisedEvent, occasion: Occasion): void {
    const rules = this.#plan.byEvent.get(event);
    if (rules !== undefined) this.#tellEvent(rules, event, context, occasion, region);
  }

  #tellEvent(
    rules: readonly CompiledRule[],
    event: number,
    context: EventContext,
    occasion: Occasion,
    region?: number,
  ): void {
    const fitting = rules.filter((compiled) => this.#fitsOccasion(compiled, occasion));
    if (fitting.some(({ rule }) => rule.action === 'pass')) return;
    for (const compiled of fitting) {
      if (!this.#isTold(compiled, occasion)) continue;
      const evidence = region === undefined ? NO_EVIDENCE : this.#evidence.ofRegion(region, 0);
      this.#tell(compiled.rule, occasion, evidence, { event: eventName(event), ...context });
    }
  }

  #fitsOccasion(compiled: CompiledRule, { session, flow, direction }: Occasion): boolean {
    if (compiled.rule.proto === 'xmpp' && session === undefined) return false;
    if (compiled.direction >= 0 && compiled.direction !== direction) return false;
    return this.#matchesHeader(compiled, flow, direction);
  }

  /** Not kept back by `noalert` or the threshold. */
  #isTold({ rule, index }: CompiledRule, occasion: Occasion): boolean {
    if (rule.noalert) return false;
    if (rule.threshold === undefined) return true;
    const { session, stanza, room, flow, direction } = occasion;
    const tracked = trackedValue(rule.threshold.track, {
      from: stanza.from,
      to: stanza.to,
      room,
      direction,
      sessionId: session?.sessionId,
      flow,
      endpoints: () => this.#flowEndpoints(flow),
    });
    if (this.thresholds.isTold(rule, rule.threshold, tracked, occasion.tsUsec)) return true;
    this.#suppressed[index] = (this.#suppressed[index] as number) + 1;
    const { values } = this.#counters;
    values[COUNTER.alertsSuppressed] = (values[COUNTER.alertsSuppressed] as number) + 1;
    return false;
  }

  #tell(
    rule: Rule,
    { session, flow, direction, tsUsec, stanza }: Occasion,
    evidence: ReturnType<EvidenceBuilder['ofHit']>,
    context: EventContext,
  ): void {
    const { values } = this.#counters;
    values[COUNTER.findings] = (values[COUNTER.findings] as number) + 1;
    this.#handler.onFinding({
      rule,
      session,
      flow,
      direction,
      tsUsec,
      stanza,
      ...evidence,
      context,
    });
  }
}

/** An engine over a checked rule set. Throws OperatorError RULES_INVALID when libhs refuses it. */
export function createDetectEngine(options: DetectOptions): DetectEngine {
  return new DetectEngine(options);
}
