/** Where an image ends by its own structure; -1 when that cannot be told (cut off, damaged). */
import { u16, u16le, u32, u32le } from '../../core/index.ts';
import { hasAt } from './bytes.ts';
import type { Form } from './magic-table.ts';

const CHUNKS_MAX = 100_000;

export function imageEnd(form: Form, bytes: Uint8Array): number {
  switch (form) {
    case 'png':
      return pngEnd(bytes);
    case 'jpeg':
      return jpegEnd(bytes, 0);
    case 'gif':
      return gifEnd(bytes);
    case 'image':
      return headerEnd(bytes);
    default:
      return -1;
  }
}

/** PNG: chunks of length, name, data, checksum, up to IEND. */
function pngEnd(bytes: Uint8Array): number {
  let at = 8;
  for (let i = 0; i < CHUNKS_MAX && at + 12 <= bytes.length; i++) {
    const isLast = hasAt(bytes, at + 4, 'IEND');
    at += 12 + u32(bytes, at);
    if (isLast) return at <= bytes.length ? at : -1;
  }
  return -1;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** JPEG (ITU-T T.81 annex B): segments with a length, and entropy-coded data up to the next marker. */
export function jpegEnd(bytes: Uint8Array, from: number): number {
  let at = from + 2;
  for (let i = 0; i < CHUNKS_MAX && at + 2 <= bytes.length; i++) {
    if (bytes[at] !== 0xff) return -1;
    const marker = bytes[at + 1] as number;
    at += 2;
    if (marker === EOI) return at;
    if (marker === 0xff) at--;
    else if (marker === SOI || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    else {
      if (at + 2 > bytes.length) return -1;
      at += u16(bytes, at);
      if (marker === SOS) at = scanEnd(bytes, at);
      if (at === -1) return -1;
    }
  }
  return -1;
}

/** Within coded data 0xFF is followed by 0 or a restart marker. */
function scanEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) return -1;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return -1;
}

/** GIF89a: header, colour tables, blocks, trailer. */
function gifEnd(bytes: Uint8Array): number {
  if (bytes.length < 13) return -1;
  let at = 13 + tableLength(bytes[10] as number);
  for (let i = 0; i < CHUNKS_MAX && at < bytes.length; i++) {
    const block = bytes[at];
    if (block === 0x3b) return at + 1;
    if (block === 0x2c) {
      if (at + 10 > bytes.length) return -1;
      at = subBlocksEnd(bytes, at + 10 + tableLength(bytes[at + 9] as number) + 1);
    } else if (block === 0x21) at = subBlocksEnd(bytes, at + 2);
    else return -1;
    if (at === -1) return -1;
  }
  return -1;
}

function tableLength(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1);
}

function subBlocksEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const length = bytes[at] as number;
    at += length + 1;
    if (length === 0) return at;
  }
  return -1;
}

/** Formats that tell their length at the beginning. */
function headerEnd(bytes: Uint8Array): number {
  let end = -1;
  if (hasAt(bytes, 0, 'RIFF') && bytes.length >= 12) end = u32le(bytes, 4) + 8;
  else if (hasAt(bytes, 0, 'BM') && bytes.length >= 26 && u16le(bytes, 6) === 0)
    end = u32le(bytes, 2);
  return end >= 26 && end <= bytes.length ? end : -1;
}
