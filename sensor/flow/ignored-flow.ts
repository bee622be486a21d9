/** A flow nobody reads any more: no sequence numbers, no windows, only its end matters. */
import type { Direction } from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import {
  FIN_SEEN,
  ISN,
  RST_SEEN,
  STATE,
  STATE_CLOSED,
  STATE_CLOSING,
  SYN_SEEN,
  halfRow,
  type FlowStore,
} from './flow-store.ts';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from './tcp-flags.ts';

/** Take notice of a packet; STATE may change. False when a new connection begins with it. */
export function followIgnored(
  store: FlowStore,
  flow: number,
  direction: Direction,
  view: PacketView,
): boolean {
  const flags = view.flags;
  if ((flags & (TCP_SYN | TCP_FIN | TCP_RST)) === 0) return true;
  const row = halfRow(flow, direction);
  if ((flags & TCP_RST) !== 0) {
    store.setBits(row, RST_SEEN);
    store.setWord(flow, STATE, STATE_CLOSING);
    return true;
  }
  if ((flags & TCP_SYN) !== 0) {
    const isCopy = store.hasBits(row, SYN_SEEN) && store.words[row + ISN] === view.seq;
    return isCopy || (flags & (TCP_ACK | TCP_FIN)) !== 0;
  }
  store.setBits(row, FIN_SEEN);
  const isOver = store.hasBits(halfRow(flow, 1 - direction), FIN_SEEN);
  store.setWord(flow, STATE, isOver ? STATE_CLOSED : STATE_CLOSING);
  return true;
}
