/** All watches of the room, one line each. */
import type { Watch, WatchOptions } from '../correlation/index.ts';
import type { FileLedger } from './ledger.ts';
import type { FileDesk } from './types.ts';

/** What a watch of this room is made from. */
export interface RoadOptions extends WatchOptions {
  readonly ledger: FileLedger;
  readonly desk: FileDesk;
}

const WATCHES: readonly ((options: RoadOptions) => Watch)[] = [];

export function createFileWatches(options: RoadOptions): Watch[] {
  return WATCHES.map((make) => make(options));
}
