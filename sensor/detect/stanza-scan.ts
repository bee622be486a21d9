/**
 * The one native call per stanza: its regions against the databases of the plan. Out come the
 * rules whose fast pattern was found, the literals of detectors, and the texts that may hold a link.
 *
 * Hot path: runs for every stanza, allocates only to grow (a stanza with more regions or matches
 * than any before it), and never beyond the limits.
 */
import type { Database } from 'hyperscan-js';
import { MATCH_WORDS, Scanner } from 'hyperscan-js';
import { DETECTOR_MATCH_WORDS } from './detector.ts';
import { PATTERN, type MatchPlan } from './plan.ts';

const REGION_WORDS = 3;
/** Buffers of a family, at most; width of a row of `#regionOf`. */
const FAMILY_WIDTH = 8;
const FIRST_ENTRIES = 64;
/** How far back an equal region is looked for. */
const NEARBY_ENTRIES = 16;
const FIRST_MATCHES = 1024;

/** What detectors get: triples of [region, literal, end]. */
class LiteralMatches {
  words = new Uint32Array(DETECTOR_MATCH_WORDS * 64);
  count = 0;
  /** Matches came out of order: libhs promises none across expressions that end together. */
  isSorted = true;

  add(region: number, literal: number, end: number): void {
    const at = this.count * DETECTOR_MATCH_WORDS;
    if (at + DETECTOR_MATCH_WORDS > this.words.length) {
      const words = new Uint32Array(this.words.length * 2);
      words.set(this.words);
      this.words = words;
    }
    if (this.count > 0) {
      const before = at - DETECTOR_MATCH_WORDS;
      const lastRegion = this.words[before] as number;
      if (
        region < lastRegion ||
        (region === lastRegion && end < (this.words[before + 2] as number))
      )
        this.isSorted = false;
    }
    this.words[at] = region;
    this.words[at + 1] = literal;
    this.words[at + 2] = end;
    this.count++;
  }

  /** By region, then by end. Rarely needed. */
  sort(): void {
    if (this.isSorted) return;
    const order = Array.from({ length: this.count }, (_, i) => i * DETECTOR_MATCH_WORDS);
    const word = (at: number): number => this.words[at] as number;
    order.sort((a, b) => word(a) - word(b) || word(a + 2) - word(b + 2) || a - b);
    const sorted = new Uint32Array(this.words.length);
    order.forEach((from, i) => {
      sorted.set(this.words.subarray(from, from + DETECTOR_MATCH_WORDS), i * DETECTOR_MATCH_WORDS);
    });
    this.words = sorted;
    this.isSorted = true;
  }

  clear(): void {
    this.count = 0;
    this.isSorted = true;
  }
}

export interface ScanLimits {
  readonly matches: number;
  readonly regions: number;
}

export class StanzaScan {
  /** Buffers that were there, one bit for each id. */
  presence = 0;
  /** Rules whose fast pattern was found, each once: candidates[0 .. candidateCount). */
  readonly candidates: Int32Array;
  candidateCount = 0;
  /** One for each detector. */
  readonly literals: readonly LiteralMatches[];
  /** Offset and length of texts that may hold a link: pairs [0 .. 2 * linkCount). */
  links = new Uint32Array(2 * FIRST_ENTRIES);
  linkCount = 0;
  /** Something was left out. */
  isCapped = false;

