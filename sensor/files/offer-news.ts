/** What one worker tells the others of an offer: plain data, also for JSON. */
import type { FileOffer } from './types.ts';

export interface OfferNews {
  /** The same for the same offer on every worker. */
  readonly id: string;
  readonly offer: FileOffer;
  /** Who was told where the file is, in order. */
  readonly recipients: readonly string[];
  /** Bytes of the file where it was seen whole, -1 as long as it was not. */
  readonly countedBytes: number;
  /** New ways its bytes may come: names asked for in SOCKS5 (small hex), URLs it is put to and fetched from. */
  readonly names: readonly string[];
  readonly puts: readonly string[];
  readonly gets: readonly string[];
}
