/** Looking for bytes in bytes: node's Buffer searches fast, and sees any byte array in place. */

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether `text` (Latin-1, one character a byte) stands at `offset`. */
export function hasAt(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset < 0 || offset + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[offset + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Offset of `text` (Latin-1) at or behind `from`, before `end`; -1 when it is not there. */
export function indexOf(bytes: Uint8Array, text: string, from = 0, end = bytes.length): number {
  if (from >= end) return -1;
  // In a view: a search that runs on behind `end` would be paid for and thrown away.
  const at = asBuffer(bytes.subarray(from, end)).indexOf(text, 0, 'latin1');
  return at === -1 ? -1 : from + at;
}

export function lastIndexOf(bytes: Uint8Array, text: string): number {
  return asBuffer(bytes).lastIndexOf(text, undefined, 'latin1');
}

/** One character a byte. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return asBuffer(bytes).toString('latin1', Math.max(0, from), Math.min(bytes.length, to));
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export const NOTHING = new Uint8Array(0);

/** 64-bit little-endian length; beyond 2^53 it is only "too much". The caller has checked the room. */
export function u64le(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** Joins pieces with a line end between them. */
export function joinLines(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 0) return NOTHING;
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const lines: Uint8Array[] = [];
  for (const piece of pieces) lines.push(piece, LINE_END);
  return Buffer.concat(lines);
}

const LINE_END = Uint8Array.of(0x0a);
