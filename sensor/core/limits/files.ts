/** Limits of files on their way (files/). */
import { limit, type LimitInfo } from './limit.ts';

export const FILES_LIMITS = {
  filesInspectSeconds: limit(
    'files.inspect_seconds',
    10,
    'seconds',
    'inspection of the file is given up, the next goes on in a new thread; counter files_inspect_failed',
  ),
  filesInspectJobs: limit(
    'files.inspect_jobs',
    256,
    'items',
    'further file is not inspected; counter files_inspect_refused',
  ),
  filesInspectBytes: limit(
    'files.inspect_bytes',
    64 * 1024 * 1024,
    'bytes',
    'further file is not inspected while so much waits; counter files_inspect_refused',
  ),
  filesInspectHeapBytes: limit(
    'files.inspect_heap_bytes',
    384 * 1024 * 1024,
    'bytes',
    'thread of the inspector ends and starts anew, its file is not inspected; counter files_inspect_failed',
  ),
  filesMembers: limit(
    'files.members',
    512,
    'items',
    'further members of archives and documents are not looked at; the record of the file says so',
  ),
  filesMemberBytes: limit(
    'files.member_bytes',
    32 * 1024,
    'bytes',
    'rules on bytes see the beginning of the member only (its text is searched whole)',
  ),
  filesDepth: limit('files.depth', 5, 'items', 'archives nested deeper are not opened; file.bomb'),
  filesUnpackedBytes: limit(
    'files.unpacked_bytes',
    64 * 1024 * 1024,
    'bytes',
    'rest is not unpacked; the record of the file says so, beyond files.ratio also file.bomb',
  ),
  filesTextBytes: limit(
    'files.text_bytes',
    16 * 1024 * 1024,
    'bytes',
    'further text of the file is not searched; the record of the file says so',
  ),
  filesRatio: limit(
    'files.ratio',
    100,
    'items',
    'file that unpacks to files.unpacked_bytes and to so many times its size is told as file.bomb',
  ),
  filesOpen: limit(
    'files.open',
    4096,
    'items',
    'file without bytes for longest ends as unfinished; counter files_forgotten',
  ),
  filesContentBytes: limit(
    'files.content_bytes',
    8 * 1024 * 1024,
    'bytes',
    'the rest of the file is hashed and counted, not looked into; its record says so',
  ),
  filesMemoryBytes: limit(
    'files.memory_bytes',
    256 * 1024 * 1024,
    'bytes',
    'bytes of files are hashed and counted, not looked into; counter files_not_kept',
  ),
  filesStorePendingBytes: limit(
    'files.store_pending_bytes',
    64 * 1024 * 1024,
    'bytes',
    'further file is not kept while so much waits for the disk; counter files_store_failed',
  ),
  filesRecent: limit(
    'files.recent',
    16384,
    'items',
    'file told longest ago is forgotten: seen again on another way it is told twice',
  ),
  filesIbbStreams: limit(
    'files.ibb_streams',
    16384,
    'items',
    'in-band bytestream unused for longest is forgotten, its file ends as unfinished; counter state_evictions',
  ),
  filesIbbHeldBytes: limit(
    'files.ibb_held_bytes',
    16 * 1024 * 1024,
    'bytes',
    'blocks that came before a missing one no longer wait for it: it is a gap',
  ),
  filesOffers: limit(
    'files.offers',
    8192,
    'items',
    'file offered longest ago is forgotten: its bytes are looked at without a name; counter state_evictions',
  ),
  filesUrls: limit(
    'files.urls',
    16384,
    'items',
    'URL of a shared file unused for longest is forgotten: downloads from it are not looked at; counter state_evictions',
  ),
  filesNews: limit(
    'files.news',
    2000,
    'items',
    'in a second; of further offers other workers do not hear: bytes they see are told without a name; counter files_news_dropped',
  ),
  filesConnections: limit(
    'files.connections',
    4096,
    'items',
    'further SOCKS5 and HTTP connections are not followed; counter files_not_followed',
  ),
} as const satisfies Readonly<Record<string, LimitInfo>>;
