/** The time in which a timeline has alerts: what is asked for one account starts with its first, not with the store's. */
import type { AlertTimeline } from '../../../../sensor/api/contract.ts';

/** For `since` and `until`; undefined where nothing is or where it fills the timeline to within a tenth. */
export function ownSpan({
  sinceUsec,
  bucketUsec,
  buckets,
}: AlertTimeline): { readonly since: string; readonly until: string } | undefined {
  const isFull = (bucket: readonly number[]): boolean => bucket.some((alerts) => alerts > 0);
  const first = buckets.findIndex(isFull);
  const last = buckets.findLastIndex(isFull);
  if (first < 0 || last - first + 1 >= 0.9 * buckets.length) return undefined;
  return {
    since: String(sinceUsec + first * bucketUsec),
    until: String(sinceUsec + (last + 1) * bucketUsec),
  };
}
