/** Door of flow/. */
export { CHECKSUM_MODES, type ChecksumMode } from './checksum-gate.ts';
export { communityId } from './community-id.ts';
export { FlowTable } from './flow-table.ts';
export { STREAM_PORTS, WEB_PORTS, XMPP_PORTS, portSet } from './ports.ts';
export type { FlowEndReason, FlowFacts, FlowHandler, FlowInfo, FlowTableOptions } from './types.ts';
