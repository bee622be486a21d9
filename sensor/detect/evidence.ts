/**
 * Findings from hits: copies the text an alert shows and says which parts of it are secret. Runs
 * only when a rule fired.
 */
import { bufferId, hasInvisible } from '../core/index.ts';
import type { StanzaView } from '../xmpp/index.ts';
import { lowerCase } from './plan.ts';
import type { RegionIndex } from './region-index.ts';
import type { Hit, Place } from './rule-verifier.ts';
import { findBytes } from './search.ts';
import type { Finding, FindingMatch, SecretSpan } from './types.ts';

const MAX_MATCHES = 64;
const MAX_EVIDENCE_BYTES = 64 * 1024;
/** Text kept before the first match. */
const LEAD_BYTES = 16 * 1024;
/** Shorter ones stand everywhere by chance; where they matched they are masked all the same. */
const MIN_SECRET_BYTES = 4;
/** Secrets looked for in texts other than their own. */
const MAX_SECRETS = 256;

const RAW_STANZA = bufferId('xmpp.stanza');

/** The part of a Finding that is about text. */
export type Evidence = Pick<
  Finding,
  'buffer' | 'region' | 'evidence' | 'evidenceOffset' | 'matches' | 'secrets'
>;

const NO_BYTES = new Uint8Array(0);

export const NO_EVIDENCE: Evidence = {
  buffer: -1,
  region: -1,
  evidence: NO_BYTES,
  evidenceOffset: 0,
  matches: [],
  secrets: [],
};

/** The text of a stanza that must not be shown: what rules marked `secret` matched. */
class StanzaSecrets {
  readonly #regions: RegionIndex;
  /** Stretches of memory: with aliased buffers the same bytes are several regions. */
  #spans: { memory: Uint8Array; start: number; end: number }[] = [];
  /** Some are not known: nothing may be shown. */
  #isPartial = false;

  constructor(regions: RegionIndex) {
    this.#regions = regions;
  }

  clear(): void {
    if (this.#spans.length > 0) this.#spans = [];
    this.#isPartial = false;
  }

  add(hit: Hit): void {
    if (!hit.compiled.rule.isSecret) return;
    this.#isPartial ||= hit.isPartial;
    for (const { region, spans } of hit.places) {
      const memory = this.#regions.memoryOf(region);
      const base = this.#regions.offsets[region] as number;
      for (let i = 0; i < spans.length; i += 2) {
        const start = base + (spans[i] as number);
        this.#spans.push({ memory, start, end: base + (spans[i + 1] as number) });
      }
    }
  }

  /** A stretch of memory that is a secret, or part of one that another stanza began. */
  addSpan(memory: Uint8Array, start: number, end: number): void {
    if (start < end) this.#spans.push({ memory, start, end });
  }

  /** The secrets, as far as they are known. */
  texts(): Uint8Array[] {
    return this.#spans.map(({ memory, start, end }) => memory.subarray(start, end));
  }

  /**
   * Secret stretches of a copy of `memory[start .. start + copy.length)`: sorted, joined, as
   * offsets in the copy. Undefined when it cannot be told: then the text must not be shown.
   */
  within(
    copy: Uint8Array,
    memory: Uint8Array,
    start: number,
    buffer: number,
  ): SecretSpan[] | undefined {
    if (this.#isPartial) return undefined;
    const found: [number, number][] = [];
    const elsewhere = new Map<string, Uint8Array>();
    for (const span of this.#spans) {
      const from = Math.max(0, span.start - start);
      const to = Math.min(copy.length, span.end - start);
      if (span.memory === memory && from < to) found.push([from, to]);
      else {
        const bytes = lowerCase(span.memory.subarray(span.start, span.end));
        if (bytes.length >= MIN_SECRET_BYTES) {
          elsewhere.set(Buffer.from(bytes).toString('latin1'), bytes);
        }
      }
    }
    if (elsewhere.size > MAX_SECRETS) return undefined;
    for (const bytes of elsewhere.values()) {
      const places = allPlaces(copy, bytes);
      // Written with references in raw XML, or with invisible characters: it may be there, but is not found.
      if (places.length === 0 && (buffer === RAW_STANZA || hasInvisible(copy))) return undefined;
      found.push(...places);
    }
    return joinSpans(found);
  }
}

/** Everywhere `bytes` (in lower case) stand in `text`, ASCII case aside. */
export function allPlaces(text: Uint8Array, bytes: Uint8Array): [number, number][] {
  const places: [number, number][] = [];
  const last = text.length - bytes.length;
  let at = findBytes(text, bytes, true, 0, last);
  while (at >= 0) {
    places.push([at, at + bytes.length]);
    at = findBytes(text, bytes, true, at + bytes.length, last);
  }
  return places;
}

/** Stretches [start, end) sorted, overlapping ones as one. */
export function joinSpans(spans: [number, number][]): SecretSpan[] {
  spans.sort((a, b) => a[0] - b[0]);
  const joined: { offset: number; length: number }[] = [];
  for (const [start, end] of spans) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.offset + last.length) {
      last.length = Math.max(last.length, end - last.offset);
    } else joined.push({ offset: start, length: end - start });
  }
  return joined;
}

