/** Door of capture/. */
export { listCaptureFiles } from './list-capture-files.ts';
export { readCapture } from './read-capture.ts';
export type {
  CaptureOrigin,
  LiveCapture,
  LiveOptions,
  LiveStats,
  PacketHandler,
  ReadOptions,
  ReadProgress,
  ReadResult,
} from './types.ts';
