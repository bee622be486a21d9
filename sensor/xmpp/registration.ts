/**
 * In-band registration (XEP-0077): who sets a password for which account, and what the server says to it. The same
 * iq opens an account and, from within its own session, changes its password.
 */
import { DIRECTION } from '../core/index.ts';
import { NAME, NS } from './ids.ts';
import { normalizeLocal } from './jid.ts';
import { tellOutcome } from './outcomes.ts';
import { secretKey, type SecretKey } from './secret-key.ts';
import type { Attempt } from './attempts.ts';
import type { Stage } from './stage.ts';

/** A registration that waits for its answer. */
export interface Registration {
  readonly id: string;
  readonly attempt: Attempt;
}

/** Questions kept for their answers, per session; the oldest goes when there are more. */
const MAX_WAITING = 16;
/** Names of form fields are short. */
const MAX_VAR_BYTES = 16;

/** Key of the password in an iq of the client (registration, jabber:iq:auth), before it is scrubbed. */
export function readIqPassword(stage: Stage): SecretKey | undefined {
  const { tape, memory, direction } = stage;
  if (direction !== DIRECTION.toServer) return undefined;
  const text = Math.max(
    textOf(stage, NS.register, NAME.password),
    textOf(stage, NS.iqAuth, NAME.password),
  );
  if (text < 0) return undefined;
  const from = tape.valueOffset(text);
  return secretKey(memory, from, from + tape.valueLength(text));
}

/** Text of a field of the stanza's query, given as an element or in a form (XEP-0004); -1 when there is none. */
function textOf({ tape, strings }: Stage, ns: number, name: number): number {
  const query = tape.child(0, ns, NAME.query);
  if (query < 0) return -1;
  const plain = tape.child(query, ns, name);
  if (plain >= 0) return tape.text(plain);
  const form = tape.child(query, NS.data, NAME.x);
  if (form < 0) return -1;
  for (let at = tape.firstChild(form); at >= 0; at = tape.nextSibling(at, form)) {
    const label = tape.is(at, NS.data, NAME.field) ? tape.attr(at, NAME.var) : -1;
    if (label < 0 || tape.valueLength(label) > MAX_VAR_BYTES) continue;
    const wanted = name === NAME.password ? 'password' : 'username';
    if (strings.decode(tape.valueOffset(label), tape.valueLength(label)) !== wanted) continue;
    const value = tape.child(at, NS.data, NAME.value);
    return value < 0 ? -1 : tape.text(value);
  }
  return -1;
}

/** An iq of the client with a registration query; `key` is that of the password in it. */
export function onRegistration(stage: Stage, key: SecretKey | undefined): void {
  const { session } = stage;
  const user = stage.value(textOf(stage, NS.register, NAME.username));
  if (key === undefined || user === '' || stage.attr(0, NAME.type) !== 'set') return;
  const isOwn = session.authenticated && normalizeLocal(user) === normalizeLocal(session.user);
  const attempt: Attempt = {
    kind: isOwn ? 'password_change' : 'registration',
    mechanism: isOwn ? 'XEP-0077 password change' : 'XEP-0077 registration',
    ...{ step: 0, user, passwordKey: key, nonceKey: undefined, exchangeKey: undefined },
  };
  if (session.registrations.length >= MAX_WAITING) session.registrations.shift();
  session.registrations.push({ id: stage.attr(0, NAME.id), attempt });
}

/** An iq of the server, while registrations wait for one. */
export function onRegistrationAnswer(stage: Stage): void {
  const { session, tape } = stage;
  const id = stage.attr(0, NAME.id);
  const at = session.registrations.findIndex((one) => one.id === id);
  const asked = session.registrations[at];
  const type = stage.attr(0, NAME.type);
  if (asked === undefined || (type !== 'result' && type !== 'error')) return;
  session.registrations.splice(at, 1);
  const error = tape.child(0, tape.ns(0), NAME.error);
  const condition = error < 0 ? -1 : tape.childInNs(error, NS.stanzaErrors);
  tellOutcome(stage, asked.attempt, {
    step: 0,
    succeeded: type === 'result',
    condition: condition < 0 ? '' : stage.localName(condition),
  });
}
