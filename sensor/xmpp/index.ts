/** Door of xmpp/. */
export { createXmpp, type Xmpp, type XmppOptions } from './xmpp.ts';
export { foldInto, foldText } from './fold.ts';
export {
  bareJid,
  domainOf,
  isWithinDomain,
  normalizeDomain,
  normalizeJid,
  sameBareJid,
  splitJid,
  type Jid,
} from './jid.ts';
export {
  PHASE,
  STANZA,
  type ConnectionKind,
  type SessionSummary,
  type StanzaTree,
  type StanzaView,
  type TlsState,
  type XmppEvent,
  type XmppHandler,
  type XmppSession,
} from './types.ts';
