/**
 * Plays rule cases (rules/cases.ts) through tokenizer, xmpp/, correlation/ and the detection engine, as `rules test` and
 * the tests do. Bits, counts and what the sensor remembers begin anew with each case. Left out are thresholds of type
 * limit, which are about how often a rule speaks and not about what it speaks of, and what a site has changed: its
 * threshold.config, its networks and the thresholds of its configuration; the organisation of the cases is
 * corp.example, with a policy for security labels.
 */
import { CaseFileJudge, sentFile } from './case-file.ts';
import { CASE_WORLD, type CaseWorld } from './case-site.ts';
import { Counters, eventName, findEventId, type LimitValues } from './core/index.ts';
import { createCorrelation, type Correlation } from './correlation/index.ts';
import {
  VALIDATORS,
  createDetectEngine,
  type DetectEngine,
  type Detector,
  type EmitEvent,
  type FileView,
  type Finding,
  type FlowEndpoints,
  type ReadComposed,
} from './detect/index.ts';
import {
  createFileDesk,
  createFiles,
  type FileDeskControl,
  type Files,
  type FinishedFile,
} from './files/index.ts';
import {
  HashedSet,
  MAX_CASE_FLOWS,
  caseSteps,
  type CaseFile,
  type CaseFlow,
  type CaseTurn,
  type Dataset,
  type Rule,
  type RuleSet,
  type SignatureCase,
} from './rules/index.ts';
import {
  PHASE,
  createXmpp,
  foldText,
  type StanzaView,
  type Xmpp,
  type XmppEvent,
  type XmppSession,
} from './xmpp/index.ts';

/** Packet time of the beginning of each case. */
const START_USEC = 1_795_000_000_000_000;

const KIB = 1024;
const SEGMENTATIONS = [
  { most: 16 * KIB, pieces: [Infinity, 1400, 100, 7, 1] },
  { most: Infinity, pieces: [Infinity, 1400, 97] },
] as const;

/** Sees what a case gives the engine (detect/'s RuleDiagnosis). */
export interface CaseWatcher {
  onStanza(view: StanzaView): void;
  onFile?(view: FileView): void;
}

/** What a conversation raised, in order. */
export interface CaseResult {
  readonly findings: readonly Finding[];
  /** Names of the events. */
  readonly events: readonly string[];
}

export class CasePlayer {
  readonly rules: RuleSet;
  readonly engine: DetectEngine;
  readonly #counters = new Counters();
  readonly #world: CaseWorld;
  readonly #limits: LimitValues;
  readonly #xmpp: Xmpp;
  readonly #memory: CaseMemory;
  readonly #findings: Finding[] = [];
  /** Lists that rules fill: every case finds them as they were loaded. */
  readonly #learned: readonly Dataset[];
  /** By place in the table of flows. */
  readonly #endpoints: (FlowEndpoints | undefined)[] = [];
  #watcher: CaseWatcher | undefined;
  /** Called once, before the first turn that is no session's. */
  #onOwn: (() => void) | undefined;
  /** Made when the first case sends a file: its inspector has a thread. */
  #judge: CaseFileJudge | undefined;
  #desk: FileDeskControl | undefined;
  /** Files that ended in the turn in hand: judged behind it, when the engine is idle. */
  #ended: FinishedFile[] = [];
  #flow = 0;

