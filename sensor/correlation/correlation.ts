/**
 * The room's engine and its order of work for one element: gates, watches, rules (in detect/), verdicts, and last
 * the tables learn what was seen. It takes part in detection as a detector.
 */
import { bufferId, type Counters, type LimitValues, type ThresholdValues } from '../core/index.ts';
import type { Detector, EmitEvent, EventContext, Incident, ReadComposed } from '../detect/index.ts';
import type { Rule } from '../rules/index.ts';
import type {
  LoginOutcome,
  SessionSummary,
  StanzaView,
  XmppEvent,
  XmppSession,
} from '../xmpp/index.ts';
import { Audience } from './audience.ts';
import { createGates } from './gates/index.ts';
import { NO_LABEL_POLICY, type LabelPolicy } from './label-policy.ts';
import { Scene, type EndpointsOf } from './scene.ts';
import type { Site } from './site.ts';
import { StateMemory, type TableReport } from './state-memory.ts';
import { createTables } from './tables/index.ts';
import type {
  FactHandler,
  FileTransfer,
  FlowTeller,
  Learner,
  Parties,
  Place,
  ServerFeatures,
  Teller,
  Watch,
} from './types.ts';
import { createWatches, type WatchOptions } from './watches/index.ts';

export interface CorrelationOptions {
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly endpointsOf: EndpointsOf;
  /** Takes events raised outside a stanza: the engine's `onEvent`. */
  readonly raise: (event: XmppEvent, incident: Incident) => void;
  /** Takes events on flows that are no XMPP. */
  readonly raiseOnFlow: (
    flow: number,
    event: number,
    tsUsec: number,
    incident: Incident,
    context: EventContext,
    parties?: Parties,
  ) => void;
  /** Does a flow wait for its login as far as TCP tells: handshake done, both sides captured, nothing encrypted? */
  readonly isWaiting?: (flow: number) => boolean;
  /** JIDs and domains whose texts may repeat. */
  readonly botAllow: readonly string[];
  /** What belongs to the site. */
  readonly site: Site;
  /** What the site says about security labels. */
  readonly labelPolicy?: LabelPolicy;
  readonly facts: FactHandler;
  /** False: the room is there, but of its own watches nobody looks or remembers. */
  readonly isOn?: boolean;
  /** Watches of other rooms, behind its own; they look also when `isOn` is false. */
  readonly watches?: (options: WatchOptions) => readonly Watch[];
  /** Baselines of earlier runs. */
  readonly serverFeatures: readonly ServerFeatures[];
}

export class Correlation implements Detector, Teller, FlowTeller {
  readonly name = 'correlation';
  /** Buffers the room reads beside those of the rules. */
  readonly buffers: ReadonlySet<number> = new Set([
    bufferId('xmpp.stanza'),
    bufferId('xmpp.from'),
    bufferId('xmpp.to'),
    bufferId('xmpp.body'),
    bufferId('xmpp.relation'),
    bufferId('xmpp.text'),
    bufferId('xmpp.text_folded'),
    bufferId('xmpp.room'),
    bufferId('xmpp.stream_header'),
  ]);
  readonly memory: StateMemory;
  readonly #options: CorrelationOptions;
  readonly #scene: Scene;
  readonly #watches: readonly Watch[];
  readonly #learners: readonly Learner[];
  readonly #audience: Audience;
  readonly #judges: readonly Watch[];
  readonly #ofFlows: readonly Watch[];
  readonly #ticking: readonly Watch[];
  readonly #ofFiles: readonly Watch[];
  readonly #byEvent: ReadonlyMap<number, readonly Watch[]>;

