/**
 * The way of records out of a capture worker: batches with credit. The supervisor may be slow (a full disk, a
 * locked store); the packet path must not wait for it and must not grow without bound. So at most a window of
 * batches is under way, further records queue up, and what the queue does at its limit is decided here:
 *
 * - An alert is never dropped. Without credit, repeats of one signature in one flow become a count: at once for
 *   findings about sessions and flows; for findings about a stanza's content (each another leak) and for attacks
 *   that grow by themselves only when the queue is full. If even that is not enough, repeats of one signature become
 *   a count whatever their flow.
 * - An alert that has grown takes the place of what is queued of it. When the queue is full, what it has grown by
 *   is counted with another alert of its signature (`growth-ledger.ts`).
 * - A campaign, and what a server offers, takes the place of what is queued of it.
 * - Other records are dropped and counted (`recordsDropped`): new ones when the queue is full, queued ones when
 *   an alert needs their place.
 *
 * So the sum of all counts is the number of firings handed in, and the queue holds at most `alert.queue` records,
 * or one alert per signature where the rule set has more signatures than that.
 */
import type { Counters, LimitValues } from '../core/index.ts';
import { isContentDetection } from './detection-class.ts';
import { GrowthLedger, type AlertEntry } from './growth-ledger.ts';
import type { AlertRecord, SensorRecord } from './types.ts';

export interface AlertBatcherOptions {
  /** Hands a batch on; its receiver answers with `acknowledge()`, at once or later. */
  readonly send: (batch: readonly SensorRecord[]) => void;
  readonly counters: Counters;
  readonly limits: Pick<
    LimitValues,
    'alertQueue' | 'alertBatchRecords' | 'alertBatchesInFlight' | 'alertIncidents'
  >;
}

/** A queued record. */
interface Slot {
  record: SensorRecord;
  /** What was folded into an alert that stands alone; of attacks that grow the ledger knows. */
  folded: number;
  isGone: boolean;
}

export class AlertBatcher {
  readonly #options: AlertBatcherOptions;
  readonly #ledger: GrowthLedger;
  #queue: Slot[] = [];
  /** Records in #queue that are not gone. */
  #live = 0;
  #credit: number;
  /** Queued alerts by signature and flow, and by signature; rebuilt as the queue is sent. */
  readonly #byFlow = new Map<string, Slot>();
  readonly #bySignature = new Map<string, Slot>();
  /** Queued records that may come again with more in them, by what names them. */
  readonly #byName = new Map<string, Slot>();
  /** Where to look for the oldest queued record that is no alert. */
  #victimCursor = 0;

  constructor(options: AlertBatcherOptions) {
    this.#options = options;
    this.#credit = options.limits.alertBatchesInFlight;
    this.#ledger = new GrowthLedger(options.limits.alertIncidents);
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
    if (!this.#replace(record)) {
      if (isAlert(record)) this.#addAlert(record);
      else this.#addOther(record);
    }
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

  /** Puts the record in the place of an older one of the same thing. */
  #replace(record: SensorRecord): boolean {
    const slot = this.#byName.get(nameOf(record));
    if (slot === undefined) return false;
    // An alert that was not sent yet stays one: its update is no news to anybody.
    slot.record =
      isAlert(record) && slot.record.kind === 'alert' ? { ...record, kind: 'alert' } : record;
    return true;
  }

  #addAlert(entry: AlertEntry): void {
    const { record } = entry;
    if (entry.kind === 'alert_update' && this.#ledger.untold(entry) === 0) return;
    const isFull = this.#live >= this.#options.limits.alertQueue;
    if (this.#credit === 0 && (isFull || !isKeptApart(record))) {
      const same = this.#byFlow.get(flowKey(record));
      if (same !== undefined) {
        this.#fold(entry, 0, same);
        return;
      }
    }
    if (isFull && !this.#giveUpOther()) {
      const same = this.#bySignature.get(signatureOf(record));
      if (same !== undefined) {
        this.#fold(entry, 0, same);
        return;
      }
      this.#foldTwins();
    }
    this.#index(this.#push(entry));
  }

  #addOther(record: SensorRecord): void {
    if (this.#live < this.#options.limits.alertQueue) this.#index(this.#push(record));
    else this.#options.counters.add('recordsDropped', 1);
  }

