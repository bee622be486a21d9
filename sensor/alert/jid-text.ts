/**
 * Parts of a JID as records carry it: text from traffic that may break RFC 7622 in every way. So this
 * cuts, it does not validate: xmpp/ has done that, and a malformed JID must still give an owner.
 */

/** What a domain is never written with: text with one of these before its first slash is no JID with a resource. */
const NO_DOMAIN = /[\s"'&()*+,:;<=>?\\^`{|}]/;

/**
 * `local@domain` in lower case; the whole text when there is no resource. A name that no server can have, with a slash
 * in it (`<b>x</b>`), stays whole too: cut, it would be told from its session no more. What was cut stays as it is.
 */
export function bareJid(jid: string): string {
  const slash = jid.indexOf('/');
  if (slash < 0) return jid.toLowerCase();
  const bare = jid.slice(0, slash);
  const domain = bare.slice(bare.indexOf('@') + 1);
  const isName = domain.startsWith('[') || !NO_DOMAIN.test(domain);
  return (isName ? bare : jid).toLowerCase();
}

/** Domain in lower case. */
export function jidDomain(jid: string): string {
  const bare = bareJid(jid);
  return bare.slice(bare.indexOf('@') + 1);
}
