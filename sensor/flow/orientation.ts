/**
 * Which end of a new flow is the server. A handshake says so. Without one (the capture began later)
 * ports must do: XMPP ports first, then the lower port, for clients take high ones.
 */
import type { PacketView } from '../decode/index.ts';
import { TCP_ACK, TCP_SYN } from './tcp-flags.ts';

/** Does the first packet of a flow go to the server? `isXmppPort` is a portSet(). */
export function goesToServer(view: PacketView, isXmppPort: Uint8Array): boolean {
  if ((view.flags & TCP_SYN) !== 0) return (view.flags & TCP_ACK) === 0;
  const fromXmpp = isXmppPort[view.srcPort] as number;
  const toXmpp = isXmppPort[view.dstPort] as number;
  if (fromXmpp !== toXmpp) return toXmpp !== 0;
  return view.dstPort <= view.srcPort;
}
