/**
 * Conversations over several flows for tests of correlation/: bytes go through the tokenizer, xmpp/ and the room, and
 * the lab notes what was raised. Time passes only where a test says so.
 */
import {
  Counters,
  defaultLimits,
  eventName,
  thresholdValues,
  type Direction,
  type LimitName,
} from '../../sensor/core/index.ts';
import {
  Site,
  createCorrelation,
  type Campaign,
  type Correlation,
  type CorrelationOptions,
  type ServerFeatures,
} from '../../sensor/correlation/index.ts';
import type { EventContext, FlowEndpoints, Incident } from '../../sensor/detect/index.ts';
import { createXmpp, type StanzaView, type Xmpp, type XmppEvent } from '../../sensor/xmpp/index.ts';

const LAB_START_USEC = 1_795_000_000_000_000;
const FLOWS = 4096;
/** Time between two pieces of data. */
const STEP_USEC = 1000;

/** What was raised, by correlation/ or by xmpp/ (then without an incident). */
export interface Raised {
  readonly event: string;
  readonly context: EventContext;
  readonly incident: Incident | undefined;
  readonly from: string;
  readonly to: string;
  readonly tsUsec: number;
}

export interface LabOptions {
  readonly botAllow?: readonly string[];
  /** By the names the configuration uses. */
  readonly thresholds?: Readonly<Record<string, number>>;
  readonly limits?: Partial<Record<LimitName, number>>;
  readonly serverFeatures?: readonly ServerFeatures[];
  readonly internalNetworks?: readonly string[];
  readonly noChatNetworks?: readonly string[];
  readonly internalDomains?: readonly string[];
  /** Watches of another room beside those of this one. */
  readonly watches?: NonNullable<CorrelationOptions['watches']>;
  /** False: only those of another room look. */
  readonly isOn?: boolean;
  /** Size of the pieces bytes arrive in. */
  readonly pieceBytes?: number;
  /** Takes the stanzas in place of the room. */
  readonly onStanza?: (view: StanzaView) => void;
}

export interface LabFlow {
  readonly index: number;
  /** The client, the server says. */
  c(text: string | Uint8Array): LabFlow;
  s(text: string | Uint8Array): LabFlow;
  gap(direction: Direction, bytes?: number): LabFlow;
  close(): void;
}

export class CorrelationLab {
  readonly counters = new Counters();
  readonly raised: Raised[] = [];
  readonly campaigns: Campaign[] = [];
  readonly serverFeatures: ServerFeatures[] = [];
  readonly correlation: Correlation;
  nowUsec = LAB_START_USEC;
  readonly #xmpp: Xmpp;
  readonly #endpoints = new Map<number, FlowEndpoints>();
  readonly #pieceBytes: number;
  #flows = 0;
  /** Flows at a time: then an index is used again. */
  readonly #most: number;

