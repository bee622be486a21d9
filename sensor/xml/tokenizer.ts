/**
 * The tokenizer as the other rooms see it: copies bytes in, hands callbacks on. All reading happens
 * in WebAssembly (assembly/), whose memory is laid out once from the limits and never grows.
 */
import { randomBytes } from 'node:crypto';
import type { LimitValues } from '../core/index.ts';
import { OperatorError } from '../core/index.ts';
import * as codes from './codes.ts';
import { HTML_ENTITIES } from './entities.ts';
import { eventIdsByCode } from './event-ids.ts';
import { NAMES, NAMESPACES, nameId, nsId } from './names.ts';
import { SavedItems } from './saved-items.ts';
import type { TapeInfo, XmlHandler, XmlTokenizer } from './types.ts';
import { loadTokenizer, type TokenizerWasm } from './wasm.ts';
import { WordCopy } from './word-copy.ts';

/** The smallest cap on an element the block size of the WebAssembly side allows. */
const LEAST_STANZA_BYTES = 64 * 1024;

class Tape implements TapeInfo {
  readonly words: Int32Array;
  tapeBase = 0;
  tokenCount = 0;
  rawOffset = 0;
  rawLength = 0;
  wireLength = 0;
  wireOffset = 0;
  elementCount = 0;
  maxDepth = 0;
  flags = 0;
  serial = 0;

  constructor(words: Int32Array) {
    this.words = words;
  }
}

class WasmTokenizer implements XmlTokenizer {
  readonly memory: Uint8Array;
  readonly wasmMemory: object;
  readonly scratchOffset: number;
  readonly scratchLength = codes.SCRATCH_BYTES;

  readonly #wasm: TokenizerWasm;
  readonly #handler: XmlHandler;
  readonly #events = eventIdsByCode();
  readonly #words: Int32Array;
  readonly #wire: Float64Array;
  readonly #wireOffset: Float64Array;
  readonly #report: number;
  readonly #staging: number;
  readonly #copy: WordCopy;
  readonly #tape: Tape;
  readonly #saved: SavedItems;

  constructor(limits: LimitValues, handler: XmlHandler) {
    this.#handler = handler;
    this.#wasm = loadTokenizer({
      header: (half, wasOpen, hadDeclaration) => {
        this.#handler.streamHeader(half, this.#read(), wasOpen !== 0, hadDeclaration !== 0);
      },
      element: (half) => {
        this.#handler.element(half, this.#read());
      },
      end: (half) => {
        this.#handler.streamEnd(half);
      },
      event: (half, code, serial, offset) => {
        this.#handler.event(half, this.#events[code] as number, serial, offset, this.#read());
      },
      save: (half, slot) => (this.#saved.save(half, slot) ? 1 : 0),
      restore: (half, slot) => this.#saved.restore(half, slot),
      forget: (half) => {
        this.#saved.forget(half);
      },
    });
    layOut(this.#wasm, limits);
    this.wasmMemory = this.#wasm.memory;
    const buffer = this.#wasm.memory.buffer;
    this.memory = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#report = this.#wasm.reportAddress() >> 2;
    this.#wire = new Float64Array(buffer, (this.#report + codes.R_WIRE) << 2, 1);
    this.#wireOffset = new Float64Array(buffer, (this.#report + codes.R_WIRE_OFFSET) << 2, 1);
    this.#staging = this.#wasm.stagingAddress();
    this.#copy = new WordCopy(buffer);
    this.scratchOffset = this.#wasm.scratchAddress();
    this.#tape = new Tape(this.#words);
    this.#saved = new SavedItems(this.memory, this.#words, this.#report, limits.xmlSavedBytes);
    intern(this.#wasm, this.memory, this.#staging);
  }

  #read(): TapeInfo {
    const words = this.#words;
    const at = this.#report;
    const tape = this.#tape;
    tape.tapeBase = words[at + codes.R_TAPE] as number;
    tape.tokenCount = words[at + codes.R_TOKENS] as number;
    tape.rawOffset = words[at + codes.R_RAW] as number;
    tape.rawLength = words[at + codes.R_RAW_LENGTH] as number;
    tape.elementCount = words[at + codes.R_ELEMENTS] as number;
    tape.maxDepth = words[at + codes.R_DEPTH] as number;
    tape.flags = words[at + codes.R_FLAGS] as number;
    tape.serial = words[at + codes.R_SERIAL] as number;
    tape.wireLength = this.#wire[0] as number;
    tape.wireOffset = this.#wireOffset[0] as number;
    return tape;
  }

  watchNamespace(id: number): void {
    this.#wasm.watch(id);
  }

