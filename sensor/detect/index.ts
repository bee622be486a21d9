/** Door of detect/. */
export type { Finding, FindingHandler, FindingMatch } from './types.ts';
