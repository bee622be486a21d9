/** Stanzas before the login (RFC 6120 section 4.9.3.12): who may send what, and when it is too early to tell. */
import { DIRECTION } from '../core/index.ts';
import { NAME, NS } from './ids.ts';
import type { HoldReason, Session } from './session.ts';
import { EVENT, type Stage } from './stage.ts';
import { PHASE } from './types.ts';

/** Payloads of iq stanzas that belong before the login: XEP-0077, 0078, 0445, 0199, RFC 6120 section 7. */
const ALLOWED_NAMESPACES = [NS.register, NS.iqAuth, NS.bind, NS.ping, NS.pars];

function isAllowed(stage: Stage): boolean {
  const { tape } = stage;
  if (tape.name(0) !== NAME.iq) return false;
  const type = stage.attr(0, NAME.type);
  // Answers to what the server asked.
  if (type === 'result' || type === 'error') return true;
  return ALLOWED_NAMESPACES.some((ns) => tape.childInNs(0, ns) >= 0);
}

/** Whose answer decides whether the login had succeeded when the stanza was sent. */
function waitsFor(session: Session): HoldReason | undefined {
  if (session.loginOpen && (session.earlyHeader || session.sasl2)) return 'sasl';
  if (session.legacy === 'sent') return 'legacy';
  if (session.dialbackOpen > 0) return 'dialback';
  if (session.handshakeSent) return 'handshake';
  // Nobody answered yet: a capture of one direction only looks like this.
  return session.toClient.headers === 0 ? 'peer' : undefined;
}

/** A message, presence or iq came while nobody is logged in. */
export function onEarlyStanza(stage: Stage): void {
  const { session, direction } = stage;
  if (direction !== DIRECTION.toServer || session.connection === 'serverless') return;
  if (isAllowed(stage)) return;
  if (!session.sawEverything) {
    // Bytes were lost, the login may have been among them; who sends stanzas is logged in.
    session.authenticated = true;
    session.advance(PHASE.session);
    stage.release('sasl', false);
    return;
  }
  // Told that it is logged in, by a server that will not serve it: a broken login, no attack.
  if (session.legacy === 'told') return;
  const reason = waitsFor(session);
  if (reason === undefined) stage.raise(EVENT.stanzaPreauth);
  else stage.hold(reason, EVENT.stanzaPreauth);
}
