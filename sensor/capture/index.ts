/** Door of capture/. */
export { listCaptureFiles } from './list-capture-files.ts';
export { openLive } from './live-capture.ts';
export { libpcapVersion } from './pcap-binding.ts';
export { readCapture } from './read-capture.ts';
export { shardFilter } from './shard-filter.ts';
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
