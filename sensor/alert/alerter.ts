/**
 * Turns findings into alerts: one finding, one alert (INTERFACE.md section 3). Findings about the content of a
 * stanza pass the duplicate gate and are held until the stanza is over, so that of several rules with one
 * detection the most severe speaks. Findings of an attack that goes on are one alert that grows (incidents.ts); who
 * raised them has counted copies once already. All others go straight through.
 */
import {
  bufferId,
  type Counters,
  type Direction,
  type LimitValues,
  sha256,
  type ThresholdValues,
} from '../core/index.ts';
import type { Finding, FindingHandler, Incident } from '../detect/index.ts';
import type { FlowFacts, FlowInfo } from '../flow/index.ts';
import { contentGroup } from './detection-class.ts';
import { DuplicateGate } from './duplicate-gate.ts';
import { EvidenceBuilder, cutText } from './evidence.ts';
import { NO_FLOW, flowCounts, type PacketOrigin } from './flow-facts.ts';
import { IncidentTable, type Firing } from './incidents.ts';
import { leakDirection, weighed, type Borders } from './leak-direction.ts';
import { clearFact, isProse } from './fact-text.ts';
import { redactIdentifier, redactJid } from './redact.ts';
import { factsOf, type RuleFacts } from './rule-facts.ts';
import { tellSentence } from './sentence.ts';
import type { AlertRecord, SensorRecord, Severity } from './types.ts';

export interface AlerterOptions {
  readonly sensorName: string;
  /** Key of the evidence hashes (`loadHmacKey`). */
  readonly hmacKey: Uint8Array;
  readonly flowFacts: Pick<FlowFacts, 'info' | 'hasGap'>;
  /** Where the packet in work came from. */
  readonly origin: () => PacketOrigin;
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  /** Where the organisation ends; without it leaks weigh the same in every direction. */
  readonly borders?: Borders;
  readonly emit: (record: SensorRecord) => void;
}

export interface Alerter extends FindingHandler {
  /** Emits what is held back for the stanza in work. Call when the input pauses or ends. */
  settle(): void;
  /** Tells what grew, and ends attacks that are over; for times without traffic. */
  sweep(nowUsec: number): void;
  /** Settles, and tells of every attack that is still open. */
  shutdown(): void;
}

export function createAlerter(options: AlerterOptions): Alerter {
  return new FindingAlerter(options);
}

/** Longest text a field of an alert takes from traffic: a JID has 3071 bytes (RFC 7622). */
const JID_CHARS = 3071;
const FIELD_CHARS = 1024;
const NAMESPACES = 16;
const NO_NAMESPACES: readonly string[] = [];
const NOWHERE: Borders = {
  hasDomains: false,
  isInternalDomain: () => false,
  isInternal: () => false,
};
/** Facts of alerts whose redacted form is remembered. */
const REDACTED_FACTS = 1024;
const RAW_STANZA = bufferId('xmpp.stanza');

/** A finding with what all steps want to know of it. */
interface Case {
  readonly finding: Finding;
  readonly facts: RuleFacts;
  readonly info: FlowInfo;
  /** By the rule, or the file it is about, and by where a leak goes. */
  readonly severity: Severity;
  readonly context: Finding['context'];
}

class FindingAlerter implements Alerter {
  readonly #options: AlerterOptions;
  readonly #borders: Borders;
  readonly #gate: DuplicateGate;
  readonly #evidence: EvidenceBuilder;
  readonly #incidents: IncidentTable;
  /** Alerts of one stanza by group, in the order they fired. */
  readonly #held = new Map<string, AlertRecord>();
  /** Stanza they are about. */
  #flowId = -1;
  #direction: Direction = 0;
  #serial = -1;
  /** Facts seen last in their redacted form. */
  readonly #redacted = new Map<string, string>();
  /** Ids given at the latest packet time, with how often: the same rule may fire twice in one packet. */
  readonly #ids = new Map<string, number>();
  #idsTsUsec = -1;

