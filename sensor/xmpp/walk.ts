/**
 * One pass over the tape of a stanza: fills the region table with the text of every buffer and
 * notes what the session and the detections ask about (nested stanzas, copies, rooms, caps).
 * Integers only; nothing is allocated in the ordinary case.
 *
 * Text in wrappers (carbons, archive results, forwards) counts as text of the stanza: it is on the
 * wire, whoever wrote it. `isCopy` of the stanza tells detection that it may have seen it before.
 */
import { bufferId } from '../core/index.ts';
import {
  NAMESPACES,
  TEXT_FLAG,
  TOKEN,
  TOKEN_WORDS,
  nsId,
  type NamespaceUri,
} from '../xml/index.ts';
import { STREAM_INITIATION_HASH, addHash, hashBuffer } from './announced-hash.ts';
import { foldInto } from './fold.ts';
import { NAME, NS } from './ids.ts';
import { type RegionTable } from './regions.ts';
import { type TapeReader } from './tape.ts';
import {
  ATTRIBUTE,
  POLICY,
  attributePolicy,
  endsLine,
  fileNameAttributeOf,
  textPolicy,
} from './text-policy.ts';

export const BUFFER = {
  stanza: bufferId('xmpp.stanza'),
  kind: bufferId('xmpp.kind'),
  type: bufferId('xmpp.type'),
  id: bufferId('xmpp.id'),
  from: bufferId('xmpp.from'),
  to: bufferId('xmpp.to'),
  fromDomain: bufferId('xmpp.from_domain'),
  toDomain: bufferId('xmpp.to_domain'),
  resource: bufferId('xmpp.resource'),
  body: bufferId('xmpp.body'),
  subject: bufferId('xmpp.subject'),
  status: bufferId('xmpp.status'),
  nick: bufferId('xmpp.nick'),
  text: bufferId('xmpp.text'),
  textFolded: bufferId('xmpp.text_folded'),
  ns: bufferId('xmpp.ns'),
  path: bufferId('xmpp.path'),
  streamHeader: bufferId('xmpp.stream_header'),
  saslMechanism: bufferId('xmpp.sasl_mechanism'),
  saslUser: bufferId('xmpp.sasl_user'),
  client: bufferId('xmpp.client'),
  fileName: bufferId('xmpp.file_name'),
  room: bufferId('xmpp.room'),
  attr: bufferId('xmpp.attr'),
  relation: bufferId('xmpp.relation'),
  address: bufferId('xmpp.address'),
} as const;

/** Buffers the text of a named element goes to, beside xmpp.text. */
const POLICY_BUFFER = new Int32Array(10).fill(-1);
POLICY_BUFFER[POLICY.body] = BUFFER.body;
POLICY_BUFFER[POLICY.subject] = BUFFER.subject;
POLICY_BUFFER[POLICY.status] = BUFFER.status;
POLICY_BUFFER[POLICY.nick] = BUFFER.nick;
POLICY_BUFFER[POLICY.fileName] = BUFFER.fileName;

const CONTENT = 1;
const STREAM = 2;
const WRAPPER = 4;
const MAM = 8;
const nsClass = new Uint8Array(NAMESPACES.length);
function classify(bit: number, namespaces: readonly NamespaceUri[]): void {
  for (const ns of namespaces) nsClass[nsId(ns)] = (nsClass[nsId(ns)] as number) | bit;
}
classify(CONTENT, ['jabber:client', 'jabber:server', 'jabber:component:accept']);
classify(STREAM, [
  'http://etherx.jabber.org/streams',
  'urn:ietf:params:xml:ns:xmpp-tls',
  'urn:ietf:params:xml:ns:xmpp-sasl',
  'urn:xmpp:sasl:2',
]);
// XEP-0297, 0280, 0313, 0355, 0356, 0033, 0131, 0227, 0161: they carry whole stanzas by design.
classify(WRAPPER, [
  'urn:xmpp:forward:0',
  'urn:xmpp:carbons:2',
  'urn:xmpp:mam:tmp',
  'urn:xmpp:mam:0',
  'urn:xmpp:mam:1',
  'urn:xmpp:mam:2',
  'urn:xmpp:delegation:1',
  'urn:xmpp:delegation:2',
  'urn:xmpp:privilege:1',
  'urn:xmpp:privilege:2',
  'http://jabber.org/protocol/address',
  'http://jabber.org/protocol/shim',
  'urn:xmpp:pie:0',
  'urn:xmpp:tmp:abuse',
]);
classify(MAM, ['urn:xmpp:mam:tmp', 'urn:xmpp:mam:0', 'urn:xmpp:mam:1', 'urn:xmpp:mam:2']);

