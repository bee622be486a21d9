/**
 * Plain counters of the packet path. Rooms bump `counters.values[COUNTER.x]`; `output/metrics`
 * and the summary read them. A Float64Array keeps increments free of allocation and a snapshot
 * is one copy.
 */
import { EVENTS } from './events.ts';

/** Index of every counter. Gauges are set, the others only grow. */
export const COUNTER = {
  capturePackets: 0,
  captureBytes: 1,
  captureDroppedKernel: 2,
  captureDroppedInterface: 3,
  captureDroppedShed: 4,
  captureDuplicates: 5,
  decodedTcp: 6,
  decodedOther: 7,
  flowsOpened: 8,
  flowsActive: 9,
  flowsEndClosed: 10,
  flowsEndReset: 11,
  flowsEndTimeout: 12,
  flowsEndEvicted: 13,
  flowsEndShutdown: 14,
  flowsMidstream: 15,
  tcpPayloadBytes: 16,
  tcpGapBytes: 17,
  tcpOverlapConflicts: 18,
  tcpUnseenAck: 19,
  tcpChecksumErrors: 20,
  tcpRetransmittedBytes: 21,
  flowMemuse: 22,
  reassemblyMemuse: 23,
  sessionsC2s: 24,
  sessionsS2s: 25,
  sessionsComponent: 26,
  sessionsServerless: 27,
  sessionsOpened: 28,
  stanzasMessageToServer: 29,
  stanzasMessageToClient: 30,
  stanzasPresenceToServer: 31,
  stanzasPresenceToClient: 32,
  stanzasIqToServer: 33,
  stanzasIqToClient: 34,
  stanzasOtherToServer: 35,
  stanzasOtherToClient: 36,
  xmlBytes: 37,
  encryptedStarttls: 38,
  encryptedDirect: 39,
  encryptedCompressed: 40,
  notXmppFlows: 41,
  probedFlows: 42,
  alertsFolded: 43,
  alertsSuppressed: 44,
  scanNanoseconds: 45,
  scans: 46,
  xmppFlows: 47,
  tcpSeenBytes: 48,
  degradedFlows: 49,
  alertsCopies: 50,
  recordsDropped: 51,
  findings: 52,
  detectMatchLimit: 53,
  detectWorkLimit: 54,
  xmppStanzasCapped: 55,
  detectStreamBytes: 56,
  detectStreamWindowsLost: 57,
  bitsForgotten: 58,
  ratesForgotten: 59,
  stateEvictions: 60,
  parserDiffReadings: 61,
  parserDiffSkipped: 62,
  incidentFirings: 63,
  incidentsOpen: 64,
  incidentsEvicted: 65,
  filesInspected: 66,
  filesInspectRefused: 67,
  filesInspectFailed: 68,
  filesOpened: 69,
  filesEnded: 70,
  filesForgotten: 71,
  filesNotKept: 72,
  filesRetold: 73,
  filesNotFollowed: 74,
  openingsLost: 75,
  bodiesNotUnpacked: 76,
  filesStored: 77,
  filesStoreFull: 78,
  filesStoreFailed: 79,
  filesOpen: 80,
  filesNewsDropped: 81,
  filesOverlooked: 82,
  packetsKept: 83,
  packetsDroppedQueue: 84,
  packetsDroppedBudget: 85,
  packetsDroppedDisk: 86,
  packetsDroppedRoom: 87,
  packetSpoolBytes: 88,
} as const;

export type CounterName = keyof typeof COUNTER;

export const COUNTER_COUNT = Object.keys(COUNTER).length;

export class Counters {
  /** One value per COUNTER index. */
  readonly values = new Float64Array(COUNTER_COUNT);
  /** How often each event of the catalogue was raised, by event id. */
  readonly events = new Float64Array(EVENTS.length);

  get(name: CounterName): number {
    return this.values[COUNTER[name]] ?? 0;
  }

  /** Raise a counter; `values[COUNTER.x]++` is the same thing where speed matters. */
  add(name: CounterName, by: number): void {
    this.values[COUNTER[name]] = (this.values[COUNTER[name]] ?? 0) + by;
  }
}
