/**
 * The way of records out of a capture worker: batches with credit. The supervisor may be slow (a full disk, a
 * locked store); the packet path must not wait for it and must not grow without bound. So at most a window of
 * batches is under way, further records queue up, and what the queue does at its limit is decided here:
 *
 * - An alert is never dropped. Without credit, repeats of one signature in one flow become a count: at once for
 *   findings about sessions and flows; for findings about a stanza's content (each another leak) only when the
 *   queue is full. If even that is not enough, repeats of one signature become a count whatever their flow.
 * - Other records are dropped and counted (`recordsDropped`): new ones when the queue is full, queued ones when
 *   an alert needs their place.
 *
 * So the sum of all counts is the number of alerts handed in, and the queue holds at most `alert.queue` records,
 * or one alert per signature where the rule set has more signatures than that.
 */
import type { Counters, LimitValues } from '../core/index.ts';
import { isContentDetection } from './detection-class.ts';
import type { AlertRecord, SensorRecord } from './types.ts';

export interface AlertBatcherOptions {
  /** Hands a batch on; its receiver answers with `acknowledge()`, at once or later. */
  readonly send: (batch: readonly SensorRecord[]) => void;
  readonly counters: Counters;
  readonly limits: Pick<LimitValues, 'alertQueue' | 'alertBatchRecords' | 'alertBatchesInFlight'>;
}

/** A queued record; `count` grows as repeats of an alert are folded into it, 0 marks a record given up. */
interface Slot {
  readonly record: SensorRecord;
  count: number;
}

export class AlertBatcher {
  readonly #options: AlertBatcherOptions;
  #queue: Slot[] = [];
  /** Records in #queue that were not given up. */
  #live = 0;
  #credit: number;
  /** Queued alerts by signature and flow, and by signature; rebuilt as the queue is sent. */
  readonly #byFlow = new Map<string, Slot>();
  readonly #bySignature = new Map<string, Slot>();
  /** Where to look for the oldest queued record that is no alert. */
  #victimCursor = 0;

  constructor(options: AlertBatcherOptions) {
    this.#options = options;
    this.#credit = options.limits.alertBatchesInFlight;
  }

  /** Records waiting for credit or for their batch to fill. */
  get queued(): number {
    return this.#live;
  }

  /** True when nothing waits and every batch sent was acknowledged. */
  get isDrained(): boolean {
    return this.#live === 0 && this.#credit === this.#options.limits.alertBatchesInFlight;
  }

  add(record: SensorRecord): void {
    if (record.kind === 'alert') this.#addAlert(record);
    else this.#addOther(record);
    if (this.#live >= this.#options.limits.alertBatchRecords) this.#sendBatches(true);
  }

  /** Sends what waits, as far as credit goes. Call it every few milliseconds and at the end. */
  flush(): void {
    this.#sendBatches(false);
  }

  /** The receiver is done with one batch. */
  acknowledge(): void {
    this.#credit = Math.min(this.#credit + 1, this.#options.limits.alertBatchesInFlight);
    this.#sendBatches(true);
  }

  #addAlert(record: SensorRecord & { readonly kind: 'alert' }): void {
    const { alert, flowId } = record.record;
    const signature = `${alert.gid}:${alert.sid}`;
    const key = `${signature} ${flowId}`;
    const isFull = this.#live >= this.#options.limits.alertQueue;
    if (this.#credit === 0 && (isFull || !isAboutContent(record.record))) {
      const same = this.#byFlow.get(key);
      if (same !== undefined) {
        this.#fold(same, alert.count);
        return;
      }
    }
    if (isFull && !this.#giveUpOther()) {
      const same = this.#bySignature.get(signature);
      if (same !== undefined) {
        this.#fold(same, alert.count);
        return;
      }
    }
    const slot = this.#push(record, alert.count);
    this.#byFlow.set(key, slot);
    this.#bySignature.set(signature, slot);
  }

  #addOther(record: SensorRecord): void {
    if (this.#live < this.#options.limits.alertQueue) this.#push(record, 1);
    else this.#options.counters.add('recordsDropped', 1);
  }

  #push(record: SensorRecord, count: number): Slot {
    const slot = { record, count };
    this.#queue.push(slot);
    this.#live++;
    return slot;
  }

  #fold(slot: Slot, count: number): void {
    slot.count += count;
    this.#options.counters.add('alertsFolded', count);
  }

  /** Gives up the oldest record that is no alert; false when only alerts are queued. */
  #giveUpOther(): boolean {
    for (; this.#victimCursor < this.#queue.length; this.#victimCursor++) {
      const slot = this.#queue[this.#victimCursor];
      if (slot === undefined || slot.record.kind === 'alert' || slot.count === 0) continue;
      slot.count = 0;
      this.#live--;
      this.#options.counters.add('recordsDropped', 1);
      return true;
    }
    return false;
  }

  #sendBatches(onlyFull: boolean): void {
    const { alertBatchRecords } = this.#options.limits;
    while (this.#credit > 0 && this.#live > 0) {
      if (onlyFull && this.#live < alertBatchRecords) return;
      const batch = this.#takeBatch(alertBatchRecords);
      this.#credit--;
      // The receiver may acknowledge within the call, which comes back here: all state is settled.
      this.#options.send(batch);
    }
  }

  #takeBatch(size: number): SensorRecord[] {
    const batch: SensorRecord[] = [];
    let taken = 0;
    while (taken < this.#queue.length && batch.length < size) {
      const slot = this.#queue[taken++];
      if (slot === undefined || slot.count === 0) continue;
      batch.push(withCount(slot));
    }
    this.#queue = this.#queue.slice(taken);
    this.#live -= batch.length;
    this.#victimCursor = Math.max(0, this.#victimCursor - taken);
    this.#indexAlerts();
    return batch;
  }

  /** Slots that were sent can take no more repeats. */
  #indexAlerts(): void {
    this.#byFlow.clear();
    this.#bySignature.clear();
    for (const slot of this.#queue) {
      if (slot.record.kind !== 'alert') continue;
      const { alert, flowId } = slot.record.record;
      this.#byFlow.set(`${alert.gid}:${alert.sid} ${flowId}`, slot);
      this.#bySignature.set(`${alert.gid}:${alert.sid}`, slot);
    }
  }
}

function withCount(slot: Slot): SensorRecord {
  const { record } = slot;
  if (record.kind !== 'alert' || record.record.alert.count === slot.count) return record;
  const { alert } = record.record;
  return { kind: 'alert', record: { ...record.record, alert: { ...alert, count: slot.count } } };
}

/** Each such alert has evidence of its own; folding loses it. */
function isAboutContent(record: AlertRecord): boolean {
  return record.evidence !== undefined || isContentDetection(record.detection);
}