  constructor(options: AlerterOptions) {
    this.#options = options;
    this.#borders = options.borders ?? NOWHERE;
    this.#gate = new DuplicateGate(options.limits);
    this.#evidence = new EvidenceBuilder(options.hmacKey, options.limits.alertExcerptChars);
    this.#incidents = new IncidentTable({
      counters: options.counters,
      limits: options.limits,
      thresholds: options.thresholds,
      clearContext: (context) => this.#context(context),
      tell: (record) => {
        options.emit({ kind: 'alert_update', record });
      },
    });
  }

  onFinding(finding: Finding): void {
    if (finding.rule.action !== 'alert' || finding.rule.noalert) return;
    const { flowFacts } = this.#options;
    const info = finding.flow < 0 ? NO_FLOW : flowFacts.info(finding.flow);
    const { direction, stanza } = finding;
    if (
      stanza.serial !== this.#serial ||
      info.flowId !== this.#flowId ||
      direction !== this.#direction
    ) {
      this.settle();
      this.#flowId = info.flowId;
      this.#direction = direction;
      this.#serial = stanza.serial;
    }
    const about = this.#weigh(finding, info);
    if (finding.incident !== undefined) {
      this.#join(about, finding.incident);
      return;
    }
    const group = contentGroup(finding, about.facts);
    if (group === undefined) this.#emit(this.#build(about));
    else this.#judge(group, about);
  }

  settle(): void {
    if (this.#held.size === 0) return;
    for (const record of this.#held.values()) this.#emit(record);
    this.#held.clear();
  }

  sweep(nowUsec: number): void {
    this.settle();
    this.#incidents.sweep(nowUsec);
  }

  shutdown(): void {
    this.settle();
    this.#incidents.shutdown();
  }

  #weigh(finding: Finding, info: FlowInfo): Case {
    const { rule, context } = finding;
    const facts = factsOf(rule);
    const severity = asSeverity(finding.severity ?? rule.severity);
    const direction = leakDirection(facts.detection, finding, info, this.#borders);
    if (direction === undefined) return { finding, facts, info, severity, context };
    const told = { ...context, leak_direction: direction };
    return { finding, facts, info, severity: weighed(severity, direction), context: told };
  }

  #join(about: Case, incident: Incident): void {
    const { finding, facts, severity, context } = about;
    const { rule, tsUsec } = finding;
    const isDoubtful = this.#isDoubtful(finding);
    const firing: Firing = {
      incident,
      tsUsec,
      // What rests on the order and number of stanzas is less sure, and less bad, where some were not seen.
      severity: isDoubtful ? asSeverity(severity + 1) : severity,
      metadata: isDoubtful ? facts.doubtful : facts.metadata,
      isDoubtful,
      context,
    };
    const name = IncidentTable.nameOf(rule.gid, rule.sid, incident);
    if (this.#incidents.grow(name, firing)) return;
    this.#emit(this.#incidents.begin(name, firing, this.#build(about)));
  }

  #isDoubtful({ flow }: Finding): boolean {
    return flow >= 0 && this.#options.flowFacts.hasGap(flow);
  }

  #judge(group: string, about: Case): void {
    const { finding, info, severity } = about;
    const { stanza, session, direction, tsUsec } = finding;
    const verdict = this.#gate.judge({
      group,
      flowId: info.flowId,
      direction,
      serial: stanza.serial,
      tsUsec,
      isFirstHop: session?.connection === 'c2s' && direction === 0,
      isCopy: stanza.isCopy,
      type: stanza.type,
      id: stanza.id,
      from: stanza.from,
      to: stanza.to,
      text: identifyingText(finding),
      // A room inside may pass on to somebody outside what was written to the room.
      severity: this.#borders.hasDomains ? severity : undefined,
    });
    if (verdict === 'copy') {
      this.#options.counters.add('alertsCopies', 1);
      return;
    }
    const held = this.#held.get(group);
    // The stanza may have been settled already, by an event raised before its end: then it has spoken.
    const isWorse = held !== undefined && severity < held.alert.severity;
    if (verdict === 'new' || isWorse) this.#held.set(group, this.#build(about));
  }

  #emit(record: AlertRecord): void {
    this.#options.emit({ kind: 'alert', record });
  }

  #build({ finding, facts, info, severity, context }: Case): AlertRecord {
    const { rule, direction, tsUsec } = finding;
    const origin = this.#options.origin();
    const isToServer = direction === 0;
    const record: AlertRecord = {
      alertId: this.#alertId(finding, info),
      tsUsec,
      sensor: this.#options.sensorName,
      flowId: info.flowId,
      inIface: origin.interfaceName,
      vlan: info.vlan,
      srcIp: isToServer ? info.clientIp : info.serverIp,
      srcPort: isToServer ? info.clientPort : info.serverPort,
      destIp: isToServer ? info.serverIp : info.clientIp,
      destPort: isToServer ? info.serverPort : info.clientPort,
      ipVersion: finding.flow < 0 ? 0 : info.ipVersion,
      communityId: info.communityId,
      direction: isToServer ? 'to_server' : 'to_client',
      pcapFilename: origin.fileName,
      pcapCnt: origin.packetNumber,
      alert: {
        gid: rule.gid,
        sid: rule.sid,
        rev: rule.rev,
        signature: rule.msg,
        category: rule.category,
        classtype: rule.classtype,
        severity,
        metadata: this.#isDoubtful(finding) ? facts.doubtful : facts.metadata,
        references: rule.references,
        count: 1,
        context: this.#context(context),
        ...(rule.target === undefined ? {} : { target: rule.target }),
      },
      detection: facts.detection,
      xmpp: xmppFacts(finding, info),
      flow: flowCounts(info),
      evidence: this.#evidence.build(finding),
    };
    return record.alert.context['summary'] === undefined ? told(record, facts) : record;
  }

  #context(context: Finding['context']): Readonly<Record<string, string | number>> {
    const redacted: Record<string, string | number> = {};
    for (const key of Object.keys(context)) {
      const value = context[key];
      if (value !== undefined) {
        // The sentence about a file is made of its name and of JIDs.
        const kind = key === 'summary' && context['file_id'] !== undefined ? 'file_name' : key;
        redacted[key] = typeof value === 'string' ? this.#clear(kind, value) : value;
      }
    }
    return redacted;
  }

  /** Facts repeat (event names, mechanisms, domains), and looking for secrets costs. */
  #clear(key: string, value: string): string {
    if (!isProse(key)) return clearFact(key, value);
    const known = this.#redacted.get(value);
    if (known !== undefined) return known;
    const redacted = clearFact(key, value);
    // Starting afresh now and then is as good as forgetting one by one, and simpler.
    if (this.#redacted.size >= REDACTED_FACTS) this.#redacted.clear();
    this.#redacted.set(value, redacted);
    return redacted;
  }

  /** The same capture gives the same ids in every replay, so that storing it twice stores it once. */
  #alertId(finding: Finding, info: FlowInfo): string {
    const { rule, tsUsec, direction, stanza } = finding;
    const parts =
      `${this.#options.sensorName}|${info.communityId}|${info.startUsec}|${tsUsec}|` +
      `${direction}|${rule.gid}|${rule.sid}|${stanza.serial}`;
    if (tsUsec !== this.#idsTsUsec) {
      this.#ids.clear();
      this.#idsTsUsec = tsUsec;
    }
    const ordinal = this.#ids.get(parts) ?? 0;
    this.#ids.set(parts, ordinal + 1);
    return sha256(`${parts}|${ordinal}`, 'hex').slice(0, 32);
  }
}