  constructor(options: LabOptions = {}) {
    const limits = { ...defaultLimits(), flowTableFlows: FLOWS, ...options.limits };
    this.#most = limits.flowTableFlows;
    this.#pieceBytes = options.pieceBytes ?? Infinity;
    this.correlation = createCorrelation({
      counters: this.counters,
      limits,
      thresholds: thresholdValues(options.thresholds),
      endpointsOf: (flow) => this.#endpoints.get(flow),
      raise: (event, incident) => {
        this.#note(event, incident);
      },
      raiseOnFlow: (_flow, event, tsUsec, incident, context, parties) => {
        const about = { from: '', to: '', tsUsec, ...parties };
        this.raised.push({ event: eventName(event), context, incident, ...about });
      },
      botAllow: options.botAllow ?? [],
      site: new Site(
        options.internalNetworks ?? ['10.0.0.0/8', '192.0.2.0/24'],
        options.noChatNetworks ?? [],
        options.internalDomains ?? [],
      ),
      facts: {
        onCampaign: (campaign) => this.campaigns.push(campaign),
        onServerFeatures: (features) => this.serverFeatures.push(features),
      },
      serverFeatures: options.serverFeatures ?? [],
      isOn: options.isOn ?? true,
      ...(options.watches === undefined ? {} : { watches: options.watches }),
    });
    this.#xmpp = createXmpp({
      limits,
      counters: this.counters,
      config: { redirectAllow: [] },
      handler: {
        onSessionOpen: (session) => {
          this.correlation.onSessionOpen(session);
        },
        onStanza: (view) => {
          if (options.onStanza === undefined) this.#onStanza(view);
          else options.onStanza(view);
        },
        onEvent: (event) => {
          this.#note(event, undefined);
          this.correlation.onEvent(event);
        },
        onEncrypted: () => undefined,
        onLogin: (login) => {
          this.correlation.onLogin(login);
        },
        onSessionEnd: (session, summary) => {
          this.correlation.onSessionEnd(session, summary);
        },
      },
    });
  }

  /** A new flow; the addresses are IPv4. `midstream`: its beginning was not seen. */
  flow(
    facts: {
      readonly client?: string;
      readonly clientPort?: number;
      readonly server?: string;
      readonly port?: number;
      readonly midstream?: boolean;
    } = {},
  ): LabFlow {
    const index = this.#flows++ % this.#most;
    const port = facts.port ?? 5222;
    this.#endpoints.set(index, {
      flowId: this.#flows,
      clientWords: wordsOf(facts.client ?? '192.0.2.10'),
      clientPort: facts.clientPort ?? 40_000 + (this.#flows % 20_000),
      serverWords: wordsOf(facts.server ?? '198.51.100.20'),
      serverPort: port,
    });
    this.#xmpp.open(index, facts.midstream ?? false, 40_000, port, this.nowUsec);
    const say = (direction: Direction, text: string | Uint8Array): LabFlow => {
      this.#say(index, direction, text);
      return flow;
    };
    const flow: LabFlow = {
      index,
      c: (text) => say(0, text),
      s: (text) => say(1, text),
      gap: (direction, bytes = 100) => {
        this.#xmpp.gap(index, direction, bytes);
        return flow;
      },
      close: () => {
        this.#xmpp.close(index, 'closed', this.nowUsec);
        this.correlation.onDisconnect(index, this.nowUsec);
      },
    };
    return flow;
  }

  endpointsOf(flow: number): FlowEndpoints | undefined {
    return this.#endpoints.get(flow);
  }

  wait(seconds: number): void {
    this.nowUsec += seconds * 1e6;
  }

  /** The events of a name that were raised. */
  of(event: string): Raised[] {
    return this.raised.filter((raised) => raised.event === event);
  }

  #say(flow: number, direction: Direction, text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    this.nowUsec += STEP_USEC;
    for (let at = 0; at < bytes.length; at += this.#pieceBytes) {
      const length = Math.min(this.#pieceBytes, bytes.length - at);
      this.#xmpp.data(flow, direction, bytes, at, length, this.nowUsec);
    }
  }

  #onStanza(view: StanzaView): void {
    this.correlation.stanza(view, (event, context, _region, incident) => {
      const { from, to, tsUsec } = view;
      this.raised.push({ event: eventName(event), context, incident, from, to, tsUsec });
    });
    this.correlation.done();
  }

  #note({ event, context, stanza, tsUsec }: XmppEvent, incident: Incident | undefined): void {
    const { from, to } = stanza;
    this.raised.push({ event: eventName(event), context, incident, from, to, tsUsec });
  }
}

function wordsOf(address: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [0, 0, 0xffff, (a << 24) | (b << 16) | (c << 8) | d];
}

/** A client's way into its session: header, features, PLAIN login, restart, bind. */
export function logIn(
  flow: LabFlow,
  user: string,
  domain = 'corp.example',
  resource = 'desk',
): void {
  const password = Buffer.from(`\0${user}\0secret`).toString('base64');
  const header = `<?xml version='1.0'?><stream:stream to='${domain}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;
  const answer = `<?xml version='1.0'?><stream:stream from='${domain}' id='s${flow.index}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;
  flow
    .c(header)
    .s(
      `${answer}<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    )
    .c(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${password}</auth>`)
    .s("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    .c(header)
    .s(
      `${answer}<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>`,
    )
    .c(
      `<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    )
    .s(
      `<iq type='result' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${user}@${domain}/${resource}</jid></bind></iq>`,
    );
}
