/**
 * BPF expressions that share traffic out among capture workers, in the kernel.
 *
 * A packet's worker follows from the sum of its addresses and ports, which both directions of a
 * flow have in common. IPv4 fragments and IPv6 packets with extension headers hide their ports
 * from BPF and go by the addresses alone, as does everything over IP that is not TCP. What is
 * not IP goes to worker 0. Up to two VLAN tags are looked through.
 *
 * Every packet that the user's filter takes has exactly one worker: workers above 0 take "hash
 * equals my index", worker 0 takes everything except "hash is not 0".
 */

const IPV4_ADDRESSES = 'ip[12:4] + ip[16:4]';
/** Fields of an IPv4 header that say: TCP, and no fragment. */
const IPV4_WHOLE_TCP = 'ip[9] = 6 and ip[6:2] & 0x3fff = 0';
const IPV6_ADDRESSES = [8, 12, 16, 20, 24, 28, 32, 36].map((at) => `ip6[${at}:4]`).join(' + ');
const IPV6_TCP = 'ip6[6] = 6';

/** libpcap counts `vlan` keywords: behind each one, headers are looked for one tag deeper. */
const TAG_LEVELS = 3;

/**
 * Fibonacci hashing: 2^32 divided by the golden ratio. Clients choose source ports of one parity
 * (Linux) or in sequence; the upper half of the product spreads both.
 */
const MULTIPLIER = 2654435769;
const SHIFT = 16;

/**
 * The filter of worker `index` of `count`: what `userFilter` (may be empty) takes, cut to this
 * worker's share. Throws RangeError for an index that is no worker.
 */
export function shardFilter(userFilter: string, index: number, count: number): string {
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(index)) {
    throw new RangeError(`No worker ${index} of ${count}`);
  }
  if (index < 0 || index >= count) throw new RangeError(`No worker ${index} of ${count}`);
  if (count === 1) return userFilter;
  const share = index === 0 ? `not (${anyLevel(count, '!= 0')})` : anyLevel(count, `= ${index}`);
  // The user's part comes first: a `vlan` in it then means the outermost tag, as the user expects.
  return userFilter.trim() === '' ? share : `(${userFilter}) and (${share})`;
}

/** "Is IP behind 0, 1 or 2 tags and the hash compares so." */
function anyLevel(count: number, comparison: string): string {
  const one = `(${ipv4(count, comparison)} or ${ipv6(count, comparison)})`;
  return Array.from({ length: TAG_LEVELS }, (_, level) =>
    level === 0 ? one : `(vlan and ${one})`,
  ).join(' or ');
}

function ipv4(count: number, comparison: string): string {
  const withPorts = hash(`${IPV4_ADDRESSES} + tcp[0:2] + tcp[2:2]`, count, comparison);
  const without = hash(IPV4_ADDRESSES, count, comparison);
  return `(ip and ((${IPV4_WHOLE_TCP} and ${withPorts}) or (not (${IPV4_WHOLE_TCP}) and ${without})))`;
}

function ipv6(count: number, comparison: string): string {
  const withPorts = hash(`${IPV6_ADDRESSES} + ip6[40:2] + ip6[42:2]`, count, comparison);
  const without = hash(IPV6_ADDRESSES, count, comparison);
  return `(ip6 and ((${IPV6_TCP} and ${withPorts}) or (not ${IPV6_TCP} and ${without})))`;
}

function hash(sum: string, count: number, comparison: string): string {
  return `((((${sum}) * ${MULTIPLIER}) >> ${SHIFT}) % ${count}) ${comparison}`;
}
