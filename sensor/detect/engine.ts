/**
 * The detection engine: stanzas and events in, findings out.
 *
 * For every stanza one native scan selects candidates; only when there are any, or a detector
 * raised something, the rest of the work is done. `pass` rules are checked first: one that fires
 * silences all alerts of the same stanza. Then come rules that change bits, then those that test them
 * (rule-order.ts). What matched goes through one gate (firing-gate.ts) before anybody is told.
 * Length: the order of work for stanzas, events and streams is one story; its parts stand in files of their own.
 */
import {
  COUNTER,
  defaultLimits,
  eventId,
  eventName,
  monotonicMs,
  thresholdValues,
  type Counters,
  type Direction,
  type LimitValues,
  type ThresholdValues,
} from '../core/index.ts';
import type { RuleSet } from '../rules/index.ts';
import type { StanzaView, XmppEvent, XmppSession } from '../xmpp/index.ts';
import { CheckQueue } from './check-queue.ts';
import { ComposedReader, type ComposedHit } from './composed-reader.ts';
import { compileDatabases } from './databases.ts';
import type { ComposedText, Detector, EventContext, Incident } from './detector.ts';
import { EvidenceBuilder, NO_EVIDENCE } from './evidence.ts';
import { explainRule, type RuleExplanation } from './explain.ts';
import { ExpressionPool } from './expression-pool.ts';
import {
  FileRules,
  foldEvents,
  type FileEvent,
  type FileTeller,
  type ToldEvent,
} from './file-rules.ts';
import type { FileFindings, FileView } from './file-types.ts';
import { NO_STANZA, Occasion, type EndpointsOf } from './occasion.ts';
import { buildPlan, type CompiledRule, type MatchPlan } from './plan.ts';
import { VERDICT } from './rate-table.ts';
import { RegionIndex } from './region-index.ts';
import { RuleJudge } from './rule-judge.ts';
import { RuleState } from './rule-state.ts';
import { RuleVerifier, type Hit } from './rule-verifier.ts';
import { StanzaScan } from './stanza-scan.ts';
import type { StreamInspector } from './stream-inspector.ts';
import { StreamRules } from './stream-rules.ts';
import { createStreamTeller } from './stream-teller.ts';
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
  /** Those of what is found in files; defaults unless told. */
  readonly thresholds?: ThresholdValues;
  /** Folder for compiled databases; without it every start compiles. */
  readonly cacheDir?: string | undefined;
  /** Asked for rules with addresses, ports or a track that needs them; undefined when unknown. */
  readonly flowEndpoints?: EndpointsOf;
  /** Bits, thresholds and counts of the engine before, kept over a reload. */
  readonly state?: RuleState;
}

/** Calls between two measured ones: reading a clock for every stanza would cost as much as matching. */
const TIMED_EVERY = 64;
const NANOSECONDS = 1e6;

const MATCH_LIMIT = eventId('detect.match_limit');
const WORK_LIMIT = eventId('detect.work_limit');
const DATASET_FULL = eventId('detect.dataset_full');

/** An event a detector raised for the stanza in hand. */
interface RaisedEvent {
  readonly event: number;
  readonly context: EventContext;
  readonly region: number | undefined;
  readonly incident: Incident | undefined;
  /** Of a file: what is shown, and how grave it is. */
  readonly file?: FileEvent;
}

/** A rule that matched a text of several stanzas, the one in hand the last of them. */
interface ComposedFiring extends ComposedHit {
  readonly text: Pick<ComposedText, 'borders' | 'lastOffset' | 'lastLength' | 'context'>;
}

/** A rule that matched. */
interface Firing {
  readonly compiled: CompiledRule;
  /** What matched in the stanza; undefined for an event, and for a composed text. */
  readonly hit: Hit | undefined;
  readonly composed?: ComposedFiring;
  /** Number of the raised event, -1 for a match. */
  readonly raised: number;
  readonly isTold: boolean;
}

