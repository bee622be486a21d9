/**
 * Facts about a flow as an object, for alerts and records: built when asked for, never per packet.
 */
import type { FlowNames } from './flow-names.ts';
import {
  ACKED,
  ACK_SEEN,
  BITS,
  CLIENT,
  FIN,
  FIN_SEEN,
  FLOW_ID,
  FLOW_MIDSTREAM,
  GAPS,
  LAST,
  PACKETS,
  PORTS,
  RST_SEEN,
  SEEN,
  SERVER,
  START,
  STARTED,
  STATE,
  STATE_ESTABLISHED,
  STATE_NEW,
  WIRE_BYTES,
  halfRow,
  type FlowStore,
} from './flow-store.ts';
import type { FlowEndReason, FlowEndpoints, FlowInfo } from './types.ts';

export function clientPort(store: FlowStore, flow: number): number {
  return store.word(flow, PORTS) >>> 16;
}

export function serverPort(store: FlowStore, flow: number): number {
  return store.word(flow, PORTS) & 0xffff;
}

export function flowEndpoints(store: FlowStore, flow: number): FlowEndpoints | undefined {
  if (flow < 0 || flow >= store.capacity || !store.isLive(flow)) return undefined;
  const row = store.row(flow);
  return {
    flowId: store.number(flow, FLOW_ID),
    clientWords: store.words.slice(row + CLIENT, row + CLIENT + 4),
    clientPort: clientPort(store, flow),
    serverWords: store.words.slice(row + SERVER, row + SERVER + 4),
    serverPort: serverPort(store, flow),
  };
}

/** Were packets of only one direction captured? */
export function isOneSided(store: FlowStore, flow: number): boolean {
  return store.number(flow, PACKETS) === 0 || store.number(flow, PACKETS + 1) === 0;
}

/** How a flow in STATE_CLOSING ends. */
export function closingReason(store: FlowStore, flow: number): FlowEndReason {
  const isReset =
    store.hasBits(halfRow(flow, 0), RST_SEEN) || store.hasBits(halfRow(flow, 1), RST_SEEN);
  return isReset ? 'reset' : 'closed';
}

/**
 * Bytes of a half that its peer acknowledged and that were neither delivered nor given up yet.
 * A single one counts for none when no FIN was seen: it is most likely an unseen FIN.
 */
export function unseenBytes(
  store: FlowStore,
  flow: number,
  direction: number,
  nextSeq: number,
): number {
  const row = halfRow(flow, direction);
  const bits = store.words[row + BITS] as number;
  if ((bits & STARTED) === 0 || (bits & ACK_SEEN) === 0) return 0;
  const acked = store.words[row + ACKED] as number;
  const unseen = (acked - nextSeq) | 0;
  if ((bits & FIN_SEEN) !== 0) {
    return Math.max(
      0,
      acked === (((store.words[row + FIN] as number) + 1) | 0) ? unseen - 1 : unseen,
    );
  }
  return unseen > 1 ? unseen : 0;
}

export function flowInfo(
  store: FlowStore,
  names: FlowNames,
  flow: number,
  nextSeqToServer: number,
  nextSeqToClient: number,
): FlowInfo {
  const name = names.of(flow);
  const seen = store.number(flow, SEEN) + store.number(flow, SEEN + 1);
  const gaps = store.number(flow, GAPS) + store.number(flow, GAPS + 1);
  const unseen =
    unseenBytes(store, flow, 0, nextSeqToServer) + unseenBytes(store, flow, 1, nextSeqToClient);
  const state = store.word(flow, STATE);
  return {
    flowId: name.flowId,
    clientIp: name.clientIp,
    clientPort: name.clientPort,
    serverIp: name.serverIp,
    serverPort: name.serverPort,
    ipVersion: name.ipVersion,
    vlan: name.vlan,
    communityId: name.communityId,
    startUsec: store.number(flow, START),
    lastUsec: store.number(flow, LAST),
    packetsToServer: store.number(flow, PACKETS),
    packetsToClient: store.number(flow, PACKETS + 1),
    bytesToServer: store.number(flow, WIRE_BYTES),
    bytesToClient: store.number(flow, WIRE_BYTES + 1),
    isMidstream: store.hasFlag(flow, FLOW_MIDSTREAM),
    isOneSided: isOneSided(store, flow),
    gapBytes: gaps,
    seenPercent: seenPercent(seen, gaps + unseen),
    state: state === STATE_NEW ? 'new' : state === STATE_ESTABLISHED ? 'established' : 'closed',
  };
}

/** Share of bytes seen; never 100 when any is missing. */
function seenPercent(seen: number, missing: number): number {
  if (missing === 0) return 100;
  return Math.min(99.99, Math.round((seen / (seen + missing)) * 10000) / 100);
}
