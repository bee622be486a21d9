/** Records that wait for the store: bounded, alerts first and kept longest. */
import type { SensorRecord } from '../../alert/index.ts';

export class StoreQueue {
  readonly #capacity: number;
  #alerts: SensorRecord[] = [];
  #others: SensorRecord[] = [];
  #droppedAlerts = 0;
  #droppedOthers = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#alerts.length + this.#others.length;
  }

  /** Records given up because the queue was full. */
  get dropped(): number {
    return this.#droppedAlerts + this.#droppedOthers;
  }

  get droppedAlerts(): number {
    return this.#droppedAlerts;
  }

  add(record: SensorRecord): void {
    const isFull = this.length >= this.#capacity;
    if (record.kind !== 'alert' && record.kind !== 'alert_update') {
      if (isFull) this.#droppedOthers++;
      else this.#others.push(record);
      return;
    }
    if (isFull) {
      // The latest of the others goes: it costs no shifting, and which one is lost tells nobody anything.
      if (this.#others.pop() === undefined) {
        this.#droppedAlerts++;
        return;
      }
      this.#droppedOthers++;
    }
    this.#alerts.push(record);
  }

  /** The next records to write, at most `count`, alerts first; they stay until `remove`. */
  peek(count: number): readonly SensorRecord[] {
    const alerts = this.#alerts.slice(0, count);
    return alerts.length === count
      ? alerts
      : alerts.concat(this.#others.slice(0, count - alerts.length));
  }

  /** Removes what `peek` gave. */
  remove(count: number): void {
    const alerts = Math.min(count, this.#alerts.length);
    this.#alerts = this.#alerts.slice(alerts);
    this.#others = this.#others.slice(count - alerts);
  }
}
