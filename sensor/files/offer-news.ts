/** What one worker tells the others of an offer: plain data, also for JSON, and no more of it than they can hear. */
import { COUNTER, type Counters, type LimitValues } from '../core/index.ts';
import type { FileOffer } from './types.ts';

export interface OfferNews {
  /** The same for the same offer on every worker. */
  readonly id: string;
  readonly offer: FileOffer;
  /** When its ways were named last. */
  readonly tsUsec: number;
  /** Who was told where the file is, in order. */
  readonly recipients: readonly string[];
  /** Bytes of the file where it was seen whole, -1 as long as it was not. */
  readonly countedBytes: number;
  /** New ways its bytes may come: names asked for in SOCKS5 (small hex), URLs it is put to and fetched from. */
  readonly names: readonly string[];
  readonly puts: readonly string[];
  readonly gets: readonly string[];
}

export interface NewsOptions {
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly onNews?: ((news: OfferNews) => void) | undefined;
}

export class NewsDesk {
  /** Time of the latest news. */
  nowUsec = 0;
  readonly #options: NewsOptions;
  /** The second in work, and what was told in it. */
  #startUsec = 0;
  #told = 0;

  constructor(options: NewsOptions) {
    this.#options = options;
  }

  tell(news: OfferNews): void {
    const { onNews, limits, counters } = this.#options;
    this.nowUsec = news.tsUsec;
    if (onNews === undefined) return;
    // Packet time may step back: the distance counts.
    if (Math.abs(news.tsUsec - this.#startUsec) >= 1e6) {
      this.#startUsec = news.tsUsec;
      this.#told = 0;
    }
    this.#told++;
    if (this.#told <= limits.filesNews) onNews(news);
    else {
      counters.values[COUNTER.filesNewsDropped] =
        (counters.values[COUNTER.filesNewsDropped] as number) + 1;
    }
  }
}