  #push(record: SensorRecord): Slot {
    const slot = { record, folded: 0, isGone: false };
    this.#queue.push(slot);
    this.#live++;
    return slot;
  }

  /** Counts an alert, and what was folded into it, with the one in `slot`. */
  #fold(entry: AlertEntry, folded: number, slot: Slot): void {
    const { record } = entry;
    const count =
      record.incident === undefined ? record.alert.count + folded : this.#ledger.giveAway(entry);
    const { record: target } = slot;
    if (isAlert(target) && target.record.incident !== undefined) {
      this.#ledger.receive(target, count);
    } else slot.folded += count;
    this.#options.counters.add('alertsFolded', count);
  }

  /** Makes room by folding an alert into a later one of its signature. */
  #foldTwins(): void {
    for (const slot of this.#queue) {
      if (slot.isGone || !isAlert(slot.record)) continue;
      const { record } = slot.record;
      const twin = this.#bySignature.get(signatureOf(record));
      if (twin === undefined || twin === slot) continue;
      this.#fold(slot.record, slot.folded, twin);
      if (this.#byFlow.get(flowKey(record)) === slot) this.#byFlow.set(flowKey(record), twin);
      this.#giveUp(slot);
      return;
    }
  }

  /** Gives up the oldest record that is no alert; false when only alerts are queued. */
  #giveUpOther(): boolean {
    for (; this.#victimCursor < this.#queue.length; this.#victimCursor++) {
      const slot = this.#queue[this.#victimCursor];
      if (slot === undefined || slot.isGone || isAlert(slot.record)) continue;
      this.#giveUp(slot);
      this.#options.counters.add('recordsDropped', 1);
      return true;
    }
    return false;
  }

  #giveUp(slot: Slot): void {
    this.#byName.delete(nameOf(slot.record));
    slot.isGone = true;
    this.#live--;
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
      if (slot === undefined || slot.isGone) continue;
      batch.push(this.#finish(slot));
    }
    this.#queue = this.#queue.slice(taken);
    this.#live -= batch.length;
    this.#victimCursor = Math.max(0, this.#victimCursor - taken);
    // Slots that were sent can take no more repeats.
    this.#byFlow.clear();
    this.#bySignature.clear();
    this.#byName.clear();
    for (const slot of this.#queue) if (!slot.isGone) this.#index(slot);
    return batch;
  }

  #index(slot: Slot): void {
    const name = nameOf(slot.record);
    if (name !== '') this.#byName.set(name, slot);
    if (!isAlert(slot.record)) return;
    const { record } = slot.record;
    this.#byFlow.set(flowKey(record), slot);
    this.#bySignature.set(signatureOf(record), slot);
  }

  /** The record of a slot with all that counts with it. */
  #finish({ record: entry, folded }: Slot): SensorRecord {
    if (!isAlert(entry)) return entry;
    const { record } = entry;
    if (record.incident !== undefined) return this.#ledger.send(entry);
    if (folded === 0) return entry;
    const alert = { ...record.alert, count: record.alert.count + folded };
    return { kind: 'alert', record: { ...record, alert } };
  }
}

function isAlert(record: SensorRecord): record is AlertEntry {
  return record.kind === 'alert' || record.kind === 'alert_update';
}

/** What a record is about that may come again as it has become; '' for records that stand alone. */
function nameOf(entry: SensorRecord): string {
  switch (entry.kind) {
    case 'alert':
    case 'alert_update':
      return entry.record.incident === undefined ? '' : entry.record.alertId;
    case 'campaign':
      return entry.record.campaignId;
    case 'server_features': {
      const { serverIp, serverPort, domain, connection } = entry.record;
      return `${serverIp} ${serverPort} ${domain} ${connection}`;
    }
    default:
      return '';
  }
}

function signatureOf({ alert }: AlertRecord): string {
  return `${alert.gid}:${alert.sid}`;
}

function flowKey(record: AlertRecord): string {
  return `${signatureOf(record)} ${record.flowId}`;
}

/** Content has evidence of its own, an attack its contributors; folding loses them. */
function isKeptApart(record: AlertRecord): boolean {
  return (
    record.incident !== undefined ||
    record.evidence !== undefined ||
    isContentDetection(record.detection)
  );
}
