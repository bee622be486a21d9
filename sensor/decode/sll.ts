/** Linux cooked capture, versions 1 and 2 (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2). */
import { eventId, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByEtherType } from './next-layer.ts';

const SLL_LENGTH = 16;
const SLL_PROTOCOL = 14;
const SLL2_LENGTH = 20;
const SLL2_PROTOCOL = 0;

const TRUNCATED = eventId('decoder.sll.truncated');

export function decodeSll(cursor: Cursor): number {
  return cooked(cursor, SLL_LENGTH, SLL_PROTOCOL);
}

export function decodeSll2(cursor: Cursor): number {
  return cooked(cursor, SLL2_LENGTH, SLL2_PROTOCOL);
}

function cooked(cursor: Cursor, length: number, protocol: number): number {
  const at = cursor.at;
  if (at + length > cursor.end) return TRUNCATED;
  cursor.at = at + length;
  return nextByEtherType(u16(cursor.bytes, at + protocol));
}