export class DetectEngine {
  readonly state: RuleState;
  readonly #plan: MatchPlan;
  readonly #counters: Counters;
  readonly #detectors: readonly Detector[];
  readonly #judges: readonly Detector[];
  readonly #finishers: readonly Detector[];
  readonly #limits: LimitValues;
  readonly #flowEndpoints: EndpointsOf;
  readonly #databases;
  readonly #scan: StanzaScan;
  readonly #urls: UrlRegions;
  readonly #pool: ExpressionPool;
  readonly #regions = new RegionIndex();
  readonly #verifier: RuleVerifier;
  readonly #evidence: EvidenceBuilder;
  readonly #streams: StreamRules | undefined;
  readonly #files: FileRules;
  readonly #raised: RaisedEvent[] = [];
  readonly #composedReader: ComposedReader;
  readonly #composed: ComposedFiring[] = [];
  readonly #judge: RuleJudge;
  readonly #queue = new CheckQueue();
  /** A pass rule matched the stanza in hand. */
  #isPassed = false;
  /** Bound once: detectors get the same function for every stanza. */
  readonly #emit = (
    event: number,
    context: EventContext,
    region?: number,
    incident?: Incident,
  ): void => {
    this.#raised.push({ event, context, region, incident });
    this.#countEvent(event);
  };

  readonly #read = (text: ComposedText): boolean => {
    const hits = this.#composedReader.read(text);
    for (const hit of hits) this.#composed.push({ ...hit, text });
    if (this.#composedReader.isCapped) this.#raise(WORK_LIMIT);
    return hits.length > 0;
  };

  /** Throws OperatorError RULES_INVALID when libhs refuses the rule set. */
  constructor(options: DetectOptions) {
    const limits = options.limits ?? defaultLimits();
    this.#limits = limits;
    this.#counters = options.counters;
    this.#detectors = options.detectors ?? [];
    this.#judges = this.#detectors.filter((detector) => detector.judged !== undefined);
    this.#finishers = this.#detectors.filter((detector) => detector.done !== undefined);
    this.#flowEndpoints = options.flowEndpoints ?? (() => undefined);
    this.#plan = buildPlan(options.ruleSet, options.validators, this.#detectors);
    this.#databases = compileDatabases(this.#plan, options.cacheDir);
    this.#scan = new StanzaScan(this.#plan, this.#databases.databases, this.#detectors.length, {
      matches: limits.detectMatchesPerStanza,
      regions: limits.detectRegionsPerStanza,
    });
    this.#urls = new UrlRegions(limits.detectUrlsPerStanza);
    this.#pool = new ExpressionPool(options.ruleSet.expressions, limits.detectSpansPerTerm);
    this.#composedReader = new ComposedReader(
      this.#plan,
      this.#databases.databases,
      this.#pool,
      limits,
    );
    this.#verifier = new RuleVerifier(this.#pool, this.#regions, limits.detectSpansPerTerm);
    this.#evidence = new EvidenceBuilder(this.#regions);
    this.state = options.state ?? new RuleState(limits, options.counters);
    this.state.keepOnly(options.ruleSet.rules);
    this.#judge = new RuleJudge(this.state, options.counters, options.handler);
    this.#streams = this.#createStreams(options.cacheDir);
    this.#files = new FileRules({
      rules: this.#plan.files,
      expressions: options.ruleSet.expressions,
      cacheDir: options.cacheDir,
      limits,
      thresholds: options.thresholds ?? thresholdValues(),
    });
  }

  /** Buffers that rules or detectors read: xmpp/ may leave costly others out. */
  get buffers(): ReadonlySet<number> {
    return this.#plan.buffers;
  }

  /** Takes the raw bytes of XMPP flows; undefined when no rule asks for them. */
  get streams(): StreamInspector | undefined {
    return this.#streams?.inspector;
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
    if (this.#scan.candidateCount > 0 || this.#raised.length > 0 || this.#composed.length > 0) {
      this.#verify(view);
    }
    for (const detector of this.#finishers) detector.done?.(view);
    if (isTimed) {
      const nanoseconds = (monotonicMs() - started) * NANOSECONDS * TIMED_EVERY;
      values[COUNTER.scanNanoseconds] = (values[COUNTER.scanNanoseconds] as number) + nanoseconds;
    }
  }

  /** An event of xmpp/, also before its stanza is complete. */
  onEvent(event: XmppEvent, incident?: Incident): void {
    if (!this.#plan.byEvent.has(event.event)) return;
    const { session, direction, tsUsec, serial, context } = event;
    const stanza = { ...NO_STANZA, ...event.stanza, serial };
    const place = { session, flow: session.flow, direction, tsUsec };
    const occasion = new Occasion(place, this.#flowEndpoints, { stanza });
    this.#hear(event.event, context, occasion, incident);
  }

  /**
   * An event below XMPP (decoder, stream). Rules of proto `xmpp` only hear of it when the flow has a
   * session, or when it is known whom it is about.
   */
  onFlowEvent(
    flow: number,
    direction: Direction,
    event: number,
    tsUsec: number,
    session?: XmppSession,
    context: EventContext = {},
    incident?: Incident,
    parties?: Pick<Finding['stanza'], 'from' | 'to'>,
  ): void {
    if (!this.#plan.byEvent.has(event)) return;
    const about =
      parties === undefined ? {} : { stanza: { ...NO_STANZA, ...parties }, isXmpp: true };
    const occasion = new Occasion({ session, flow, direction, tsUsec }, this.#flowEndpoints, about);
    this.#hear(event, context, occasion, incident);
  }

  /**
   * A file that has ended, with what is in it. Rules on files alert as themselves; hits of text rules marked
   * `metadata:files yes` become one finding about the file.
   */
  onFile(view: FileView): FileFindings {
    const work = this.judgeFile(view);
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
    }
  }

  /**
   * The same a piece at a time: a large file may take longer than packets can wait. Stanzas and events may come between
   * two pieces, another file only behind the last. With the engine's close it is over.
   */
  *judgeFile(view: FileView): Generator<undefined, FileFindings> {
    const { from, to, sid: id } = view;
    const stanza = { ...NO_STANZA, id, from, to };
    const occasion = new Occasion(view, this.#flowEndpoints, { stanza, isXmpp: true });
    const verdicts = this.#detectors.flatMap((detector) => detector.file?.(view) ?? []);
    const seen =
      verdicts.length === 0 ? view : { ...view, verdicts: [...view.verdicts, ...verdicts] };
    const judged = yield* this.#files.judge(seen, this.#fileTeller(occasion));
    const { found } = judged;
    if (!judged.isPassed) this.#tellFileEvents(judged.events, occasion, found);
    if (judged.isCapped) this.#tellFileLimit(occasion);
    return { found, unseen: judged.isCapped ? 'work' : '' };
  }

  /** The flow has ended, its index will be used again: its bits go with it. */
  onFlowClose(flow: number): void {
    this.state.bits.forgetFlow(flow);
  }

  /** Firings nobody was told of: [sid, count] of the rules that have any. */
  suppressedBySid(): [sid: number, count: number][] {
    return this.state.suppressedBySid();
  }

  /** What the engine makes of a rule; undefined when there is none with this sid. */
  explain(sid: number, gid = 1): RuleExplanation | undefined {
    const found = this.#plan.rules.find(({ rule }) => rule.sid === sid && rule.gid === gid);
    return found && explainRule(found, this.state.suppressed(found.rule));
  }

  /** Release native memory. The engine must not be used afterwards. */
  close(): void {
    this.#scan.close();
    this.#composedReader.close();
    this.#streams?.close();
    this.#files.close();
    this.#pool.close();
    for (const database of this.#databases.databases) database.close();
  }

  // --- selecting candidates: runs for every stanza ---

  #select(view: StanzaView): void {
    const scan = this.#scan;
    if (this.#raised.length > 0) this.#raised.length = 0;
    if (this.#composed.length > 0) this.#composed.length = 0;
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
    detector.stanza(view, this.#emit, this.#read);
  }

  /** An event of the engine itself. */
  #raise(event: number): void {
    this.#emit(event, {});
    this.#countLimit(event);
  }

  #countEvent(event: number): void {
    const { events } = this.#counters;
    events[event] = (events[event] as number) + 1;
  }

  #countLimit(event: number): void {
    const counter = event === MATCH_LIMIT ? COUNTER.detectMatchLimit : COUNTER.detectWorkLimit;
    const { values } = this.#counters;
    values[counter] = (values[counter] as number) + 1;
  }

  // --- verifying and telling: runs when there is something to check ---

  #verify(view: StanzaView): void {
    const urls = this.#urls;
    this.#regions.build(
      view,
      this.#limits.detectRegionsPerStanza,
      urls.memory,
      urls.regions,
      urls.count,
    );
    this.#verifier.begin(this.#limits.detectWorkPerStanza);
    const { session, direction, tsUsec } = view;
    const { flow } = session;
    const place = { session, flow, direction, tsUsec };
    const occasion = new Occasion(place, this.#flowEndpoints, { view });
    this.#isPassed = false;
    this.#queue.clear();
    this.#queueCandidates();
    this.#queueRaised(0);
    const firings = this.#check(occasion);
    if (this.#verifier.isCapped) {
      this.#raise(WORK_LIMIT);
      this.#queue.clear();
      this.#queueRaised(this.#raised.length - 1);
      firings.push(...this.#check(occasion));
    }
    firings.push(...this.#checkComposed(firings, occasion));
    if (firings.length > 0) this.#consult(view, firings, occasion);
    if (firings.length === 0) return;
    const { secrets } = this.#evidence;
    secrets.clear();
    for (const { hit, composed } of firings) {
      if (hit !== undefined) secrets.add(hit);
      if (composed !== undefined) this.#hideLastPart(view, composed);
    }
    if (this.#streams !== undefined) {
      for (const secret of secrets.texts()) this.#streams.remember(flow, secret);
    }
    this.#tellAll(firings, occasion);
  }

  /** Detectors that weigh what fired may raise something of it. */
  #consult(view: StanzaView, firings: Firing[], occasion: Occasion): void {
    if (this.#judges.length === 0) return;
    const before = this.#raised.length;
    const fired = firings.map(({ compiled }) => compiled.rule);
    for (const detector of this.#judges) detector.judged?.(view, fired, this.#emit);
    if (this.#raised.length === before) return;
    this.#queue.clear();
    this.#queueRaised(before);
    firings.push(...this.#check(occasion));
  }

  /** An event on its own: outside a stanza, or before its stanza is complete. */
  #hear(event: number, context: EventContext, occasion: Occasion, incident?: Incident): void {
    this.#raised.length = 0;
    this.#raised.push({ event, context, region: undefined, incident });
    this.#isPassed = false;
    this.#queue.clear();
    this.#queueRaised(0);
    this.#tellAll(this.#check(occasion), occasion);
    this.#raised.length = 0;
  }

  #queueCandidates(): void {
    const { candidates, candidateCount } = this.#scan;
    const { rules } = this.#plan;
    for (let i = 0; i < candidateCount; i++) {
      this.#queue.add(rules[candidates[i] as number] as CompiledRule, -1);
    }
  }

  /** The rules of raised events from `first` on. */
  #queueRaised(first: number): void {
    const { byEvent } = this.#plan;
    for (let i = first; i < this.#raised.length; i++) {
      const rules = byEvent.get((this.#raised[i] as RaisedEvent).event);
      if (rules === undefined) continue;
      for (const compiled of rules) this.#queue.add(compiled, i);
    }
  }

  /** What of the queue matches and nobody passes. Bits are tested and changed rule by rule. */
  #check(occasion: Occasion): Firing[] {
    const [queue, judge] = [this.#queue, this.#judge];
    const firings: Firing[] = [];
    let passedEvents: Set<number> | undefined;
    for (const entry of queue.sorted()) {
      const raised = queue.raisedOf(entry);
      const compiled = this.#plan.byRank[queue.rankOf(entry)] as CompiledRule;
      const isPass = compiled.rule.action === 'pass';
      // Pass rules come first: what they silence is not looked at, and changes nothing.
      if (!isPass && (this.#isPassed || passedEvents?.has(raised) === true)) continue;
      if (!this.#matches(compiled, raised < 0, occasion)) continue;
      const verdict = judge.pull(compiled, occasion);
      if (isPass && verdict === VERDICT.silent) {
        if (raised < 0) this.#isPassed = true;
        else (passedEvents ??= new Set()).add(raised);
      } else if (!isPass || verdict === VERDICT.told) {
        const hit = raised < 0 ? this.#verifier.gather(compiled) : undefined;
        firings.push({ compiled, hit, raised, isTold: verdict === VERDICT.told });
      }
    }
    return firings;
  }

  /** What matched texts of several stanzas, or this one read in another way: not what it has told by itself. */
  #checkComposed(told: readonly Firing[], occasion: Occasion): Firing[] {
    const judge = this.#judge;
    const firings: Firing[] = [];
    for (const composed of this.#composed) {
      const { compiled, text } = composed;
      const isChanged = text.lastLength !== undefined;
      if (isChanged && told.some((firing) => firing.compiled === compiled)) continue;
      if (this.#isPassed || !judge.fits(compiled, occasion)) continue;
      if (!judge.bitsHold(compiled, occasion)) continue;
      const isTold = judge.pull(compiled, occasion) === VERDICT.told;
      firings.push({ compiled, hit: undefined, composed, raised: -1, isTold });
    }
    return firings;
  }

  /** The part of such a secret that stands in the stanza in hand is not shown by other alerts either. */
  #hideLastPart(view: StanzaView, { start, end, text }: ComposedFiring): void {
    const { lastOffset, lastLength } = text;
    if (lastLength !== undefined) {
      this.#evidence.secrets.addSpan(view.memory, lastOffset, lastOffset + lastLength);
      return;
    }
    const border = text.borders.at(-1) ?? 0;
    const from = lastOffset + Math.max(0, start - border);
    this.#evidence.secrets.addSpan(view.memory, from, lastOffset + end - border);
  }

  #matches(compiled: CompiledRule, isStanza: boolean, occasion: Occasion): boolean {
    if (!this.#judge.fits(compiled, occasion)) return false;
    if (isStanza && !this.#verifier.fires(compiled)) return false;
    return this.#judge.bitsHold(compiled, occasion);
  }

  /** Matches in the order of the rules, then events in the order they were raised. */
  #tellAll(firings: Firing[], occasion: Occasion): void {
    const judge = this.#judge;
    firings.sort((a, b) => a.raised - b.raised || a.compiled.index - b.compiled.index);
    for (const { compiled, hit, composed, raised, isTold } of firings) {
      if (!isTold) continue;
      if (composed !== undefined) {
        judge.tell(compiled.spoken, occasion, composed.evidence, composed.text.context);
        continue;
      }
      if (hit !== undefined) {
        judge.tell(compiled.spoken, occasion, this.#evidence.ofHit(hit), {});
        continue;
      }
      const { event, context, region, incident, file } = this.#raised[raised] as RaisedEvent;
      const shown = region === undefined ? NO_EVIDENCE : this.#evidence.ofRegion(region, 0);
      const facts = { event: eventName(event), ...context };
      const evidence = file?.evidence ?? shown;
      const more = { incident, severity: file?.severity };
      judge.tell(compiled.spoken, occasion, evidence, facts, more);
    }
    for (const { compiled, hit } of firings) {
      if (!compiled.changesLists) continue;
      this.#changeLists(
        compiled,
        hit === undefined || this.#verifier.changeLists(compiled),
        occasion,
      );
    }
  }

  /**
   * Last of all: what a stanza adds to a list counts from the next stanza on, for every rule alike. `hasRoom` is false
   * when a value found none.
   */
  #changeLists(compiled: CompiledRule, hasRoom: boolean, occasion: Occasion): void {
    if (this.#judge.changeAddresses(compiled, occasion) && hasRoom) return;
    this.#countEvent(DATASET_FULL);
    if (this.#plan.byEvent.has(DATASET_FULL)) this.#hear(DATASET_FULL, {}, occasion);
  }

  // --- files ---

  #fileTeller(occasion: Occasion): FileTeller {
    const judge = this.#judge;
    return {
      fits: (compiled) => judge.fits(compiled, occasion),
      fire: (compiled) => judge.fire(compiled, occasion),
      tell: (compiled, evidence, context) => {
        judge.tell(compiled.spoken, occasion, evidence, context);
      },
      changedLists: (compiled, hadRoom) => {
        this.#changeLists(compiled, hadRoom, occasion);
      },
    };
  }

  /** Adds to `found` what rules tell. */
  #tellFileEvents(
    events: readonly FileEvent[],
    occasion: Occasion,
    found: Record<string, number>,
  ): void {
    if (events.length === 0) return;
    this.#raised.length = 0;
    for (const file of events) {
      const { event, context } = file;
      this.#raised.push({ event, context, region: undefined, incident: undefined, file });
      this.#countEvent(event);
    }
    this.#isPassed = false;
    this.#queue.clear();
    this.#queueRaised(0);
    const firings = this.#check(occasion).filter(({ isTold }) => isTold);
    const told = firings.map(({ compiled, raised }) => {
      const severity = events[raised]?.severity ?? compiled.rule.severity;
      return { compiled, raised, severity };
    });
    const folded = foldEvents(told);
    for (const [{ raised, compiled }, others] of folded) {
      const detection = compiled.rule.metadata.get('detection')?.[0];
      const own = detection === undefined ? {} : { [detection]: 1 };
      Object.assign(found, events[raised]?.found ?? own);
      this.#nameBeside(raised, others);
    }
    this.#tellAll(
      firings.filter((_, i) => folded.has(told[i] as ToldEvent)),
      occasion,
    );
    this.#raised.length = 0;
  }

  /** Other events of the file, which are not told by themselves. */
  #nameBeside(raised: number, others: readonly ToldEvent[]): void {
    const names = others
      .filter((other) => other.raised !== raised)
      .map((other) => eventName(this.#raised[other.raised]?.event ?? -1));
    const event = this.#raised[raised];
    if (event === undefined || names.length === 0) return;
    const context = { ...event.context, also: [...new Set(names)].join(', ') };
    this.#raised[raised] = { ...event, context };
  }

  #tellFileLimit(occasion: Occasion): void {
    this.#countLimit(WORK_LIMIT);
    this.#countEvent(WORK_LIMIT);
    if (this.#plan.byEvent.has(WORK_LIMIT)) this.#hear(WORK_LIMIT, {}, occasion);
  }

  // --- the reassembled stream ---

  #createStreams(cacheDir: string | undefined): StreamRules | undefined {
    const rules = this.#plan.streams;
    if (rules.length === 0) return undefined;
    const [pool, limits, counters] = [this.#pool, this.#limits, this.#counters];
    const teller = createStreamTeller(this.#judge, this.#flowEndpoints, (limit, place) => {
      const event = limit === 'matches' ? MATCH_LIMIT : WORK_LIMIT;
      this.#countLimit(event);
      this.#countEvent(event);
      const { flow, direction, tsUsec, session } = place;
      this.onFlowEvent(flow, direction, event, tsUsec, session);
    });
    return new StreamRules({ rules, cacheDir, pool, limits, counters, teller });
  }
}

/** An engine over a checked rule set. Throws OperatorError RULES_INVALID when libhs refuses it. */
export function createDetectEngine(options: DetectOptions): DetectEngine {
  return new DetectEngine(options);
}
