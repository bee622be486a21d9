/**
 * xmpp.relation: how near sender and addressee of a stanza are, in one word. What is harmless between
 * two devices of one account is an attack when somebody else sends it.
 *
 *     self      the same account; also what a client sends to nobody in particular
 *     local     the same domain, or one is below the other (a user and a room of his server)
 *     foreign   two domains
 *
 * Worked out from the addresses as they are told on this leg (a stanza without `from` or `to` belongs
 * to the account of its session), so it is as true as they are.
 */
import {
  A_AT,
  A_BARE,
  A_DOMAIN,
  A_DOMAIN_LENGTH,
  F_FROM_ADDRESS,
  F_TO_ADDRESS,
  RELATION_FOREIGN,
  RELATION_LOCAL,
  RELATION_SELF,
} from '../codes';
import { factOf } from './layout';
import { sameBytes } from './regions';

const DOT: u8 = 0x2e;

/** RELATION_ of the two addresses in the facts; both are known. */
export function relate(): i32 {
  const bare = factOf(F_FROM_ADDRESS + A_BARE);
  if (bare == factOf(F_TO_ADDRESS + A_BARE)) {
    const from = <usize>factOf(F_FROM_ADDRESS + A_AT);
    if (isSame(from, <usize>factOf(F_TO_ADDRESS + A_AT), bare)) return RELATION_SELF;
  }
  const isFromShort =
    factOf(F_FROM_ADDRESS + A_DOMAIN_LENGTH) <= factOf(F_TO_ADDRESS + A_DOMAIN_LENGTH);
  const short = isFromShort ? F_FROM_ADDRESS : F_TO_ADDRESS;
  const long = isFromShort ? F_TO_ADDRESS : F_FROM_ADDRESS;
  const length = factOf(short + A_DOMAIN_LENGTH);
  const tail = factOf(long + A_DOMAIN_LENGTH) - length;
  const end = <usize>factOf(long + A_DOMAIN) + tail;
  if (!isSame(<usize>factOf(short + A_DOMAIN), end, length)) return RELATION_FOREIGN;
  return tail == 0 || load<u8>(end - 1) == DOT ? RELATION_LOCAL : RELATION_FOREIGN;
}

/** Equal but for the case of ASCII letters. */
function isSame(a: usize, b: usize, n: i32): bool {
  if (sameBytes(a, b, n)) return true;
  for (let i: i32 = 0; i < n; i++) {
    if (lower(load<u8>(a + i)) != lower(load<u8>(b + i))) return false;
  }
  return true;
}

@inline
function lower(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
