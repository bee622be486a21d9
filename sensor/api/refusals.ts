/**
 * Refused tokens: counted by reason, slowed down by address, and told in the audit once a minute with their number, so
 * that somebody who guesses fills neither the store nor the log.
 */
import { errorText, log, monotonicMs, wallClockUsec } from '../core/index.ts';
import { ApiError } from './problems.ts';
import type { StoreService } from './services.ts';

const MINUTE_MS = 60_000;
/** Addresses remembered; beyond, the one that failed longest ago is forgotten. */
const MAX_ADDRESSES = 1024;

export type RefusalReason = 'missing' | 'unknown' | 'expired' | 'role' | 'url';

interface Failures {
  count: number;
  readonly startMs: number;
}

export class Refusals {
  readonly #perMinute: number;
  readonly #store: Pick<StoreService, 'writeAudit'>;
  readonly #byAddress = new Map<string, Failures>();
  readonly #totals: Record<RefusalReason, number> = {
    ...{ missing: 0, unknown: 0, expired: 0, role: 0, url: 0 },
  };
  /** Since the latest row of the audit. */
  #untold = 0;
  #untoldAddress = '';
  #timer: NodeJS.Timeout | undefined;
  #toldMs = -Infinity;

  constructor(perMinute: number, store: Pick<StoreService, 'writeAudit'>) {
    this.#perMinute = perMinute;
    this.#store = store;
  }

  /** So far, by reason. */
  get totals(): Readonly<Record<RefusalReason, number>> {
    return this.#totals;
  }

  /**
   * Counts one. Without a token nothing is guessed: such requests are counted and nothing else. Throws ApiError
   * TOO_MANY once the address had its share of this minute.
   */
  add(reason: RefusalReason, address: string): void {
    this.#totals[reason]++;
    if (reason === 'missing' || reason === 'role') return;
    this.#untold++;
    this.#untoldAddress = address;
    this.#tell();
    const failures = this.#failuresOf(address);
    if (++failures.count <= this.#perMinute) return;
    const seconds = Math.ceil((failures.startMs + MINUTE_MS - monotonicMs()) / 1000);
    throw new ApiError(
      429,
      'TOO_MANY',
      'Too many wrong tokens from this address',
      'Right tokens are still accepted; wait before trying others',
      Math.max(1, seconds),
    );
  }

  /** Tells what is not told yet. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writeRow();
  }

  #failuresOf(address: string): Failures {
    const nowMs = monotonicMs();
    const known = this.#byAddress.get(address);
    if (known !== undefined && nowMs - known.startMs < MINUTE_MS) return known;
    const fresh = { count: 0, startMs: nowMs };
    this.#byAddress.delete(address);
    this.#byAddress.set(address, fresh);
    if (this.#byAddress.size > MAX_ADDRESSES) {
      const [oldest = ''] = this.#byAddress.keys();
      this.#byAddress.delete(oldest);
    }
    return fresh;
  }

  /** The first at once, the others of the minute in one row at its end. */
  #tell(): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#toldMs + MINUTE_MS - monotonicMs());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#toldMs = monotonicMs();
      void this.#writeRow();
    }, waitMs).unref();
  }

  async #writeRow(): Promise<void> {
    const count = this.#untold;
    const object = this.#untoldAddress;
    if (count === 0) return;
    this.#untold = 0;
    log('warn', 'api', `${count} wrong tokens were refused, the latest from ${object}`);
    try {
      await this.#store.writeAudit({
        ...{ tsUsec: wallClockUsec(), actor: 'api', action: 'token_refused', object },
        detail: { count },
      });
    } catch (error) {
      log('warn', 'api', `audit: ${errorText(error)}`);
    }
  }
}
