/** Door of correlation/. */
export { Correlation, createCorrelation, type CorrelationOptions } from './correlation.ts';
export { Site } from './site.ts';
export type { Campaign, FactHandler, ServerFeatures } from './types.ts';
export type { TableReport } from './state-memory.ts';