  constructor(options: CorrelationOptions) {
    this.#options = options;
    const { counters, limits, thresholds } = options;
    this.memory = new StateMemory(counters);
    const tables = createTables({ ...options, memory: this.memory });
    const gates = createGates({ ...options, memory: this.memory, rooms: tables.roomNames });
    this.#scene = new Scene(options.endpointsOf, gates);
    const watchOptions: WatchOptions = {
      memory: this.memory,
      limits,
      thresholds,
      counters,
      tables,
      facts: options.facts,
      endpointsOf: options.endpointsOf,
      site: options.site,
      labelPolicy: options.labelPolicy ?? NO_LABEL_POLICY,
      isWaiting: options.isWaiting ?? (() => true),
      teller: this,
    };
    const isOn = options.isOn ?? true;
    const own = createWatches(watchOptions);
    const guests = options.watches?.(watchOptions) ?? [];
    this.#watches = isOn ? [...own, ...guests] : guests;
    this.#learners = isOn ? Object.values(tables) : [];
    this.#audience = new Audience(this.#watches, this.#learners, this.#scene.outline);
    this.#judges = this.#watches.filter((watch) => watch.judged !== undefined);
    this.#ofFlows = this.#watches.filter((watch) => watch.disconnect !== undefined);
    this.#ticking = this.#watches.filter((watch) => watch.tick !== undefined);
    this.#ofFiles = this.#watches.filter((watch) => watch.file !== undefined);
    const events = new Set(this.#watches.flatMap((watch) => watch.events ?? []));
    this.#byEvent = new Map(
      [...events].map((id) => [id, this.#watches.filter((w) => w.events?.includes(id) === true)]),
    );
  }

  stanza(view: StanzaView, emit: EmitEvent, read?: ReadComposed): void {
    const scene = this.#scene;
    scene.enter(view, emit, read);
    this.#audience.show(scene);
  }

  judged(view: StanzaView, fired: readonly Rule[]): void {
    const scene = this.#scene;
    for (const watch of this.#judges) {
      if ((watch.kinds & (1 << view.kind)) !== 0) watch.judged?.(scene, fired);
    }
  }

  done(): void {
    this.#audience.teach(this.#scene);
  }

  /** An event of xmpp/. */
  onEvent(event: XmppEvent): void {
    for (const watch of this.#byEvent.get(event.event) ?? []) watch.event?.(event, this);
  }

  /** A login, or a registration, was answered. */
  onLogin(login: LoginOutcome): void {
    for (const watch of this.#watches) watch.login?.(login, this);
    for (const learner of this.#learners) learner.login?.(login);
  }

  onSessionOpen(session: XmppSession): void {
    for (const learner of this.#learners) learner.sessionOpen?.(session);
    for (const watch of this.#watches) watch.sessionOpen?.(session);
  }

  onSessionEnd(session: XmppSession, summary: SessionSummary): void {
    for (const watch of this.#watches) watch.sessionEnd?.(session, summary, this);
    for (const learner of this.#learners) learner.sessionEnd?.(session, summary);
  }

  /** A connection to a port of XMPP began. */
  onConnect(flow: number, tsUsec: number): void {
    for (const watch of this.#ofFlows) watch.connect?.(flow, tsUsec, this);
  }

  /** A flow is over, whatever it carried. Behind the end of its session. */
  onDisconnect(flow: number, tsUsec: number): void {
    for (const watch of this.#ofFlows) watch.disconnect?.(flow, tsUsec, this);
  }

  /** Now and then, so that what is due by time need not wait for a stanza. */
  onTick(tsUsec: number): void {
    for (const watch of this.#ticking) watch.tick?.(tsUsec, this);
  }

  /** A file has ended. */
  onFile(transfer: FileTransfer): void {
    for (const watch of this.#ofFiles) watch.file?.(transfer, this);
  }

  raiseOnFlow(
    flow: number,
    event: number,
    tsUsec: number,
    incident: Incident,
    context: EventContext,
    parties?: Parties,
  ): void {
    const { counters, raiseOnFlow } = this.#options;
    counters.events[event] = (counters.events[event] as number) + 1;
    raiseOnFlow(flow, event, tsUsec, incident, context, parties);
  }

  raise(
    event: number,
    { session, direction, tsUsec }: Place,
    incident: Incident,
    context: EventContext,
    stanza: Partial<XmppEvent['stanza']> = {},
  ): void {
    const { counters, raise } = this.#options;
    counters.events[event] = (counters.events[event] as number) + 1;
    const about = { name: '', from: '', to: '', id: '', type: '', ...stanza };
    raise({ event, session, direction, tsUsec, serial: 0, stanza: about, context }, incident);
  }

  /** The sensor stops: what is not told yet goes out. */
  finish(): void {
    for (const watch of this.#watches) watch.finish?.();
    for (const learner of this.#learners) learner.finish?.();
  }

  /** How full the tables are. */
  report(): TableReport[] {
    return this.memory.report();
  }
}

export function createCorrelation(options: CorrelationOptions): Correlation {
  return new Correlation(options);
}
