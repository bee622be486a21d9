/**
 * Parts of a JID as records carry it: text from traffic that may break RFC 7622 in every way. So this
 * cuts, it does not validate: xmpp/ has done that, and a malformed JID must still give an owner.
 */

/** `local@domain` in lower case; the whole text when there is no resource. */
export function bareJid(jid: string): string {
  const slash = jid.indexOf('/');
  return (slash < 0 ? jid : jid.slice(0, slash)).toLowerCase();
}

/** Domain in lower case. */
export function jidDomain(jid: string): string {
  const bare = bareJid(jid);
  return bare.slice(bare.indexOf('@') + 1);
}
