/** Door of reassembly/. */
export { OVERLAP_POLICIES, type OverlapPolicy } from './overlap-policy.ts';
export { Reassembler } from './reassembler.ts';
export type { ReassemblyHandler } from './types.ts';
