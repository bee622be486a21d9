/**
 * Files of two types: a picture to those who look at it, a program or archive to those who open it. What ordinary
 * writers append is no sign: further pictures and films behind a photo, padding, an archive behind its own unpacker.
 */
import { u16le } from '../../core/index.ts';
import { hasAt, indexOf, lastIndexOf } from './bytes.ts';
import type { Examination, Member } from './examination.ts';
import { imageEnd, jpegEnd } from './image-end.ts';
import type { KnownType } from './magic-table.ts';
import { PDF_HEADER_WITHIN } from './pdf.ts';
import { peHeaderAt } from './programs.ts';
import { knownType } from './recognize.ts';
import { readZip } from './zip.ts';
import { zipMembers } from './zip-members.ts';

/** Bytes of no known type behind an image: less is padding or the notes of some camera. */
const TAIL_BYTES = 16 * 1024;
/** Code in comments or pixels of an image, that a server or browser would run. */
const SCRIPTS = ['<?php', '<script', '<SCRIPT', '<%eval'];
const DOS_SEARCHES = 4096;

/** What stands behind or inside the first type, as members; the sign is set on the way. */
export function* secondType(exam: Examination, type: KnownType, member: Member): Generator<Member> {
  const { bytes } = member;
  if (type.form !== 'markup' && (type.group === 'image' || type.group === 'media')) {
    const inside = insideImage(bytes);
    if (inside !== '') exam.sign('polyglot', `${type.magic} with ${inside}`);
  }
  if (hasZipAtEnd(bytes)) {
    // Unpackers carry their archive, and Python runs archives behind a line of script.
    if (type.group !== 'program' && type.group !== 'script')
      exam.sign('polyglot', `${type.magic} with a Zip archive at its end`);
    yield* zipMembers(exam, bytes, true);
    return;
  }
  const end = type.form === 'pdf' ? pdfEnd(bytes) : imageEnd(type.form, bytes);
  if (end === -1) return;
  const tail = bytes.subarray(ordinaryEnd(type, bytes, end));
  if (tail.length === 0) return;
  const second = knownType(tail);
  if (second !== undefined)
    exam.sign('polyglot', `${second.magic} behind the end of ${type.magic}`);
  else if (tail.length >= TAIL_BYTES && type.form !== 'pdf')
    exam.sign('polyglot', `${tail.length} bytes behind the end of ${type.magic}`);
  else return;
  exam.countUnpacked(tail.length);
  yield { name: 'behind the end', bytes: tail, size: tail.length, isWhole: member.isWhole };
}

function insideImage(bytes: Uint8Array): string {
  const header = indexOf(bytes, '%PDF-', 1, PDF_HEADER_WITHIN);
  if (header !== -1 && indexOf(bytes, 'endobj', header) !== -1) return 'a PDF document inside';
  if (SCRIPTS.some((mark) => indexOf(bytes, mark) !== -1)) return 'a script inside';
  // "GIF89a/*" begins a comment of JavaScript, in which the rest of the picture hides.
  if (hasAt(bytes, 0, 'GIF89a/*') && indexOf(bytes, '*/', 8) !== -1) return 'a script inside';
  let at = 0;
  for (let i = 0; i < DOS_SEARCHES; i++) {
    at = indexOf(bytes, 'MZ', at + 1);
    if (at === -1) break;
    if (peHeaderAt(bytes, at) !== -1) return 'a Windows program inside';
  }
  return '';
}

/** A zip directory that ends where the file ends; archives attached inside of a document do not. */
function hasZipAtEnd(bytes: Uint8Array): boolean {
  if (hasAt(bytes, 0, 'PK')) return false;
  const tail = Math.max(0, bytes.length - 0xffff - 22);
  const end = tail + lastIndexOf(bytes.subarray(tail), 'PK\x05\x06');
  if (end < tail || end + 22 > bytes.length) return false;
  if (end + 22 + u16le(bytes, end + 20) !== bytes.length) return false;
  const listing = readZip(bytes);
  return (
    listing !== undefined && listing.hasDirectory && listing.entries.length > 0 && listing.begin > 0
  );
}

function pdfEnd(bytes: Uint8Array): number {
  const last = lastIndexOf(bytes, '%%EOF');
  return last === -1 ? -1 : last + 5;
}

/** Behind what cameras, phones and writers append as a rule. */
function ordinaryEnd(type: KnownType, bytes: Uint8Array, end: number): number {
  let at = end;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (byte === 0 || byte === 0xff || byte === 0x0a || byte === 0x0d || byte === 0x20) {
      // 0xFF may begin the next picture.
      if (type.form === 'jpeg' && hasAt(bytes, at, '\xff\xd8\xff')) {
        const next = jpegEnd(bytes, at);
        if (next === -1) return bytes.length;
        at = next;
      } else at++;
    } else break;
  }
  if (type.form !== 'jpeg') return at;
  // Motion photos end in a film, some with notes of the phone around it.
  // The length of its first box may begin with zeros, which were taken for padding.
  const isFilm =
    [1, 2, 3, 4].some((length) => hasAt(bytes, at + length, 'ftyp')) ||
    hasAt(bytes, bytes.length - 4, 'SEFT');
  return isFilm ? bytes.length : at;
}