/** Builds evidence for the stanza in hand. */
export class EvidenceBuilder {
  readonly secrets: StanzaSecrets;
  readonly #regions: RegionIndex;

  constructor(regions: RegionIndex) {
    this.#regions = regions;
    this.secrets = new StanzaSecrets(regions);
  }

  /** Evidence of a rule that fired: the region its evidence group held in first. */
  ofHit(hit: Hit): Evidence {
    const { evidenceGroup } = hit.compiled;
    const main = hit.places.find(({ group }) => group === evidenceGroup) ?? hit.places[0];
    if (main === undefined) return NO_EVIDENCE;
    const here = this.#matchesOf(main).sort((a, b) => a.offset - b.offset || b.length - a.length);
    const others = hit.places.filter((place) => place !== main);
    const elsewhere = others
      .slice(0, MAX_MATCHES)
      .flatMap((place) => this.#matchesOf(place).slice(0, MAX_MATCHES));
    const matches = [...here, ...elsewhere].slice(0, MAX_MATCHES);
    return { ...this.ofRegion(main.region, here[0]?.offset ?? 0), matches };
  }

  /** Evidence without matches: the text of a region, from around `focus` on. */
  ofRegion(region: number, focus: number): Evidence {
    // A detector may name a region behind the limit of those that are indexed.
    if (region >= this.#regions.count) return NO_EVIDENCE;
    const memory = this.#regions.memoryOf(region);
    const base = this.#regions.offsets[region] as number;
    const length = this.#regions.lengths[region] as number;
    const from = alignForward(memory, base, Math.max(0, focus - LEAD_BYTES), length);
    const to = alignBack(memory, base, Math.min(length, from + MAX_EVIDENCE_BYTES), length);
    const evidence = memory.slice(base + from, base + to);
    const buffer = this.#regions.buffers[region] as number;
    const place = { buffer, region: this.#regions.ordinals[region] as number, matches: [] };
    const secrets = this.secrets.within(evidence, memory, base + from, buffer);
    if (secrets === undefined) {
      return { ...place, evidence: NO_BYTES, evidenceOffset: from, secrets: [] };
    }
    return { ...place, evidence, evidenceOffset: from, secrets };
  }

  #matchesOf({ region, spans }: Place): FindingMatch[] {
    const buffer = this.#regions.buffers[region] as number;
    const ordinal = this.#regions.ordinals[region] as number;
    const matches: FindingMatch[] = [];
    for (let i = 0; i < spans.length; i += 2) {
      const offset = spans[i] as number;
      matches.push({ buffer, region: ordinal, offset, length: (spans[i + 1] as number) - offset });
    }
    return matches;
  }
}

/** Not into the middle of a UTF-8 character. */
function alignForward(memory: Uint8Array, base: number, at: number, length: number): number {
  let to = at;
  while (to > 0 && to < length && to < at + 3 && isContinuation(memory[base + to] as number)) to++;
  return to;
}

function alignBack(memory: Uint8Array, base: number, at: number, length: number): number {
  let to = at;
  while (to < length && to > at - 3 && isContinuation(memory[base + to] as number)) to--;
  return to;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** What identifies the stanza in a finding. Strings are made here and nowhere before. */
export function stanzaOf(view: StanzaView): Finding['stanza'] {
  return {
    serial: view.serial,
    name: view.name,
    type: view.type,
    id: view.id,
    from: view.from,
    to: view.to,
    ns: [...view.namespaces()],
    isCopy: view.isCopy,
  };
}
