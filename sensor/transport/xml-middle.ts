/**
 * Is a text from somewhere inside an XMPP stream? Asked when the start of a half was not captured.
 * On a stream port a stanza's name or a namespace of XMPP is enough; elsewhere a segment must begin
 * with a stanza and name such a namespace, for much else is XML too.
 */
import { VERDICT, type Verdict } from './verdict.ts';

const STANZA = String.raw`<\/?(?:[A-Za-z_][\w.-]{0,31}:)?(?:message|presence|iq|stream|features)(?=[\s\/>])`;
const HAS_STANZA = new RegExp(STANZA);
const BEGINS_WITH_STANZA = new RegExp(String.raw`^\s*${STANZA}`);
const HAS_NAMESPACE =
  /["'](?:jabber:(?:client|server|component:|iq:|x:)|urn:xmpp:|urn:ietf:params:xml:ns:xmpp-|http:\/\/jabber\.org\/|http:\/\/etherx\.jabber\.org\/)/;
/** Characters no XML text holds: the half is binary. */
const IS_BINARY = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

/** `chunkStart`: where in the text the latest segment begins. */
export function judgeXmlMiddle(
  text: string,
  chunkStart: number,
  isStreamPort: boolean,
  isFinal: boolean,
): Verdict {
  const hasNamespace = HAS_NAMESPACE.test(text);
  if (isStreamPort) {
    if (hasNamespace || HAS_STANZA.test(text)) return VERDICT.xmppMiddle;
  } else if (hasNamespace) {
    if (BEGINS_WITH_STANZA.test(text) || BEGINS_WITH_STANZA.test(text.slice(chunkStart))) {
      return VERDICT.xmppMiddle;
    }
  }
  if (IS_BINARY.test(text)) return VERDICT.other;
  return isFinal ? VERDICT.other : VERDICT.more;
}
