/** The stanza detection sees: regions of the walk, and strings decoded when asked for. Reused. */
import type { Direction } from '../core/index.ts';
import type { RegionTable } from './regions.ts';
import type { Session } from './session.ts';
import type { StringCache } from './string-cache.ts';
import type { TapeReader } from './tape.ts';
import { STANZA, type StanzaView } from './types.ts';
import { BUFFER, type StanzaWalker } from './walk.ts';

export class View implements StanzaView {
  session: Session;
  direction: Direction = 0;
  kind: number = STANZA.nonza;
  tsUsec = 0;
  serial = 0;
  rawLength = 0;
  isBroken = false;
  isCopy = false;
  readonly memory: Uint8Array;
  readonly regions: Uint32Array;
  readonly #table: RegionTable;
  readonly #tape: TapeReader;
  readonly #walker: StanzaWalker;
  readonly #strings: StringCache;
  // Tokens of the attributes, -1 when absent.
  #from = -1;
  #to = -1;
  #id = -1;
  #type = -1;

  constructor(
    session: Session,
    table: RegionTable,
    tape: TapeReader,
    walker: StanzaWalker,
    strings: StringCache,
  ) {
    this.session = session;
    this.memory = table.memory;
    this.regions = table.regions;
    this.#table = table;
    this.#tape = tape;
    this.#walker = walker;
    this.#strings = strings;
  }

  get regionCount(): number {
    return this.#table.count;
  }

  setAttributes(from: number, to: number, id: number, type: number): void {
    this.#from = from;
    this.#to = to;
    this.#id = id;
    this.#type = type;
  }

  get name(): string {
    if (this.#tape.count === 0) return '';
    return this.#strings.get(this.#tape.nameOffset(0), this.#tape.nameLength(0));
  }

  get from(): string {
    if (this.#from >= 0) return this.#value(this.#from);
    return this.kind <= STANZA.iq ? this.session.implicitFrom(this.direction) : '';
  }

  get to(): string {
    return this.#value(this.#to);
  }

  get id(): string {
    // Identifiers hardly ever repeat: the cache would only be churned.
    if (this.#id < 0) return '';
    return this.#strings.decode(this.#tape.valueOffset(this.#id), this.#tape.valueLength(this.#id));
  }

  get type(): string {
    return this.#value(this.#type);
  }

  namespaces(): readonly string[] {
    const found: string[] = [];
    for (let k = 0; k < this.#walker.childNamespaces; k++) {
      const token = this.#walker.childNamespace[k] as number;
      found.push(this.#strings.get(this.#tape.word(token, 5), this.#tape.word(token, 6)));
    }
    return found;
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

  #value(token: number): string {
    if (token < 0) return '';
    return this.#strings.get(this.#tape.valueOffset(token), this.#tape.valueLength(token));
  }
}
