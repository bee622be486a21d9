/**
 * An upload that was packed for its way (`Content-Encoding: gzip`): what was announced is the file inside, and so are
 * its size and hash. Told by the bytes alone, since a header may lie: the upload is a gzip file, and what is in it has
 * the announced size to the byte.
 */
import type { FinishedFile, Inspection } from './types.ts';

export interface ToldFile {
  readonly file: FinishedFile;
  readonly inspection: Inspection | undefined;
}

/** The file as it was announced; the same file where it was sent as it is. */
export function asAnnounced(file: FinishedFile, inspection: Inspection | undefined): ToldFile {
  const inside = announcedPart(file, inspection);
  if (inside === undefined || inspection === undefined) return { file, inspection };
  const { size, sha256, md5, data, type } = inside;
  const [, , ...members] = inspection.parts;
  return {
    file: { ...file, seenBytes: size, expectedBytes: size, sha256, md5, sha1: '', content: data },
    inspection: { ...inspection, type, parts: [{ ...inside, path: '' }, ...members] },
  };
}

function announcedPart(
  { road, offer, lack, seenBytes }: FinishedFile,
  inspection: Inspection | undefined,
): Inspection['parts'][number] | undefined {
  if (road !== 'http' || offer?.protocol !== 'upload' || lack !== '') return undefined;
  if (offer.size === seenBytes || inspection?.type.mime !== 'application/gzip') return undefined;
  const part = inspection.parts[1];
  return part?.size === offer.size && part.sha256 !== '' ? part : undefined;
}