  openHalf(midstream: boolean): number {
    return this.#wasm.openHalf(midstream ? 1 : 0);
  }

  closeHalf(half: number): void {
    this.#wasm.closeHalf(half);
  }

  feed(half: number, bytes: Uint8Array, offset: number, length: number, tsUsec: number): number {
    let done = 0;
    while (done < length) {
      const n = Math.min(length - done, codes.STAGING_BYTES);
      const from = this.#copy.copy(bytes, offset + done, n, this.#staging);
      let used: number;
      try {
        used = this.#wasm.feed(half, from, n, tsUsec);
      } catch (error) {
        // A bug in a handler must not silence the tokenizer for every other flow.
        this.#wasm.recover();
        throw error;
      }
      done += used;
      if (used < n) break;
    }
    return done;
  }

  stop(half: number): void {
    this.#wasm.stop(half);
  }

  restart(half: number): void {
    this.#wasm.restart(half);
  }

  gap(half: number): void {
    this.#wasm.gap(half);
  }

  openElementBytes(half: number): number {
    return this.#wasm.openElementBytes(half);
  }

  bytesFed(half: number): number {
    return this.#wasm.bytesFed(half);
  }
}

/** Lays out memory for these limits; both halves of every flow have their block. */
function layOut(wasm: TokenizerWasm, limits: LimitValues): void {
  const fits = wasm.layOut(
    Math.max(limits.xmlStanzaBytes, LEAST_STANZA_BYTES),
    Math.max(limits.xmlDepth, 1),
    Math.max(limits.xmlAttributes, 1),
    Math.max(limits.xmlTokens, 16),
    Math.max(limits.xmlBindings, 1),
    Math.max(limits.xmlSlots, 2),
    2 * limits.flowTableFlows + 2,
    Math.max(limits.xmlOddRoots, 1),
  );
  if (fits === 0) {
    throw new OperatorError(
      'CONFIG_INVALID',
      'reserve memory for the xml limits: more than 2 GiB',
      'lower xml.slots, xml.stanza_bytes, xml.tokens or flow.flows',
    );
  }
}

/** Writes the interned lists into memory. A full table only costs ids: names stay readable. */
function intern(wasm: TokenizerWasm, memory: Uint8Array, staging: number): void {
  const seed = randomBytes(8);
  wasm.setSeed(seed.readInt32LE(0), seed.readInt32LE(4));
  const encoder = new TextEncoder();
  const lists: [number, readonly string[]][] = [
    [codes.LIST_NAMES, NAMES],
    [codes.LIST_NAMESPACES, NAMESPACES],
    [codes.LIST_ENTITIES, HTML_ENTITIES],
  ];
  for (const [list, words] of lists) {
    for (const [id, word] of words.entries()) {
      if (word === '') continue;
      const { written } = encoder.encodeInto(word, memory.subarray(staging));
      if (wasm.addInterned(list, staging, written, id) === 0) {
        throw new RangeError(`no room to intern ${word}`);
      }
    }
  }
  const ids: [number, number][] = [
    [codes.W_NS_STREAMS, nsId('http://etherx.jabber.org/streams')],
    [codes.W_NS_XML, nsId('http://www.w3.org/XML/1998/namespace')],
    [codes.W_NS_XMLNS, nsId('http://www.w3.org/2000/xmlns/')],
    [codes.W_NS_CLIENT, nsId('jabber:client')],
    [codes.W_NS_SERVER, nsId('jabber:server')],
    [codes.W_NS_ACCEPT, nsId('jabber:component:accept')],
    [codes.W_NS_CONNECT, nsId('jabber:component:connect')],
    [codes.W_NS_DIALBACK, nsId('jabber:server:dialback')],
    [codes.W_NS_FRAMING, nsId('urn:ietf:params:xml:ns:xmpp-framing')],
    [codes.W_NS_HTTPBIND, nsId('http://jabber.org/protocol/httpbind')],
    [codes.W_STREAM, nameId('stream')],
    [codes.W_MESSAGE, nameId('message')],
    [codes.W_PRESENCE, nameId('presence')],
    [codes.W_IQ, nameId('iq')],
    [codes.W_OPEN, nameId('open')],
    [codes.W_BODY, nameId('body')],
  ];
  for (const [which, id] of ids) wasm.setWellKnown(which, id);
  wasm.setUp();
}

/**
 * A tokenizer with its own memory. One serves all flows; `feed` must not be called from a callback.
 * Throws OperatorError when the limits ask for more memory than WebAssembly has.
 */
export function createTokenizer(limits: LimitValues, handler: XmlHandler): XmlTokenizer {
  return new WasmTokenizer(limits, handler);
}
