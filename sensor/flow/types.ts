/** Contract of flow/: what the rooms behind it hear about flows. */
import type { Counters, Direction, LimitValues } from '../core/index.ts';
import type { OverlapPolicy } from '../reassembly/index.ts';
import type { ChecksumMode } from './checksum-gate.ts';

/** Why a flow left the table (EVE flow.reason and metric flows_total{end}). */
export type FlowEndReason = 'closed' | 'reset' | 'timeout' | 'evicted' | 'shutdown';

/**
 * Callbacks of the flow table. `flow` is the flow's index in the table: valid from onOpen to the
 * end of onClose, then reused. Bytes are borrowed for the call. A callback may ask FlowFacts and
 * call FlowFacts.ignore(), nothing else of the table.
 */
export interface FlowHandler {
  onOpen(flow: number): void;
  /** In-order bytes of one direction. */
  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /** `length` bytes of this direction never came; delivery goes on behind them. */
  onGap(flow: number, direction: Direction, length: number): void;
  /** An event of the catalogue (stream layer). */
  onEvent(flow: number, direction: Direction, event: number): void;
  onClose(flow: number, reason: FlowEndReason): void;
}

/** Read-only facts about a flow, for alerts and records. Built on demand, never per packet. */
export interface FlowInfo {
  /** Positive integer that stays unique for the run (EVE flow_id). */
  readonly flowId: number;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly ipVersion: 4 | 6;
  readonly vlan: readonly number[];
  readonly communityId: string;
  readonly startUsec: number;
  readonly lastUsec: number;
  readonly packetsToServer: number;
  readonly packetsToClient: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  readonly isMidstream: boolean;
  readonly isOneSided: boolean;
  readonly gapBytes: number;
  /** Stream bytes delivered divided by stream bytes known to exist, 0 to 100. */
  readonly seenPercent: number;
  readonly state: 'new' | 'established' | 'closed';
}

/** Ends of a flow as rules compare them: addresses as four words each (core/ip.ts). */
export interface FlowEndpoints {
  readonly flowId: number;
  readonly clientWords: Int32Array;
  readonly clientPort: number;
  readonly serverWords: Int32Array;
  readonly serverPort: number;
}

/** What the rest of the sensor may ask the flow table about a live flow. */
export interface FlowFacts {
  info(flow: number): FlowInfo;
  /** Undefined when there is no such flow: events of the decoder belong to none. */
  endpoints(flow: number): FlowEndpoints | undefined;
  clientPort(flow: number): number;
  serverPort(flow: number): number;
  isMidstream(flow: number): boolean;
  /** True once any byte of either half was lost or the start was not seen. */
  hasGap(flow: number): boolean;
  /** Handshake done, both directions captured from the start, and somebody still reads what is said. */
  isWaiting(flow: number): boolean;
  /** Stop reassembly for a flow nobody reads any more (TLS, not XMPP): it then costs nothing. */
  ignore(flow: number): void;
}

export interface FlowTableOptions {
  readonly counters: Counters;
  readonly limits: LimitValues;
  /** 'auto' unless told. */
  readonly checksums?: ChecksumMode;
  /** 'first' unless told. */
  readonly overlapPolicy?: OverlapPolicy;
  /**
   * Tell connections with the same addresses and ports apart by VLAN. False unless told: a capture
   * port may show one direction tagged and the other not, or one connection on two VLANs.
   */
  readonly usesVlan?: boolean;
  /** Seed of the community id, 0 to 65535; 0 unless told. */
  readonly communityIdSeed?: number;
  /** Flow ids count up from here; 1 unless told. Workers of one sensor take disjoint ranges. */
  readonly firstFlowId?: number;
  /** Ports that tell a midstream flow's server; XMPP_PORTS unless told. */
  readonly xmppPorts?: readonly number[];
}
