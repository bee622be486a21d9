/**
 * `s2s-domain-mismatch`: a stanza between servers whose domains were never proven on its stream (RFC 6120 section
 * 8.1.2.2). Streams that proved nothing at all are told as stanzas before authentication.
 */
import { eventId, type Direction } from '../../core/index.ts';
import type { XmppSession } from '../../xmpp/index.ts';
import { STANZA, domainOf } from '../../xmpp/index.ts';
import { HOP, type Scene } from '../scene.ts';
import { SecondLook } from '../second-look.ts';
import type { S2sDomains } from '../tables/s2s-domains.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const MISMATCH = eventId('s2s.domain_mismatch');

interface Stray {
  readonly session: XmppSession;
  readonly direction: Direction;
  readonly tsUsec: number;
  readonly ip: string;
  readonly name: string;
  readonly id: string;
  readonly type: string;
  readonly from: string;
  readonly to: string;
}

export function watchDomainMismatch(options: WatchOptions): Watch {
  return new DomainMismatchWatch(options);
}

class DomainMismatchWatch implements Watch {
  readonly name = 's2s-domain-mismatch';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq | KINDS.nonza;
  readonly hops = 1 << HOP.federation;
  readonly #domains: S2sDomains;
  readonly #teller: Teller;
  readonly #later: SecondLook<Stray>;

  constructor({ tables, teller, thresholds }: WatchOptions) {
    this.#domains = tables.s2sDomains;
    this.#teller = teller;
    this.#later = new SecondLook(thresholds.s2sReorderSeconds, (stray) => {
      const { session, direction, from, to } = stray;
      if (!this.#domains.isProvenByName(session, direction, from, to)) this.#tell(stray);
    });
  }

  stanza(scene: Scene): void {
    if (!this.#later.isEmpty) this.#later.tick(scene.nowUsec);
    if (scene.view.kind > STANZA.iq) return;
    const { view, from, to, session, direction } = scene;
    if (!scene.isWhole || !from.isKnown || !to.isKnown || !session.authenticated) return;
    const domains = this.#domains;
    if (domains.isProven(session, direction, from.domain, to.domain)) return;
    if (!domains.remembers(session)) return;
    if (domains.isProvenByName(session, direction, view.from, view.to)) return;
    this.#later.add({
      session,
      direction,
      tsUsec: scene.nowUsec,
      ip: direction === 0 ? scene.clientIp : scene.serverIp,
      name: view.name,
      id: view.id,
      type: view.type,
      from: view.from,
      to: view.to,
    });
  }

  tick(tsUsec: number): void {
    this.#later.tick(tsUsec);
  }

  sessionEnd(session: XmppSession): void {
    this.#later.end(session);
  }

  #tell(stray: Stray): void {
    const { session, ip, name, id, type, from, to } = stray;
    const [sender, addressee] = [domainOf(from), domainOf(to)];
    this.#teller.raise(
      MISMATCH,
      stray,
      { key: `${sender} ${addressee} ${session.sessionId}`, contributors: [shown(from)] },
      {
        summary: `${ip || 'A server'} sent a ${name} from ${shown(from)} to ${shown(to)} on a stream that was validated for ${shown(session.peerDomain)} and ${shown(session.domain)}, never for ${shown(sender)} and ${shown(addressee)}`,
        claimed: shown(sender),
        validated: shown(session.peerDomain),
      },
      { name, id, type, from, to },
    );
  }
}
