/**
 * What a process is told when there is room and left out otherwise: while one stalls, news for it would pile up in the
 * one that sends. Without them a file has no name; without memory nothing goes on.
 */
import type { OfferNews } from './files/index.ts';

/** As ChildProcess.send: false says that the channel is full, `onSent` that it took the message. */
export type SendNews = (news: OfferNews, onSent: () => void) => boolean;

export class NewsValve {
  /** News left out so far. */
  dropped = 0;
  readonly #send: SendNews;
  #sent = 0;
  #isFull = false;

  constructor(send: SendNews) {
    this.#send = send;
  }

  tell(news: OfferNews): void {
    if (this.#isFull) {
      this.dropped++;
      return;
    }
    const number = ++this.#sent;
    this.#isFull = !this.#send(news, () => {
      // Messages go in order: behind the last one nothing waits.
      if (number === this.#sent) this.#isFull = false;
    });
  }
}
