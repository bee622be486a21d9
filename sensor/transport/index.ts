/** Door of transport/. */
export { Transport } from './transport.ts';
export type { SocksRequest } from './socks.ts';
export type { AppProto, TransportHandler, TransportOptions } from './types.ts';
