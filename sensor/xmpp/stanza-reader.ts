/** Turns the tape of one element into the StanzaView detection reads: regions, domains, room, copy. */
import { DIRECTION } from '../core/index.ts';
import { ELEMENT_FLAG, TEXT_FLAG, type TapeInfo } from '../xml/index.ts';
import { Addresses } from './addresses.ts';
import { addHashes } from './announced-hash.ts';
import { BUFFER } from './buffers.ts';
import * as codes from './codes.ts';
import type { ElementReader } from './element-reader.ts';
import { foldInto } from './fold.ts';
import { NAME, NS } from './ids.ts';
import { domainOf, normalizeDomain, normalizeJid, bareJid } from './jid.ts';
import { JidCells } from './jid-cells.ts';
import { RegionTable } from './regions.ts';
import type { Stage } from './stage.ts';
import { STANZA } from './types.ts';
import { View } from './view.ts';

const encoder = new TextEncoder();

/** Space of the scratch area kept for each of xmpp.path and xmpp.attr, so that text is joined without gaps behind it. */
const PATH_BYTES = 16 * 1024;

export class StanzaReader {
  readonly view: View;
  readonly table: RegionTable;
  /** What the element at hand holds: words F_ of codes.ts. */
  readonly facts: Int32Array;
  readonly #stage: Stage;
  readonly #elements: ElementReader;
  readonly #addresses: Addresses;

  constructor(stage: Stage, elements: ElementReader) {
    const { scratchOffset, scratchLength } = stage.tokenizer;
    const scratchEnd = scratchOffset + scratchLength;
    this.#stage = stage;
    this.#elements = elements;
    this.facts = elements.facts;
    // Scratch space: tables of the element reader, cells, path, attributes, joined text.
    const cells = new JidCells(stage.memory, elements.end, scratchLength);
    const pathBytes = Math.min(PATH_BYTES, scratchLength >> 3);
    const path = elements.end + cells.byteLength;
    const text = path + 2 * pathBytes;
    elements.setSpace(path, path + pathBytes, text, scratchEnd);
    this.table = new RegionTable(elements, text, scratchEnd);
    this.#addresses = new Addresses(stage, elements, this.table, cells);
    this.view = new View(
      stage.session,
      this.table,
      stage.tape,
      this.facts,
      stage.strings,
      elements,
    );
  }

  /** Buffers some rule reads; the others are left out, but for what alerts and other buffers are made of. */
  wantBuffers(buffers: ReadonlySet<number>): void {
    const { isWanted } = this.table;
    for (let id = 0; id < isWanted.length; id++) isWanted[id] = buffers.has(id) ? 1 : 0;
    // Alerts name the room; folded text is made from text.
    isWanted[BUFFER.room] = 1;
    if (buffers.has(BUFFER.textFolded)) isWanted[BUFFER.text] = 1;
    this.#elements.wantBuffers(isWanted);
    this.#addresses.wantBuffers(buffers);
  }

  /** Fill the view for the element on the tape. */
  read(info: TapeInfo, kind: number): void {
    const { table, view, facts } = this;
    const stage = this.#stage;
    const { session, direction, tape } = stage;
    const isStanza = kind <= STANZA.iq;
    view.session = session;
    view.direction = direction;
    view.kind = kind;
    view.tsUsec = stage.tsUsec;
    view.serial = info.serial;
    view.rawLength = info.wireLength;
    view.wireOffset = info.wireOffset;
    view.isBroken = (info.flags & ELEMENT_FLAG.broken) !== 0;
    view.isCopy = false;

    const hasText = isStanza || tape.is(0, NS.streams, NAME.error);
    this.#elements.read(info, kind, hasText);
    table.takeOver();
    const from = facts[codes.F_FROM] as number;
    this.#addresses.complete(kind);
    if (isStanza) {
      this.#room(kind, from);
      view.isCopy = this.#isCopy(kind, from);
      if (kind !== STANZA.message && direction === DIRECTION.toServer) this.#identity(kind);
    } else if (kind === STANZA.nonza) {
      this.#login();
    }
    if (facts[codes.F_HASHES] !== 0) addHashes(table, tape, facts);
    if (facts[codes.F_FOLD] !== 0) this.#fold();
  }

  /** First direct child of a kind (CHILD_ of codes.ts), or -1. */
  child(kind: number): number {
    return this.facts[codes.F_CHILD + kind] as number;
  }

