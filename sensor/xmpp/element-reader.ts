/**
 * Loads the WebAssembly side of the stanza reader (assembly/), which works in the tokenizer's memory, and
 * fills its tables from the lists of this room.
 */
import { readFileSync } from 'node:fs';
import { BUFFERS } from '../core/index.ts';
import {
  ELEMENT_FLAG,
  NAMES,
  NAMESPACES,
  nameId,
  nsId,
  type TapeInfo,
  type XmlTokenizer,
} from '../xml/index.ts';
import { BUFFER } from './buffers.ts';
import * as codes from './codes.ts';
import { FILE_NAME_ATTRIBUTES, childKinds, nameBits, namespaceBits } from './element-names.ts';
import type { RegionTable } from './regions.ts';
import { policies } from './text-policy.ts';

/** The part of the WebAssembly interface used here; the compiler's own lib has it only for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** assembly/index.ts */
interface ReaderWasm {
  layOut(base: number, spaces: number, names: number, regions: number, spare: number): number;
  setSpace(path: number, attributes: number, text: number, textLimit: number): void;
  relate(): number;
  tableAddress(which: number): number;
  readJid(offset: number, length: number): void;
  hashBytes(offset: number, length: number, seedHigh: number, seedLow: number): void;
  hashJid(offset: number, length: number, seedHigh: number, seedLow: number): void;
  read(
    tape: number,
    tokens: number,
    raw: number,
    rawLength: number,
    rawNonAscii: number,
    kind: number,
    hasText: number,
  ): void;
}

/** Words of one region: buffer id, offset, length (contract StanzaView.regions). */
export const REGION_WORDS = 3;
/** Regions the rest of the room adds to those of the reader: addresses, room, login, hashes. */
const SPARE_REGIONS = 16 + codes.MAX_HASHES;
/** Words of a buffer id in the table of buffers: nobody reads it. */
const UNWANTED = -1;

/** Buffers the reader fills, by B_ code. */
const BUFFER_IDS: readonly (readonly [number, number])[] = [
  [codes.B_STANZA, BUFFER.stanza],
  [codes.B_STREAM_HEADER, BUFFER.streamHeader],
  [codes.B_KIND, BUFFER.kind],
  [codes.B_TYPE, BUFFER.type],
  [codes.B_ID, BUFFER.id],
  [codes.B_FROM, BUFFER.from],
  [codes.B_TO, BUFFER.to],
  [codes.B_FROM_DOMAIN, BUFFER.fromDomain],
  [codes.B_TO_DOMAIN, BUFFER.toDomain],
  [codes.B_RESOURCE, BUFFER.resource],
  [codes.B_BODY, BUFFER.body],
  [codes.B_SUBJECT, BUFFER.subject],
  [codes.B_STATUS, BUFFER.status],
  [codes.B_NICK, BUFFER.nick],
  [codes.B_FILE_NAME, BUFFER.fileName],
  [codes.B_TEXT, BUFFER.text],
  [codes.B_TEXT_FOLDED, BUFFER.textFolded],
  [codes.B_NS, BUFFER.ns],
  [codes.B_PATH, BUFFER.path],
  [codes.B_ADDRESS, BUFFER.address],
  [codes.B_ATTR, BUFFER.attr],
];

/** Words of xmpp.relation, by RELATION_ code. */
const RELATIONS = ['self', 'local', 'foreign'];

let compiled: object | undefined;

export class ElementReader {
  readonly memory: Uint8Array;
  /** What was found: words F_ of codes.ts. Addresses are offsets in `memory`. */
  readonly facts: Int32Array;
  readonly regions: Uint32Array;
  /** By region: 1 when it holds bytes above 0x7f. */
  readonly nonAscii: Uint8Array;
  /** Regions the table holds. */
  readonly capacity: number;
  /** Where the tables end in the scratch space. */
  readonly end: number;
  readonly #wasm: ReaderWasm;
  /** Words K_ of the latest key. */
  readonly #keys: Int32Array;
  readonly #buffers: Int32Array;
  readonly #relations: number;

