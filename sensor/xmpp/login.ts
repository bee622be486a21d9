/**
 * Logins by SASL (RFC 6120 section 6) and SASL2 (XEP-0388): who, how, with what outcome.
 *
 * The two halves are read independently, so either may be ahead of the other. Client and server take
 * turns; `clientSteps` and `serverSteps` count their messages and tell which answer belongs to
 * which question.
 */
import { DIRECTION } from '../core/index.ts';
import { CLIENT_SOURCE } from './session.ts';
import { NAME, NS } from './ids.ts';
import { onSessionReached } from './bind.ts';
import { checkAuthzid, checkBoundUser } from './login-checks.ts';
import { settleLogins } from './outcomes.ts';
import { NOBODY, decodeBase64, loginName, sendsPassword, type LoginName } from './sasl.ts';
import { secretKey } from './secret-key.ts';
import { EVENT, type Stage } from './stage.ts';
import { PHASE } from './types.ts';

/** SASL payloads above this size name nobody we want to keep. */
const MAX_PAYLOAD_BYTES = 16 * 1024;

/**
 * Read the name out of the payload of a SASL element of the client, before the payload is scrubbed. The
 * decoded bytes are wiped at once. `scratch`, `room`: space to decode in.
 * @returns undefined when the element carries no payload.
 */
export function readPayload(stage: Stage, scratch: number, room: number): LoginName | undefined {
  const { tape, session, memory } = stage;
  const name = tape.name(0);
  const isStart = name === NAME.auth || name === NAME.authenticate;
  if (!isStart && name !== NAME.response) return undefined;
  const holder = name === NAME.authenticate ? tape.child(0, NS.sasl2, NAME.initialResponse) : 0;
  const text = holder < 0 ? -1 : tape.text(holder);
  if (text < 0) return undefined;
  const length = decodeBase64(
    memory,
    tape.valueOffset(text),
    tape.valueLength(text),
    scratch,
    Math.min(room, MAX_PAYLOAD_BYTES),
  );
  if (length === 0) return undefined;
  const mechanism = isStart ? stage.attr(0, NAME.mechanism).toUpperCase() : session.mechanism;
  // LOGIN sends the name first and the password on its own; that one must not be taken for a name.
  const isName = mechanism !== 'LOGIN' || isStart || session.payloads === 0;
  const found: LoginName = isName
    ? loginName(mechanism, memory, scratch, length)
    : { ...NOBODY, passwordKey: secretKey(memory, scratch, scratch + length) };
  memory.fill(0, scratch, scratch + length);
  return found;
}

/** An element of the SASL or SASL2 namespace; `payload` is what readPayload() found in it. */
export function onSasl(stage: Stage, name: number, payload: LoginName | undefined): void {
  const { tape, session, direction } = stage;
  const isSasl2 = tape.ns(0) === NS.sasl2;
  if (direction === DIRECTION.toServer) {
    switch (name) {
      case NAME.auth:
      case NAME.authenticate:
        onStart(stage, isSasl2);
        break;
      case NAME.response:
      case NAME.next:
      case NAME.abort:
        session.clientSteps++;
        break;
      default:
        return;
    }
    if (payload !== undefined) onPayload(stage, payload);
    afterClientStep(stage);
    return;
  }
  switch (name) {
    case NAME.challenge:
    case NAME.continue:
      session.serverSteps++;
      break;
    case NAME.success:
      session.serverSteps++;
      onSuccess(stage, isSasl2);
      break;
    case NAME.failure:
      session.serverSteps++;
      onFailure(stage);
      break;
  }
}

function onStart(stage: Stage, isSasl2: boolean): void {
  const { tape, session } = stage;
  session.clientSteps++;
  session.mechanism = stage.attr(0, NAME.mechanism).toUpperCase();
  session.sasl2 = isSasl2;
  session.attempts.begin(isSasl2 ? 'sasl2' : 'sasl', session.clientSteps, session.mechanism);
  session.user = '';
  session.payloads = 0;
  session.passwordSeen = false;
  session.passwordAccepted = false;
  session.earlyHeader = false;
  // The answer may have been captured before the question; then it stands already.
  if (session.loginOpen) session.outcome = '';
  if (!session.authenticated) session.advance(PHASE.sasl);
  const agent = isSasl2 ? tape.child(0, NS.sasl2, NAME.userAgent) : -1;
  if (agent < 0) return;
  const software = tape.child(agent, NS.sasl2, NAME.software);
  if (software >= 0) session.setClient(stage.value(tape.text(software)), CLIENT_SOURCE.userAgent);
}

