/** The phase machine's switchboard: which step an element of the stream takes. */
import { DIRECTION } from '../core/index.ts';
import { learnDomains, learnJid, onBindResult, onResumed } from './bind.ts';
import { NAME, NS } from './ids.ts';
import { onLegacyAnswer, onLegacyRequest, onLegacyStreamError } from './legacy.ts';
import { onSasl } from './login.ts';
import { onCompression, onFeatures, onTls } from './negotiate.ts';
import { onEarlyStanza } from './preauth.ts';
import { settleLogins } from './outcomes.ts';
import { onRegistration, onRegistrationAnswer } from './registration.ts';
import type { RedirectCheck } from './redirect.ts';
import type { LoginName } from './sasl.ts';
import type { SecretKey } from './secret-key.ts';
import { onDialback, onHandshake } from './servers.ts';
import { onVersion } from './software.ts';
import type { Stage } from './stage.ts';
import { PHASE } from './types.ts';

/** A message, presence or iq. `passwordKey`: of the password an iq of the client held. */
export function onStanza(stage: Stage, isIq: boolean, passwordKey: SecretKey | undefined): void {
  const { session, tape, direction } = stage;
  if (!session.authenticated) onEarlyStanza(stage);
  if (direction === DIRECTION.toClient && !session.authenticated) onLegacyAnswer(stage);
  if (!session.sawEverything) {
    if (session.connection === 'c2s') {
      if (session.jid === '') learnJid(stage);
    } else if (session.connection === 's2s' && session.domain === '') {
      learnDomains(stage);
    }
  }
  if (!isIq) return;
  if (passwordKey !== undefined) onRegistration(stage, passwordKey);
  if (direction === DIRECTION.toClient && session.registrations.length > 0) {
    onRegistrationAnswer(stage);
  }
  const child = tape.firstChild(0);
  if (child < 0) return;
  const ns = tape.ns(child);
  if (direction === DIRECTION.toServer) {
    if (ns === NS.version && tape.is(child, ns, NAME.query)) onVersion(stage, child);
    else if (!session.authenticated || session.phase < PHASE.session) {
      const query = tape.child(0, NS.iqAuth, NAME.query);
      if (query >= 0) onLegacyRequest(stage, query, passwordKey);
      else if (ns === NS.bind && session.authenticated) session.advance(PHASE.bind);
    }
  } else if (session.phase < PHASE.session) {
    const bind = tape.child(0, NS.bind, NAME.bind);
    // Other users may send any iq; only the server binds, and it writes no other address than its own.
    if (bind >= 0 && isFromServer(stage)) onBindResult(stage, bind);
  }
}

function isFromServer(stage: Stage): boolean {
  const from = stage.attr(0, NAME.from);
  return from === '' || !from.includes('@');
}

/** Any other first-level element. `payload`: the name a SASL payload of the client held. */
export function onNonza(
  stage: Stage,
  payload: LoginName | undefined,
  redirects: RedirectCheck,
): void {
  const { tape } = stage;
  const name = tape.name(0);
  switch (tape.ns(0)) {
    case NS.streams:
      if (name === NAME.features) onFeatures(stage);
      else if (name === NAME.error) onStreamError(stage, redirects);
      break;
    case NS.tls:
      onTls(stage, name);
      break;
    case NS.sasl:
    case NS.sasl2:
      onSasl(stage, name, payload);
      break;
    case NS.compress:
      onCompression(stage, name);
      break;
    case NS.dialback:
      onDialback(stage, name);
      break;
    case NS.component:
    case NS.componentConnect:
      if (name === NAME.handshake) onHandshake(stage);
      break;
    case NS.sm2:
    case NS.sm3:
      if (name === NAME.resumed) onResumed(stage);
      break;
  }
}

/** Stream errors that answer a login; the others are about something else. */
const REFUSALS = ['not-authorized', 'policy-violation'];

/** The server ends the stream over a login: a component's secret is refused in no other way. */
function onRefused(stage: Stage, condition: string): void {
  const { session } = stage;
  if (session.attempts.latest === undefined) return;
  session.attempts.answer({ step: session.attempts.latest.step, succeeded: false, condition });
  settleLogins(stage, true);
}

/** `<stream:error/>` (RFC 6120 section 4.9): the condition, and whether it sends somebody elsewhere. */
function onStreamError(stage: Stage, redirects: RedirectCheck): void {
  const { session, tape, direction } = stage;
  let condition = '';
  for (let child = tape.firstChild(0); child >= 0; child = tape.nextSibling(child, 0)) {
    if (tape.ns(child) === NS.streamErrors && tape.name(child) !== NAME.text) {
      condition = stage.localName(child);
      session.noteStreamError(condition);
      break;
    }
  }
  if (direction === DIRECTION.toClient) {
    onLegacyStreamError(stage);
    if (session.loginOpen) session.outcome = 'failure';
    if (!session.authenticated && REFUSALS.includes(condition)) onRefused(stage, condition);
  }
  if (direction === DIRECTION.toClient || session.connection === 's2s') redirects.check(stage, 0);
}
