/**
 * How a session gets its address: resource binding (RFC 6120 section 7), stream resumption
 * (XEP-0198), and what the traffic tells when the start was not seen.
 */
import { DIRECTION } from '../core/index.ts';
import { NAME, NS } from './ids.ts';
import { domainOf, normalizeDomain, splitJid } from './jid.ts';
import { checkBoundUser } from './login-checks.ts';
import { CLIENT_SOURCE, type Session } from './session.ts';
import { EVENT, type Stage } from './stage.ts';
import { PHASE } from './types.ts';

/** Resources clients choose for themselves: a hint at the software, no more. */
const RESOURCE_HINT =
  /^(Conversations|gajim|Psi\+?|Pidgin|Adium|Dino|Monal|Swift|Spark|Profanity|poezio|Converse\.js|mcabber|Miranda|Trillian|BeagleIM|SiskinIM|Xabber|yaxim|ChatSecure|Kaidan|Kopete|Empathy)(?![a-z])/i;

/** The session is usable and everybody on the way can read it: tell it once. */
export function onSessionReached(stage: Stage): void {
  const { session } = stage;
  session.authenticated = true;
  session.advance(PHASE.session);
  if (session.client === '' && session.jid !== '') {
    const hint = RESOURCE_HINT.exec(splitJid(session.jid).resource);
    if (hint?.[1] !== undefined) session.setClient(hint[1], CLIENT_SOURCE.resource);
  }
  if (session.plaintextTold || session.connection !== 'c2s') return;
  session.plaintextTold = true;
  const seenFeatures = !session.isMidstream || session.starttlsOffered !== 'absent';
  stage.raise(EVENT.plaintextSession, {
    jid: session.jid,
    server: session.domain,
    starttls: seenFeatures ? session.starttlsOffered : 'not_seen',
  });
}

/** `<iq type='result'><bind><jid/></bind></iq>` from the server itself. */
export function onBindResult(stage: Stage, bind: number): void {
  const { session, tape, direction } = stage;
  if (direction !== DIRECTION.toClient || session.phase >= PHASE.session) return;
  const jid = tape.child(bind, NS.bind, NAME.jid);
  const text = jid < 0 ? '' : stage.value(tape.text(jid));
  if (text === '') return;
  session.setJid(text);
  checkBoundUser(stage);
  noteUser(session);
  onSessionReached(stage);
}

/** `<resumed/>`: the address is that of an earlier stream; only its account is known here. */
export function onResumed(stage: Stage): void {
  const { session, direction } = stage;
  if (direction !== DIRECTION.toClient) return;
  if (session.jid === '' && session.user !== '' && session.domain !== '') {
    session.setJid(session.user.includes('@') ? session.user : `${session.user}@${session.domain}`);
  }
  onSessionReached(stage);
}

/** Mechanisms that name nobody (EXTERNAL without a name, GSSAPI): the address names the user. */
function noteUser(session: Session): void {
  const { local, domain } = splitJid(session.jid);
  if (session.user === '') session.user = local;
  if (session.domain === '') session.domain = domain;
}

/**
 * Learn the address of a client whose login was not seen: what the server sends goes `to` the full
 * JID, and some clients write `from`.
 */
export function learnJid(stage: Stage): void {
  const { session, direction, tape } = stage;
  const token = tape.attr(0, direction === DIRECTION.toClient ? NAME.to : NAME.from);
  if (token < 0) return;
  const { jids } = stage;
  jids.scan(tape.valueOffset(token), tape.valueLength(token));
  // A bare JID, a room or a server is not the address of a session.
  if (jids.fault !== 0 || jids.resourceOffset < 0 || jids.domainOffset === 0) return;
  session.setJid(stage.value(token));
  if (session.domain === '') session.domain = domainOf(session.jid);
  noteUser(session);
  onSessionReached(stage);
}

/** Learn which servers talk, from the addresses of a stanza between them. */
export function learnDomains(stage: Stage): void {
  const { session } = stage;
  const from = normalizeDomain(domainOf(stage.attr(0, NAME.from)));
  const to = normalizeDomain(domainOf(stage.attr(0, NAME.to)));
  if (from === '' || to === '') return;
  const isToServer = stage.direction === DIRECTION.toServer;
  session.peerDomain = isToServer ? from : to;
  session.domain = isToServer ? to : from;
}
