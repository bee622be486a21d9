/**
 * Reads a text that a detector put together from several stanzas, with the rules marked `metadata: joined yes`. What
 * stands in one part alone has fired with its own stanza; what counts here needs at least two of them: a match over a
 * border, or parts of a rule (a label and its value) on both sides of one. Runs rarely, so it may allocate.
 */
import type { Database } from 'hyperscan-js';
import { bufferId, type LimitValues } from '../core/index.ts';
import type { Rule } from '../rules/index.ts';
import { foldText } from '../xmpp/index.ts';
import type { ComposedText } from './detector.ts';
import type { Evidence } from './evidence.ts';
import type { ExpressionPool } from './expression-pool.ts';
import type { CompiledRule, MatchPlan } from './plan.ts';
import { RegionIndex } from './region-index.ts';
import { RuleVerifier, type Hit } from './rule-verifier.ts';
import { StanzaScan } from './stanza-scan.ts';

const TEXT = bufferId('xmpp.text');
const FOLDED = bufferId('xmpp.text_folded');
const BODY = bufferId('xmpp.body');
const REGION_WORDS = 3;
/** Folding is costly, and what it is for (numbers in other alphabets) is short. */
const MOST_FOLDED_BYTES = 512;
/** Of the work one stanza may cost, what one composed text may: there are several for a stanza. */
const SHARE_OF_WORK = 4;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A rule that matched over a border. Owns its bytes. */
export interface ComposedHit {
  readonly compiled: CompiledRule;
  readonly evidence: Evidence;
  /** Where what matched begins and ends in the composed text. */
  readonly start: number;
  readonly end: number;
}

/** A text as it is read: itself and its folded form in one memory, with their borders. */
interface Reading {
  readonly memory: Uint8Array;
  readonly regions: Uint32Array;
  readonly regionCount: number;
  /** By region: where parts begin and end there, both ends of the region among them. */
  readonly edges: readonly (readonly number[])[];
}

/** Is the rule about text alone, and wants it joined? What it matches must be a secret: it is hidden as a whole. */
function readsJoined(rule: Rule): boolean {
  return (
    rule.isSecret &&
    rule.proto === 'xmpp' &&
    (rule.metadata.get('joined')?.includes('yes') ?? false) &&
    rule.terms.every(({ buffer }) => buffer === TEXT || buffer === FOLDED || buffer === BODY)
  );
}

export class ComposedReader {
  /** The latest text was not looked at to its end: it would have cost too much. */
  isCapped = false;
  readonly #plan: MatchPlan;
  readonly #databases: readonly Database[];
  readonly #limits: LimitValues;
  readonly #joined: ReadonlySet<number>;
  readonly #regions = new RegionIndex();
  readonly #verifier: RuleVerifier;
  /** Made when the first text comes: most sensors need none for hours. */
  #scan: StanzaScan | undefined;

  constructor(
    plan: MatchPlan,
    databases: readonly Database[],
    pool: ExpressionPool,
    limits: LimitValues,
  ) {
    this.#plan = plan;
    this.#databases = databases;
    this.#limits = limits;
    this.#joined = new Set(
      plan.rules.filter(({ rule }) => readsJoined(rule)).map(({ index }) => index),
    );
    this.#verifier = new RuleVerifier(pool, this.#regions, limits.detectSpansPerTerm);
  }

  read(text: ComposedText): ComposedHit[] {
    this.isCapped = false;
    if (this.#joined.size === 0) return [];
    const reading = readingOf(text);
    const candidates = this.#select(reading).filter((index) => this.#joined.has(index));
    const hits: ComposedHit[] = [];
    if (candidates.length === 0) return hits;
    this.#verifier.begin(this.#limits.detectWorkPerStanza / SHARE_OF_WORK);
    for (const index of candidates) {
      const compiled = this.#plan.rules[index] as CompiledRule;
      this.#lookAt(reading, 0, Infinity);
      if (!this.#verifier.fires(compiled)) continue;
      const span = this.#spanOver(compiled, reading);
      if (span !== undefined) hits.push({ compiled, evidence: evidenceOf(text, span), ...span });
    }
    this.isCapped = this.#verifier.isCapped;
    return hits;
  }

  close(): void {
    this.#scan?.close();
  }

  #select({ memory, regions, regionCount }: Reading): number[] {
    const { detectMatchesPerStanza: matches, detectRegionsPerStanza } = this.#limits;
    const limits = { matches, regions: detectRegionsPerStanza };
    const scan = (this.#scan ??= new StanzaScan(this.#plan, this.#databases, 0, limits));
    scan.begin();
    scan.scan(memory, regions, regionCount);
    return [...scan.candidates.subarray(0, scan.candidateCount)].sort((a, b) => a - b);
  }

  /** Shows the verifier the parts from `first` to `last`, both included. */
  #lookAt(reading: Reading, first: number, last: number): void {
    const regions = reading.regions.slice();
    reading.edges.forEach((edges, i) => {
      const from = edges[first] ?? 0;
      const to = edges[Math.min(last + 1, edges.length - 1)] ?? 0;
      regions[REGION_WORDS * i + 1] = from;
      regions[REGION_WORDS * i + 2] = to - from;
    });
    const view = { memory: reading.memory, regions, regionCount: reading.regionCount };
    this.#regions.build(view, reading.regionCount, NO_BYTES, NO_REGIONS, 0);
  }

  /** What of the text the rule needs; undefined when it is content with one part alone. */
  #spanOver(
    compiled: CompiledRule,
    reading: Reading,
  ): { readonly start: number; readonly end: number } | undefined {
    const whole = this.#verifier.gather(compiled);
    const parts = (reading.edges[0]?.length ?? 1) - 1;
    for (let part = 0; part < parts; part++) {
      this.#lookAt(reading, part, part);
      if (this.#verifier.fires(compiled)) return undefined;
    }
    const over = spansOver(whole, reading);
    if (over !== undefined) return over;
    // What completes it stands behind what matched (a key behind its first line) or before it (a label).
    const end = reading.edges[0]?.at(-1) ?? 0;
    const starts = whole.places.flatMap(({ region, spans }) =>
      reading.edges[region]?.[0] === 0 ? (spans[0] ?? 0) : 0,
    );
    return { start: Math.min(end, ...starts), end };
  }
}

