/**
 * An upload that was packed for its way (`Content-Encoding: gzip`): what was announced is the file inside, and so are
 * its size and hash. Told by the bytes alone, since a header may lie: the upload is a gzip file, and what is in it has
 * the announced size to the byte.
 */
import { gunzipSync } from 'node:zlib';
import { sha256 as hashOf } from '../core/index.ts';
import type { FinishedFile, Inspection } from './types.ts';

/** Larger ones are not unpacked a second time: that would keep packets waiting for longer than some milliseconds. */
const MAX_UNPACKED_BYTES = 1024 * 1024;

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

/**
 * What is kept, and under which hash. Of what is told as the file inside that file, so that it is found by the hash of its
 * record; of a large one what was sent.
 */
export function keptContent(
  told: FinishedFile,
  sent: FinishedFile,
): Pick<FinishedFile, 'sha256' | 'content'> {
  if (told === sent || Math.max(told.seenBytes, sent.seenBytes) > MAX_UNPACKED_BYTES) return sent;
  const { sha256, seenBytes: maxOutputLength } = told;
  try {
    const content = gunzipSync(sent.content, { maxOutputLength });
    if (hashOf(content, 'hex') === sha256) return { sha256, content };
  } catch {
    // The inspector read more into it than zlib takes: then it is kept as it came.
  }
  return sent;
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
