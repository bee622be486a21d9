/** All watches of the room, one line each. */
import type { Watch, WatchOptions } from '../correlation/index.ts';
import type { FileLedger } from './ledger.ts';
import { watchBytestreams } from './offers/bytestreams.ts';
import { watchCids } from './offers/cids.ts';
import { watchJingle } from './offers/jingle.ts';
import { watchShares } from './offers/shares.ts';
import { watchSi } from './offers/si.ts';
import { watchUploads } from './offers/upload.ts';
import { watchCarried } from './roads/watch-carried.ts';
import { watchIbbData } from './roads/ibb.ts';
import type { FileDesk } from './types.ts';

/** What a watch of this room is made from. */
export interface RoadOptions extends WatchOptions {
  readonly ledger: FileLedger;
  readonly desk: FileDesk;
}

/** Offers first: bytes of theirs may stand in the same stanza. */
const WATCHES: readonly ((options: RoadOptions) => Watch | readonly Watch[])[] = [
  watchSi,
  watchJingle,
  watchBytestreams,
  watchUploads,
  watchShares,
  watchCids,
  watchIbbData,
  watchCarried,
];

export function createFileWatches(options: RoadOptions): Watch[] {
  return WATCHES.flatMap((make) => make(options));
}
