/** The file of a case: who sends it to whom over which road, and its bytes, archives packed from what they hold. */
import { gzipSync, zipSync } from 'fflate';
import type { FileContent, FileSource } from './case-schema.ts';
import { bytesOf } from './case-turns.ts';

/** A file of a case, as it is told of when it has ended. */
export interface CaseFile {
  readonly road: FileSource['road'];
  readonly from: string;
  readonly to: string;
  readonly name: string;
  /** As offered. */
  readonly size: number;
  readonly mime: string;
  readonly sha256: string;
  readonly md5: string;
  readonly content: Uint8Array;
  /** Why not all of it came; '' when it did. */
  readonly lack: FileSource['lack'];
}

/** Members of an archive have a date, in local time: the same bytes every day, everywhere. */
const DATE = new Date(1990, 0, 1);

export function buildFile({ content: source, size, ...facts }: FileSource): CaseFile {
  const bytes = packed(source);
  return { ...facts, content: bytes, size: size ?? bytes.length };
}

function packed(source: FileContent): Uint8Array {
  if (typeof source === 'string' || Array.isArray(source)) return bytesOf(source, {});
  if ('gzip' in source) return gzipSync(packed(source.gzip), { mtime: 0 });
  if (!('zip' in source)) return bytesOf(source, {});
  const members = Object.entries(source.zip).map(([path, inner]) => [path, packed(inner)] as const);
  return zipSync(Object.fromEntries(members), { mtime: DATE });
}
