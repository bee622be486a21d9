/** Door of transport/. */
export { Transport } from './transport.ts';
export type {
  AppProto,
  HttpInterest,
  HttpRange,
  HttpRequest,
  HttpResponse,
  SocksRequest,
  TransportHandler,
  TransportOptions,
} from './types.ts';
