/**
 * Which copy of a byte a receiver keeps when two segments that wait for the same hole claim it.
 * Bytes already delivered are never replaced: the receiver's application has read them.
 *
 * `bsd`, `linux` and `windows` follow Novak and Sturges, "Target-Based TCP Stream Reassembly"
 * (2007): the earlier segment is favoured, except where the later one is better placed by the
 * rule of that system. A whole segment wins or loses against a whole segment.
 */

export const OVERLAP_POLICIES = ['first', 'last', 'bsd', 'linux', 'windows'] as const;

export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/**
 * Does a new segment [from, to) replace bytes that arrived with segment [oldFrom, oldTo)? All four
 * are sequence numbers.
 */
export function newSegmentWins(
  policy: OverlapPolicy,
  from: number,
  to: number,
  oldFrom: number,
  oldTo: number,
): boolean {
  const startsEarlier = ((from - oldFrom) | 0) < 0;
  const endsLater = ((to - oldTo) | 0) > 0;
  switch (policy) {
    case 'first':
      return false;
    case 'last':
      return true;
    case 'bsd':
      return startsEarlier;
    case 'linux':
      return startsEarlier || (from === oldFrom && endsLater);
    case 'windows':
      return startsEarlier && endsLater;
  }
}

/** Policies that never look at segment bounds: neighbouring data may share a page. */
export function ignoresBounds(policy: OverlapPolicy): boolean {
  return policy === 'first' || policy === 'last';
}
