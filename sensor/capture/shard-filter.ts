/**
 * BPF expressions that share traffic out among capture workers, in the kernel.
 *
 * A packet's worker follows from the sum of its addresses and ports, which both directions of a
 * flow have in common. IPv4 fragments and IPv6 packets with extension headers hide their ports
 * from BPF and go by the addresses alone, as does everything over IP that is not TCP. What is
 * not IP goes to worker 0. Up to two VLAN tags are looked through; libpcap's own word for that,
 * `vlan`, is not used, as it is an error on interfaces that are not Ethernet.
 *
 * Every packet that the user's filter takes has exactly one worker: workers above 0 take "hash
 * equals my index", worker 0 takes everything except "hash is not 0".
 */

/**
 * Fibonacci hashing: 2^32 divided by the golden ratio. Clients choose source ports of one parity
 * (Linux) or in sequence; the upper half of the product spreads both.
 */
const MULTIPLIER = 2654435769;
const SHIFT = 16;

const ETHER_TYPE = 12;
const TAG_LENGTH = 4;
const MAX_TAGS = 2;
const TAG_TYPES = ['0x8100', '0x88a8', '0x9100'];

/** Expression for `size` bytes at an offset (itself an expression) into the IP header. */
type Load = (at: number | string, size: 1 | 2 | 4) => string;

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
  const share = index === 0 ? `not (${isIp(count, '!= 0')})` : isIp(count, `= ${index}`);
  // The user's part comes last: a `vlan` in it changes what the words behind it look at.
  return userFilter.trim() === '' ? share : `(${share}) and (${userFilter})`;
}

/** "Is IP, behind 0, 1 or 2 tags, and its hash compares so." */
function isIp(count: number, comparison: string): string {
  const ip: Load = (at, size) => `ip[${at}:${size}]`;
  const ip6: Load = (at, size) => `ip6[${at}:${size}]`;
  const plain = `(ip and ${ipv4(ip, count, comparison)}) or (ip6 and ${ipv6(ip6, count, comparison)})`;
  const tagged = Array.from({ length: MAX_TAGS }, (_, i) => behindTags(i + 1, count, comparison));
  return `${plain} or (not ip and not ip6 and (${tagged.join(' or ')}))`;
}

function behindTags(tags: number, count: number, comparison: string): string {
  const type = ETHER_TYPE + tags * TAG_LENGTH;
  const load: Load = (at, size) => `ether[${type + 2} + ${at}:${size}]`;
  const isTagged = Array.from({ length: tags }, (_, i) => isTag(ETHER_TYPE + i * TAG_LENGTH));
  const is = (etherType: string): string => `ether[${type}:2] = ${etherType}`;
  return (
    `(${isTagged.join(' and ')} and ` +
    `((${is('0x0800')} and ${ipv4(load, count, comparison)}) or ` +
    `(${is('0x86dd')} and ${ipv6(load, count, comparison)})))`
  );
}

function isTag(at: number): string {
  return `(${TAG_TYPES.map((type) => `ether[${at}:2] = ${type}`).join(' or ')})`;
}

function ipv4(load: Load, count: number, comparison: string): string {
  const addresses = `${load(12, 4)} + ${load(16, 4)}`;
  const isWholeTcp = `(${load(9, 1)} = 6 and ${load(6, 2)} & 0x3fff = 0)`;
  const tcp = `((${load(0, 1)} & 0xf) << 2)`;
  const ports = `${load(tcp, 2)} + ${load(`${tcp} + 2`, 2)}`;
  const withPorts = hash(`${addresses} + ${ports}`, count, comparison);
  return `((${isWholeTcp} and ${withPorts}) or (not ${isWholeTcp} and ${hash(addresses, count, comparison)}))`;
}

function ipv6(load: Load, count: number, comparison: string): string {
  const addresses = [8, 12, 16, 20, 24, 28, 32, 36].map((at) => load(at, 4)).join(' + ');
  const isTcp = `(${load(6, 1)} = 6)`;
  const withPorts = hash(`${addresses} + ${load(40, 2)} + ${load(42, 2)}`, count, comparison);
  return `((${isTcp} and ${withPorts}) or (not ${isTcp} and ${hash(addresses, count, comparison)}))`;
}

function hash(sum: string, count: number, comparison: string): string {
  return `((((${sum}) * ${MULTIPLIER}) >> ${SHIFT}) % ${count}) ${comparison}`;
}
