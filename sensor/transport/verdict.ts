/** What a look at the first bytes of one half says. */
export const VERDICT = {
  /** Not enough bytes yet. */
  more: 0,
  /** An XMPP stream from its header on. */
  xmpp: 1,
  /** The inside of an XMPP stream. */
  xmppMiddle: 2,
  tls: 3,
  other: 4,
  /** The opening of a SOCKS5 connection: maybe a file transfer of XMPP (XEP-0065). */
  socks: 5,
  /** A request of HTTP/1: maybe a file on its way to an upload service (XEP-0363). */
  http: 6,
} as const;

export type Verdict = (typeof VERDICT)[keyof typeof VERDICT];