const NO_BYTES = new Uint8Array(0);
const NO_REGIONS = new Uint32Array(0);

/** Matches that reach over a border, from the first to the last of them, in the text itself. */
function spansOver(
  { places }: Hit,
  { edges }: Reading,
): { readonly start: number; readonly end: number } | undefined {
  let start = Infinity;
  let end = 0;
  for (const { region, spans } of places) {
    const own = edges[region] ?? [];
    const base = own[0] ?? 0;
    const inner = own.slice(1, -1).map((edge) => edge - base);
    for (let i = 0; i < spans.length; i += 2) {
      const [from, to] = [spans[i] as number, spans[i + 1] as number];
      const isOver = inner.some((border) => from < border && border < to);
      if (!isOver) continue;
      // Folding changes lengths: there the parts it touches are hidden as they stand.
      const [first, last] =
        base === 0 ? [from, to] : partsAround(base + from, base + to, own, edges[0]);
      start = Math.min(start, first);
      end = Math.max(end, last);
    }
  }
  return start < end ? { start, end } : undefined;
}

/** From the beginning of the part `from` lies in to the end of the one `to` lies in, told by other edges. */
function partsAround(
  from: number,
  to: number,
  edges: readonly number[],
  own: readonly number[] = [],
): readonly [number, number] {
  const first = Math.max(
    0,
    edges.findLastIndex((edge) => edge <= from),
  );
  const last = edges.findIndex((edge) => edge >= to);
  return [own[first] ?? 0, own[last < 0 ? own.length - 1 : last] ?? 0];
}

function readingOf({ bytes, length, borders }: ComposedText): Reading {
  const edges = [0, ...borders, length];
  const parts = edges.slice(1).map((end, i) => bytes.subarray(edges[i] as number, end));
  const isOwnFold =
    length > MOST_FOLDED_BYTES || parts.every((part) => part.every((byte) => byte < 0x80));
  const folded = isOwnFold
    ? []
    : parts.map((part) => encoder.encode(foldText(decoder.decode(part))));
  const foldedEdges = isOwnFold ? edges : edgesFrom(length, folded);
  const foldedStart = foldedEdges[0] as number;
  const foldedLength = (foldedEdges.at(-1) as number) - foldedStart;
  const memory = new Uint8Array(isOwnFold ? length : length + foldedLength);
  memory.set(bytes.subarray(0, length));
  folded.forEach((part, i) => {
    memory.set(part, foldedEdges[i]);
  });
  const regions = Uint32Array.of(
    ...[TEXT, 0, length],
    ...[FOLDED, foldedStart, foldedLength],
    ...[BODY, 0, length],
  );
  return { memory, regions, regionCount: 3, edges: [edges, foldedEdges, edges] };
}

function edgesFrom(start: number, parts: readonly Uint8Array[]): number[] {
  const edges = [start];
  for (const part of parts) edges.push((edges.at(-1) as number) + part.length);
  return edges;
}

function evidenceOf(
  { bytes, length }: ComposedText,
  { start, end }: { readonly start: number; readonly end: number },
): Evidence {
  const match = { buffer: BODY, region: 0, offset: start, length: end - start };
  return {
    buffer: BODY,
    region: 0,
    evidence: bytes.slice(0, length),
    evidenceOffset: 0,
    matches: [match],
    secrets: [{ offset: start, length: end - start }],
  };
}
