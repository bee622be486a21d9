/** Door of capture/. */
export type {
  CaptureOrigin,
  LiveCapture,
  LiveOptions,
  PacketHandler,
  ReadOptions,
  ReadProgress,
  ReadResult,
} from './types.ts';
