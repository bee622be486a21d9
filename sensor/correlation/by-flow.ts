/** What is kept for each flow, by its index in the flow table, which bounds it and is used again and again. */
import type { XmppSession } from '../xmpp/index.ts';

export class ByFlow<T> {
  readonly #values: (T | undefined)[] = [];

  get(flow: number): T | undefined {
    return this.#values[flow];
  }

  set(flow: number, value: T): void {
    // Grown one by one, so that the array never has holes.
    while (this.#values.length <= flow) this.#values.push(undefined);
    this.#values[flow] = value;
  }

  delete(flow: number): void {
    if (flow < this.#values.length) this.#values[flow] = undefined;
  }
}

/** Sessions something was noted of. A later session on the same flow is another one, so none need be taken out. */
export class SessionMarks {
  readonly #sessions = new ByFlow<number>();

  has({ flow, sessionId }: XmppSession): boolean {
    return this.#sessions.get(flow) === sessionId;
  }

  add({ flow, sessionId }: XmppSession): void {
    this.#sessions.set(flow, sessionId);
  }

  delete({ flow }: XmppSession): void {
    this.#sessions.delete(flow);
  }
}
