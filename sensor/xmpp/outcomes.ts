/** Logins that got their answer: told to whoever counts them, and noted for the session record. */
import type { Answer, Attempt } from './attempts.ts';
import type { Session } from './session.ts';
import type { Stage } from './stage.ts';
import type { LoginKind, LoginOutcome } from './types.ts';

/** What was asked, where the question itself was not seen: what the session knows of its login. */
function unseen(session: Session): Attempt {
  const kind: LoginKind = session.sasl2 ? 'sasl2' : 'sasl';
  const { user, mechanism } = session;
  const keys = { passwordKey: undefined, nonceKey: undefined, exchangeKey: undefined };
  return { kind, step: 0, mechanism, user, ...keys };
}

export function tellOutcome(stage: Stage, attempt: Attempt | undefined, answer: Answer): void {
  const { session, tsUsec } = stage;
  const { kind, user, mechanism, passwordKey, nonceKey, exchangeKey } = attempt ?? unseen(session);
  const { succeeded, condition } = answer;
  const outcome: LoginOutcome = {
    ...{ session, tsUsec, kind, user, mechanism, succeeded, condition, passwordKey, nonceKey },
    exchangeKey,
    domain: session.domain,
    earlier: session.answered,
  };
  session.answered++;
  if (!succeeded && kind.startsWith('sasl')) session.failures++;
  session.noteLogin({
    ...{ kind, user, mechanism, condition },
    outcome: succeeded ? 'success' : 'failure',
  });
  stage.handler.onLogin?.(outcome);
}

/**
 * Tell the answers whose questions were seen. `isFinal`: and the others as well, no more will come. `steps`: turns the
 * client has taken.
 */
export function settleLogins(
  stage: Stage,
  isFinal = !stage.session.sawEverything,
  steps = stage.session.clientSteps,
): void {
  const { session } = stage;
  session.attempts.settle(steps, isFinal, (attempt, answer) => {
    tellOutcome(stage, attempt, answer);
  });
}

/** The stream is over: attempts without an answer exposed what they carried all the same. */
export function noteUnanswered(session: Session): void {
  const registrations = session.registrations.splice(0).map(({ attempt }) => attempt);
  for (const { kind, user, mechanism } of [...session.attempts.takeOpen(), ...registrations]) {
    session.noteLogin({ kind, user, mechanism, outcome: 'unanswered', condition: '' });
  }
}