  #attribute(buffer: number, token: number): void {
    if (token < 0) return;
    const { tape } = this.#stage;
    const nonAscii = (tape.word(token, 7) & TEXT_FLAG.nonAscii) !== 0;
    this.table.add(buffer, tape.valueOffset(token), tape.valueLength(token), nonAscii);
  }

  /** Text that stands nowhere in the element. */
  #string(buffer: number, text: string): void {
    if (this.table.isWanted[buffer] === 0) return;
    const bytes = encoder.encode(text);
    this.table.addBytes(buffer, bytes, bytes.length, bytes.length !== text.length);
  }

  /** xmpp.room: the bare JID of the room a groupchat message or MUC presence belongs to. */
  #room(kind: number, from: number): void {
    const { tape, jids, direction, session } = this.#stage;
    const isRoom =
      kind === STANZA.message
        ? this.facts[codes.F_TYPE_IS] === codes.TYPE_GROUPCHAT
        : this.child(codes.CHILD_MUC_JOIN) >= 0;
    let token = -1;
    if (isRoom) {
      const to = this.facts[codes.F_TO] as number;
      token = direction === DIRECTION.toServer ? to : from;
      if (session.connection !== 'c2s' && to >= 0) {
        // Between servers both ways look alike: what goes to a full JID comes from the room.
        jids.scan(tape.valueOffset(to), tape.valueLength(to));
        const fromRoom = kind === STANZA.message && jids.resourceOffset >= 0;
        token = fromRoom ? from : to;
      }
    } else if (this.child(codes.CHILD_MUC_USER) >= 0 && kind !== STANZA.iq && from >= 0) {
      token = from;
    }
    if (token < 0) return;
    const offset = tape.valueOffset(token);
    jids.scan(offset, tape.valueLength(token));
    this.table.add(BUFFER.room, offset, jids.bareLength, jids.nonAscii);
  }

  /**
   * Is this a copy of a stanza that crossed the wire before? Said only where the wrapper may come
   * from: carbons from the user's own account, archives from the server, delays by the own server or
   * the sending room, error echoes by anybody. A hint: content that was never seen is still new.
   */
  #isCopy(kind: number, from: number): boolean {
    const stage = this.#stage;
    const { session, direction } = stage;
    const isError = this.facts[codes.F_TYPE_IS] === codes.TYPE_ERROR;
    if (isError && this.child(codes.CHILD_ERROR) >= 0) return true;
    if (kind !== STANZA.message || direction !== DIRECTION.toClient) return false;
    if (this.child(codes.CHILD_CARBON) >= 0) {
      return (
        from < 0 ||
        session.jid === '' ||
        normalizeJid(stage.value(from)) === normalizeJid(bareJid(session.jid))
      );
    }
    if (this.child(codes.CHILD_ARCHIVED) >= 0) return true;
    const delay = this.child(codes.CHILD_DELAY);
    if (delay < 0) return false;
    const by = stage.attr(delay, NAME.from);
    if (by === '') return false;
    const sender = from < 0 ? '' : stage.value(from);
    const canonical = normalizeJid(by);
    return (
      canonical === normalizeDomain(session.domain) ||
      canonical === normalizeJid(bareJid(sender)) ||
      canonical === normalizeDomain(domainOf(sender))
    );
  }

  /** What the client says of itself: xmpp.client from caps and version answers, a legacy user name. */
  #identity(kind: number): void {
    const { tape, session } = this.#stage;
    if (kind === STANZA.presence) {
      const caps = this.child(codes.CHILD_CAPS);
      if (caps >= 0) this.#attribute(BUFFER.client, tape.attr(caps, NAME.node));
      return;
    }
    const query = tape.firstChild(0);
    if (query < 0 || tape.name(query) !== NAME.query) return;
    if (tape.ns(query) === NS.version && tape.firstChild(query) >= 0) {
      this.#string(BUFFER.client, session.client);
    } else if (tape.ns(query) === NS.iqAuth) {
      const user = tape.child(query, NS.iqAuth, NAME.username);
      const text = user < 0 ? -1 : tape.text(user);
      if (text < 0) return;
      const nonAscii = (tape.name(text) & TEXT_FLAG.nonAscii) !== 0;
      this.table.add(BUFFER.saslUser, tape.valueOffset(text), tape.valueLength(text), nonAscii);
    }
  }

  /** xmpp.sasl_mechanism, xmpp.sasl_user, and the software a SASL2 client names. */
  #login(): void {
    const { tape, direction, session } = this.#stage;
    const ns = tape.ns(0);
    if ((ns !== NS.sasl && ns !== NS.sasl2) || direction !== DIRECTION.toServer) return;
    this.#attribute(BUFFER.saslMechanism, tape.attr(0, NAME.mechanism));
    this.#string(BUFFER.saslUser, session.user);
    const agent = tape.child(0, NS.sasl2, NAME.userAgent);
    const software = agent < 0 ? -1 : tape.child(agent, NS.sasl2, NAME.software);
    const text = software < 0 ? -1 : tape.text(software);
    if (text < 0) return;
    this.table.add(BUFFER.client, tape.valueOffset(text), tape.valueLength(text), false);
  }

  /** xmpp.text_folded: a folded copy of each text with non-ASCII characters, the others as they are. */
  #fold(): void {
    const { table } = this;
    const { memory, count } = table;
    for (let i = 0; i < count; i++) {
      if (table.buffer(i) !== BUFFER.text) continue;
      const offset = table.offset(i);
      const length = table.length(i);
      if (!table.isNonAscii(i)) {
        table.add(BUFFER.textFolded, offset, length, false);
        continue;
      }
      const written = foldInto(memory, offset, length, memory, table.top, table.end - table.top);
      if (written < 0) {
        table.capped = true;
        continue;
      }
      table.add(BUFFER.textFolded, table.top, written, true);
      table.top += written;
    }
  }
}
