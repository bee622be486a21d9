/** Door of api/: the HTTP side of a running sensor. */
export { startHttp, type HttpServer } from './server.ts';
export type { LatestAlert, Readiness, SensorStatus, StatusSource } from './types.ts';
export type * from './contract.ts';
export type {
  ApiServices,
  PacketService,
  Paged,
  RuleService,
  SensorService,
  StoreService,
} from './services.ts';
