/**
 * jabber:iq:auth (XEP-0078): password or digest in one stanza. An empty result means logged in. A
 * result that carries the query again is a form, even as the answer to a login attempt (Prosody
 * does that to digests): then only what the server sends afterwards proves anything.
 */
import { DIRECTION } from '../core/index.ts';
import { NAME, NS } from './ids.ts';
import { onSessionReached } from './bind.ts';
import { settleLogins } from './outcomes.ts';
import type { SecretKey } from './secret-key.ts';
import type { Session } from './session.ts';
import { EVENT, type Stage } from './stage.ts';

/** An iq of the client with a jabber:iq:auth query at `query`; `passwordKey` is that of the password in it. */
export function onLegacyRequest(
  stage: Stage,
  query: number,
  passwordKey: SecretKey | undefined,
): void {
  const { session, tape, direction } = stage;
  if (direction !== DIRECTION.toServer || stage.attr(0, NAME.type) !== 'set') return;
  const text = (name: number): string => {
    const child = tape.child(query, NS.iqAuth, name);
    return child < 0 ? '' : stage.value(tape.text(child));
  };
  const hasPassword = tape.child(query, NS.iqAuth, NAME.password) >= 0;
  const hasDigest = tape.child(query, NS.iqAuth, NAME.digest) >= 0;
  const wasSasl = session.failures > 0 && !session.mechanism.startsWith('XEP-0078');
  const refusedMechanism = session.mechanism;
  session.user = text(NAME.username);
  session.mechanism = hasPassword ? 'XEP-0078 plaintext' : 'XEP-0078 digest';
  session.outcome = '';
  session.legacy = 'sent';
  session.legacyId = stage.attr(0, NAME.id);
  session.legacyResource = text(NAME.resource);
  const facts = {
    user: session.user,
    mechanism: session.mechanism,
    domain: session.domain,
    resource: session.legacyResource,
  };
  const { clientSteps } = session;
  const attempt = session.attempts.begin('legacy', clientSteps, session.mechanism, session.user);
  attempt.passwordKey = passwordKey;
  if (wasSasl) tellAfterSasl(stage, refusedMechanism);
  if (hasPassword) stage.raise(EVENT.legacyPassword, facts);
  if (hasDigest) stage.raise(EVENT.legacyDigest, facts);
  if (session.legacyId !== '' && session.legacyId === session.earlyAnswerId) {
    if (session.earlyAnswerType === 'error') refused(stage);
    else accepted(stage);
  }
}

/** XEP-0078 section 3: a client whose SASL login failed must not try this one. */
function tellAfterSasl(stage: Stage, mechanism: string): void {
  const { user, domain, failures } = stage.session;
  const who = loginName(user, domain);
  const times = failures === 1 ? 'a failed SASL login' : `${failures} failed SASL logins`;
  stage.raise(EVENT.legacyAfterSasl, {
    summary: `${who} tries the old login of XEP-0078 on a stream with ${times}`,
    ...{ user, domain, mechanism, failures },
  });
}

function loginName(user: string, domain: string): string {
  const name = user === '' ? 'Somebody' : user.slice(0, 128);
  return user === '' || user.includes('@') || domain === '' ? name : `${name}@${domain}`;
}

/** Any stanza of the server before somebody is logged in. */
export function onLegacyAnswer(stage: Stage): void {
  const { session, tape } = stage;
  const type = stage.attr(0, NAME.type);
  if (session.legacy === 'none') {
    if (tape.name(0) !== NAME.iq || tape.childInNs(0, NS.iqAuth) >= 0) return;
    session.earlyAnswerId = stage.attr(0, NAME.id);
    session.earlyAnswerType = type;
    return;
  }
  const isAnswer =
    tape.name(0) === NAME.iq &&
    session.legacy === 'sent' &&
    stage.attr(0, NAME.id) === session.legacyId;
  if (type === 'error') {
    // Servers answer strangers with errors only, but they send errors to users as well.
    if (isAnswer) refused(stage);
  } else if (tape.childInNs(0, NS.iqAuth) >= 0) {
    if (!isAnswer) return;
    session.legacy = 'told';
    // The client believes it is in: what it sends now is said in this name.
    claimJid(session);
  } else {
    accepted(stage);
  }
}

/** A stream error while the login is open. */
export function onLegacyStreamError(stage: Stage): void {
  if (stage.session.legacy !== 'none') refused(stage);
}

function claimJid(session: Session): void {
  if (session.user === '' || session.domain === '') return;
  const resource = session.legacyResource === '' ? '' : `/${session.legacyResource}`;
  session.setJid(`${session.user}@${session.domain}${resource}`);
}

function accepted(stage: Stage): void {
  const { session } = stage;
  session.legacy = 'none';
  session.outcome = 'success';
  answered(session, true, '');
  settleLogins(stage, true);
  claimJid(session);
  stage.release('legacy', false);
  stage.release('peer', false);
  onSessionReached(stage);
}

function refused(stage: Stage): void {
  const { session, tape } = stage;
  session.legacy = 'none';
  session.outcome = 'failure';
  const error = tape.child(0, tape.ns(0), NAME.error);
  const condition = error < 0 ? -1 : tape.childInNs(error, NS.stanzaErrors);
  answered(session, false, condition < 0 ? '' : stage.localName(condition));
  settleLogins(stage, true);
  stage.release('legacy', true);
}

/** One answer for the one question this login consists of; it shares its turn with what SASL did before. */
function answered(session: Session, succeeded: boolean, condition: string): void {
  session.attempts.answer({ step: session.clientSteps, succeeded, condition });
}