  /** Throws OperatorError RULES_INVALID when libhs refuses the rule set. */
  constructor(
    rules: RuleSet,
    detectors: readonly Detector[],
    cacheDir?: string,
    world: CaseWorld = CASE_WORLD,
  ) {
    this.rules = rules;
    this.#world = world;
    for (const dataset of rules.datasets.values()) {
      // Cases fill them: rules that wait for values are in force all the same.
      if (dataset instanceof HashedSet) dataset.isLearned = true;
    }
    this.#learned = [...rules.datasets.values()].filter(({ isLearned }) => isLearned);
    for (const dataset of this.#learned) dataset.takeBack();
    // Cases are played one after the other: memory for the flows of one is plenty.
    this.#limits = { ...world.limits, flowTableFlows: MAX_CASE_FLOWS, xmlSlots: 4 };
    this.#memory = new CaseMemory(this.#createRoom().buffers);
    this.engine = createDetectEngine({
      ruleSet: {
        ...rules,
        // A case is about what a rule matches, not about how often a site wants to hear of it.
        overrides: { suppressions: [], thresholds: [], rateFilters: [] },
        rules: rules.rules.map((rule) => ({ ...rule, threshold: undefined })),
      },
      counters: this.#counters,
      handler: { onFinding: (finding) => this.#findings.push(finding) },
      validators: VALIDATORS,
      detectors: [...detectors, this.#memory],
      limits: this.#limits,
      thresholds: world.thresholds,
      cacheDir,
      flowEndpoints: (flow) => this.#endpoints[flow],
    });
    this.#xmpp = this.#createXmpp();
  }

  /** What one stanza raises by itself: correlation/ does not hear of it. */
  stanza(view: StanzaView): Finding[] {
    this.#findings.length = 0;
    this.#memory.room = undefined;
    this.engine.onStanza(view);
    return [...this.#findings];
  }

  /**
   * What a case raises, in order. Its own turns are cut into pieces of `pieceBytes`, those of its sessions are not. A
   * case that is a capture raises nothing here (rule-test.ts plays it).
   */
  play(source: SignatureCase, pieceBytes = Infinity): Finding[] {
    this.#forget();
    this.#fill(source.lists);
    if (source.sentFile !== undefined) this.#sendFile(source.sentFile);
    else if (source.event === undefined) this.#converse(source.flows, pieceBytes);
    else this.#raise(source.event);
    return [...this.#findings];
  }

  /** Plays a case for somebody who watches; gives the names of the events it raised as well. */
  watch(source: SignatureCase, watcher: CaseWatcher): CaseResult {
    const before = this.#counters.events.slice();
    this.#watcher = watcher;
    const findings = this.play(source);
    this.#watcher = undefined;
    return { findings, events: this.#eventsSince(before) };
  }

  /** The same for what comes behind the sessions the flows begin with: neither watched nor told is what those raise. */
  watchOwn(source: SignatureCase, watcher: CaseWatcher): CaseResult {
    let [findings, before] = [0, this.#counters.events.slice()];
    this.#onOwn = () => {
      findings = this.#findings.length;
      before = this.#counters.events.slice();
      this.#watcher = watcher;
    };
    const all = this.play(source);
    this.#watcher = undefined;
    this.#onOwn = undefined;
    return { findings: all.slice(findings), events: this.#eventsSince(before) };
  }

  #eventsSince(before: Counters['events']): string[] {
    const { events } = this.#counters;
    return [...events.keys()]
      .filter((id) => (events[id] as number) > (before[id] as number))
      .map(eventName);
  }

  /** Ends of a flow of the latest conversation. */
  endpointsOf(flow: number): FlowEndpoints | undefined {
    return this.#endpoints[flow];
  }

  close(): void {
    this.engine.close();
    this.#judge?.close();
  }

  #createXmpp(): Xmpp {
    return createXmpp({
      limits: this.#limits,
      counters: this.#counters,
      handler: {
        onSessionOpen: (session) => {
          this.#memory.room?.onSessionOpen(session);
        },
        onStanza: (view) => {
          this.engine.onStanza(view);
          this.#watcher?.onStanza(view);
        },
        onEvent: (event: XmppEvent) => {
          this.engine.onEvent(event);
          this.#memory.room?.onEvent(event);
        },
        onEncrypted: nothing,
        onSealed: nothing,
        onLogin: (login) => {
          this.#memory.room?.onLogin(login);
        },
        onSessionEnd: (session, summary) => {
          this.#memory.room?.onSessionEnd(session, summary);
        },
      },
      config: { redirectAllow: this.#world.redirectAllow },
    });
  }

  #createRoom(): Correlation {
    const room = createCorrelation({
      counters: this.#counters,
      limits: this.#limits,
      thresholds: this.#world.thresholds,
      botAllow: this.#world.botAllow,
      site: this.#world.site,
      labelPolicy: this.#world.labelPolicy,
      endpointsOf: (flow) => this.#endpoints[flow],
      raise: (event, incident) => {
        this.engine.onEvent(event, incident);
      },
      raiseOnFlow: (flow, event, tsUsec, incident, context, parties) => {
        const session = this.#xmpp.session(flow);
        this.engine.onFlowEvent(flow, 0, event, tsUsec, session, context, incident, parties);
      },
      facts: { onCampaign: nothing, onServerFeatures: nothing },
      serverFeatures: [],
      isOn: this.#world.isStateful,
      watches: (options) => this.#createFiles(() => room).watches(options),
    });
    return room;
  }

  /** Files that stanzas offer and carry; other connections that carry bytes are none of a case. */
  #createFiles(room: () => Correlation): Files {
    const [counters, limits] = [this.#counters, this.#limits];
    const { thresholds } = this.#world;
    const onFile = (file: FinishedFile): void => {
      this.#ended.push(file);
    };
    const desk = createFileDesk({ counters, limits, onFile });
    this.#desk = desk;
    return createFiles({
      counters,
      limits,
      thresholds,
      desk,
      endpointsOf: (flow) => this.#endpoints[flow],
      teller: {
        raiseOnFlow: (...event) => {
          room().raiseOnFlow(...event);
        },
      },
      bytesOf: () => 0,
    });
  }

  #forget(): void {
    this.#findings.length = 0;
    this.engine.state.clear();
    for (const dataset of this.#learned) dataset.takeBack();
    this.#ended = [];
    this.#memory.room = this.#createRoom();
  }

  #fill(lists: SignatureCase['lists']): void {
    for (const [name, values] of lists) {
      for (const value of values) {
        const bytes = new TextEncoder().encode(foldText(value));
        this.rules.datasets.get(name)?.learn(bytes, 0, bytes.length);
      }
    }
  }

  /** An event below XMPP, on a flow that has a session. */
  #raise(name: string): void {
    const event = findEventId(name);
    if (event === undefined) throw new RangeError(`No event is called ${name}`);
    this.#counters.events[event] = (this.#counters.events[event] as number) + 1;
    this.engine.onFlowEvent(this.#nextFlow(), 0, event, START_USEC, SESSION);
  }

  #sendFile(file: CaseFile): void {
    const flow = this.#nextFlow();
    this.#endpoints[flow] = FILE_FLOW;
    // In-band data and what stands in stanzas belong to a session, other roads do not.
    const isInBand = file.road !== 'socks5' && file.road !== 'http';
    this.#judgeFile(sentFile(file, flow, START_USEC), isInBand ? SESSION : undefined);
  }

  #judgeEnded(): void {
    if (this.#ended.length === 0) return;
    const ended = this.#ended;
    this.#ended = [];
    for (const file of ended) this.#judgeFile(file, this.#xmpp.session(file.start.flow));
  }

  #judgeFile(file: FinishedFile, session: XmppSession | undefined): void {
    this.#judge ??= new CaseFileJudge(this.engine, this.#counters, this.#limits);
    const view = this.#judge.judge(file, session);
    this.#watcher?.onFile?.(view);
  }

  #converse(flows: readonly CaseFlow[], pieceBytes: number): void {
    const places = flows.map(() => this.#nextFlow());
    let last = START_USEC;
    for (const { flow: index, usec, turn, isSession } of caseSteps(flows)) {
      const flow = places[index] as number;
      const now = START_USEC + usec;
      if (!isSession) {
        this.#onOwn?.();
        this.#onOwn = undefined;
      }
      this.#memory.room?.onTick(now);
      if (turn === 'open') this.#open(flow, flows[index] as CaseFlow, now);
      else if (turn === 'close') this.#close(flow, now);
      else this.#take(flow, turn, isSession ? Infinity : pieceBytes, now);
      this.#judgeEnded();
      last = now;
    }
    this.#desk?.finish(last);
    this.#judgeEnded();
  }

  #open(flow: number, facts: CaseFlow, now: number): void {
    const { client, clientPort, server, serverPort, isMidstream } = facts;
    this.#endpoints[flow] = {
      flowId: flow,
      clientWords: wordsOf(client),
      clientPort,
      serverWords: wordsOf(server),
      serverPort,
    };
    if (!isMidstream) this.#memory.room?.onConnect(flow, now);
    this.#xmpp.open(flow, isMidstream, clientPort, serverPort, now);
    this.engine.streams?.open(flow, isMidstream);
  }

