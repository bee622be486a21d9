/**
 * Posts alerts to one receiver, in the background: nothing here waits for the network while records are written. A
 * failed attempt pauses the receiver (1 s, doubled up to webhook.retry_seconds, or what Retry-After asks within that)
 * and goes to the end of the queue, so that one message that is always refused holds up no other.
 */
import { randomUUID } from 'node:crypto';
import type { AlertRecord } from '../../alert/index.ts';
import { errorText, log, monotonicMs, wallClockUsec, type LimitValues } from '../../core/index.ts';
import { messageBody, messageHeaders } from './webhook-message.ts';
import { WebhookQueue, type Waiting } from './webhook-queue.ts';
import type { WebhookOptions, WebhookStatus } from './webhook-types.ts';

export type SenderLimits = Pick<
  LimitValues,
  | 'webhookQueue'
  | 'webhookQueueSeconds'
  | 'webhookInFlight'
  | 'webhookTimeoutSeconds'
  | 'webhookRetrySeconds'
  | 'webhookGrowthSeconds'
  | 'webhookAlerts'
>;

/** Answers that say the message itself is unwanted: another attempt would get the same. */
const UNWANTED: ReadonlySet<number> = new Set([400, 405, 410, 413, 415, 422]);
const FIRST_PAUSE_MS = 1000;

/** Growth is looked for so often, at least once in the time it is gathered. */
const SWEEP_MS = 1000;

export class WebhookSender {
  readonly #options: WebhookOptions;
  readonly #limits: SenderLimits;
  readonly #queue: WebhookQueue;
  /** Alert -> when it was handed to the queue, the one of longest ago first. */
  readonly #posted = new Map<string, number>();
  /** What posted alerts have become since; posted when their time has come. */
  readonly #growth = new Map<string, AlertRecord>();
  readonly #inFlight = new Set<Promise<void>>();
  #secret: string;
  #timer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #pausedUntilMs = 0;
  #pauseMs = 0;
  #delivered = 0;
  #refused = 0;
  #retries = 0;
  #problem: string | undefined;
  #isClosing = false;
  /** Ends attempts that outlast the end. */
  readonly #end = new AbortController();

  constructor(options: WebhookOptions, secret: string, limits: SenderLimits) {
    this.#options = options;
    this.#secret = secret;
    this.#limits = limits;
    this.#queue = new WebhookQueue(limits.webhookQueue, limits.webhookQueueSeconds * 1000);
  }

  get status(): WebhookStatus {
    return {
      delivered: this.#delivered,
      refused: this.#refused,
      expired: this.#queue.expired,
      overflow: this.#queue.overflow,
      retries: this.#retries,
      queueLength: this.#queue.length,
    };
  }