  /** `maxRegions`: limit xmpp.regions, cut to what an eighth of the scratch space holds. */
  constructor(tokenizer: XmlTokenizer, maxRegions: number) {
    const { memory, wasmMemory, scratchOffset, scratchLength } = tokenizer;
    const url = new URL('./stanza-reader.wasm', import.meta.url);
    compiled ??= new WebAssembly.Module(readFileSync(url));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: wasmMemory } });
    const wasm = exports as ReaderWasm;
    const most = Math.floor(scratchLength / 8 / (REGION_WORDS * 4 + 1));
    const regions = Math.min(maxRegions, most);
    this.#wasm = wasm;
    this.memory = memory;
    this.end = wasm.layOut(scratchOffset, NAMESPACES.length, NAMES.length, regions, SPARE_REGIONS);
    this.capacity = regions + SPARE_REGIONS;
    const { buffer } = memory;
    this.facts = new Int32Array(buffer, wasm.tableAddress(codes.T_FACTS), codes.FACTS);
    this.#keys = this.facts.subarray(codes.F_KEYS, codes.F_KEYS + codes.KEY_WORDS);
    this.regions = new Uint32Array(
      buffer,
      wasm.tableAddress(codes.T_REGIONS),
      this.capacity * REGION_WORDS,
    );
    this.nonAscii = new Uint8Array(buffer, wasm.tableAddress(codes.T_NON_ASCII), this.capacity);
    this.#buffers = new Int32Array(buffer, wasm.tableAddress(codes.T_BUFFERS), codes.B_COUNT);
    this.#relations = wasm.tableAddress(codes.T_RELATION_WORDS);
    this.wantBuffers(new Uint8Array(BUFFERS.length).fill(1));
    this.#fillTables();
  }

  #fillTables(): void {
    const { memory } = this;
    const wasm = this.#wasm;
    memory.set(namespaceBits, wasm.tableAddress(codes.T_NAMESPACES));
    memory.set(nameBits, wasm.tableAddress(codes.T_NAMES));
    memory.set(policies, wasm.tableAddress(codes.T_POLICIES));
    memory.set(childKinds, wasm.tableAddress(codes.T_CHILDREN));
    const words = (which: number, count: number): Int32Array =>
      new Int32Array(memory.buffer, wasm.tableAddress(which), count);
    if (FILE_NAME_ATTRIBUTES.length > codes.FILE_ATTRIBUTES) throw new RangeError('too many');
    words(codes.T_FILE_ATTRIBUTES, 3 * codes.FILE_ATTRIBUTES).set(
      FILE_NAME_ATTRIBUTES.flatMap(([ns, element, attribute]) => [
        nsId(ns),
        nameId(element),
        nameId(attribute),
      ]),
    );
    const known = words(codes.T_WELL_KNOWN, codes.W_COUNT);
    known[codes.W_FROM] = nameId('from');
    known[codes.W_TO] = nameId('to');
    known[codes.W_ID] = nameId('id');
    known[codes.W_TYPE] = nameId('type');
    known[codes.W_HASH] = nameId('hash');
    const encoder = new TextEncoder();
    const kinds = wasm.tableAddress(codes.T_KIND_WORDS);
    memory.set(encoder.encode('nonza'), kinds);
    memory.set(encoder.encode('header'), kinds + 8);
    RELATIONS.forEach((word, i) => {
      memory.set(encoder.encode(word), this.#relations + 8 * i);
    });
  }

  /** Buffers to fill: by id, 1 for those somebody reads. */
  wantBuffers(isWanted: Uint8Array): void {
    for (const [slot, id] of BUFFER_IDS) {
      this.#buffers[slot] = isWanted[id] === 1 ? id : UNWANTED;
    }
    const wantsHashes = isWanted[BUFFER.sha256] === 1 || isWanted[BUFFER.md5] === 1;
    this.#buffers[codes.B_HASH] = wantsHashes ? 0 : UNWANTED;
  }

  /** Where paths, attributes and joined text go, one behind the other. */
  setSpace(path: number, attributes: number, text: number, textEnd: number): void {
    this.#wasm.setSpace(path, attributes, text, textEnd);
  }

  /**
   * Read the element on the tape, of a kind (STANZA); `hasText`: its text is human text. The answer
   * stands in `facts` and `regions`.
   */
  read(info: TapeInfo, kind: number, hasText: boolean): void {
    this.#wasm.read(
      info.tapeBase << 2,
      info.tokenCount,
      info.rawOffset,
      info.rawLength,
      info.flags & ELEMENT_FLAG.nonAscii,
      kind,
      hasText ? 1 : 0,
    );
  }

  /** How near the two addresses in the facts are: RELATION_. */
  relate(): number {
    return this.#wasm.relate();
  }

  /** Name the word for a relation as xmpp.relation. */
  addRelation(table: RegionTable, relation: number): void {
    const { length } = RELATIONS[relation] as string;
    table.add(BUFFER.relation, this.#relations + 8 * relation, length, false);
  }

  /** Look at the JID at `offset`; the answer stands in the facts F_JID_. */
  readJid(offset: number, length: number): void {
    this.#wasm.readJid(offset, length);
  }

  /** Keys of the JID at `offset`: words K_ of codes.ts, valid until the next call. */
  hashJid(offset: number, length: number, seedHigh: number, seedLow: number): Int32Array {
    this.#wasm.hashJid(offset, length, seedHigh, seedLow);
    return this.#keys;
  }

  /** Key of bytes: the first two words. */
  hashBytes(offset: number, length: number, seedHigh: number, seedLow: number): Int32Array {
    this.#wasm.hashBytes(offset, length, seedHigh, seedLow);
    return this.#keys;
  }
}
