/** Limits of what is remembered of leaks. */
import { limit, type LimitInfo } from './limit.ts';

export const DLP_LIMITS = {
  dlpJoinEntries: limit(
    'dlp.join_entries',
    8192,
    'items',
    'oldest text kept for what may follow it is wiped; counter state_evictions',
  ),
  dlpJoinBytes: limit(
    'dlp.join_bytes',
    1024 * 1024,
    'bytes',
    'oldest text kept for what may follow it is wiped; counter state_evictions',
  ),
  dlpJoinTextBytes: limit(
    'dlp.join_text_bytes',
    2048,
    'bytes',
    'of a longer message only its end and its beginning are put together with others',
  ),
  dlpDocumentBytes: limit(
    'dlp.document_bytes',
    64 * 1024 * 1024,
    'bytes',
    'larger document is not fingerprinted: stanzawatch dlp says so',
  ),
  dlpDocuments: limit(
    'dlp.documents',
    10_000,
    'items',
    'further documents are not fingerprinted: stanzawatch dlp says so',
  ),
  dlpShingles: limit(
    'dlp.shingles',
    4_000_000,
    'items',
    'documents that need more are not fingerprinted, fingerprints that have more are not loaded',
  ),
  dlpSightings: limit(
    'dlp.sightings',
    4096,
    'items',
    'pieces of a document seen longest ago are no longer added up; counter state_evictions',
  ),
  dlpSightingBytes: limit(
    'dlp.sighting_bytes',
    16 * 1024 * 1024,
    'bytes',
    'pieces of a document seen longest ago are no longer added up; counter state_evictions',
  ),
} as const satisfies Readonly<Record<string, LimitInfo>>;
