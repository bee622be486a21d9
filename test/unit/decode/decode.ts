/** Decodes one frame for tests and gives the verdict by name. */
import { eventName, packetTime } from '../../../sensor/core/index.ts';
import { DECODED, NOT_TCP, PacketView, decodePacket } from '../../../sensor/decode/index.ts';
import { LINK, START_USEC } from '../../support/packets.ts';

export interface Decoded {
  /** 'DECODED', 'NOT_TCP' or the event's name. */
  readonly verdict: string;
  readonly view: PacketView;
  readonly payload: string;
}

export interface DecodeOptions {
  /** LINKTYPE_ number; Ethernet unless told. */
  readonly linkType?: number;
  readonly wirelen?: number;
  readonly verify?: boolean;
}

/** Bytes around the packet, as in a ring buffer: a decoder that reads beyond its packet meets them. */
const GUARD = 0x5a;
const GUARD_LENGTH = 96;

export function decode(frame: Uint8Array, options: DecodeOptions = {}): Decoded {
  const bytes = new Uint8Array(frame.length + 2 * GUARD_LENGTH).fill(GUARD);
  bytes.set(frame, GUARD_LENGTH);
  const view = new PacketView();
  const code = decodePacket(
    bytes,
    GUARD_LENGTH,
    frame.length,
    options.wirelen ?? frame.length,
    packetTime(START_USEC),
    options.linkType ?? LINK.ethernet,
    view,
    options.verify ?? false,
  );
  return { verdict: verdictName(code), view, payload: code === DECODED ? payloadText(view) : '' };
}

function payloadText(view: PacketView): string {
  const end = view.payloadOffset + view.payloadLength;
  return Buffer.from(view.bytes.subarray(view.payloadOffset, end)).toString('latin1');
}

export function verdictName(code: number): string {
  if (code === DECODED) return 'DECODED';
  return code === NOT_TCP ? 'NOT_TCP' : eventName(code);
}

/** An Ethernet frame with this type and content. */
export function ethernet(type: number, content: readonly number[] | Uint8Array): Uint8Array {
  return Uint8Array.from([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, type >>> 8, type & 255, ...content]);
}

/** A copy with some bytes changed: [offset, value] pairs. */
export function patched(
  bytes: Uint8Array,
  ...changes: readonly (readonly [at: number, value: number])[]
): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [at, value] of changes) copy[at] = value;
  return copy;
}
