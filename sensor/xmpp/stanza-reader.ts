/** Turns the tape of one element into the StanzaView detection reads: regions, domains, room, copy. */
import { DIRECTION } from '../core/index.ts';
import { ELEMENT_FLAG, TEXT_FLAG, TOKEN, TOKEN_WORDS, type TapeInfo } from '../xml/index.ts';
import { AttributeWriter } from './attributes.ts';
import { NAME, NS } from './ids.ts';
import { domainOf, normalizeDomain, normalizeJid, bareJid } from './jid.ts';
import { JidCells } from './jid-cells.ts';
import { JID_FAULTS } from './jid-scan.ts';
import { PathWriter } from './path.ts';
import { RegionTable } from './regions.ts';
import { Relation } from './relation.ts';
import { EVENT, type Stage } from './stage.ts';
import { STANZA } from './types.ts';
import { View } from './view.ts';
import { BUFFER, StanzaWalker } from './walk.ts';

const encoder = new TextEncoder();
const NONZA = encoder.encode('nonza');
const HEADER = encoder.encode('header');
const GROUPCHAT = encoder.encode('groupchat');
const ERROR = encoder.encode('error');

/** Space of the scratch area kept for each of xmpp.path and xmpp.attr, so that text is joined without gaps behind it. */
const PATH_BYTES = 16 * 1024;

export class StanzaReader {
  readonly view: View;
  readonly walker: StanzaWalker;
  readonly table: RegionTable;
  readonly #stage: Stage;
  readonly #path: PathWriter;
  readonly #attributes: AttributeWriter;
  readonly #relation = new Relation();
  readonly #cells: JidCells;
  readonly #pathOffset: number;
  readonly #pathEnd: number;
  readonly #attributesEnd: number;
  /** Some rule reads the sender: without `from` it is the bound JID. */
  #wantsSender = true;
  // Tokens of the attributes every stanza may have, -1 when absent.
  #from = -1;
  #to = -1;
  #id = -1;
  #type = -1;

  constructor(stage: Stage, maxRegions: number) {
    const { scratchOffset, scratchLength } = stage.tokenizer;
    const pathBytes = Math.min(PATH_BYTES, scratchLength >> 2);
    this.#stage = stage;
    this.#cells = new JidCells(stage.memory, scratchOffset, scratchLength);
    const cellBytes = this.#cells.byteLength;
    this.#pathOffset = scratchOffset + cellBytes;
    this.#pathEnd = this.#pathOffset + pathBytes;
    this.#attributesEnd = this.#pathEnd + pathBytes;
    this.#path = new PathWriter(stage.memory);
    this.#attributes = new AttributeWriter(stage.memory);
    this.table = new RegionTable(
      stage.memory,
      this.#attributesEnd,
      scratchLength - cellBytes - 2 * pathBytes,
      maxRegions,
    );
    this.walker = new StanzaWalker(stage.tape, this.table);
    this.view = new View(stage.session, this.table, stage.tape, this.walker, stage.strings);
  }

  /** Buffers some rule reads; the others are left out, but for what alerts and other buffers are made of. */
  wantBuffers(buffers: ReadonlySet<number>): void {
    const { isWanted } = this.table;
    for (let id = 0; id < isWanted.length; id++) isWanted[id] = buffers.has(id) ? 1 : 0;
    // Alerts name the room; folded text is made from text.
    isWanted[BUFFER.room] = 1;
    if (buffers.has(BUFFER.textFolded)) isWanted[BUFFER.text] = 1;
    if (buffers.has(BUFFER.relation)) {
      for (const id of [BUFFER.from, BUFFER.fromDomain, BUFFER.to, BUFFER.toDomain])
        isWanted[id] = 1;
    }
    this.#wantsSender =
      isWanted[BUFFER.from] === 1 ||
      isWanted[BUFFER.fromDomain] === 1 ||
      isWanted[BUFFER.resource] === 1;
  }

