/**
 * One pass over the bytes of a JID: where its parts are, and whether RFC 7622 allows them. Runs for
 * every address of every stanza, so it keeps its answer in fields and allocates only for text
 * that is not ASCII.
 */

/** Why a JID is malformed; 0 is "it is not". The position in JID_FAULTS names it in alerts. */
export const JID_FAULT = {
  none: 0,
  empty: 1,
  tooLong: 2,
  control: 3,
  bidi: 4,
  severalAt: 5,
  badLocal: 6,
  badDomain: 7,
  notNormal: 8,
} as const;

export const JID_FAULTS = [
  'none',
  'empty_part',
  'part_too_long',
  'control_character',
  'bidi_character',
  'several_at_signs',
  'localpart_character',
  'domain_character',
  'not_nfc',
] as const;

/** RFC 7622 section 3.1: octets of one part. */
const MAX_PART_BYTES = 1023;

const SLASH = 0x2f;
const AT = 0x40;

/** Classes of bytes, one bit each, so that what a part holds is one OR per byte. */
const CONTROL = 1;
const NOT_LOCAL = 2;
const NOT_DOMAIN = 4;
const UPPER = 8;
const HIGH = 16;
/** The two that end a part. */
const SEPARATOR = 32;
const CLASS = new Uint8Array(256);
CLASS.fill(CONTROL, 0, 0x20);
CLASS[0x7f] = CONTROL;
CLASS.fill(UPPER, 0x41, 0x5b);
CLASS.fill(HIGH, 0x80);
// RFC 7622 section 3.3.1 (the slash and the at sign end the part before they could be inside it).
for (const c of ' "&\':<>') CLASS[c.charCodeAt(0)] = NOT_LOCAL;
for (const c of ' "&\'<>\\') {
  CLASS[c.charCodeAt(0)] = (CLASS[c.charCodeAt(0)] as number) | NOT_DOMAIN;
}
CLASS[SLASH] = SEPARATOR;
CLASS[AT] = SEPARATOR;

// Marks, embeddings, overrides and isolates: they make one address look like another.
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const C1 = /[\u0080-\u009f]/;

export class JidScan {
  readonly #buffer: Buffer;
  readonly #memory: Uint8Array;
  fault = 0;
  /** Length of the bare JID. */
  bareLength = 0;
  /** Offset of the domain from the start of the JID, and its length. */
  domainOffset = 0;
  domainLength = 0;
  /** Offset of the resource from the start of the JID, or -1, and its length. */
  resourceOffset = -1;
  resourceLength = 0;
  /** Some byte is above 0x7f. */
  nonAscii = false;
  /** Some letter of the domain is upper case. */
  upperDomain = false;

  constructor(memory: Uint8Array) {
    this.#memory = memory;
    this.#buffer = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
  }

  /** Scan `length` bytes of JID text at `offset`; the answer stands in the fields. */
  scan(offset: number, length: number): void {
    const memory = this.#memory;
    let fault: number = JID_FAULT.none;
    let at = -1;
    let slash = -1;
    let classes = 0;
    let localClasses = 0;
    const end = offset + length;
    let i = offset;
    for (; i < end; i++) {
      const c = memory[i] as number;
      const bits = CLASS[c] as number;
      if (bits !== SEPARATOR) {
        classes |= bits;
      } else if (c === SLASH) {
        slash = i - offset;
        break;
      } else if (at >= 0) {
        fault = JID_FAULT.severalAt;
      } else {
        at = i - offset;
        localClasses = classes;
        classes = 0;
      }
    }
    let resourceClasses = 0;
    for (i++; i < end; i++) resourceClasses |= CLASS[memory[i] as number] as number;
    const all = classes | localClasses | resourceClasses;
    this.bareLength = slash < 0 ? length : slash;
    this.domainOffset = at + 1;
    this.domainLength = this.bareLength - at - 1;
    this.resourceOffset = slash < 0 ? -1 : slash + 1;
    this.resourceLength = slash < 0 ? 0 : length - slash - 1;
    this.nonAscii = (all & HIGH) !== 0;
    this.upperDomain = (classes & UPPER) !== 0;
    if (fault === JID_FAULT.none) {
      if ((all & CONTROL) !== 0) fault = JID_FAULT.control;
      else if (at === 0 || this.domainLength === 0 || slash === length - 1) fault = JID_FAULT.empty;
      else if (
        at > MAX_PART_BYTES ||
        this.domainLength > MAX_PART_BYTES ||
        this.resourceLength > MAX_PART_BYTES
      ) {
        fault = JID_FAULT.tooLong;
      } else if ((localClasses & NOT_LOCAL) !== 0) fault = JID_FAULT.badLocal;
      else if ((classes & NOT_DOMAIN) !== 0) fault = JID_FAULT.badDomain;
      else if ((all & HIGH) !== 0) fault = this.#unicodeFault(offset, length);
    }
    this.fault = fault;
  }

  #unicodeFault(offset: number, length: number): number {
    const text = this.#buffer.toString('utf8', offset, offset + length);
    if (C1.test(text)) return JID_FAULT.control;
    if (BIDI.test(text)) return JID_FAULT.bidi;
    if (text.normalize('NFC') !== text) return JID_FAULT.notNormal;
    return JID_FAULT.none;
  }
}
