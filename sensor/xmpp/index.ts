/** Door of xmpp/. */
export {
  PHASE,
  STANZA,
  type ConnectionKind,
  type SessionSummary,
  type StanzaView,
  type TlsState,
  type XmppEvent,
  type XmppHandler,
  type XmppSession,
} from './types.ts';
