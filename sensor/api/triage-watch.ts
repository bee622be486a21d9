/** Asks the store now and then what was triaged, whoever wrote it. One question at a time, by the number of a row. */
import { errorText, log } from '../core/index.ts';
import type { TriageNews } from '../output/index.ts';
import type { StoreService } from './services.ts';

const POLL_MS = 1000;

export type TriageSource = Pick<StoreService, 'triageSince'>;

export class TriageWatch {
  readonly #store: TriageSource;
  readonly #tell: (news: TriageNews) => void;
  #timer: NodeJS.Timeout | undefined;
  #cursor: number | undefined;
  #isAsking = false;
  /** Something was written since the question that runs was asked. */
  #isAskedAgain = false;
  /** Answers to questions of an earlier start are nobody's. */
  #start = 0;

  constructor(store: TriageSource, tell: (news: TriageNews) => void) {
    this.#store = store;
    this.#tell = tell;
  }

  /** Tells what comes from now on. */
  start(): void {
    this.#timer = setInterval(() => {
      if (!this.#isAsking) void this.#ask();
    }, POLL_MS);
    void this.#ask();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#cursor = undefined;
    this.#isAskedAgain = false;
    this.#isAsking = false;
    this.#start++;
  }

  /** At once, or once the question that runs is answered. */
  look(): void {
    if (this.#timer === undefined) return;
    if (this.#isAsking) this.#isAskedAgain = true;
    else void this.#ask();
  }

  async #ask(): Promise<void> {
    const start = this.#start;
    const isOver = (): boolean => start !== this.#start;
    this.#isAsking = true;
    try {
      const news = await this.#store.triageSince(this.#cursor);
      if (isOver()) return;
      this.#cursor = news.cursor;
      this.#tell(news);
    } catch (error) {
      // What was written meanwhile is told by the next answer, which begins where the latest ended.
      log('debug', 'api', `triage: ${errorText(error)}`);
    }
    if (isOver()) return;
    this.#isAsking = false;
    if (!this.#isAskedAgain) return;
    this.#isAskedAgain = false;
    this.look();
  }
}
