/**
 * `pol-inventory`: client software that was not seen at a domain before. What a client calls itself gets more exact
 * while it logs in (resource, caps, version), so it is looked at a minute into the session, or at its end.
 */
import { eventId } from '../../core/index.ts';
import type { SessionSummary, XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { SessionMarks } from '../by-flow.ts';

const NEW_CLIENT = eventId('policy.new_client');
const LIFE_SECONDS = 90 * 24 * 3600;
const SETTLED_USEC = 60e6;

export function watchNewClients(options: WatchOptions): Watch {
  return new NewClientWatch(options);
}

class NewClientWatch implements Watch {
  readonly name = 'new-client';
  readonly kinds = KINDS.presence | KINDS.iq;
  /** By domain and software. */
  readonly #clients: LruTable;
  /** By flow: session that was looked at. */
  readonly #done = new SessionMarks();
  readonly #domain = new Key();
  readonly #client = new Key();

  constructor({ memory, limits }: WatchOptions) {
    const capacity = limits.correlationClientEntries;
    this.#clients = new LruTable(memory, 'clients', capacity, LIFE_SECONDS);
  }

  stanza(scene: Scene): void {
    const { session, nowUsec } = scene;
    if (session.client === '' || this.#done.has(session)) return;
    if (nowUsec - session.startUsec < SETTLED_USEC || !this.#isNew(session, nowUsec)) return;
    const { context, incident } = told(session);
    scene.raise(NEW_CLIENT, incident, context);
  }

  sessionEnd(session: XmppSession, summary: SessionSummary, teller: Teller): void {
    if (session.client === '' || this.#done.has(session)) return;
    if (!this.#isNew(session, summary.endUsec)) return;
    const { context, incident } = told(session);
    const place = { session, direction: 0, tsUsec: summary.endUsec } as const;
    teller.raise(NEW_CLIENT, place, incident, context, { from: session.jid, to: session.domain });
  }

  #isNew(session: XmppSession, nowUsec: number): boolean {
    const { domain, client } = session;
    this.#done.add(session);
    const name = client.toLowerCase();
    const { high, low } = this.#client.ofPair(
      this.#domain.ofText(domain),
      this.#client.ofText(name),
    );
    this.#clients.claim(high, low, nowUsec);
    return this.#clients.wasNew;
  }
}

function told({ client, domain, jid }: XmppSession): {
  readonly context: Readonly<Record<string, string>>;
  readonly incident: { readonly key: string; readonly contributors: readonly string[] };
} {
  return {
    context: {
      summary: `${shown(jid)} uses ${shown(client)}, which was not seen at ${shown(domain)} before`,
      client,
    },
    incident: { key: `${domain} ${client}`, contributors: jid === '' ? [] : [jid] },
  };
}
