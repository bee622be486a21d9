/** What the roads of connections (SOCKS5, HTTP) are made from. */
import type { Counters, LimitValues, ThresholdValues } from '../../core/index.ts';
import type { EndpointsOf } from '../../correlation/index.ts';
import type { FileLedger } from '../ledger.ts';

export interface ConnectionOptions {
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly ledger: FileLedger;
  readonly endpointsOf: EndpointsOf;
  /** Do other workers see connections as well? */
  readonly hasPeers: boolean;
}