/** Deeper elements are walked as if they stood here; the tokenizer keeps fewer. */
const MAX_DEPTH = 1024;
const MAX_CHILD_NAMESPACES = 16;
const MAX_NAMESPACES = 64;

/** What happens to text at a depth. */
const MODE = { none: 0, text: 1, skip: 2, capture: 3 } as const;

const NEWLINE = 0x0a;

function isStanzaName(name: number): boolean {
  return name === NAME.message || name === NAME.presence || name === NAME.iq;
}

export class StanzaWalker {
  /** Token of the first stanza nested outside known wrappers, or -1. */
  nested = -1;
  /** Token of the first stream, SASL or TLS element below the stanza, or -1. */
  streamNested = -1;
  /** Tokens of direct children, or -1: XEP-0203, 0280, 0313, 0115, 0045, 0033. */
  delay = -1;
  carbon = -1;
  archived = -1;
  caps = -1;
  mucJoin = -1;
  mucUser = -1;
  addresses = -1;
  error = -1;
  /** Token of the first `jid` attribute, and how many there are, for jid_malformed. */
  jidAttributes = 0;
  readonly jidAttribute = new Int32Array(64);
  /** Namespace tokens of direct children, in order, without repeats. */
  childNamespaces = 0;
  readonly childNamespace = new Int32Array(MAX_CHILD_NAMESPACES);

  readonly #tape: TapeReader;
  readonly #table: RegionTable;
  readonly #memory: Uint8Array;
  readonly #modes = new Uint8Array(MAX_DEPTH);
  readonly #names = new Int32Array(MAX_DEPTH);
  readonly #wrapped = new Uint8Array(MAX_DEPTH);
  /** Stamp of the stanza a namespace id was last seen in: "seen already" without clearing. */
  readonly #nsStamp = new Float64Array(NAMESPACES.length);
  readonly #otherNs = new Int32Array(MAX_NAMESPACES);
  #stamp = 0;
  #otherCount = 0;
  /** Attribute of the element being read that holds a file name; 0 when none does. */
  #fileNameAttribute = 0;

  // The element whose text is being joined.
  #captureDepth = -1;
  #capturePolicy = 0;
  #captureToken = -1;
  #pieces = 0;
  #offset = 0;
  #length = 0;
  #nonAscii = false;

  constructor(tape: TapeReader, table: RegionTable) {
    this.#tape = tape;
    this.#table = table;
    this.#memory = table.memory;
  }

