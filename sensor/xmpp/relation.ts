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
import { DIRECTION } from '../core/index.ts';
import type { RegionTable } from './regions.ts';
import type { Session } from './session.ts';
import { BUFFER } from './buffers.ts';

const encoder = new TextEncoder();
const SELF = encoder.encode('self');
const LOCAL = encoder.encode('local');
const FOREIGN = encoder.encode('foreign');

const SLASH = 0x2f;
const DOT = 0x2e;

/** Bytes of an address: where they are. */
interface Address {
  memory: Uint8Array;
  at: number;
  /** Length of the bare JID. */
  bare: number;
  domainAt: number;
  domain: number;
}

/** Reads and compares the two addresses in the region table; reused, nothing is allocated. */
export class Relation {
  readonly #from: Address = { memory: SELF, at: 0, bare: 0, domainAt: 0, domain: 0 };
  readonly #to: Address = { memory: SELF, at: 0, bare: 0, domainAt: 0, domain: 0 };

  /** The word for the stanza whose addresses are in the table; undefined when one is unknown. */
  of(table: RegionTable, session: Session, direction: number): Uint8Array | undefined {
    if (!read(this.#from, table, BUFFER.from, BUFFER.fromDomain)) return undefined;
    if (!read(this.#to, table, BUFFER.to, BUFFER.toDomain)) {
      if (session.connection !== 'c2s') return undefined;
      // RFC 6120 section 10.3: the server handles it on behalf of the account.
      if (direction === DIRECTION.toServer) return SELF;
      if (session.jidLength === 0) return undefined;
      const to = this.#to;
      to.memory = session.jidBytes;
      to.at = 0;
      to.bare = session.jidBareBytes;
      to.domainAt = session.jidDomainOffset;
      to.domain = session.jidBareBytes - session.jidDomainOffset;
    }
    return compare(this.#from, this.#to);
  }
}

function read(into: Address, table: RegionTable, whole: number, domain: number): boolean {
  const i = table.find(whole);
  const d = table.find(domain);
  if (i < 0 || d < 0) return false;
  const { memory } = table;
  const at = table.offset(i);
  const length = table.length(i);
  let bare = 0;
  while (bare < length && memory[at + bare] !== SLASH) bare++;
  into.memory = memory;
  into.at = at;
  into.bare = bare;
  into.domainAt = table.offset(d);
  into.domain = table.length(d);
  return true;
}

function compare(a: Address, b: Address): Uint8Array {
  if (a.bare === b.bare && isSame(a.memory, a.at, b.memory, b.at, a.bare)) return SELF;
  const [short, long] = a.domain <= b.domain ? [a, b] : [b, a];
  const tail = long.domain - short.domain;
  if (!isSame(short.memory, short.domainAt, long.memory, long.domainAt + tail, short.domain)) {
    return FOREIGN;
  }
  return tail === 0 || long.memory[long.domainAt + tail - 1] === DOT ? LOCAL : FOREIGN;
}

/** Equal but for the case of ASCII letters. */
function isSame(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let k = 0; k < length; k++) {
    const x = a[aAt + k] as number;
    const y = b[bAt + k] as number;
    if (x !== y && lower(x) !== lower(y)) return false;
  }
  return true;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
