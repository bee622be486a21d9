/**
 * Addresses as four signed 32-bit words (network order). IPv4 is kept IPv4-mapped
 * (`::ffff:a.b.c.d`): words 0, 0, 0xffff, address. So one key format serves both families.
 */
import { isIP } from 'node:net';
import { OperatorError } from './errors.ts';

/** Text form of an address given as four words: dotted quad or RFC 5952. */
export function formatAddress(w0: number, w1: number, w2: number, w3: number): string {
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) {
    return `${w3 >>> 24}.${(w3 >>> 16) & 255}.${(w3 >>> 8) & 255}.${w3 & 255}`;
  }
  const groups: number[] = [];
  for (const word of [w0, w1, w2, w3]) groups.push(word >>> 16, word & 0xffff);
  // RFC 5952 section 4.2: the longest run of at least two zero groups becomes "::".
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > bestLength) {
      bestStart = i;
      bestLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

/** Is the address IPv4-mapped, that is: did it come from an IPv4 packet? */
export function isIpv4(w0: number, w1: number, w2: number): boolean {
  return w0 === 0 && w1 === 0 && w2 === 0xffff;
}

/** An address as an operator writes it, in the form of formatAddress. Throws OperatorError USAGE. */
export function parseAddress(text: string): string {
  const address = text.trim();
  const family = isIP(address);
  if (family === 4) return address;
  if (family === 6 && !address.includes('%')) {
    const { hostname } = new URL(`http://[${address}]/`);
    const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname);
    if (mapped === null) return hostname.slice(1, -1);
    const [, high = '', low = ''] = mapped;
    return formatAddress(0, 0, 0xffff, (parseInt(high, 16) << 16) | parseInt(low, 16));
  }
  throw new OperatorError(
    'USAGE',
    `${JSON.stringify(text)} is no IP address`,
    text.includes('/')
      ? 'A block cannot be asked for; write one address, as 192.0.2.7'
      : 'Write one address, as 192.0.2.7 or 2001:db8::7',
  );
}
