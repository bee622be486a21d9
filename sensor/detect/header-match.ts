/** Does a packet's way fit a rule's header? Asked last, and only for headers that are not any. */
import type { Direction } from '../core/index.ts';
import type { AddressMatch, PortMatch, Rule } from '../rules/index.ts';

/** Addresses (four words, core/ip.ts), ports and the lasting number of a flow. */
export interface FlowEndpoints {
  /** Unique for the run; flow indexes are used again. */
  readonly flowId: number;
  readonly clientWords: ArrayLike<number>;
  readonly clientPort: number;
  readonly serverWords: ArrayLike<number>;
  readonly serverPort: number;
}

/** Is `words` inside the block of `prefix` leading bits? */
function isInside(words: ArrayLike<number>, block: readonly number[], prefix: number): boolean {
  for (let word = 0; word < 4; word++) {
    const bits = Math.min(32, prefix - 32 * word);
    if (bits <= 0) return true;
    const mask = bits === 32 ? -1 : ~(0xffffffff >>> bits);
    if ((((words[word] as number) ^ (block[word] as number)) & mask) !== 0) return false;
  }
  return true;
}

/** A list matches when no negated entry does, and a plain one does (if there are any). */
function matchesList<T extends { readonly negated: boolean }>(
  entries: readonly T[],
  contains: (entry: T) => boolean,
): boolean {
  let isListed = false;
  let hasPlain = false;
  for (const entry of entries) {
    if (entry.negated) {
      if (contains(entry)) return false;
    } else {
      hasPlain = true;
      isListed ||= contains(entry);
    }
  }
  return isListed || !hasPlain;
}

export function matchesAddress(match: AddressMatch, words: ArrayLike<number>): boolean {
  if (match.any) return true;
  const isListed = matchesList(match.entries, (entry) =>
    isInside(words, entry.words, entry.prefix),
  );
  return isListed !== match.negated;
}

function matchesPort(match: PortMatch, port: number): boolean {
  return match.any || matchesList(match.entries, ({ from, to }) => port >= from && port <= to);
}

/** Source and destination are those of the packet: they swap with the direction. */
export function matchesHeader(rule: Rule, flow: FlowEndpoints, direction: Direction): boolean {
  const { clientWords, clientPort, serverWords, serverPort } = flow;
  const isForward = direction === 0;
  const src = isForward ? clientWords : serverWords;
  const srcPort = isForward ? clientPort : serverPort;
  const dst = isForward ? serverWords : clientWords;
  const dstPort = isForward ? serverPort : clientPort;
  return (
    matchesWay(rule, src, srcPort, dst, dstPort) ||
    (rule.bidirectional && matchesWay(rule, dst, dstPort, src, srcPort))
  );
}

function matchesWay(
  rule: Rule,
  src: ArrayLike<number>,
  srcPort: number,
  dst: ArrayLike<number>,
  dstPort: number,
): boolean {
  return (
    matchesPort(rule.srcPort, srcPort) &&
    matchesPort(rule.dstPort, dstPort) &&
    matchesAddress(rule.src, src) &&
    matchesAddress(rule.dst, dst)
  );
}
