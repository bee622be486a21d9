/**
 * The regions of a file by buffer. Of each part (the file itself, members) those that belong to it are looked at
 * together: its bytes, text, type, hashes and name; what is known of the whole file belongs to every part. So a rule
 * that asks for a type and a name is about one part, not about any two.
 */
import { BUFFERS, bufferId } from '../core/index.ts';
import { domainOf, foldInto, normalizeDomain, sameBareJid, splitJid } from '../xmpp/index.ts';
import type { FilePartView, FileView } from './file-types.ts';
import type { RegionTable } from './region-index.ts';

export const FILE_DATA = bufferId('file.data');
export const FILE_TEXT = bufferId('xmpp.text');
export const FILE_FOLDED = bufferId('xmpp.text_folded');
const FILE_MAGIC = bufferId('file.magic');
const FILE_SHA256 = bufferId('file.sha256');
const FILE_MD5 = bufferId('file.md5');
const FILE_NAME = bufferId('xmpp.file_name');
const FROM = bufferId('xmpp.from');
const TO = bufferId('xmpp.to');
const FROM_DOMAIN = bufferId('xmpp.from_domain');
const TO_DOMAIN = bufferId('xmpp.to_domain');
const RESOURCE = bufferId('xmpp.resource');
const RELATION = bufferId('xmpp.relation');

/** In place of a part: known of the whole file. */
const WHOLE = -1;
/** Folding may make a text longer: a ligature becomes its letters. */
const FOLD_GROWTH = 2;
const FIRST_REGIONS = 64;

const encoder = new TextEncoder();

export class FileRegions implements RegionTable {
  count = 0;
  offsets = new Uint32Array(FIRST_REGIONS);
  lengths = new Uint32Array(FIRST_REGIONS);
  buffers = new Uint8Array(FIRST_REGIONS);
  /** Of file.data and text: the number of the part. */
  ordinals = new Uint32Array(FIRST_REGIONS);
  next = new Int32Array(FIRST_REGIONS);
  readonly first = new Int32Array(BUFFERS.length);
  /** Is it text, which may be shown when its secrets are masked? Bytes are not. */
  #isText = new Uint8Array(FIRST_REGIONS);
  readonly #memories: Uint8Array[] = [];
  /** Regions of part i are [partStart[i], partStart[i + 1]); those of the whole file come before. */
  readonly #partStart: number[] = [];
  /** Bytes of text that are still folded. */
  #foldLeft = 0;

  /** `foldBytes`: beyond it text is taken as it is written. */
  build(view: FileView, foldBytes: number): void {
    this.clear();
    this.#foldLeft = foldBytes;
    this.#addWhole(view);
    for (const [i, part] of view.parts.entries()) {
      this.#partStart.push(this.count);
      this.#addPart(part, i, view.name);
    }
    this.#partStart.push(this.count);
  }

  /** Let go of the file. */
  clear(): void {
    this.count = 0;
    this.#memories.length = 0;
    this.#partStart.length = 0;
    this.first.fill(-1);
  }

  get partCount(): number {
    return this.#partStart.length - 1;
  }

