/** Builders of the records that are no alerts: sessions, flows, stats. Called once for each, never per packet. */
import { COUNTER, EVENTS, XMPP_PORTS, portSet } from '../core/index.ts';
import type { Campaign } from '../correlation/index.ts';
import type { FlowEndReason, FlowInfo } from '../flow/index.ts';
import type { SessionSummary, XmppSession } from '../xmpp/index.ts';
import { cutText } from './evidence.ts';
import { flowCounts, type PacketOrigin } from './flow-facts.ts';
import { redactIdentifier, redactJid } from './redact.ts';
import type { CampaignRecord, FlowRecord, SessionRecord, StatsRecord } from './types.ts';

const IS_XMPP_PORT = portSet(XMPP_PORTS);

/** Longest text a session record takes from traffic (a JID has 3071 bytes, RFC 7622), and longest list. */
const FIELD_CHARS = 3071;
const LIST_ITEMS = 32;
const NO_TEXTS: readonly string[] = [];

/** Record of a session at its end. `tsUsec` is the time of the end. */
export function buildSessionRecord(
  sensor: string,
  session: XmppSession,
  summary: SessionSummary,
  info: FlowInfo,
  origin: PacketOrigin,
): SessionRecord {
  return {
    tsUsec: summary.endUsec,
    sensor,
    sessionId: session.sessionId,
    flowId: info.flowId,
    communityId: info.communityId,
    inIface: origin.interfaceName,
    pcapFilename: origin.fileName,
    flow: flowCounts(info),
    startUsec: session.startUsec,
    endUsec: summary.endUsec,
    endReason: summary.endReason,
    connection: session.connection,
    transport: session.transport,
    compressed: session.compressed,
    tls: session.tls,
    user: cutText(session.user, FIELD_CHARS),
    domain: cutText(session.domain, FIELD_CHARS),
    peerDomain: cutText(session.peerDomain, FIELD_CHARS),
    jid: cutText(redactJid(session.jid), FIELD_CHARS),
    mechanism: cutText(redactIdentifier(session.mechanism), FIELD_CHARS),
    outcome: session.outcome,
    client: cutText(redactIdentifier(session.client), FIELD_CHARS),
    starttls: summary.starttls,
    compression: summary.compression,
    mechanismsOffered: cutList(summary.mechanismsOffered),
    logins: summary.logins.slice(0, LIST_ITEMS).map((login) => ({
      ...login,
      user: cutText(login.user, FIELD_CHARS),
      mechanism: cutText(redactIdentifier(login.mechanism), FIELD_CHARS),
      condition: cutText(redactIdentifier(login.condition), FIELD_CHARS),
    })),
    tokensIssued: summary.tokensIssued,
    messages: summary.messages,
    presences: summary.presences,
    iqs: summary.iqs,
    nonzas: summary.nonzas,
    bytes: summary.bytes,
    streamErrors: cutList(summary.streamErrors),
    seenPercent: info.seenPercent,
  };
}

/** What the probe made of a flow; 'failed' when nothing was recognised. */
export type AppProto = FlowRecord['appProto'];

/** Is the flow worth a record? One that spoke XMPP, in clear or until STARTTLS, or anything on a port of XMPP. */
export function isFlowOfInterest(
  info: Pick<FlowInfo, 'serverPort' | 'clientPort'>,
  appProto: AppProto,
): boolean {
  return (
    appProto === 'xmpp' ||
    IS_XMPP_PORT[info.serverPort] === 1 ||
    IS_XMPP_PORT[info.clientPort] === 1
  );
}

/** Record of a flow at its end, while the flow table still knows it (onClose). */
export function buildFlowRecord(
  sensor: string,
  info: FlowInfo,
  reason: FlowEndReason,
  appProto: AppProto,
  origin: PacketOrigin,
): FlowRecord {
  return {
    tsUsec: info.lastUsec,
    sensor,
    flowId: info.flowId,
    communityId: info.communityId,
    inIface: origin.interfaceName,
    pcapFilename: origin.fileName,
    vlan: info.vlan,
    ipVersion: info.ipVersion,
    flow: flowCounts(info),
    reason,
    appProto,
    isMidstream: info.isMidstream,
    isOneSided: info.isOneSided,
    gapBytes: info.gapBytes,
    seenPercent: info.seenPercent,
  };
}

/** Record of a campaign: what holds one together may be a link, and links carry credentials at times. */
export function buildCampaignRecord(sensor: string, campaign: Campaign): CampaignRecord {
  return {
    sensor,
    ...campaign,
    fingerprint: cutText(redactIdentifier(campaign.fingerprint), FIELD_CHARS),
  };
}

/** Counters by name, events that occurred by dotted name. `tsUsec` is packet time offline, else the clock's. */
export function buildStatsRecord(
  sensor: string,
  tsUsec: number,
  uptimeSeconds: number,
  counters: Readonly<Record<'values' | 'events', ArrayLike<number>>>,
): StatsRecord {
  const events: [string, number][] = [];
  EVENTS.forEach((info, id) => {
    const times = counters.events[id] ?? 0;
    if (times > 0) events.push([info.name, times]);
  });
  return {
    tsUsec,
    sensor,
    uptimeSeconds,
    counters: Object.fromEntries(
      Object.entries(COUNTER).map(([name, index]) => [name, counters.values[index] ?? 0]),
    ),
    events: Object.fromEntries(events),
  };
}

function cutList(texts: readonly string[]): readonly string[] {
  if (texts.length === 0) return NO_TEXTS;
  return texts.slice(0, LIST_ITEMS).map((text) => cutText(redactIdentifier(text), FIELD_CHARS));
}
