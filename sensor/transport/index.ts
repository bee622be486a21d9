/** Door of transport/. */
export { Transport } from './transport.ts';
export type { AppProto, TransportHandler, TransportOptions } from './types.ts';
