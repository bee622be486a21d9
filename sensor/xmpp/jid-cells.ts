/**
 * Bound JIDs inside the tokenizer's memory. A stanza without `from` then names the address of its
 * session where it lies, instead of copying it: most stanzas of clients have no `from`. Direct-mapped
 * and fixed in size: of two sessions that share a cell the one at hand takes it.
 */
import type { Session } from './session.ts';

const CELL_BYTES = 128;
/** 512 KiB of the scratch space. */
const MAX_CELLS = 4096;

export class JidCells {
  readonly #memory: Uint8Array;
  readonly #offset: number;
  readonly #mask: number;
  /** Session each cell belongs to; 0 none. */
  readonly #owners: Float64Array;

  /** The largest power of two of cells that an eighth of `spaceBytes` holds; they start at `offset`. */
  constructor(memory: Uint8Array, offset: number, spaceBytes: number) {
    let cells = MAX_CELLS;
    while (cells > 1 && cells * CELL_BYTES > spaceBytes >> 3) cells >>= 1;
    this.#memory = memory;
    this.#offset = offset;
    this.#mask = cells - 1;
    this.#owners = new Float64Array(cells);
  }

  /** Bytes of memory the cells take. */
  get byteLength(): number {
    return this.#owners.length * CELL_BYTES;
  }

  /** Offset of the session's JID in memory; -1 when it is longer than a cell. */
  place(session: Session): number {
    const length = session.jidLength;
    if (length > CELL_BYTES) return -1;
    const cell = session.sessionId & this.#mask;
    const at = this.#offset + cell * CELL_BYTES;
    if (session.jidPlaced && this.#owners[cell] === session.sessionId) return at;
    this.#owners[cell] = session.sessionId;
    session.jidPlaced = true;
    const bytes = session.jidBytes;
    for (let i = 0; i < length; i++) this.#memory[at + i] = bytes[i] as number;
    return at;
  }
}
