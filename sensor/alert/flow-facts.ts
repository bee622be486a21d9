/** What every record says about its flow, and where it was captured. */
import type { FlowInfo } from '../flow/index.ts';
import type { FlowCounts } from './types.ts';

/** Where a packet came from: capture file or interface, '' where it has none, and its number there. */
export interface PacketOrigin {
  readonly fileName: string;
  readonly interfaceName: string;
  readonly packetNumber: number;
}

/** Stands in for findings outside any flow (decoder events). */
export const NO_FLOW: FlowInfo = {
  flowId: 0,
  clientIp: '',
  clientPort: 0,
  serverIp: '',
  serverPort: 0,
  ipVersion: 4,
  vlan: [],
  communityId: '',
  startUsec: 0,
  lastUsec: 0,
  packetsToServer: 0,
  packetsToClient: 0,
  bytesToServer: 0,
  bytesToClient: 0,
  isMidstream: false,
  isOneSided: false,
  gapBytes: 0,
  seenPercent: 100,
  state: 'new',
};

export function flowCounts(info: FlowInfo): FlowCounts {
  return {
    clientIp: info.clientIp,
    clientPort: info.clientPort,
    serverIp: info.serverIp,
    serverPort: info.serverPort,
    pktsToServer: info.packetsToServer,
    pktsToClient: info.packetsToClient,
    bytesToServer: info.bytesToServer,
    bytesToClient: info.bytesToClient,
    startUsec: info.startUsec,
    lastUsec: info.lastUsec,
    state: info.state,
  };
}
