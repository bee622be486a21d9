/** Door of correlation/. */
export { Correlation, createCorrelation, type CorrelationOptions } from './correlation.ts';
export { LabelPolicy, type LabelPolicyOptions } from './label-policy.ts';
export { Site } from './site.ts';
export { StateMemory, type TableReport } from './state-memory.ts';
export {
  KINDS,
  type Campaign,
  type FactHandler,
  type FileTransfer,
  type FlowTeller,
  type Parties,
  type Place,
  type ServerFeatures,
  type Teller,
  type Watch,
} from './types.ts';
// What rooms with watches of their own are built from.
export { accountOf } from './accounts.ts';
export { JidKeys, Key } from './keys.ts';
export { LruTable, type Column, type ObjectColumn } from './lru-table.ts';
export { MARK, TYPE, type Outline } from './outline.ts';
export { RecentDistinct, RecentTimes } from './recent.ts';
export { HOP, addressText, type EndpointsOf, type Scene } from './scene.ts';
export { counted, shown, span } from './words.ts';
export type { WatchOptions } from './watches/index.ts';
