/**
 * What an alert of a stream rule shows: some bytes around the match, and which of them are hidden.
 * Runs only when such a rule is told.
 */
import { allPlaces, joinSpans, type Evidence } from './evidence.ts';
import { lowerCase } from './plan.ts';
import { STREAM_BUFFER } from './stream-plan.ts';
import type { StreamBytes, StreamHit, StreamSpan } from './stream-inspector.ts';
import { hiddenText } from './stream-markup.ts';

const MAX_MATCHES = 64;
/** Bytes shown before the first match and behind the last: an excerpt's length and the hidden edge. */
const MARGIN = 640;
/** Where this room cuts, half a secret may stand: so much is hidden. */
const EDGE_BYTES = 128;
/** Secrets remembered of a flow, and bytes kept of each. */
const MAX_SECRETS = 32;
const MAX_SECRET_BYTES = 1024;
const MIN_SECRET_BYTES = 4;

const NO_BYTES = new Uint8Array(0);

/** Texts that rules marked as secret, by flow: they must not show in the raw bytes either. */
export class StreamSecrets {
  /** In lower case. */
  readonly #byFlow = new Map<number, Uint8Array[]>();

  remember(flow: number, text: Uint8Array): void {
    if (text.length < MIN_SECRET_BYTES) return;
    const secret = lowerCase(text.slice(0, MAX_SECRET_BYTES));
    const known = this.#byFlow.get(flow);
    if (known === undefined) this.#byFlow.set(flow, [secret]);
    else if (!known.some((other) => Buffer.compare(other, secret) === 0)) {
      if (known.length >= MAX_SECRETS) known.shift();
      known.push(secret);
    }
  }

  forget(flow: number): void {
    this.#byFlow.delete(flow);
  }

  of(flow: number): readonly Uint8Array[] {
    return this.#byFlow.get(flow) ?? [];
  }
}

/** Evidence of a hit: bytes around it, with everything hidden that is not known to be harmless. */
export function streamEvidence(
  hit: StreamHit,
  bytes: StreamBytes,
  secrets: readonly Uint8Array[],
): Evidence {
  const window = bytes.memory.subarray(bytes.offset, bytes.offset + bytes.end - bytes.base);
  const spans = hit.spans.slice(0, MAX_MATCHES);
  const first = spans[0]?.start ?? bytes.end;
  const last = spans.reduce((end, span) => Math.max(end, span.end), first);
  const from = Math.max(0, first - bytes.base - MARGIN);
  const to = Math.min(window.length, last - bytes.base + MARGIN);
  const place = {
    buffer: STREAM_BUFFER,
    region: 0,
    evidenceOffset: bytes.base + from,
    matches: spans.map(({ start, end }) => ({
      buffer: STREAM_BUFFER,
      region: 0,
      offset: start,
      length: end - start,
    })),
  };
  const evidence = window.slice(from, to);
  const found = secretPlaces(evidence, secrets);
  if (found === undefined) return { ...place, evidence: NO_BYTES, secrets: [] };
  const contents = spans.filter(({ isContent }) => isContent);
  for (const { start, end, isCredential } of hiddenText(window, bytes.isStart)) {
    const pieces = isCredential ? [[start, end] as const] : without(start, end, contents, bytes);
    for (const [a, b] of pieces) {
      if (b > from && a < to) found.push([Math.max(a, from) - from, Math.min(b, to) - from]);
    }
  }
  if (to < window.length) found.push([Math.max(0, evidence.length - EDGE_BYTES), evidence.length]);
  if (from > 0) found.push([0, Math.min(EDGE_BYTES, evidence.length)]);
  return { ...place, evidence, secrets: joinSpans(found) };
}

/** [start, end) of the window without what contents matched: it stands in the rule. */
function without(
  start: number,
  end: number,
  contents: readonly StreamSpan[],
  bytes: StreamBytes,
): (readonly [number, number])[] {
  const pieces: (readonly [number, number])[] = [];
  let at = start;
  for (const span of contents) {
    const from = span.start - bytes.base;
    const to = span.end - bytes.base;
    if (to <= at || from >= end) continue;
    if (from > at) pieces.push([at, from]);
    at = Math.max(at, to);
  }
  if (at < end) pieces.push([at, end]);
  return pieces;
}

/** Where the secrets stand; undefined when one is there in other words, so that it cannot be cut out. */
function secretPlaces(
  evidence: Uint8Array,
  secrets: readonly Uint8Array[],
): [number, number][] | undefined {
  if (secrets.length === 0) return [];
  const found: [number, number][] = [];
  let readings: Uint8Array[] | undefined;
  for (const secret of secrets) {
    const places = allPlaces(evidence, secret);
    found.push(...places);
    if (places.length > 0) continue;
    readings ??= readingsOf(evidence);
    if (readings.some((reading) => allPlaces(reading, secret).length > 0)) return undefined;
  }
  return found;
}

const REFERENCE = /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g;
const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

/** The text with its references resolved and comments dropped, and the same without its tags. */
function readingsOf(evidence: Uint8Array): Uint8Array[] {
  const text = Buffer.from(evidence)
    .toString('utf8')
    .replace(/<!--(?:[^-]|-(?!->))*-->|<!\[CDATA\[|\]\]>/g, '');
  const resolve = (markup: string): Uint8Array => Buffer.from(markup.replace(REFERENCE, reference));
  return [resolve(text), resolve(text.replace(/<[^<>]*>/g, ''))];
}

function reference(
  all: string,
  decimal: string | undefined,
  hexadecimal: string | undefined,
  name: string | undefined,
): string {
  if (name !== undefined) return NAMED[name] ?? all;
  const code = parseInt(decimal ?? hexadecimal ?? '', decimal === undefined ? 16 : 10);
  return code <= 0x10ffff ? String.fromCodePoint(code) : all;
}