/** With its sentence, made of what was cleared. */
function told(record: AlertRecord, { phrase }: RuleFacts): AlertRecord {
  const { alert, xmpp, srcIp, destIp, direction, evidence } = record;
  const { signature, context } = alert;
  const summary = tellSentence(phrase, {
    ...{ signature, context, srcIp, destIp, direction, evidence },
    xmpp: xmpp === undefined ? undefined : { ...xmpp, ...xmpp.session },
  });
  return { ...record, alert: { ...alert, context: { ...context, summary } } };
}

/**
 * What copies of the stanza have in common. Servers rewrite the raw bytes of a stanza (they add `from`, ids,
 * language), so there only the match counts; decoded text stays as it is.
 */
function identifyingText(finding: Finding): Uint8Array {
  if (finding.buffer !== RAW_STANZA) return finding.evidence;
  const match = finding.matches.find(({ buffer }) => buffer === RAW_STANZA);
  if (match === undefined) return finding.evidence;
  const start = match.offset - finding.evidenceOffset;
  return finding.evidence.subarray(start, start + match.length);
}

function xmppFacts(finding: Finding, info: FlowInfo): AlertRecord['xmpp'] {
  const { session, stanza } = finding;
  if (session === undefined) return undefined;
  return {
    connection: session.connection,
    transport: session.transport,
    compressed: session.compressed,
    tls: session.tls,
    stanza: cutText(redactIdentifier(stanza.name), FIELD_CHARS),
    type: cutText(redactIdentifier(stanza.type), FIELD_CHARS),
    id: cutText(redactIdentifier(stanza.id), FIELD_CHARS),
    from: cutText(redactJid(stanza.from), JID_CHARS),
    to: cutText(redactJid(stanza.to), JID_CHARS),
    ns: cutList(stanza.ns),
    isCopy: stanza.isCopy,
    session: {
      user: cutText(session.user, JID_CHARS),
      domain: cutText(session.domain, JID_CHARS),
      mechanism: cutText(redactIdentifier(session.mechanism), FIELD_CHARS),
      client: cutText(redactIdentifier(session.client), FIELD_CHARS),
    },
    seenPercent: info.seenPercent,
  };
}

function cutList(namespaces: readonly string[]): readonly string[] {
  if (namespaces.length === 0) return NO_NAMESPACES;
  return namespaces.slice(0, NAMESPACES).map((uri) => cutText(redactIdentifier(uri), FIELD_CHARS));
}

function asSeverity(value: number): Severity {
  return value <= 1 ? 1 : value === 2 ? 2 : value === 3 ? 3 : 4;
}