  /** Fill the view for the element on the tape. */
  read(info: TapeInfo, kind: number): void {
    const { table, view } = this;
    const stage = this.#stage;
    const { session, direction, tape } = stage;
    const isStanza = kind <= STANZA.iq;
    table.reset();
    view.session = session;
    view.direction = direction;
    view.kind = kind;
    view.tsUsec = stage.tsUsec;
    view.serial = info.serial;
    view.rawLength = info.wireLength;
    view.isBroken = (info.flags & ELEMENT_FLAG.broken) !== 0;
    view.isCopy = false;

    const rawBuffer = kind === STANZA.header ? BUFFER.streamHeader : BUFFER.stanza;
    const nonAscii = (info.flags & ELEMENT_FLAG.nonAscii) !== 0;
    table.add(rawBuffer, info.rawOffset, info.rawLength, nonAscii);
    if (isStanza) table.add(BUFFER.kind, tape.nameOffset(0), tape.nameLength(0), false);
    else if (kind === STANZA.header) table.addBytes(BUFFER.kind, HEADER, HEADER.length, false);
    else table.addBytes(BUFFER.kind, NONZA, NONZA.length, false);

    this.#findAttributes();
    const from = this.#from;
    const to = this.#to;
    const type = this.#type;
    view.setAttributes(from, to, this.#id, type);
    this.#attribute(BUFFER.type, type);
    this.#attribute(BUFFER.id, this.#id);
    if (to >= 0) this.#address(to, BUFFER.to, BUFFER.toDomain);
    if (from >= 0) this.#address(from, BUFFER.from, BUFFER.fromDomain);
    else if (isStanza && this.#wantsSender) this.#implicitFrom();
    if (isStanza && table.isWanted[BUFFER.relation] === 1) this.#nearness();

    const isStreamError = !isStanza && tape.is(0, NS.streams, NAME.error);
    this.walker.walk(isStanza || isStreamError, isStanza);
    if (isStanza) {
      this.#room(kind, from, to, type);
      view.isCopy = this.#isCopy(kind, from, type);
      if (kind !== STANZA.message && direction === DIRECTION.toServer) this.#identity(kind);
    } else if (kind === STANZA.nonza) {
      this.#login();
    }
    if (table.isWanted[BUFFER.textFolded] === 1) this.walker.fold();
    if (table.isWanted[BUFFER.path] === 1) {
      const length = this.#path.write(tape, this.#pathOffset, this.#pathEnd);
      table.add(BUFFER.path, this.#pathOffset, length, false);
    }
    if (table.isWanted[BUFFER.attr] === 1) {
      const writer = this.#attributes;
      const length = writer.write(tape, this.#pathEnd, this.#attributesEnd);
      table.add(BUFFER.attr, this.#pathEnd, length, writer.nonAscii);
      if (writer.capped) table.capped = true;
    }
  }

  #nearness(): void {
    const { session, direction } = this.#stage;
    const word = this.#relation.of(this.table, session, direction);
    if (word !== undefined) this.table.addBytes(BUFFER.relation, word, word.length, false);
  }

  #findAttributes(): void {
    const { tape } = this.#stage;
    const { words, base, count } = tape;
    let from = -1;
    let to = -1;
    let id = -1;
    let type = -1;
    for (let i = 1; i < count; i++) {
      const at = base + i * TOKEN_WORDS;
      const kind = words[at];
      if (kind === TOKEN.nsdecl) continue;
      if (kind !== TOKEN.attr) break;
      const name = words[at + 1] as number;
      if (name === 0 || !tape.isPlain(i)) continue;
      if (name === NAME.from) from = from < 0 ? i : from;
      else if (name === NAME.to) to = to < 0 ? i : to;
      else if (name === NAME.id) id = id < 0 ? i : id;
      else if (name === NAME.type) type = type < 0 ? i : type;
    }
    this.#from = from;
    this.#to = to;
    this.#id = id;
    this.#type = type;
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

  /** An address, its domain in canonical form, the resource of `from`; malformed ones are told. */
  #address(token: number, buffer: number, domainBuffer: number): void {
    const stage = this.#stage;
    const { tape, jids } = stage;
    const { table } = this;
    const offset = tape.valueOffset(token);
    const length = tape.valueLength(token);
    jids.scan(offset, length);
    table.add(buffer, offset, length, jids.nonAscii);
    // `to=''` in a stream header is a client that does not know better; RFC 6120 asks servers to.
    if (jids.fault !== 0 && !(length === 0 && this.view.kind === STANZA.header)) {
      stage.raise(EVENT.jidMalformed, {
        attribute: stage.localName(token),
        reason: JID_FAULTS[jids.fault] as string,
      });
    }
    const domain = offset + jids.domainOffset;
    if (table.isWanted[domainBuffer] === 0) {
      // Making it canonical may cost a string.
    } else if (jids.nonAscii || jids.upperDomain) {
      const text = normalizeDomain(stage.strings.decode(domain, jids.domainLength));
      const bytes = encoder.encode(text);
      table.addBytes(domainBuffer, bytes, bytes.length, bytes.length !== text.length);
    } else {
      const hasDot = jids.domainLength > 1 && stage.memory[domain + jids.domainLength - 1] === 0x2e;
      table.add(domainBuffer, domain, jids.domainLength - (hasDot ? 1 : 0), false);
    }
    if (buffer === BUFFER.from && jids.resourceOffset >= 0) {
      table.add(BUFFER.resource, offset + jids.resourceOffset, jids.resourceLength, jids.nonAscii);
    }
  }

  /** RFC 6120 section 8.1.2.1: the bound JID owns stanzas without `from`. */
  #implicitFrom(): void {
    const { session, direction } = this.#stage;
    const { table } = this;
    if (!session.ownsImplicit(direction)) return;
    if (session.jidLength === 0) {
      if (direction === DIRECTION.toClient) this.#ownDomain();
      return;
    }
    const bare = session.jidBareBytes;
    const domain = session.jidDomainOffset;
    const length = direction === DIRECTION.toClient ? bare : session.jidLength;
    let at = this.#cells.place(session);
    if (at < 0) at = table.place(session.jidBytes, length);
    if (at < 0) return;
    table.add(BUFFER.from, at, length, session.jidNonAscii);
    table.add(BUFFER.fromDomain, at + domain, bare - domain, false);
    if (length > bare) table.add(BUFFER.resource, at + bare + 1, length - bare - 1, false);
  }

  /** While no address is bound the server speaks as its own domain. */
  #ownDomain(): void {
    const { domain } = this.#stage.session;
    const bytes = encoder.encode(domain);
    const at = this.table.place(bytes, bytes.length);
    if (at < 0) return;
    this.table.add(BUFFER.from, at, bytes.length, bytes.length !== domain.length);
    this.table.add(BUFFER.fromDomain, at, bytes.length, false);
  }

  #is(token: number, text: Uint8Array): boolean {
    if (token < 0) return false;
    const { tape, memory } = this.#stage;
    const length = tape.valueLength(token);
    if (length !== text.length) return false;
    const offset = tape.valueOffset(token);
    for (let i = 0; i < length; i++) if (memory[offset + i] !== text[i]) return false;
    return true;
  }