function onPayload(stage: Stage, payload: LoginName): void {
  const { session } = stage;
  const step = session.payloads++;
  if (session.user === '') session.user = payload.user;
  const attempt = session.attempts.latest;
  if (attempt !== undefined) {
    attempt.user = session.user;
    attempt.passwordKey ??= payload.passwordKey;
    attempt.nonceKey ??= payload.nonceKey;
    attempt.exchangeKey ??= payload.exchangeKey;
  }
  checkAuthzid(stage, payload);
  const isPassword = step === (session.mechanism === 'LOGIN' ? 1 : 0);
  if (!isPassword || !sendsPassword(session.mechanism)) return;
  session.passwordSeen = true;
  const facts = { user: session.user, mechanism: session.mechanism, domain: session.domain };
  // One login, one event: the outcome decides which. An attempt before this one got no answer.
  stage.release('password', true);
  stage.hold(
    'password',
    EVENT.saslPlain,
    payload.authzid === '' ? facts : { ...facts, authzid: payload.authzid },
  );
}

function afterClientStep(stage: Stage): void {
  const { session } = stage;
  settleLogins(stage);
  if (session.restartAtStep > 0 && session.clientSteps >= session.restartAtStep) {
    session.restartAtStep = 0;
    session.clientSteps = session.serverSteps;
    stage.restart(DIRECTION.toServer);
  }
  if (session.outcome === 'success') tellPasswordAccepted(stage);
}

/** Once the success that was seen is known to answer the password that was seen. */
function tellPasswordAccepted(stage: Stage): void {
  const { session } = stage;
  const isAnswered = session.clientSteps >= session.serverSteps || !session.sawEverything;
  if (!session.passwordSeen || session.passwordAccepted || !isAnswered) return;
  session.passwordAccepted = true;
  stage.promote('password', EVENT.saslPlainSuccess);
}

function onSuccess(stage: Stage, isSasl2: boolean): void {
  const { session } = stage;
  session.authenticated = true;
  session.outcome = 'success';
  session.attempts.answer({ step: session.serverSteps, succeeded: true, condition: '' });
  settleLogins(stage);
  session.advance(isSasl2 ? PHASE.bind : PHASE.restart);
  stage.release('sasl', false);
  stage.release('peer', false);
  tellPasswordAccepted(stage);
  if (session.connection === 's2s') session.advance(PHASE.session);
  if (isSasl2) {
    onSasl2Success(stage);
  } else {
    stage.restart(DIRECTION.toClient);
    if (session.earlyHeader) {
      session.clientSteps = session.serverSteps;
    } else if (session.clientSteps >= session.serverSteps || !session.sawEverything) {
      session.clientSteps = session.serverSteps;
      stage.restart(DIRECTION.toServer);
    } else {
      session.restartAtStep = session.serverSteps;
    }
  }
  session.earlyHeader = false;
}

/** SASL2 goes on without a restart, and may bind the resource in the same breath (XEP-0386). */
function onSasl2Success(stage: Stage): void {
  const { session, tape } = stage;
  if (tape.child(0, NS.fast, NAME.token) >= 0) session.tokensIssued++;
  if (session.clientSteps > session.serverSteps) session.clientSteps = session.serverSteps;
  const identifier = tape.child(0, NS.sasl2, NAME.authorizationIdentifier);
  const jid = identifier < 0 ? '' : stage.value(tape.text(identifier));
  const isBound = tape.childInNs(0, NS.bind2) >= 0;
  const isResumed =
    tape.child(0, NS.sm3, NAME.resumed) >= 0 || tape.child(0, NS.sm2, NAME.resumed) >= 0;
  if (jid !== '') {
    session.setJid(jid);
    checkBoundUser(stage);
  }
  if (isBound || isResumed) onSessionReached(stage);
}

/** The condition a `<failure/>` names (RFC 6120 section 6.5, XEP-0388 section 2.7). */
function conditionOf(stage: Stage): string {
  const { tape } = stage;
  const named = tape.childInNs(0, NS.sasl);
  return named < 0 || tape.name(named) === NAME.text ? '' : stage.localName(named);
}

function onFailure(stage: Stage): void {
  const { session } = stage;
  const condition = conditionOf(stage);
  session.attempts.answer({ step: session.serverSteps, succeeded: false, condition });
  settleLogins(stage);
  // The client half may be ahead, in an attempt of its own: this was the answer to an earlier one.
  if (session.loginOpen) return;
  session.outcome = 'failure';
  session.earlyHeader = false;
  session.restartAtStep = 0;
  stage.release('password', true);
  stage.release('sasl', true);
  if (session.phase === PHASE.sasl) session.phase = PHASE.features;
}

/**
 * The login must have succeeded although its answer was not seen (lost, or not yet here): the server
 * goes on as if it had.
 */
export function onLoginImplied(stage: Stage): void {
  const { session } = stage;
  if (!session.loginOpen && session.sawEverything) return;
  session.authenticated = true;
  if (session.mechanism !== '') session.outcome = 'success';
  if (session.attempts.latest !== undefined) {
    session.attempts.answer({ step: session.clientSteps, succeeded: true, condition: '' });
    settleLogins(stage);
  }
  session.clientSteps = session.serverSteps;
  session.earlyHeader = false;
  stage.release('sasl', false);
  stage.release('peer', false);
  tellPasswordAccepted(stage);
}