  readonly #plan: MatchPlan;
  readonly #scanner: Scanner;
  /** Scans what lies outside the memory of stanzas: a scanner is bound to one memory at a time. */
  readonly #linkScanner: Scanner;
  readonly #limits: ScanLimits;
  /** By rule: number of the stanza it last became a candidate in. */
  readonly #candidateIn: Float64Array;
  #stanza = 0;
  /** More than one buffer: equal regions are looked for. By family. */
  readonly #isShared: Uint8Array;
  /** Some list selects rules by this buffer. By buffer id. */
  readonly #isListed: Uint8Array;
  /** What is scanned: family, offset, length; which buffers of the family it is; their regions. */
  #table = new Uint32Array(REGION_WORDS * FIRST_ENTRIES);
  #bits = new Uint32Array(FIRST_ENTRIES);
  #regionOf = new Uint32Array(FAMILY_WIDTH * FIRST_ENTRIES);
  #entries = 0;
  /** Regions for the joined scan: their place in the region table. */
  #joined = new Uint32Array(FIRST_ENTRIES);
  #out = new Uint32Array(MATCH_WORDS * FIRST_MATCHES);
  /** Bound once: lists get the same function for every value. */
  readonly #onListed = (rules: Int32Array): void => {
    for (let i = 0; i < rules.length; i++) this.#addCandidate(rules[i] as number);
  };

  constructor(
    plan: MatchPlan,
    databases: readonly Database[],
    detectorCount: number,
    limits: ScanLimits,
  ) {
    this.#plan = plan;
    const { joined, patternBit } = plan;
    this.#scanner = new Scanner(databases, { joined, patterns: patternBit.length });
    this.#linkScanner = new Scanner(databases);
    this.#limits = limits;
    this.candidates = new Int32Array(plan.rules.length);
    this.#candidateIn = new Float64Array(plan.rules.length);
    this.#isShared = Uint8Array.from(plan.families, ({ buffers }) => (buffers.length > 1 ? 1 : 0));
    this.#isListed = Uint8Array.from(plan.listed, (lists) => (lists === undefined ? 0 : 1));
    this.literals = Array.from({ length: detectorCount }, () => new LiteralMatches());
  }

  /** Forget the stanza before. */
  begin(): void {
    this.#stanza++;
    this.presence = 0;
    this.candidateCount = 0;
    this.linkCount = 0;
    this.isCapped = false;
    for (const matches of this.literals) matches.clear();
  }

  /** Scan the regions of a stanza (contract of StanzaView.regions). */
  scan(memory: Uint8Array, regions: Uint32Array, count: number): void {
    this.#scanWith(this.#scanner, memory, regions, count);
  }

  /** Scan the links of its text. */
  scanLinks(memory: Uint8Array, regions: Uint32Array, count: number): void {
    this.#scanWith(this.#linkScanner, memory, regions, count);
  }

  #scanWith(scanner: Scanner, memory: Uint8Array, regions: Uint32Array, count: number): void {
    this.#collect(memory, regions, count);
    if (this.#entries === 0) return;
    let matches = scanner.scanRegions(memory, this.#table, this.#entries, this.#out);
    if (matches * MATCH_WORDS > this.#out.length) {
      if (matches > this.#limits.matches) this.isCapped = true;
      const wanted = Math.min(matches, this.#limits.matches);
      if (wanted * MATCH_WORDS > this.#out.length) {
        this.#out = new Uint32Array(wanted * MATCH_WORDS);
        scanner.scanRegions(memory, this.#table, this.#entries, this.#out);
      }
      matches = wanted;
    }
    const out = this.#out;
    const { patternBit, patternKind } = this.#plan;
    for (let at = 0; at < matches * MATCH_WORDS; at += MATCH_WORDS) {
      const entry = out[at] as number;
      const id = out[at + 1] as number;
      const bits = (patternBit[id] as number) & (this.#bits[entry] as number);
      if (bits === 0) continue;
      const kind = patternKind[id] as number;
      if (kind === PATTERN.rules) this.#addRules(id);
      else if (kind === PATTERN.detector) this.#addLiteral(id, entry, bits, out[at + 3] as number);
      else this.#addLink(entry);
    }
  }

  /** Rules without a fast pattern whose buffers are all there become candidates too. */
  addAlways(): void {
    const { always, rules } = this.#plan;
    for (let i = 0; i < always.length; i++) {
      const index = always[i] as number;
      const required = rules[index]?.requiredMask ?? 0;
      if ((this.presence & required) === required) this.#addCandidate(index);
    }
  }

  close(): void {
    this.#scanner.close();
    this.#linkScanner.close();
  }

  #collect(memory: Uint8Array, regions: Uint32Array, count: number): void {
    const { familyOf, bitOf, joinedBitOf } = this.#plan;
    const isListed = this.#isListed;
    let used = count;
    if (count > this.#limits.regions) {
      used = this.#limits.regions;
      this.isCapped = true;
    }
    if (2 * used > this.#bits.length) this.#growEntries(2 * used);
    this.#entries = 0;
    let joined = 0;
    let { presence } = this;
    for (let i = 0; i < used; i++) {
      const at = i * REGION_WORDS;
      const buffer = regions[at] as number;
      presence |= 1 << buffer;
      const family = familyOf[buffer] as number;
      const joinedBit = joinedBitOf[buffer] as number;
      if (family < 0 && joinedBit === 0 && isListed[buffer] === 0) continue;
      const offset = regions[at + 1] as number;
      const length = regions[at + 2] as number;
      if (length === 0) continue;
      if (joinedBit !== 0) this.#joined[joined++] = at;
      if (isListed[buffer] === 1) {
        this.#plan.listed[buffer]?.select(memory, offset, offset + length, this.#onListed);
      }
      if (family < 0) continue;
      const bit = bitOf[buffer] as number;
      const entry =
        this.#isShared[family] === 1
          ? this.#sharedEntry(family, offset, length)
          : this.#newEntry(family, offset, length);
      this.#bits[entry] = (this.#bits[entry] as number) | bit;
      this.#regionOf[entry * FAMILY_WIDTH + 31 - Math.clz32(bit)] = i;
    }
    this.presence = presence;
    for (let i = 0; i < joined; i++) this.#addJoined(regions, this.#joined[i] as number);
  }

  /** An entry for the joined scan: these stand side by side at the end of the table. */
  #addJoined(regions: Uint32Array, at: number): void {
    const { joined, joinedBitOf } = this.#plan;
    const entry = this.#newEntry(joined, regions[at + 1] as number, regions[at + 2] as number);
    this.#bits[entry] = joinedBitOf[regions[at] as number] as number;
  }

  #newEntry(family: number, offset: number, length: number): number {
    const entry = this.#entries++;
    const at = entry * REGION_WORDS;
    this.#table[at] = family;
    this.#table[at + 1] = offset;
    this.#table[at + 2] = length;
    this.#bits[entry] = 0;
    return entry;
  }

  /** The entry of an equal region of the same family, or a new one. */
  #sharedEntry(family: number, offset: number, length: number): number {
    const table = this.#table;
    // Equal regions stand close together: body, text and folded text of one element. One that is
    // missed is scanned twice and found twice, no more.
    const oldest = Math.max(0, this.#entries - NEARBY_ENTRIES);
    for (let entry = this.#entries - 1; entry >= oldest; entry--) {
      const at = entry * REGION_WORDS;
      const isEqual = table[at + 1] === offset && table[at + 2] === length && table[at] === family;
      if (isEqual) return entry;
    }
    return this.#newEntry(family, offset, length);
  }

  #growEntries(count: number): void {
    let capacity = this.#bits.length;
    while (capacity < count) capacity *= 2;
    this.#table = new Uint32Array(REGION_WORDS * capacity);
    this.#bits = new Uint32Array(capacity);
    this.#joined = new Uint32Array(capacity);
    this.#regionOf = new Uint32Array(FAMILY_WIDTH * capacity);
  }

  #addRules(id: number): void {
    const { ruleStart, ruleList } = this.#plan;
    const end = ruleStart[id + 1] as number;
    for (let i = ruleStart[id] as number; i < end; i++) this.#addCandidate(ruleList[i] as number);
  }

  #addCandidate(rule: number): void {
    if (this.#candidateIn[rule] === this.#stanza) return;
    this.#candidateIn[rule] = this.#stanza;
    this.candidates[this.candidateCount++] = rule;
  }

  #addLiteral(id: number, entry: number, bit: number, end: number): void {
    const detector = this.#plan.detectorOf[id] as number;
    const region = this.#regionOf[entry * FAMILY_WIDTH + 31 - Math.clz32(bit)] as number;
    this.literals[detector]?.add(region, this.#plan.literalOf[id] as number, end);
  }

  #addLink(entry: number): void {
    if (2 * this.linkCount + 2 > this.links.length) {
      const links = new Uint32Array(this.links.length * 2);
      links.set(this.links);
      this.links = links;
    }
    this.links[2 * this.linkCount] = this.#table[entry * REGION_WORDS + 1] as number;
    this.links[2 * this.linkCount + 1] = this.#table[entry * REGION_WORDS + 2] as number;
    this.linkCount++;
  }
}
