/** Door of api/: the HTTP side of a running sensor. */
export { startHttp, type HttpServer } from './server.ts';
export type { LatestAlert, Readiness, SensorStatus, StatusSource } from './types.ts';
export type { PacketsKept, TextSpan, Transcript, TranscriptEntry } from './contract.ts';
export type { PacketService } from './services.ts';
