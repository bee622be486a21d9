/**
 * Where the parts of a JID are, and whether RFC 7622 allows them. ASCII is judged in WebAssembly
 * (assembly/jid.ts), where the stanza reader does it for every address; here the rest of Unicode.
 */
import * as codes from './codes.ts';
import type { ElementReader } from './element-reader.ts';

/** Why a JID is malformed; 0 is "it is not". The position in JID_FAULTS names it in alerts. */
export const JID_FAULT = {
  none: codes.JID_NONE,
  empty: codes.JID_EMPTY,
  tooLong: codes.JID_TOO_LONG,
  control: codes.JID_CONTROL,
  bidi: codes.JID_BIDI,
  severalAt: codes.JID_SEVERAL_AT,
  badLocal: codes.JID_BAD_LOCAL,
  badDomain: codes.JID_BAD_DOMAIN,
  notNormal: codes.JID_NOT_NORMAL,
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

// Marks, embeddings, overrides and isolates: they make one address look like another.
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const C1 = /[\u0080-\u009f]/;

/** Keeps its answer in fields; allocates only for text that is not ASCII. */
export class JidScan {
  readonly #reader: ElementReader;
  readonly #buffer: Buffer;
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

  constructor(reader: ElementReader) {
    const { memory } = reader;
    this.#reader = reader;
    this.#buffer = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
  }

  /** Scan `length` bytes of JID text at `offset`; the answer stands in the fields. */
  scan(offset: number, length: number): void {
    const { facts } = this.#reader;
    this.#reader.readJid(offset, length);
    this.fault = facts[codes.F_JID_FAULT] as number;
    this.bareLength = facts[codes.F_JID_BARE] as number;
    this.domainOffset = facts[codes.F_JID_DOMAIN] as number;
    this.domainLength = facts[codes.F_JID_DOMAIN_LENGTH] as number;
    this.resourceOffset = facts[codes.F_JID_RESOURCE] as number;
    this.resourceLength = facts[codes.F_JID_RESOURCE_LENGTH] as number;
    this.nonAscii = facts[codes.F_JID_NON_ASCII] !== 0;
    this.upperDomain = facts[codes.F_JID_UPPER] !== 0;
    if (this.nonAscii && this.fault === JID_FAULT.none) {
      this.fault = this.#unicodeFault(offset, length);
    }
  }

  #unicodeFault(offset: number, length: number): number {
    const text = this.#buffer.toString('utf8', offset, offset + length);
    if (C1.test(text)) return JID_FAULT.control;
    if (BIDI.test(text)) return JID_FAULT.bidi;
    if (text.normalize('NFC') !== text) return JID_FAULT.notNormal;
    return JID_FAULT.none;
  }
}
