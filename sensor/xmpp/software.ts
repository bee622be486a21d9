/** Which software the client runs, from what it says of itself. */
import { NAME, NS } from './ids.ts';
import { CLIENT_SOURCE } from './session.ts';
import type { Stage } from './stage.ts';

/** XEP-0115: the node of the client's own presence, a URI of the software. */
export function onCaps(stage: Stage, caps: number): void {
  const { session, tape } = stage;
  if (session.clientSource > CLIENT_SOURCE.caps) return;
  const node = tape.attr(caps, NAME.node);
  if (node >= 0) session.setClient(stage.value(node), CLIENT_SOURCE.caps);
}

/** XEP-0092: the client's answer to a version query. */
export function onVersion(stage: Stage, query: number): void {
  const { session, tape } = stage;
  const name = tape.child(query, NS.version, NAME.name);
  if (name < 0) return;
  const version = tape.child(query, NS.version, NAME.version);
  const text = stage.value(tape.text(name)).trim();
  const number = version < 0 ? '' : stage.value(tape.text(version)).trim();
  if (text === '') return;
  session.setClient(number === '' ? text : `${text} ${number}`, CLIENT_SOURCE.version);
}
