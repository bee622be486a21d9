/** Keys of the two addresses of a session, kept for the sessions in use: to ask the flow table costs objects. */
import type { FlowEndpoints } from '../detect/index.ts';
import type { XmppSession } from '../xmpp/index.ts';
import { Key } from './keys.ts';

/** Sessions are kept by flow; two that share a place take turns. A power of two. */
const PLACES = 4096;
const WORDS = 4;

export class AddressKeys {
  readonly #endpointsOf: (flow: number) => FlowEndpoints | undefined;
  /** Session ids, which count from 1. */
  readonly #owners = new Float64Array(PLACES);
  readonly #words = new Int32Array(WORDS * PLACES);
  readonly #client = new Key();
  readonly #server = new Key();

  constructor(endpointsOf: (flow: number) => FlowEndpoints | undefined) {
    this.#endpointsOf = endpointsOf;
  }

  /** Of the side that opened the connection. Valid until the next call, as that of `server`. */
  client(session: XmppSession): Key {
    return this.#read(this.#client, this.#place(session));
  }

  server(session: XmppSession): Key {
    return this.#read(this.#server, this.#place(session) + 2);
  }

  #place({ flow, sessionId }: XmppSession): number {
    const place = flow & (PLACES - 1);
    if (this.#owners[place] !== sessionId) {
      const endpoints = this.#endpointsOf(flow);
      this.#owners[place] = sessionId;
      this.#write(this.#client.ofWords(endpoints?.clientWords ?? []), WORDS * place);
      this.#write(this.#server.ofWords(endpoints?.serverWords ?? []), WORDS * place + 2);
    }
    return WORDS * place;
  }

  #write({ high, low }: Key, at: number): void {
    this.#words[at] = high;
    this.#words[at + 1] = low;
  }

  #read(key: Key, at: number): Key {
    key.high = this.#words[at] as number;
    key.low = this.#words[at + 1] as number;
    return key;
  }
}
