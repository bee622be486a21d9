/** How servers prove who they are: dialback (XEP-0220) and the component handshake (XEP-0114). */
import { DIRECTION } from '../core/index.ts';
import { NAME } from './ids.ts';
import { normalizeDomain } from './jid.ts';
import { settleLogins } from './outcomes.ts';
import { EVENT, type Stage } from './stage.ts';
import { PHASE } from './types.ts';

/** An element of the dialback namespace. `verify` runs beside the stream and opens nothing. */
export function onDialback(stage: Stage, name: number): void {
  const { session, direction } = stage;
  if (name !== NAME.result) return;
  const type = stage.attr(0, NAME.type);
  if (direction === DIRECTION.toServer) {
    if (type !== '') return;
    session.dialbackOpen++;
    session.advance(PHASE.sasl);
    if (session.mechanism === '') session.mechanism = 'DIALBACK';
    // Streams opened by old servers name the parties only here.
    const from = stage.attr(0, NAME.from);
    const to = stage.attr(0, NAME.to);
    if (session.peerDomain === '') session.peerDomain = normalizeDomain(from);
    if (session.domain === '') session.domain = normalizeDomain(to);
    return;
  }
  if (type === '') return;
  if (session.dialbackOpen > 0) session.dialbackOpen--;
  if (type === 'valid') {
    session.authenticated = true;
    session.outcome = 'success';
    session.advance(PHASE.session);
    stage.release('dialback', false);
    stage.release('peer', false);
  } else {
    if (session.outcome === '') session.outcome = 'failure';
    stage.release('dialback', true);
  }
}

/** A handshake is one question and one answer. */
const HANDSHAKE_STEP = 1;

/** `<handshake/>`: SHA-1 over the stream id and a shared secret, in clear. */
export function onHandshake(stage: Stage): void {
  const { session, direction, tape } = stage;
  if (direction === DIRECTION.toServer) {
    session.handshakeSent = true;
    session.mechanism = 'XEP-0114 handshake';
    session.attempts.begin('handshake', HANDSHAKE_STEP, session.mechanism, session.domain);
    settleLogins(stage, false, HANDSHAKE_STEP);
    session.advance(PHASE.sasl);
    stage.raise(EVENT.componentHandshake, {
      domain: session.domain,
      // An empty handshake proves nothing and leaks nothing.
      digest: tape.text(0) >= 0 ? 'sent' : 'empty',
    });
    return;
  }
  session.authenticated = true;
  session.outcome = 'success';
  session.attempts.answer({ step: HANDSHAKE_STEP, succeeded: true, condition: '' });
  settleLogins(stage, !session.sawEverything, session.handshakeSent ? HANDSHAKE_STEP : 0);
  session.setJid(session.domain);
  session.advance(PHASE.session);
  stage.release('handshake', false);
  stage.release('peer', false);
}
