/** TCP options a passive reader needs: MSS, window scale, SACK permitted, timestamps. */
import { eventId, i32, u16, u32 } from '../core/index.ts';
import type { PacketView } from './packet-view.ts';

const END_OF_LIST = 0;
const NO_OPERATION = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const TIMESTAMPS = 8;

/** RFC 7323 section 2.3: a larger shift counts as 14. */
const MAX_WINDOW_SCALE = 14;

/** NOP, NOP, timestamps of length 10: all that most segments carry. */
const TIMESTAMP_PROLOGUE = 0x0101080a;
const TIMESTAMP_BLOCK = 12;

const BAD_OPTION = eventId('decoder.tcp.bad_option');

/**
 * Reads the options in `bytes[start .. end)` into the view. A malformed one ends the list and is
 * noted as the view's anomaly; the segment stays good, since receivers take it (Linux and BSD
 * stop at the bad option and process the data).
 */
export function decodeTcpOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  view: PacketView,
): void {
  view.windowScale = -1;
  view.mss = -1;
  view.sackPermitted = false;
  view.hasTimestamp = false;
  view.tsVal = 0;
  if (start === end) return;
  if (end - start === TIMESTAMP_BLOCK && u32(bytes, start) === TIMESTAMP_PROLOGUE) {
    view.hasTimestamp = true;
    view.tsVal = i32(bytes, start + 4);
    return;
  }
  let at = start;
  while (at < end) {
    const kind = bytes[at] as number;
    if (kind === END_OF_LIST) return;
    if (kind === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? (bytes[at + 1] as number) : 0;
    if (length < 2 || at + length > end || !readOption(bytes, at, kind, length, view)) {
      view.anomaly = BAD_OPTION;
      return;
    }
    at += length;
  }
}

/** Reads one option that lies within the header; false when its length does not fit its kind. */
function readOption(
  bytes: Uint8Array,
  at: number,
  kind: number,
  length: number,
  view: PacketView,
): boolean {
  switch (kind) {
    case MSS:
      if (length !== 4) return false;
      view.mss = u16(bytes, at + 2);
      return true;
    case WINDOW_SCALE:
      if (length !== 3) return false;
      view.windowScale = Math.min(bytes[at + 2] as number, MAX_WINDOW_SCALE);
      return true;
    case SACK_PERMITTED:
      if (length !== 2) return false;
      view.sackPermitted = true;
      return true;
    case TIMESTAMPS:
      if (length !== 10) return false;
      view.hasTimestamp = true;
      view.tsVal = i32(bytes, at + 2);
      return true;
    default:
      return true;
  }
}
