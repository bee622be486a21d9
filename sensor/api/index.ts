/** Door of api/: the HTTP side of a running sensor. */
export {
  buildServer,
  startHttp,
  type HttpLimits,
  type HttpOptions,
  type HttpServer,
} from './server.ts';
export type { Readiness } from './types.ts';
export {
  MAX_TOKENS,
  ROLES,
  checkTokenName,
  findToken,
  formatTokens,
  hasExpired,
  hashToken,
  newToken,
  parseTokens,
  type TokenEntry,
  type TokenSource,
} from './tokens.ts';
export { ROUTES } from './routes/index.ts';
export type { Route } from './route.ts';
export type * from './contract.ts';
export type {
  ApiServices,
  PacketService,
  Paged,
  RuleService,
  SensorService,
  StoreService,
} from './services.ts';
