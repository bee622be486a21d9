/** Door of flow/. */
export type { FlowEndReason, FlowFacts, FlowHandler, FlowInfo } from './types.ts';