  #take(flow: number, turn: CaseTurn, pieceBytes: number, now: number): void {
    const xmpp = this.#xmpp;
    const { streams } = this.engine;
    if (turn.kind === 'wait') return;
    if (turn.kind === 'gap') {
      xmpp.gap(flow, turn.direction, turn.bytes);
      streams?.gap(flow, turn.direction, now, xmpp.session(flow));
      return;
    }
    const { bytes, direction } = turn;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const length = Math.min(pieceBytes, bytes.length - at);
      xmpp.data(flow, direction, bytes, at, length, now);
      streams?.data(flow, direction, bytes, at, length, now, xmpp.session(flow));
    }
  }

  #close(flow: number, now: number): void {
    this.engine.streams?.close(flow, now, this.#xmpp.session(flow));
    this.#xmpp.close(flow, 'closed', now);
    this.#memory.room?.onDisconnect(flow, now);
    this.engine.onFlowClose(flow);
  }

  #nextFlow(): number {
    this.#flow = (this.#flow + 1) % MAX_CASE_FLOWS;
    return this.#flow;
  }
}

/** correlation/ as the engine's detector: the engine stays, the room is a new one for every case. */
class CaseMemory implements Detector {
  readonly name = 'correlation';
  readonly buffers: ReadonlySet<number>;
  /** Undefined: nobody listens. */
  room: Correlation | undefined;

