/** Members of a zip archive, unpacked one after the other. */
import { NOTHING } from './bytes.ts';
import type { Examination, Member } from './examination.ts';
import { UNKNOWN, type KnownType } from './magic-table.ts';
import { readZip, type ZipEntry, type ZipListing } from './zip.ts';
import { isLockedEntry } from './zip-family.ts';

const STORED = 0;
const DEFLATED = 8;
/** APPNOTE 6.3.10 section 4.4.5, for people. */
const METHODS: Readonly<Record<number, string>> = {
  9: 'deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
};
const LOCKED: KnownType = { ...UNKNOWN, magic: 'Encrypted member', group: 'encrypted' };

export function* zipMembers(
  exam: Examination,
  bytes: Uint8Array,
  isWhole: boolean,
): Generator<Member> {
  const listing = readZip(bytes);
  if (listing === undefined) return;
  checkListing(exam, listing, isWhole);
  for (const entry of listing.entries) {
    if (entry.name.endsWith('/') && entry.packed === 0) continue;
    yield unpack(exam, bytes, entry);
  }
  if (listing.count > listing.entries.length) exam.unsee('members');
}

/** Signs of the archive as a whole. */
export function checkListing(exam: Examination, listing: ZipListing, isWhole: boolean): void {
  if (listing.lie !== '' && isWhole) exam.sign('malformed', `zip: ${listing.lie}`);
  if (!listing.hasDirectory && isWhole) exam.sign('malformed', 'zip: no directory at its end');
  let told = 0;
  for (const { size } of listing.entries) told += Math.max(0, size);
  exam.checkRatio(told);
}

/** What of a member can be had; its name at least. */
export function unpack(exam: Examination, bytes: Uint8Array, entry: ZipEntry): Member {
  const { name, method, start, packed, size } = entry;
  if (isLockedEntry(entry)) {
    exam.sign('encrypted', name);
    return { name, bytes: NOTHING, size, isWhole: false, closedAs: LOCKED };
  }
  const body = bytes.subarray(start, start + packed);
  if (method === STORED) {
    if (size !== -1 && size !== body.length && size <= bytes.length)
      exam.sign('malformed', 'zip: a stored member of two lengths');
    exam.countUnpacked(body.length);
    return { name, bytes: body, size, isWhole: size === -1 || size === body.length };
  }
  if (method !== DEFLATED) {
    const how = METHODS[method] ?? `method ${method}`;
    exam.unsee(`zip ${how}`);
    const closedAs = { ...UNKNOWN, magic: `Member packed with ${how}` };
    return { name, bytes: NOTHING, size, isWhole: false, closedAs };
  }
  const inflated = exam.inflate(body);
  const isAll = inflated.end === 'ended';
  if (inflated.end === 'broken') exam.sign('malformed', 'zip: a member that cannot be unpacked');
  if (isAll && size !== -1 && size !== inflated.bytes.length)
    exam.sign('malformed', 'zip: a member longer or shorter than told');
  return {
    name,
    bytes: inflated.bytes,
    size: isAll ? inflated.bytes.length : size,
    isWhole: isAll,
  };
}
