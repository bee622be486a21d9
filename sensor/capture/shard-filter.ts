/**
 * BPF expressions that share traffic out among capture workers, in the kernel.
 *
 * A packet's worker follows from the sum of its two addresses, which both directions have in
 * common. Ports do not count: memory (correlation/) is per worker, so all that one client does to
 * one server, over however many connections, must meet in one. That also keeps fragments, packets
 * with extension headers, and tunnels between two hosts with what they belong to: their addresses
 * lie where all others do. What is not IP goes to worker 0. Up to two VLAN tags and a PPPoE session
 * behind them are looked through; libpcap's own words for that, `vlan` and `pppoes`, are not used,
 * as they are errors on interfaces that are not Ethernet.
 *
 * Every packet that the user's filter takes has exactly one worker: workers above 0 take "hash
 * equals my index", worker 0 takes everything except "hash is not 0".
 */

/**
 * Fibonacci hashing: 2^32 divided by the golden ratio. Clients of a network have addresses in
 * sequence, or every second or fourth one; the upper half of the product spreads them all.
 */
const MULTIPLIER = 2654435769;
const SHIFT = 16;

/** Where the addresses lie in the IP header, in words of 4 bytes. */
const IPV4_ADDRESSES = [12, 16];
const IPV6_ADDRESSES = [8, 12, 16, 20, 24, 28, 32, 36];

const ETHER_TYPE = 12;
const TAG_LENGTH = 4;
const MAX_TAGS = 2;
const TAG_TYPES = ['0x8100', '0x88a8', '0x9100'];

/** PPPoE: where the PPP protocol lies behind the type of a session frame, and what it says. */
const PPPOE_SESSION = '0x8864';
const PPP_PROTOCOL = 8;
const PPP_IPV4 = '0x21';
const PPP_IPV6 = '0x57';

/** Expression for the 4 bytes at an offset into the IP header. */
type Load = (at: number) => string;

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

/** "Is IP, behind 0, 1 or 2 tags, in PPPoE or not, and its hash compares so." */
function isIp(count: number, comparison: string): string {
  const ipv4 = hash((at) => `ip[${at}:4]`, IPV4_ADDRESSES, count);
  const ipv6 = hash((at) => `ip6[${at}:4]`, IPV6_ADDRESSES, count);
  const plain = `(ip and ${ipv4} ${comparison}) or (ip6 and ${ipv6} ${comparison})`;
  const tagged = Array.from({ length: MAX_TAGS }, (_, i) => behindTags(i + 1, count, comparison));
  const wrapped = [inPppoe(ETHER_TYPE, count, comparison), ...tagged];
  return `${plain} or (not ip and not ip6 and (${wrapped.join(' or ')}))`;
}

function behindTags(tags: number, count: number, comparison: string): string {
  const type = ETHER_TYPE + tags * TAG_LENGTH;
  const load: Load = (at) => `ether[${type + 2 + at}:4]`;
  const isTagged = Array.from({ length: tags }, (_, i) => isTag(ETHER_TYPE + i * TAG_LENGTH));
  const is = (etherType: string): string => `ether[${type}:2] = ${etherType}`;
  const ipv4 = `${is('0x0800')} and ${hash(load, IPV4_ADDRESSES, count)} ${comparison}`;
  const ipv6 = `${is('0x86dd')} and ${hash(load, IPV6_ADDRESSES, count)} ${comparison}`;
  const pppoe = inPppoe(type, count, comparison);
  return `(${isTagged.join(' and ')} and ((${ipv4}) or (${ipv6}) or ${pppoe}))`;
}

/** `type`: where the EtherType lies. The protocol field may be one odd octet instead of two (RFC 1661 section 6.5). */
function inPppoe(type: number, count: number, comparison: string): string {
  const field = type + PPP_PROTOCOL;
  const load: Load = (at) => `ether[${field + 2 + at} - (ether[${field}] & 1):4]`;
  const is = (protocol: string): string =>
    `(ether[${field}:2] = ${protocol} or ether[${field}] = ${protocol})`;
  const ipv4 = `${is(PPP_IPV4)} and ${hash(load, IPV4_ADDRESSES, count)} ${comparison}`;
  const ipv6 = `${is(PPP_IPV6)} and ${hash(load, IPV6_ADDRESSES, count)} ${comparison}`;
  return `(ether[${type}:2] = ${PPPOE_SESSION} and ((${ipv4}) or (${ipv6})))`;
}

function isTag(at: number): string {
  return `(${TAG_TYPES.map((type) => `ether[${at}:2] = ${type}`).join(' or ')})`;
}

function hash(load: Load, words: readonly number[], count: number): string {
  return `((((${words.map(load).join(' + ')}) * ${MULTIPLIER}) >> ${SHIFT}) % ${count})`;
}