  #reset(): void {
    this.nested = -1;
    this.streamNested = -1;
    this.delay = -1;
    this.carbon = -1;
    this.archived = -1;
    this.caps = -1;
    this.mucJoin = -1;
    this.mucUser = -1;
    this.addresses = -1;
    this.error = -1;
    this.jidAttributes = 0;
    this.childNamespaces = 0;
    this.#stamp++;
    this.#otherCount = 0;
    this.#captureDepth = -1;
  }

  /**
   * Walk the element on the tape. `hasText`: its text is human text (stanzas and stream errors, not
   * other nonzas); `isStanza`: look for what must not stand inside a stanza.
   */
  walk(hasText: boolean, isStanza: boolean): void {
    this.#reset();
    const { words, base, count } = this.#tape;
    if (isStanza) {
      // The content namespace says nothing about a stanza, unlike those of its children.
      this.#nsStamp[this.#tape.ns(0)] = this.#stamp;
    } else if (count > 0) {
      this.#noteNamespace(0, this.#tape.ns(0));
    }
    let depth = -1;
    for (let i = 0; i < count; i++) {
      const at = base + i * TOKEN_WORDS;
      switch (words[at]) {
        case TOKEN.start: {
          const name = words[at + 1] as number;
          const ns = words[at + 2] as number;
          depth++;
          if (depth === 0) {
            this.#modes[0] = hasText ? MODE.text : MODE.none;
            this.#names[0] = name;
            this.#wrapped[0] = 0;
          } else {
            this.#open(i, depth < MAX_DEPTH ? depth : MAX_DEPTH - 1, name, ns, isStanza);
          }
          break;
        }
        case TOKEN.attr:
          if (depth > 0) this.#attribute(i, depth < MAX_DEPTH ? depth : MAX_DEPTH - 1);
          break;
        case TOKEN.text:
          if (depth >= 0) this.#text(i, depth < MAX_DEPTH ? depth : MAX_DEPTH - 1);
          break;
        case TOKEN.end:
          if (depth === this.#captureDepth) this.#endCapture();
          else if (
            this.#captureDepth >= 0 &&
            this.#capturePolicy === POLICY.xhtml &&
            depth < MAX_DEPTH &&
            endsLine(this.#names[depth] as number)
          ) {
            this.#append(-1, 0, false);
          }
          if (depth >= 0) depth--;
          break;
      }
    }
    // A broken element ends without its END tokens.
    if (this.#captureDepth >= 0) this.#endCapture();
  }

  #open(i: number, depth: number, name: number, ns: number, isStanza: boolean): void {
    const parent = depth - 1;
    const cls = nsClass[ns] as number;
    this.#names[depth] = name;
    let wrapped = this.#wrapped[parent] as number;
    if (isStanza) {
      if ((cls & CONTENT) !== 0) {
        if (wrapped === 0 && this.nested < 0 && isStanzaName(name)) this.nested = i;
      } else if ((cls & STREAM) !== 0) {
        if (this.streamNested < 0) this.streamNested = i;
      } else if ((cls & WRAPPER) !== 0) {
        wrapped = 1;
      }
    }
    this.#wrapped[depth] = wrapped;
    this.#fileNameAttribute = fileNameAttributeOf(ns, name);
    this.#noteNamespace(i, ns);
    if (depth === 1) {
      this.#noteChildNamespace(i, ns);
      this.#noteChild(i, ns, name, cls);
    }

    let mode = this.#modes[parent] as number;
    if (mode === MODE.text) {
      const policy = textPolicy(ns, name);
      if (policy === POLICY.skip) mode = MODE.skip;
      else if (policy !== POLICY.text && this.#isInPlace(policy, parent)) {
        mode = MODE.capture;
        this.#captureDepth = depth;
        this.#capturePolicy = policy;
        this.#captureToken = i;
        this.#pieces = 0;
        this.#length = 0;
        this.#nonAscii = false;
      }
    }
    this.#modes[depth] = mode;
  }

  /** A body is the body of a message only inside a message, a status only inside a presence. */
  #isInPlace(policy: number, parent: number): boolean {
    const name = this.#names[parent];
    if (policy === POLICY.body || policy === POLICY.subject) return name === NAME.message;
    if (policy === POLICY.status) return name === NAME.presence;
    return true;
  }

  #noteChild(i: number, ns: number, name: number, cls: number): void {
    if ((cls & CONTENT) !== 0) {
      if (name === NAME.error) this.error = i;
    } else if (ns === NS.delay || ns === NS.legacyDelay) {
      if (this.delay < 0) this.delay = i;
    } else if (ns === NS.carbons) {
      if (this.carbon < 0) this.carbon = i;
    } else if ((cls & MAM) !== 0) {
      if (this.archived < 0 && name === NAME.result) this.archived = i;
    } else if (ns === NS.caps) {
      if (this.caps < 0 && name === NAME.c) this.caps = i;
    } else if (ns === NS.muc) {
      if (this.mucJoin < 0) this.mucJoin = i;
    } else if (ns === NS.mucUser) {
      if (this.mucUser < 0) this.mucUser = i;
    } else if (ns === NS.address) {
      if (this.addresses < 0) this.addresses = i;
    }
  }

  /** xmpp.ns: every namespace of the element but the content namespace, once. */
  #noteNamespace(i: number, ns: number): void {
    if (this.#table.isWanted[BUFFER.ns] === 0) return;
    if (ns !== 0) {
      if (this.#nsStamp[ns] === this.#stamp) return;
      this.#nsStamp[ns] = this.#stamp;
    } else {
      const length = this.#tape.word(i, 6);
      if (length === 0) return;
      for (let k = 0; k < this.#otherCount; k++) {
        if (this.#sameNs(this.#otherNs[k] as number, i)) return;
      }
      if (this.#otherCount === MAX_NAMESPACES) return;
      this.#otherNs[this.#otherCount++] = i;
    }
    this.#table.add(BUFFER.ns, this.#tape.word(i, 5), this.#tape.word(i, 6), false);
  }

  #noteChildNamespace(i: number, ns: number): void {
    const count = this.childNamespaces;
    if (count === MAX_CHILD_NAMESPACES || this.#tape.word(i, 6) === 0) return;
    if (ns !== 0 && ns === this.#tape.ns(0)) return;
    for (let k = 0; k < count; k++) {
      const known = this.childNamespace[k] as number;
      if (this.#tape.ns(known) === ns && (ns !== 0 || this.#sameNs(known, i))) return;
    }
    this.childNamespace[this.childNamespaces++] = i;
  }

  #sameNs(a: number, b: number): boolean {
    const length = this.#tape.word(a, 6);
    if (length !== this.#tape.word(b, 6)) return false;
    const from = this.#tape.word(a, 5);
    const other = this.#tape.word(b, 5);
    if (from === other) return true;
    for (let k = 0; k < length; k++) {
      if (this.#memory[from + k] !== this.#memory[other + k]) return false;
    }
    return true;
  }

  #attribute(i: number, depth: number): void {
    const tape = this.#tape;
    const name = tape.name(i);
    if (name === 0) return;
    const policy = attributePolicy(name);
    const isFileName = this.#fileNameAttribute === name;
    const isHash = name === NAME.hash && this.#fileNameAttribute !== 0;
    if (policy === ATTRIBUTE.none && !isFileName && !isHash) return;
    if (!tape.isPlain(i)) return;
    if (policy === ATTRIBUTE.address) {
      if (name === NAME.jid && this.jidAttributes < this.jidAttribute.length) {
        this.jidAttribute[this.jidAttributes++] = i;
      }
      this.#table.add(BUFFER.address, tape.valueOffset(i), tape.valueLength(i), false);
      return;
    }
    if (isHash) {
      // Text that is being joined lies at the end of the scratch space: nothing may come between.
      if (this.#captureDepth >= 0) return;
      addHash(this.#table, STREAM_INITIATION_HASH, tape.valueOffset(i), tape.valueLength(i));
      return;
    }
    const mode = this.#modes[depth] as number;
    if (mode === MODE.none || mode === MODE.skip) return;
    const offset = tape.valueOffset(i);
    const length = tape.valueLength(i);
    const nonAscii = (tape.word(i, 7) & TEXT_FLAG.nonAscii) !== 0;
    if (policy === ATTRIBUTE.nick) this.#table.add(BUFFER.nick, offset, length, nonAscii);
    if (isFileName) this.#table.add(BUFFER.fileName, offset, length, nonAscii);
    this.#table.add(BUFFER.text, offset, length, nonAscii);
  }

  #text(i: number, depth: number): void {
    const mode = this.#modes[depth] as number;
    if (mode === MODE.none || mode === MODE.skip) return;
    const tape = this.#tape;
    const offset = tape.valueOffset(i);
    const length = tape.valueLength(i);
    const nonAscii = (tape.name(i) & TEXT_FLAG.nonAscii) !== 0;
    if (mode === MODE.capture) this.#append(offset, length, nonAscii);
    else if (!this.#isBlank(offset, length)) this.#table.add(BUFFER.text, offset, length, nonAscii);
  }

  #isBlank(offset: number, length: number): boolean {
    for (let k = offset; k < offset + length; k++) {
      const c = this.#memory[k] as number;
      if (c !== 0x20 && c !== 0x0a && c !== 0x09 && c !== 0x0d) return false;
    }
    return true;
  }

  /** Add a piece to the joined text; offset -1 is a line end. One piece alone stays where it is. */
  #append(offset: number, length: number, nonAscii: boolean): void {
    const table = this.#table;
    if (nonAscii) this.#nonAscii = true;
    if (this.#pieces === 0) {
      if (offset < 0) return;
      this.#offset = offset;
      this.#length = length;
      this.#pieces = 1;
      return;
    }
    const needed = (this.#pieces === 1 ? this.#length : 0) + (offset < 0 ? 1 : length);
    if (needed > table.end - table.top) {
      table.capped = true;
      return;
    }
    if (this.#pieces === 1) {
      this.#memory.copyWithin(table.top, this.#offset, this.#offset + this.#length);
      this.#offset = table.top;
      table.top += this.#length;
    }
    this.#pieces++;
    if (offset < 0) {
      this.#memory[table.top++] = NEWLINE;
      this.#length++;
    } else {
      this.#memory.copyWithin(table.top, offset, offset + length);
      table.top += length;
      this.#length += length;
    }
  }

  #endCapture(): void {
    const policy = this.#capturePolicy;
    const table = this.#table;
    this.#captureDepth = -1;
    if (this.#pieces === 0) return;
    if (policy === POLICY.hash) {
      this.#hash();
      return;
    }
    const buffer = POLICY_BUFFER[policy] as number;
    if (buffer >= 0) table.add(buffer, this.#offset, this.#length, this.#nonAscii);
    table.add(BUFFER.text, this.#offset, this.#length, this.#nonAscii);
    if (policy === POLICY.oobUrl) this.#urlFileName();
  }

  #hash(): void {
    const tape = this.#tape;
    const algo = tape.attr(this.#captureToken, NAME.algo);
    if (algo < 0) return;
    const buffer = hashBuffer(this.#memory, tape.valueOffset(algo), tape.valueLength(algo));
    if (buffer >= 0) addHash(this.#table, buffer, this.#offset, this.#length);
  }

  /** The file name of an out-of-band URL is its last path segment. */
  #urlFileName(): void {
    const memory = this.#memory;
    let end = this.#offset + this.#length;
    for (let k = this.#offset; k < end; k++) {
      const c = memory[k];
      if (c === 0x3f || c === 0x23) end = k; // '?', '#'
    }
    let start = end;
    while (start > this.#offset && memory[start - 1] !== 0x2f) start--;
    // A URL that is only a host ("https://host") has no file name.
    if (start < this.#offset + 2 || memory[start - 2] === 0x2f) return;
    this.#table.add(BUFFER.fileName, start, end - start, this.#nonAscii);
  }

  /** xmpp.text_folded: a folded copy of each text with non-ASCII characters, the others as they are. */
  fold(): void {
    const table = this.#table;
    const count = table.count;
    for (let i = 0; i < count; i++) {
      if (table.buffer(i) !== BUFFER.text) continue;
      const offset = table.offset(i);
      const length = table.length(i);
      if (!table.isNonAscii(i)) {
        table.add(BUFFER.textFolded, offset, length, false);
        continue;
      }
      const room = table.end - table.top;
      const written = foldInto(this.#memory, offset, length, this.#memory, table.top, room);
      if (written < 0) {
        table.capped = true;
        continue;
      }
      table.add(BUFFER.textFolded, table.top, written, true);
      table.top += written;
    }
  }
}
