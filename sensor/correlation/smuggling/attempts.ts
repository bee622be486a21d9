/**
 * Recipe "smuggling attempt" (threats.md section 7): somebody sends bytes that parsers read differently, and right
 * after it a stanza within a stanza reaches the recipient on another flow. Each alone may be a broken client; both
 * together are the attack at work.
 */
import type { XmppSession } from '../../xmpp/index.ts';
import { JidKeys } from '../keys.ts';

/** Latest causes that are remembered, one for each sender's direction of a flow. */
const MOST = 64;

/** Who a stanza is from and to, and on which session it was seen. */
export interface Sighting {
  readonly session: XmppSession;
  readonly from: string;
  readonly to: string;
  readonly tsUsec: number;
}

/** Something ill-formed was sent. */
interface Cause extends Sighting {
  readonly what: string;
  readonly fromKeys: JidKeys;
  readonly toKeys: JidKeys;
}

export class Attempts {
  readonly #windowUsec: number;
  /** By session; in the order they were last seen. */
  readonly #causes = new Map<number, Cause>();
  readonly #from = new JidKeys();
  readonly #to = new JidKeys();

  constructor(windowSeconds: number) {
    this.#windowUsec = windowSeconds * 1e6;
  }

  /** `what`: the event's name. */
  note(sighting: Sighting, what: string): void {
    const { session, from, to, tsUsec } = sighting;
    const fromKeys = new JidKeys().ofText(from);
    const toKeys = new JidKeys().ofText(to);
    this.#causes.delete(session.sessionId);
    this.#causes.set(session.sessionId, { session, from, to, tsUsec, what, fromKeys, toKeys });
    if (this.#causes.size <= MOST) return;
    for (const oldest of this.#causes.keys()) {
      this.#causes.delete(oldest);
      break;
    }
  }

  /** The latest cause on another session that explains this stanza: of the same sender, or for the same recipient. */
  causeOf({ session, from, to, tsUsec }: Sighting): Cause | undefined {
    if (this.#causes.size === 0) return undefined;
    this.#from.ofText(from);
    this.#to.ofText(to === '' ? session.jid : to);
    let found: Cause | undefined;
    for (const cause of this.#causes.values()) {
      if (cause.session.sessionId === session.sessionId) continue;
      if (Math.abs(tsUsec - cause.tsUsec) > this.#windowUsec) continue;
      if (isSame(cause.fromKeys, this.#from) || isSame(cause.toKeys, this.#to)) found = cause;
    }
    return found;
  }
}

function isSame(a: JidKeys, b: JidKeys): boolean {
  return a.isKnown && b.isKnown && a.hasLocal && a.bare.equals(b.bare);
}
