/** Door of flow/. */
export type { ChecksumMode } from './checksum-gate.ts';
export { communityId } from './community-id.ts';
export { FlowTable } from './flow-table.ts';
export type { FlowEndReason, FlowFacts, FlowHandler, FlowInfo, FlowTableOptions } from './types.ts';
