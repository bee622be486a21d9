/** The stanza detection sees: regions of the walk, and strings decoded when asked for. Reused. */
import type { Direction } from '../core/index.ts';
import type { RegionTable } from './regions.ts';
import type { Session } from './session.ts';
import type { StringCache } from './string-cache.ts';
import type { TapeReader } from './tape.ts';
import { Tree } from './tree.ts';
import { STANZA, type StanzaView } from './types.ts';
import { BUFFER } from './buffers.ts';
import type { ElementReader } from './element-reader.ts';
import * as codes from './codes.ts';

const MAX_CHILD_NAMESPACES = 16;

export class View implements StanzaView {
  session: Session;
  direction: Direction = 0;
  kind: number = STANZA.nonza;
  tsUsec = 0;
  serial = 0;
  rawLength = 0;
  wireOffset = 0;
  isBroken = false;
  isCopy = false;
  readonly memory: Uint8Array;
  readonly regions: Uint32Array;
  readonly tree: Tree;
  readonly keys: ElementReader;
  readonly #table: RegionTable;
  readonly #tape: TapeReader;
  readonly #facts: Int32Array;
  readonly #strings: StringCache;
  constructor(
    session: Session,
    table: RegionTable,
    tape: TapeReader,
    facts: Int32Array,
    strings: StringCache,
    keys: ElementReader,
  ) {
    this.session = session;
    this.memory = table.memory;
    this.regions = table.regions;
    this.#table = table;
    this.#tape = tape;
    this.#facts = facts;
    this.#strings = strings;
    this.tree = new Tree(tape, strings);
    this.keys = keys;
  }

  get regionCount(): number {
    return this.#table.count;
  }

  get name(): string {
    if (this.#tape.count === 0) return '';
    return this.#strings.get(this.#tape.nameOffset(0), this.#tape.nameLength(0));
  }

  get from(): string {
    if ((this.#facts[codes.F_FROM] as number) >= 0) return this.#value(codes.F_FROM);
    return this.kind <= STANZA.iq ? this.session.implicitFrom(this.direction) : '';
  }

  get to(): string {
    return this.#value(codes.F_TO);
  }

  get id(): string {
    // Identifiers hardly ever repeat: the cache would only be churned.
    const id = this.#facts[codes.F_ID] as number;
    if (id < 0) return '';
    return this.#strings.decode(this.#tape.valueOffset(id), this.#tape.valueLength(id));
  }

  get type(): string {
    return this.#value(codes.F_TYPE);
  }

  namespaces(): readonly string[] {
    const tape = this.#tape;
    const own = tape.count === 0 || tape.ns(0) === 0 ? '' : this.#namespace(0);
    const found: string[] = [];
    for (let at = tape.firstChild(0); at >= 0; at = tape.nextSibling(at, 0)) {
      const uri = this.#namespace(at);
      if (uri === '' || uri === own || found.includes(uri)) continue;
      if (found.push(uri) === MAX_CHILD_NAMESPACES) break;
    }
    return found;
  }

  #namespace(token: number): string {
    return this.#strings.get(this.#tape.word(token, 5), this.#tape.word(token, 6));
  }

  text(buffer: number): string {
    const region = this.#table.find(buffer);
    if (region < 0) return '';
    const offset = this.#table.offset(region);
    const length = this.#table.length(region);
    // Addresses repeat from stanza to stanza, human text does not.
    return buffer >= BUFFER.from && buffer <= BUFFER.resource
      ? this.#strings.get(offset, length)
      : this.#strings.decode(offset, length);
  }

  /** Value of one of the element's attributes. */
  #value(fact: number): string {
    const token = this.#facts[fact] as number;
    if (token < 0) return '';
    return this.#strings.get(this.#tape.valueOffset(token), this.#tape.valueLength(token));
  }
}
