/**
 * What waits to be posted to one receiver. Bounded by number and age: what does not fit is counted, never silent. An
 * alert waits at most once: what it has become replaces what it was.
 */
import type { AlertRecord } from '../../alert/index.ts';
import type { WebhookEvent } from './webhook-message.ts';

export interface Waiting {
  /** The same in every attempt. */
  readonly delivery: string;
  readonly event: WebhookEvent;
  record: AlertRecord;
  readonly sinceMs: number;
}

export class WebhookQueue {
  readonly #maxLength: number;
  readonly #maxAgeMs: number;
  /** By alert, the one that waits longest first. */
  readonly #waiting = new Map<string, Waiting>();
  expired = 0;
  overflow = 0;

  constructor(maxLength: number, maxAgeMs: number) {
    this.#maxLength = maxLength;
    this.#maxAgeMs = maxAgeMs;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /** Puts the alert as it has become in place of what waits of it; false when nothing does. */
  refresh(record: AlertRecord): boolean {
    const waiting = this.#waiting.get(record.alertId);
    if (waiting === undefined) return false;
    waiting.record = record;
    return true;
  }

  /** Adds at the end; the least severe one goes when there is no room, the oldest of them first. */
  add(entry: Waiting): void {
    this.#waiting.set(entry.record.alertId, entry);
    if (this.#waiting.size <= this.#maxLength) return;
    let victim = entry;
    for (const each of this.#waiting.values()) {
      if (each === entry) continue;
      const isLesser = each.record.alert.severity > victim.record.alert.severity;
      const isOlder =
        victim === entry && each.record.alert.severity === victim.record.alert.severity;
      if (isLesser || isOlder) victim = each;
    }
    this.#waiting.delete(victim.record.alertId);
    this.overflow++;
  }

  /** Takes the one that waits longest; those that waited too long are given up. */
  take(nowMs: number): Waiting | undefined {
    for (const [alertId, entry] of this.#waiting) {
      this.#waiting.delete(alertId);
      if (nowMs - entry.sinceMs <= this.#maxAgeMs) return entry;
      this.expired++;
    }
    return undefined;
  }

  /** Gives up all; returns how many there were. */
  clear(): number {
    const { size } = this.#waiting;
    this.#waiting.clear();
    this.expired += size;
    return size;
  }
}
