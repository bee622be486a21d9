/**
 * Logins that ask for more than their own name, and those that protect the password too little
 * (RFC 4616, RFC 5802). Facts of one login each; who tries how often is counted elsewhere.
 */
import { NAME } from './ids.ts';
import { domainOf, isAddressLiteral, normalizeDomain, normalizeLocal, splitJid } from './jid.ts';
import type { LoginName } from './sasl.ts';
import type { Session } from './session.ts';
import { EVENT, type Stage } from './stage.ts';

/** RFC 5802 section 5.1, RFC 7677 section 4. */
const MIN_ITERATIONS = 4096;
const MIN_SALT_BYTES = 8;
/** Longer challenges are no SCRAM. */
const MAX_CHALLENGE_BYTES = 4096;

/** Mechanisms whose payload names the account itself. In others the name is a certificate's or a token's. */
const NAMES_ACCOUNT = /^(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-.*)$/;
/** User names that a localpart is equal to. Others are escaped (XEP-0106) or mapped. */
const PLAIN_NAME = /^[\w.+-]+$/;

/** The payload names two: who the password belongs to, and who the session shall be. */
export function checkAuthzid(stage: Stage, payload: LoginName): void {
  const { session } = stage;
  const { user, authzid } = payload;
  if (authzid === '' || user === '' || !isOther(session, user, authzid)) return;
  const { mechanism, domain } = session;
  stage.raise(EVENT.saslAuthzid, { user, authzid, mechanism, domain });
}

/** `alice` may write herself `alice@corp.example`, and so may servers of several domains ask her to. */
function isOther(session: Session, user: string, authzid: string): boolean {
  const wanted = splitJid(authzid);
  const own = splitJid(user);
  const local = (text: string, parts: { local: string }): string =>
    normalizeLocal(text.includes('@') ? parts.local : text);
  if (local(authzid, wanted) !== local(user, own)) return true;
  if (!authzid.includes('@')) return false;
  const home = user.includes('@') ? own.domain : session.domain;
  if (home === '' || isAddressLiteral(home)) return false;
  return normalizeDomain(wanted.domain) !== normalizeDomain(home);
}

/** The server bound an address: is it that of whoever logged in? */
export function checkBoundUser(stage: Stage): void {
  const { session } = stage;
  const { user, jid, mechanism } = session;
  if (!NAMES_ACCOUNT.test(mechanism) || !PLAIN_NAME.test(user)) return;
  const bound = splitJid(jid).local;
  if (bound === '' || normalizeLocal(bound) === normalizeLocal(user)) return;
  stage.raise(EVENT.boundOtherUser, { user, jid, mechanism, domain: domainOf(jid) });
}

/** A challenge of the server, before it is scrubbed: `r=nonce,s=salt,i=iterations`. */
export function checkChallenge(stage: Stage): void {
  const { tape } = stage;
  const text = tape.name(0) === NAME.challenge ? tape.text(0) : -1;
  if (text < 0 || tape.valueLength(text) > MAX_CHALLENGE_BYTES) return;
  const encoded = stage.strings.decode(tape.valueOffset(text), tape.valueLength(text));
  const fields = /^r=[^,]+,s=([^,]+),i=(\d{1,9})(?:,|$)/.exec(
    Buffer.from(encoded, 'base64').toString('latin1'),
  );
  if (fields === null) return;
  const saltBytes = Buffer.from(fields[1] ?? '', 'base64').length;
  const iterations = Number(fields[2]);
  if (saltBytes >= MIN_SALT_BYTES && iterations >= MIN_ITERATIONS) return;
  const { mechanism, domain } = stage.session;
  stage.raise(EVENT.scramWeak, { mechanism, domain, iterations, salt_bytes: saltBytes });
}