  /** From now on the chains of `first` and `next` hold the regions of this part. */
  usePart(part: number): void {
    this.first.fill(-1);
    // Backwards, so that chains come in order.
    const from = this.#partStart[part] as number;
    for (let i = (this.#partStart[part + 1] as number) - 1; i >= from; i--) this.#link(i);
    for (let i = (this.#partStart[0] as number) - 1; i >= 0; i--) this.#link(i);
  }

  memoryOf(region: number): Uint8Array {
    return this.#memories[region] as Uint8Array;
  }

  isText(region: number): boolean {
    return this.#isText[region] === 1;
  }

  #link(region: number): void {
    const buffer = this.buffers[region] as number;
    this.next[region] = this.first[buffer] as number;
    this.first[buffer] = region;
  }

  #addWhole({ from, to }: FileView): void {
    this.#addFact(FROM, from, WHOLE);
    this.#addFact(TO, to, WHOLE);
    if (from !== '') {
      this.#addFact(FROM_DOMAIN, normalizeDomain(domainOf(from)), WHOLE);
      this.#addFact(RESOURCE, splitJid(from).resource, WHOLE);
    }
    if (to !== '') this.#addFact(TO_DOMAIN, normalizeDomain(domainOf(to)), WHOLE);
    if (from !== '' && to !== '') this.#addFact(RELATION, relationOf(from, to), WHOLE);
  }

  #addPart(
    { path, magic, data, text, sha256, md5 }: FilePartView,
    part: number,
    name: string,
  ): void {
    this.#addFact(FILE_MAGIC, magic, part);
    this.#addFact(FILE_SHA256, sha256, part);
    this.#addFact(FILE_MD5, md5, part);
    this.#addFact(FILE_NAME, path === '' ? name : path.slice(path.lastIndexOf('/') + 1), part);
    // In a member a rule may ask for its own name, or for that of the file it came in.
    if (path !== '') this.#addFact(FILE_NAME, name, part);
    const isAllText = Buffer.compare(data, text) === 0;
    this.#add(FILE_DATA, data, part, isAllText);
    if (text.length === 0) return;
    if (!isAllText) this.#add(FILE_DATA, text, part, true);
    this.#add(FILE_TEXT, text, part, true);
    const folded = this.#fold(text);
    this.#add(FILE_FOLDED, folded, part, true);
  }

  /** ASCII is its own folded form, as in stanzas. */
  #fold(text: Uint8Array): Uint8Array {
    if (text.length > this.#foldLeft || isAscii(text)) return text;
    this.#foldLeft -= text.length;
    const folded = new Uint8Array(FOLD_GROWTH * text.length);
    const length = foldInto(text, 0, text.length, folded, 0, folded.length);
    return length < 0 ? text : folded.subarray(0, length);
  }

  #addFact(buffer: number, text: string, part: number): void {
    if (text === '') return;
    const bytes = encoder.encode(text);
    this.#add(buffer, bytes, part, true);
  }

  #add(buffer: number, memory: Uint8Array, part: number, isText: boolean): void {
    if (memory.length === 0) return;
    if (this.count === this.offsets.length) this.#grow();
    const region = this.count++;
    this.offsets[region] = 0;
    this.lengths[region] = memory.length;
    this.buffers[region] = buffer;
    this.ordinals[region] = Math.max(0, part);
    this.#isText[region] = isText ? 1 : 0;
    this.#memories[region] = memory;
  }

  #grow(): void {
    const capacity = 2 * this.offsets.length;
    const grown = <T extends Uint32Array | Uint8Array | Int32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.offsets = grown(new Uint32Array(capacity), this.offsets);
    this.lengths = grown(new Uint32Array(capacity), this.lengths);
    this.buffers = grown(new Uint8Array(capacity), this.buffers);
    this.ordinals = grown(new Uint32Array(capacity), this.ordinals);
    this.next = grown(new Int32Array(capacity), this.next);
    this.#isText = grown(new Uint8Array(capacity), this.#isText);
  }
}

/** The words of xmpp.relation. */
function relationOf(from: string, to: string): string {
  if (sameBareJid(from, to)) return 'self';
  return normalizeDomain(domainOf(from)) === normalizeDomain(domainOf(to)) ? 'local' : 'foreign';
}

function isAscii(text: Uint8Array): boolean {
  // Four bytes at a time, where the memory is aligned.
  const lead = Math.min(text.length, -text.byteOffset & 3);
  const words = (text.length - lead) >> 2;
  for (let i = 0; i < lead; i++) if ((text[i] as number) >= 0x80) return false;
  const wide = new Uint32Array(text.buffer, text.byteOffset + lead, words);
  for (let i = 0; i < words; i++) if (((wide[i] as number) & 0x80808080) !== 0) return false;
  for (let i = lead + 4 * words; i < text.length; i++)
    if ((text[i] as number) >= 0x80) return false;
  return true;
}
