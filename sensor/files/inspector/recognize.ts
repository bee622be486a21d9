/** Which type the bytes of a file or member are: own tables first, text next, the library for the rest. */
import { fileTypeFromBuffer } from 'file-type';
import { hasAt, indexOf, lastIndexOf } from './bytes.ts';
import { keyType } from './der.ts';
import { decodeText } from './encoding.ts';
import { MAGIC, UNKNOWN, type Form, type KnownType } from './magic-table.ts';
import { oleType } from './ole.ts';
import { PDF_HEADER_WITHIN } from './pdf.ts';
import { programType } from './programs.ts';
import { isTarHeader } from './tar.ts';
import { textType } from './text-types.ts';
import { readZip } from './zip.ts';
import { zipType } from './zip-family.ts';

const PDF: KnownType = {
  magic: 'PDF document',
  mime: 'application/pdf',
  group: 'document',
  form: 'pdf',
};
/** What the library looks at; formats whose end must be read are our own affair. */
const LIBRARY_BYTES = 64 * 1024;
const FOOTER = 512;
const SAMPLE_BYTES = 16 * 1024;

export async function recognize(bytes: Uint8Array): Promise<KnownType> {
  const type = knownType(bytes);
  if (type !== undefined) return type;
  const decoded = decodeText(bytes, SAMPLE_BYTES);
  if (decoded !== undefined) return textType(decoded.text, decoded.encoding);
  return (await libraryType(bytes)) ?? UNKNOWN;
}

/** By own tables alone; undefined for text and for what only the library knows. */
export function knownType(bytes: Uint8Array): KnownType | undefined {
  const program = programType(bytes);
  if (program !== undefined) return program;
  const row = MAGIC.find((candidate) => hasAt(bytes, candidate.offset, candidate.bytes));
  if (row?.form === 'zip') {
    const listing = readZip(bytes);
    if (listing !== undefined) return zipType(bytes, listing);
  }
  if (row?.form === 'rtf' && indexOf(bytes, '\\objdata') !== -1)
    return { ...refine(bytes, row), magic: 'Rich Text document with embedded object' };
  if (row?.form === 'ole') return oleType(bytes, row);
  if (row !== undefined) return refine(bytes, row);
  if (indexOf(bytes, '%PDF-', 0, PDF_HEADER_WITHIN) !== -1) return PDF;
  return footerType(bytes) ?? oldTar(bytes) ?? keyType(bytes);
}

/** Archives that say in their header that nothing can be read without a password. */
function refine(bytes: Uint8Array, { magic, mime, group, form }: KnownType): KnownType {
  const isLocked =
    mime === 'application/x-7z-compressed'
      ? hasAesCoder(bytes)
      : form === 'rar' && isRarLocked(bytes);
  return isLocked
    ? { magic: `${magic}, encrypted`, mime, group: 'encrypted', form }
    : { magic, mime, group, form };
}

/** The coder 7zAES in the header at the end, when that is not compressed. */
function hasAesCoder(bytes: Uint8Array): boolean {
  return lastIndexOf(bytes.subarray(Math.max(32, bytes.length - 4096)), '\x06\xf1\x07\x01') !== -1;
}

/** RAR 4: flags of the archive or of its first file; RAR 5: a header that holds the password's check. */
function isRarLocked(bytes: Uint8Array): boolean {
  if (hasAt(bytes, 0, 'Rar!\x1a\x07\x01\0')) return bytes.length > 13 && bytes[13] === 4;
  const archiveFlags = (bytes[10] ?? 0) | ((bytes[11] ?? 0) << 8);
  if (bytes[9] === 0x73 && (archiveFlags & 0x80) !== 0) return true;
  return bytes[22] === 0x74 && ((bytes[23] ?? 0) & 0x04) !== 0;
}

function footerType(bytes: Uint8Array): KnownType | undefined {
  const at = bytes.length - FOOTER;
  if (hasAt(bytes, at, 'conectix'))
    return {
      magic: 'Virtual PC disk image (VHD)',
      mime: 'application/x-vhd',
      group: 'disk',
      form: 'closed',
    };
  if (hasAt(bytes, at, 'koly\0\0\0\x04'))
    return {
      magic: 'Apple disk image',
      mime: 'application/x-apple-diskimage',
      group: 'disk',
      form: 'closed',
    };
  return undefined;
}

function oldTar(bytes: Uint8Array): KnownType | undefined {
  return isTarHeader(bytes, 0)
    ? { magic: 'tar archive', mime: 'application/x-tar', group: 'archive', form: 'tar' }
    : undefined;
}

async function libraryType(bytes: Uint8Array): Promise<KnownType | undefined> {
  try {
    const found = await fileTypeFromBuffer(bytes.slice(0, LIBRARY_BYTES));
    if (found === undefined) return undefined;
    const { ext, mime } = found;
    const kind = mime.split('/', 1)[0];
    const group =
      kind === 'image' ? 'image' : kind === 'audio' || kind === 'video' ? 'media' : GROUPS[ext];
    const name = ext.toUpperCase();
    return {
      magic: group === 'image' ? `${name} image` : `${name} ${kind === 'font' ? 'font' : 'data'}`,
      mime,
      group: group ?? 'unknown',
      form: group === 'image' ? 'image' : (LIBRARY_FORMS[group ?? 'unknown'] ?? 'opaque'),
    };
  } catch {
    // The library met bytes it cannot read on with: they are of no type it knows.
    return undefined;
  }
}

/** Archives, documents and what else it may know by name are not opened here. */
const LIBRARY_FORMS: Readonly<Partial<Record<KnownType['group'], Form>>> = {
  archive: 'closed',
  media: 'plain',
};

/** Of the extensions the library gives, those that are neither image nor media. */
const GROUPS: Readonly<Record<string, KnownType['group']>> = {
  ...{
    Z: 'archive',
    lz4: 'archive',
    lzh: 'archive',
    cpio: 'archive',
    arj: 'archive',
    ace: 'archive',
  },
  ...{ ttf: 'media', otf: 'media', woff: 'media', woff2: 'media', eot: 'media' },
  ...{ ps: 'document', eps: 'document', mobi: 'document', indd: 'document', shp: 'document' },
  ...{ parquet: 'document', avro: 'document', arrow: 'document', jmp: 'document', sav: 'document' },
  ...{ ogx: 'media', mxf: 'media', blend: 'document', skp: 'document', stl: 'document' },
};