  constructor(buffers: ReadonlySet<number>) {
    this.buffers = buffers;
  }

  stanza(view: StanzaView, emit: EmitEvent, read: ReadComposed): void {
    this.room?.stanza(view, emit, read);
  }

  judged(view: StanzaView, fired: readonly Rule[]): void {
    this.room?.judged(view, fired);
  }

  done(): void {
    this.room?.done();
  }
}

/**
 * Sizes of the pieces a case is played in, Infinity for the whole turn: fewer and larger ones for a large case, which
 * would take a second each in single bytes.
 */
export function segmentations({ event, sentFile, flows }: SignatureCase): readonly number[] {
  if (event !== undefined || sentFile !== undefined) return [Infinity];
  let bytes = 0;
  for (const { turns, sessionTurns } of flows) {
    for (const turn of turns.slice(sessionTurns))
      if (turn.kind === 'data') bytes += turn.bytes.length;
  }
  return SEGMENTATIONS.find(({ most }) => bytes <= most)?.pieces ?? [Infinity];
}

/** The sids of findings, ascending, each once. */
export function sidsOf(findings: readonly Finding[]): number[] {
  return [...new Set(findings.map(({ rule }) => rule.sid))].sort((a, b) => a - b);
}

function nothing(): void {
  // A case is about what fires.
}

/** An IPv4 address as the flow table keeps it. */
function wordsOf(address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [0, 0, 0xffff, (a << 24) | (b << 16) | (c << 8) | d];
}

/** The flow the file of a case comes on. */
const FILE_FLOW: FlowEndpoints = {
  flowId: 1,
  clientWords: wordsOf('192.0.2.10'),
  clientPort: 40_000,
  serverWords: wordsOf('198.51.100.20'),
  serverPort: 5222,
};

/** The session of a flow on which only an event is raised, or a file is sent. */
const SESSION: XmppSession = {
  flow: 1,
  connection: 'c2s',
  transport: 'tcp',
  compressed: false,
  tls: 'none',
  phase: PHASE.session,
  authenticated: true,
  user: 'alice',
  domain: 'corp.example',
  peerDomain: '',
  mechanism: 'SCRAM-SHA-1',
  outcome: 'success',
  jid: 'alice@corp.example/desk',
  client: '',
  inSync: [true, true],
  holes: [0, 0],
  stanzas: [0, 0],
  startUsec: START_USEC,
  sessionId: 1,
};
