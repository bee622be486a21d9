/** Whom a stanza claims to come from, judged by what servers guarantee (RFC 6120 sections 8.1 and 10.3). */
import { nameId } from '../xml/index.ts';
import { bareJid, domainOf, isWithinDomain, normalizeJid } from '../xmpp/index.ts';
import { TYPE } from './outline.ts';
import { HOP, type Scene } from './scene.ts';

const FROM = nameId('from');

/** The addressee: as the stanza says, else the account of the session. */
export function addressee(scene: Scene): string {
  const { to, session } = scene.view;
  return to !== '' || scene.direction === 0 ? to : session.jid;
}

/**
 * Does the sender speak for the addressee's own account: the account itself (any of its devices), its server, or
 * nobody else named? True as well when one of them is unknown.
 */
export function isFromAccount(scene: Scene): boolean {
  const { from, to } = scene;
  if (!from.isKnown || !to.isKnown) return true;
  if (scene.hop === HOP.toClient && scene.tree.attr(0, FROM) < 0) return true;
  if (from.bare.equals(to.bare) || from.bare.equals(to.domain)) return true;
  // Keys fold ASCII letters; that two ways to write a domain mean the same is asked only before somebody is accused.
  const own = normalizeJid(bareJid(addressee(scene)));
  const sender = normalizeJid(bareJid(scene.view.from));
  return sender === own || sender === domainOf(own);
}

/** Is the sender a service (an address without an account) of the addressee's own server? */
export function isOwnService(scene: Scene): boolean {
  if (scene.from.hasLocal) return false;
  const own = domainOf(normalizeJid(bareJid(addressee(scene))));
  return isWithinDomain(normalizeJid(bareJid(scene.view.from)), own);
}

/** The account somebody acts as: what incidents are kept apart by. */
export function accountOf(jid: string): string {
  return normalizeJid(bareJid(jid));
}

/**
 * Who sent the stanza: on the first hop the account that is logged in, whatever it claims; else the full address,
 * since behind that of a room there are many.
 */
export function senderOf(scene: Scene): string {
  const { session, from } = scene.view;
  return scene.isFirstHop && session.jid !== '' ? accountOf(session.jid) : normalizeJid(from);
}

/** An error repeats what it answers; what it repeats was judged when it was sent. */
export function isEcho({ outline, view }: Scene): boolean {
  // To a receiver a type it does not know is none: only the word itself makes an error.
  return outline.type === TYPE.error && view.type === 'error';
}

/**
 * Did a client write this stanza, as far as one can be sure? In a stream that was joined late the two sides may be
 * mistaken for each other; a login shows which is which.
 */
export function isOfClient({ hop, isSynced, session }: Scene): boolean {
  return hop === HOP.fromClient && (isSynced || session.outcome === 'success');
}
