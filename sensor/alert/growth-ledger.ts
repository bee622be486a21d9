/**
 * The books of alerts that grow, for the queue in front of a slow supervisor: an update says how many firings there
 * are by now, so what was counted with another alert meanwhile must be taken off, and what others left with this one
 * added. The sum over all alerts, each as it was sent last, is then the number of firings.
 */
import { LruMap } from './lru-map.ts';
import type { SensorRecord } from './types.ts';

/** An alert or its update. */
export type AlertEntry = SensorRecord & { readonly kind: 'alert' | 'alert_update' };

interface Account {
  /** What the alert counts beside its own firings; negative when others count some of those. */
  balance: number;
  /** Count it was sent with last, 0 when it never was. */
  sent: number;
}

export class GrowthLedger {
  readonly #accounts: LruMap<string, Account>;

  /** `capacity`: alerts that may be open. */
  constructor(capacity: number) {
    this.#accounts = new LruMap(capacity);
  }

  /** The alert counts `count` more, left with it by another. */
  receive(entry: AlertEntry, count: number): void {
    this.#account(entry).balance += count;
  }

  /** What nobody has been told of yet. */
  untold(entry: AlertEntry): number {
    const { balance, sent } = this.#account(entry);
    return entry.record.alert.count + balance - sent;
  }

  /** The alert is not sent as it is now: gives what another must count for it. */
  giveAway(entry: AlertEntry): number {
    const count = this.untold(entry);
    this.#account(entry).balance -= count;
    return count;
  }

  /** The record to send, as an alert when it is the first that is sent of it. */
  send(entry: AlertEntry): SensorRecord {
    const account = this.#account(entry);
    const { record } = entry;
    const kind = account.sent === 0 ? 'alert' : 'alert_update';
    const count = record.alert.count + account.balance;
    account.sent = count;
    if (count === record.alert.count) return { kind, record };
    return { kind, record: { ...record, alert: { ...record.alert, count } } };
  }

  #account({ kind, record }: AlertEntry): Account {
    const known = this.#accounts.get(record.alertId);
    if (known !== undefined) return known;
    // An update without an account: its alert was sent so long ago that it is forgotten.
    const made: Account = { balance: 0, sent: kind === 'alert' ? 0 : 1 };
    this.#accounts.set(record.alertId, made);
    return made;
  }
}
