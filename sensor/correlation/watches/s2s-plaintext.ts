/**
 * `pol-s2s-plaintext`: servers that trust each other by dialback alone, in clear: whoever sits on the path, or answers
 * a DNS question, is the other server. Worse where TLS or SASL EXTERNAL was offered and not used.
 */
import { DIRECTION, eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import { HOP, type Scene } from '../scene.ts';
import { DialbackStep, type S2sDomains } from '../tables/s2s-domains.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { SessionMarks } from '../by-flow.ts';

const CLEAR = eventId('policy.s2s_dialback');
const OFFERED = eventId('policy.s2s_dialback_tls_offered');

const STREAMS = nsId('http://etherx.jabber.org/streams');
const SASL = nsId('urn:ietf:params:xml:ns:xmpp-sasl');
const NAME = {
  features: nameId('features'),
  mechanisms: nameId('mechanisms'),
  mechanism: nameId('mechanism'),
};

export function watchS2sPlaintext(options: WatchOptions): Watch {
  return new S2sPlaintextWatch(options);
}

class S2sPlaintextWatch implements Watch {
  readonly name = 's2s-plaintext';
  readonly kinds = KINDS.nonza;
  readonly hops = 1 << HOP.federation;
  readonly #step = new DialbackStep();
  /** By flow: session that was offered EXTERNAL. */
  readonly #external = new SessionMarks();
  readonly #domains: S2sDomains;

  constructor({ tables }: WatchOptions) {
    this.#domains = tables.s2sDomains;
  }

  stanza(scene: Scene): void {
    const { view, session } = scene;
    if (session.tls === 'started') return;
    if (this.#offersExternal(scene)) {
      this.#external.add(session);
      return;
    }
    const step = this.#step;
    if (!step.read(view) || step.isVerify || step.type !== 'valid') return;
    // An answer nobody asked for is no trust, but an attack (`db-unsolicited`).
    const [from, to] = [step.toKeys.domain, step.fromKeys.domain];
    const wasClaimed = this.#domains.wasClaimed(session, 1 - scene.direction, from, to);
    if (scene.isWhole && !wasClaimed) return;
    const isExternal = this.#external.has(session);
    const isOffered = session.tls === 'offered' || session.tls === 'required';
    // Whose key was found valid is named by `to`.
    const [claimed, other] = [step.to, step.from];
    const unused = isOffered ? 'STARTTLS' : 'SASL EXTERNAL';
    const because =
      isOffered || isExternal ? `, although ${unused} was offered` : ' and never offered TLS';
    scene.raise(
      isOffered || isExternal ? OFFERED : CLEAR,
      { key: `${claimed} ${other}`, contributors: [scene.clientIp, scene.serverIp] },
      {
        summary: `${shown(other)} took ${shown(claimed)} at its word by dialback in clear${because}`,
        claimed: shown(claimed),
      },
    );
  }

  #offersExternal({ view, tree, direction }: Scene): boolean {
    if (direction !== DIRECTION.toClient || view.kind !== STANZA.nonza) return false;
    if (tree.isEmpty || !tree.is(0, STREAMS, NAME.features)) return false;
    const mechanisms = tree.child(0, SASL, NAME.mechanisms);
    if (mechanisms < 0) return false;
    for (let at = tree.firstChild(mechanisms); at >= 0; at = tree.nextSibling(at, mechanisms)) {
      if (tree.name(at) === NAME.mechanism && tree.textOf(at).trim() === 'EXTERNAL') return true;
    }
    return false;
  }
}