  /** What the latest attempt met, undefined after one that went well. The path of the URL may be a secret: not shown. */
  get problem(): string | undefined {
    if (this.#problem === undefined) return undefined;
    const { length } = this.#queue;
    const origin = `${new URL(this.#options.url).origin}: ${this.#problem}`;
    return length === 0 ? origin : `${origin}; alerts waiting: ${length}`;
  }

  set secret(secret: string) {
    this.#secret = secret;
  }

  /** An alert, or one that has grown. */
  offer(record: AlertRecord): void {
    if (this.#isClosing || record.alert.severity > this.#options.minSeverity) return;
    if (!this.#posted.has(record.alertId)) this.#enqueue('alert', record);
    else if (!this.#queue.refresh(record)) this.#growth.set(record.alertId, record);
    this.#sweepLater();
    this.#pump();
  }

  /** One more attempt for all that wait, then what is left is given up. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const endMs = monotonicMs() + this.#limits.webhookTimeoutSeconds * 1000;
    this.#pausedUntilMs = 0;
    this.#postGrowth(0);
    this.#pump();
    while (this.#inFlight.size > 0 && monotonicMs() < endMs) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, endMs - monotonicMs());
      });
      await Promise.race([patience, ...this.#inFlight]);
      clearTimeout(timer);
    }
    // What is still under way is given up as well: it goes back to the queue, which counts it.
    this.#end.abort();
    await Promise.all(this.#inFlight);
    clearTimeout(this.#timer);
    clearTimeout(this.#sweepTimer);
    const lost = this.#queue.clear();
    if (lost > 0) log('error', 'webhook', `alerts not posted: ${lost}; the store has them`);
  }

  #enqueue(event: Waiting['event'], record: AlertRecord): void {
    const { alertId } = record;
    const sinceMs = monotonicMs();
    this.#queue.add({ delivery: randomUUID(), event, record, sinceMs });
    this.#growth.delete(alertId);
    this.#posted.delete(alertId);
    this.#posted.set(alertId, sinceMs);
    if (this.#posted.size <= this.#limits.webhookAlerts) return;
    for (const oldest of this.#posted.keys()) {
      this.#posted.delete(oldest);
      this.#growth.delete(oldest);
      return;
    }
  }

  /** Queues what alerts have become that were posted `growthMs` ago or earlier. */
  #postGrowth(growthMs: number): void {
    const beforeMs = monotonicMs() - growthMs;
    for (const [alertId, record] of this.#growth) {
      if ((this.#posted.get(alertId) ?? 0) > beforeMs) continue;
      if (this.#queue.refresh(record)) this.#growth.delete(alertId);
      else this.#enqueue('alert_update', record);
    }
  }

  #sweepLater(): void {
    if (this.#growth.size === 0 || this.#sweepTimer !== undefined || this.#isClosing) return;
    const growthMs = this.#limits.webhookGrowthSeconds * 1000;
    this.#sweepTimer = setTimeout(
      () => {
        this.#sweepTimer = undefined;
        this.#postGrowth(growthMs);
        this.#sweepLater();
        this.#pump();
      },
      Math.min(SWEEP_MS, growthMs),
    );
    this.#sweepTimer.unref();
  }

  /** Sends what may go now and comes back when more may. */
  #pump(): void {
    if (this.#end.signal.aborted) return;
    const nowMs = monotonicMs();
    while (nowMs >= this.#pausedUntilMs && this.#inFlight.size < this.#limits.webhookInFlight) {
      const entry = this.#queue.take(nowMs);
      if (entry === undefined) return;
      const attempt = this.#attempt(entry).finally(() => {
        this.#inFlight.delete(attempt);
        this.#pump();
      });
      this.#inFlight.add(attempt);
    }
    // Without a pause, the end of a request goes on.
    if (nowMs >= this.#pausedUntilMs || this.#queue.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#pump();
      },
      this.#pausedUntilMs - nowMs + 1,
    );
    // The sensor ends when its capture does, not when the last message is out.
    this.#timer.unref();
  }

  async #attempt(entry: Waiting): Promise<void> {
    const body = messageBody(entry.event, entry.delivery, entry.record);
    const seconds = Math.floor(wallClockUsec() / 1e6);
    const timeout = AbortSignal.timeout(this.#limits.webhookTimeoutSeconds * 1000);
    try {
      const response = await fetch(this.#options.url, {
        method: 'POST',
        headers: messageHeaders(entry.delivery, body, seconds, this.#secret),
        body,
        // Whoever may redirect would get the alerts.
        redirect: 'manual',
        signal: AbortSignal.any([timeout, this.#end.signal]),
      });
      await response.body?.cancel();
      this.#onAnswer(entry, response.status, response.headers.get('retry-after'));
    } catch (error) {
      this.#repeat(entry, causeOf(error), 0);
    }
  }

  #onAnswer(entry: Waiting, status: number, retryAfter: string | null): void {
    if (status >= 200 && status < 300) {
      this.#delivered++;
      this.#pauseMs = 0;
      this.#pausedUntilMs = 0;
      this.#tell(undefined);
      return;
    }
    const isRedirect = status >= 300 && status < 400;
    if (isRedirect || UNWANTED.has(status)) {
      this.#refused++;
      this.#tell(
        isRedirect ? `redirects (HTTP ${status}), which is not followed` : `HTTP ${status}`,
      );
      return;
    }
    this.#repeat(entry, `HTTP ${status}`, retryAfterMs(retryAfter));
  }

  #repeat(entry: Waiting, problem: string, askedMs: number): void {
    this.#retries++;
    this.#tell(problem);
    const mostMs = this.#limits.webhookRetrySeconds * 1000;
    this.#pauseMs = Math.min(mostMs, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#pausedUntilMs = monotonicMs() + Math.min(mostMs, Math.max(this.#pauseMs, askedMs));
    // An alert that grew meanwhile waits already, or will: what is repeated then is what it has become.
    this.#queue.add(entry);
  }

  #tell(problem: string | undefined): void {
    if (problem !== undefined && this.#problem === undefined) {
      log('error', 'webhook', `${new URL(this.#options.url).origin}: ${problem}`);
    }
    this.#problem = problem;
  }
}

/** fetch says "fetch failed" and keeps the reason in `cause`. */
function causeOf(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return errorText(error.cause);
  return errorText(error);
}

/** Retry-After (RFC 9110 section 10.2.3): seconds or a date; 0 when it says nothing. */
function retryAfterMs(value: string | null): number {
  if (value === null) return 0;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, at - wallClockUsec() / 1000);
}
