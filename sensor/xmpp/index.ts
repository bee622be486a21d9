/** Door of xmpp/. */
export { createXmpp, type Xmpp } from './xmpp.ts';
export { foldInto, foldText } from './fold.ts';
export {
  bareJid,
  domainOf,
  isWithinDomain,
  normalizeDomain,
  normalizeJid,
  sameBareJid,
  splitJid,
} from './jid.ts';
export type { SecretKey } from './secret-key.ts';
export {
  PHASE,
  STANZA,
  type ConnectionKind,
  type LoginKind,
  type LoginOutcome,
  type LoginSummary,
  type SessionSummary,
  type KeyMaker,
  type StanzaTree,
  type StanzaView,
  type TlsState,
  type XmppEvent,
  type XmppHandler,
  type XmppSession,
} from './types.ts';