  /** xmpp.room: the bare JID of the room a groupchat message or MUC presence belongs to. */
  #room(kind: number, from: number, to: number, type: number): void {
    const { tape, jids, direction, session } = this.#stage;
    let token = -1;
    if (kind === STANZA.message ? this.#is(type, GROUPCHAT) : this.walker.mucJoin >= 0) {
      token = direction === DIRECTION.toServer ? to : from;
      if (session.connection !== 'c2s' && to >= 0) {
        // Between servers both ways look alike: what goes to a full JID comes from the room.
        jids.scan(tape.valueOffset(to), tape.valueLength(to));
        const fromRoom = kind === STANZA.message && jids.resourceOffset >= 0;
        token = fromRoom ? from : to;
      }
    } else if (this.walker.mucUser >= 0 && kind !== STANZA.iq && from >= 0) {
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
  #isCopy(kind: number, from: number, type: number): boolean {
    const stage = this.#stage;
    const { session, direction } = stage;
    const { walker } = this;
    if (walker.error >= 0 && this.#is(type, ERROR)) return true;
    if (kind !== STANZA.message || direction !== DIRECTION.toClient) return false;
    if (walker.carbon >= 0) {
      return (
        from < 0 ||
        session.jid === '' ||
        normalizeJid(stage.value(from)) === normalizeJid(bareJid(session.jid))
      );
    }
    if (walker.archived >= 0) return true;
    if (walker.delay < 0) return false;
    const by = stage.attr(walker.delay, NAME.from);
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
      const { caps } = this.walker;
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
}
