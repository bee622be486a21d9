/**
 * Sender and addressee of an element, where the reader in WebAssembly could not settle them: addresses
 * that are malformed or have a domain to be made canonical, those a stanza leaves out, and how near
 * the two are.
 */
import { DIRECTION } from '../core/index.ts';
import { BUFFER } from './buffers.ts';
import * as codes from './codes.ts';
import type { ElementReader } from './element-reader.ts';
import { normalizeDomain } from './jid.ts';
import type { JidCells } from './jid-cells.ts';
import { JID_FAULTS } from './jid-scan.ts';
import type { RegionTable } from './regions.ts';
import { EVENT, type Stage } from './stage.ts';
import { STANZA } from './types.ts';

const encoder = new TextEncoder();

export class Addresses {
  readonly #stage: Stage;
  readonly #elements: ElementReader;
  readonly #facts: Int32Array;
  readonly #table: RegionTable;
  readonly #cells: JidCells;
  /** Some rule reads the sender: without `from` it is the bound JID. */
  #wantsSender = true;
  #wantsRelation = true;

  constructor(stage: Stage, elements: ElementReader, table: RegionTable, cells: JidCells) {
    this.#stage = stage;
    this.#elements = elements;
    this.#facts = elements.facts;
    this.#table = table;
    this.#cells = cells;
  }

  wantBuffers(buffers: ReadonlySet<number>): void {
    this.#wantsRelation = buffers.has(BUFFER.relation);
    this.#wantsSender =
      this.#wantsRelation ||
      buffers.has(BUFFER.from) ||
      buffers.has(BUFFER.fromDomain) ||
      buffers.has(BUFFER.resource);
  }

  /** Settle what is open about the addresses of the element that was just read. */
  complete(kind: number): void {
    const facts = this.#facts;
    const ask = facts[codes.F_ASK] as number;
    const from = facts[codes.F_FROM] as number;
    if ((ask & codes.ASK_TO) !== 0) {
      const to = facts[codes.F_TO] as number;
      this.#settle(to, kind, BUFFER.toDomain, codes.F_TO_ADDRESS);
    }
    if ((ask & codes.ASK_FROM) !== 0) {
      this.#settle(from, kind, BUFFER.fromDomain, codes.F_FROM_ADDRESS);
    }
    if (kind > STANZA.iq) return;
    if (from < 0 && this.#wantsSender) this.#implicitFrom();
    if (this.#wantsRelation) this.#relation();
  }

  /** An address that is malformed, which is told, or whose domain has to be made canonical. */
  #settle(token: number, kind: number, domainBuffer: number, address: number): void {
    const stage = this.#stage;
    const { tape, jids } = stage;
    const offset = tape.valueOffset(token);
    const length = tape.valueLength(token);
    jids.scan(offset, length);
    // `to=''` in a stream header is a client that does not know better; RFC 6120 asks servers to.
    if (jids.fault !== 0 && !(length === 0 && kind === STANZA.header)) {
      stage.raise(EVENT.jidMalformed, {
        attribute: stage.localName(token),
        reason: JID_FAULTS[jids.fault] as string,
      });
    }
    if (!jids.nonAscii && !jids.upperDomain) return;
    // Making it canonical costs a string.
    if (this.#table.isWanted[domainBuffer] === 0 && !this.#wantsRelation) return;
    const domain = stage.strings.decode(offset + jids.domainOffset, jids.domainLength);
    const text = normalizeDomain(domain);
    const bytes = encoder.encode(text);
    const at = this.#table.place(bytes, bytes.length);
    if (at < 0) return;
    this.#table.add(domainBuffer, at, bytes.length, bytes.length !== text.length);
    this.#know(address, offset, jids.bareLength, at, bytes.length);
  }

  /** RFC 6120 section 8.1.2.1: the bound JID owns stanzas without `from`. */
  #implicitFrom(): void {
    const { session, direction } = this.#stage;
    const table = this.#table;
    if (!session.ownsImplicit(direction)) return;
    if (session.jidLength === 0) {
      if (direction === DIRECTION.toClient) this.#ownDomain();
      return;
    }
    const bare = session.jidBareBytes;
    const domain = session.jidDomainOffset;
    const length = direction === DIRECTION.toClient ? bare : session.jidLength;
    const at = this.#sessionJid();
    if (at < 0) return;
    table.add(BUFFER.from, at, length, session.jidNonAscii);
    table.add(BUFFER.fromDomain, at + domain, bare - domain, false);
    if (length > bare) table.add(BUFFER.resource, at + bare + 1, length - bare - 1, false);
    this.#know(codes.F_FROM_ADDRESS, at, bare, at + domain, bare - domain);
  }

  /** While no address is bound the server speaks as its own domain. */
  #ownDomain(): void {
    const { domain } = this.#stage.session;
    const bytes = encoder.encode(domain);
    const { length } = bytes;
    const at = this.#table.place(bytes, length);
    if (at < 0) return;
    this.#table.add(BUFFER.from, at, length, length !== domain.length);
    this.#table.add(BUFFER.fromDomain, at, length, false);
    this.#know(codes.F_FROM_ADDRESS, at, length, at, length);
  }

  /** Where the address of the session lies in memory, -1 when there is no room for it. */
  #sessionJid(): number {
    const { session } = this.#stage;
    const at = this.#cells.place(session);
    return at >= 0 ? at : this.#table.place(session.jidBytes, session.jidLength);
  }

  #know(address: number, at: number, bare: number, domain: number, length: number): void {
    const facts = this.#facts;
    facts[address + codes.A_AT] = at;
    facts[address + codes.A_BARE] = bare;
    facts[address + codes.A_DOMAIN] = domain;
    facts[address + codes.A_DOMAIN_LENGTH] = length;
  }

  #isKnown(address: number): boolean {
    return this.#facts[address + codes.A_DOMAIN_LENGTH] !== 0;
  }

  /** xmpp.relation: see assembly/relation.ts. */
  #relation(): void {
    if (!this.#isKnown(codes.F_FROM_ADDRESS)) return;
    if (this.#isKnown(codes.F_TO_ADDRESS) || this.#implicitTo()) {
      this.#elements.addRelation(this.#table, this.#elements.relate());
    } else if (this.#speaksForItself()) {
      this.#elements.addRelation(this.#table, codes.RELATION_SELF);
    }
  }

  /** RFC 6120 section 10.3: the server handles what has no addressee on behalf of the account. */
  #speaksForItself(): boolean {
    const { session, direction } = this.#stage;
    return session.connection === 'c2s' && direction === DIRECTION.toServer;
  }

  /** What the server sends to nobody in particular is for the account of the session. */
  #implicitTo(): boolean {
    const { session, direction } = this.#stage;
    if (session.connection !== 'c2s' || direction === DIRECTION.toServer) return false;
    if (session.jidLength === 0) return false;
    const at = this.#sessionJid();
    if (at < 0) return false;
    const bare = session.jidBareBytes;
    const domain = session.jidDomainOffset;
    this.#know(codes.F_TO_ADDRESS, at, bare, at + domain, bare - domain);
    return true;
  }
}
