/**
 * Plays rule cases (rules/cases.ts) through tokenizer, xmpp/ and the detection engine, as `rules test` and the tests
 * do. Every case is a conversation of its own between a client at 192.0.2.10 and a server at 198.51.100.20; bits
 * and counts begin anew with each. Left out are thresholds of type limit, which are about how often a rule
 * speaks and not about what it speaks of, and the site's threshold.config.
 */
import { Counters, defaultLimits, eventName, findEventId } from './core/index.ts';
import {
  VALIDATORS,
  createDetectEngine,
  type DetectEngine,
  type Detector,
  type Finding,
} from './detect/index.ts';
import type { CaseTurn, Dataset, RuleSet, SignatureCase } from './rules/index.ts';
import {
  PHASE,
  createXmpp,
  type StanzaView,
  type Xmpp,
  type XmppEvent,
  type XmppSession,
} from './xmpp/index.ts';

/** Packet time of the first case; each turn of a case is a millisecond after the one before it. */
const START_USEC = 1_795_000_000_000_000;
const TURN_USEC = 1000;
const SECOND_USEC = 1_000_000;

const CLIENT_WORDS = [0, 0, 0xffff, 0xc000020a | 0];
const SERVER_WORDS = [0, 0, 0xffff, 0xc6336414 | 0];
const CLIENT_PORT = 40_000;

/** Sees what a case gives the engine (detect/'s RuleDiagnosis). */
export interface CaseWatcher {
  onStanza(view: StanzaView): void;
}

export class CasePlayer {
  readonly rules: RuleSet;
  readonly engine: DetectEngine;
  readonly #counters = new Counters();
  readonly #xmpp: Xmpp;
  readonly #findings: Finding[] = [];
  /** Lists that rules fill: every case finds them as they were loaded. */
  readonly #learned: readonly Dataset[];
  #watcher: CaseWatcher | undefined;
  #flow = 0;
  #serverPort = 0;

  /** Throws OperatorError RULES_INVALID when libhs refuses the rule set. */
  constructor(rules: RuleSet, detectors: readonly Detector[], cacheDir?: string) {
    this.rules = rules;
    this.#learned = [...rules.datasets.values()].filter(({ isLearned }) => isLearned);
    for (const dataset of this.#learned) dataset.takeBack();
    // Cases are played one after the other: memory for a few flows is plenty.
    const limits = { ...defaultLimits(), flowTableFlows: 64, xmlSlots: 4 };
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
      detectors,
      limits,
      cacheDir,
      flowEndpoints: (flow) => ({
        flowId: flow,
        clientWords: CLIENT_WORDS,
        clientPort: CLIENT_PORT,
        serverWords: SERVER_WORDS,
        serverPort: this.#serverPort,
      }),
    });
    this.#xmpp = createXmpp({
      limits,
      counters: this.#counters,
      handler: {
        onSessionOpen: nothing,
        onStanza: (view) => {
          this.engine.onStanza(view);
          this.#watcher?.onStanza(view);
        },
        onEvent: (event: XmppEvent) => {
          this.engine.onEvent(event);
        },
        onEncrypted: nothing,
        onSessionEnd: nothing,
      },
      config: { redirectAllow: [] },
    });
  }

  /** What one stanza raises. */
  stanza(view: StanzaView): Finding[] {
    this.#findings.length = 0;
    this.engine.onStanza(view);
    return [...this.#findings];
  }

  /**
   * What a case raises, in order. Its own turns are cut into pieces of `pieceBytes`, those of its session are not.
   * `turns` are played in place of its own. A case that is a capture raises nothing here (rule-test.ts plays it).
   */
  play(
    source: SignatureCase,
    pieceBytes = Infinity,
    turns: readonly CaseTurn[] = source.turns,
  ): Finding[] {
    this.#findings.length = 0;
    this.engine.state.clear();
    for (const dataset of this.#learned) dataset.takeBack();
    this.#serverPort = source.serverPort;
    if (source.event === undefined) this.#converse(source, pieceBytes, turns);
    else this.#raise(source.event);
    return [...this.#findings];
  }

  /** Plays a case for somebody who watches; gives the names of the events it raised as well. */
  watch(
    source: SignatureCase,
    watcher: CaseWatcher,
  ): { readonly findings: Finding[]; readonly events: string[] } {
    const before = this.#counters.events.slice();
    this.#watcher = watcher;
    const findings = this.play(source);
    this.#watcher = undefined;
    const events = [...this.#counters.events.keys()]
      .filter((id) => (this.#counters.events[id] as number) > (before[id] as number))
      .map(eventName);
    return { findings, events };
  }

  close(): void {
    this.engine.close();
  }

  /** An event below XMPP, on a flow that has a session. */
  #raise(name: string): void {
    const event = findEventId(name);
    if (event === undefined) throw new RangeError(`No event is called ${name}`);
    this.#counters.events[event] = (this.#counters.events[event] as number) + 1;
    this.engine.onFlowEvent(this.#nextFlow(), 0, event, START_USEC, SESSION);
  }

  #converse(source: SignatureCase, pieceBytes: number, turns: readonly CaseTurn[]): void {
    const xmpp = this.#xmpp;
    const { streams } = this.engine;
    const flow = this.#nextFlow();
    let now = START_USEC;
    xmpp.open(flow, source.isMidstream, CLIENT_PORT, source.serverPort, now);
    streams?.open(flow, source.isMidstream);
    turns.forEach((turn, i) => {
      now += TURN_USEC;
      if (turn.kind === 'wait') now += turn.seconds * SECOND_USEC;
      else if (turn.kind === 'gap') {
        xmpp.gap(flow, turn.direction, turn.bytes);
        streams?.gap(flow, turn.direction, now, xmpp.session(flow));
      } else {
        const { bytes, direction } = turn;
        const size = i < source.sessionTurns ? Infinity : pieceBytes;
        for (let at = 0; at < bytes.length; at += size) {
          const length = Math.min(size, bytes.length - at);
          xmpp.data(flow, direction, bytes, at, length, now);
          streams?.data(flow, direction, bytes, at, length, now, xmpp.session(flow));
        }
      }
    });
    now += TURN_USEC;
    streams?.close(flow, now, xmpp.session(flow));
    xmpp.close(flow, 'closed', now);
    this.engine.onFlowClose(flow);
  }

  /** Flows are places in a table of 64. */
  #nextFlow(): number {
    this.#flow = (this.#flow + 1) % 64;
    return this.#flow;
  }
}

/** The sids of findings, ascending, each once. */
export function sidsOf(findings: readonly Finding[]): number[] {
  return [...new Set(findings.map(({ rule }) => rule.sid))].sort((a, b) => a - b);
}

function nothing(): void {
  // A case is about what fires; sessions as such are not looked at.
}

/** The session of a flow on which only an event is raised. */
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
  startUsec: START_USEC,
  sessionId: 1,
};
