/**
 * From matched bytes to evidence that may leave the sensor (threats.md section 0.1, gate 6): an excerpt around the
 * first match in which every secret is masked, and for each match its place, its mask and a keyed hash.
 *
 * Masking comes before cutting: a secret cut in half is no longer recognised as one.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { BUFFERS, bufferId } from '../core/index.ts';
import type { Finding, FindingMatch, SecretSpan } from '../detect/index.ts';
import { maskPassword, maskValue, redactText } from './redact.ts';
import { factsOf } from './rule-facts.ts';
import type { SecretShape } from './secret-shapes.ts';
import type { AlertRecord, EvidenceMatch } from './types.ts';

type Evidence = NonNullable<AlertRecord['evidence']>;

/** Text around the first match that is looked at, in bytes; the excerpt is cut from it. */
const BYTES_BEFORE = 8 * 1024;
const BYTES_BEHIND = 8 * 1024;
/** Hidden at an edge the sensor itself cut: half a secret there would not be recognised. */
const EDGE_CHARS = 128;
/** How far a secret is widened over the characters tokens are made of. */
const WIDEN_BYTES = 256;
const MATCH_CHARS = 128;
const WITHHELD = '********';

/** Buffers that hold names and addresses, never what somebody wrote or a login carries. */
const NAME_BUFFERS: ReadonlySet<number> = new Set(
  (
    [
      'xmpp.kind',
      'xmpp.type',
      'xmpp.from',
      'xmpp.to',
      'xmpp.from_domain',
      'xmpp.to_domain',
      'xmpp.resource',
      'xmpp.ns',
      'xmpp.stream_header',
      'xmpp.sasl_mechanism',
      'xmpp.sasl_user',
      'xmpp.client',
      'xmpp.room',
    ] as const
  ).map((name) => bufferId(name)),
);
/** First-level elements (SASL, SASL2, XEP-0114) and child namespaces whose text is a credential. */
const CREDENTIAL_ELEMENTS: ReadonlySet<string> = new Set([
  'auth',
  'authenticate',
  'response',
  'challenge',
  'success',
  'handshake',
]);
const CREDENTIAL_NAMESPACES: ReadonlySet<string> = new Set([
  'jabber:iq:auth',
  'jabber:iq:register',
]);
const RAW_STREAM = bufferId('stream');
/** What the sensor writes there itself, in hex: nothing to hide, and what an analyst looks up elsewhere. */
const HASHES: ReadonlySet<number> = new Set([bufferId('file.sha256'), bufferId('file.md5')]);
/** Detections whose matches are passwords: not even their ends are shown. */
const PASSWORD_DETECTIONS: ReadonlySet<string> = new Set(['dlp-password', 'dlp-connstring']);

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class EvidenceBuilder {
  readonly #key: KeyObject;
  readonly #excerptChars: number;

  /** `key`: of the keyed hashes; `excerptChars`: longest excerpt, in UTF-16 units. */
  constructor(key: Uint8Array, excerptChars: number) {
    this.#key = createSecretKey(key);
    this.#excerptChars = excerptChars;
  }

  /** Undefined when the finding rests on no text. */
  build(finding: Finding): Evidence | undefined {
    if (finding.buffer < 0) return undefined;
    const buffer = BUFFERS[finding.buffer];
    if (buffer === undefined) return undefined;
    const matches = finding.matches
      .filter((match) => isInEvidence(finding, match))
      .map((match) => ({ match, start: match.offset - finding.evidenceOffset }));
    if (isCredentialText(finding.buffer, finding.stanza)) {
      return {
        buffer,
        excerpt: '',
        matches: matches.map(({ match, start }) => this.#describe(finding, match, start, true)),
      };
    }
    if (isHashText(finding.buffer)) {
      const hash = decoder.decode(finding.evidence);
      return {
        buffer,
        excerpt: hash,
        matches: matches.map(({ match, start }) => ({
          ...this.#describe(finding, match, start, false),
          masked: hash,
        })),
      };
    }
    return {
      buffer,
      excerpt: this.#excerpt(finding, matches[0]?.start ?? 0),
      matches: matches.map(({ match, start }) => this.#describe(finding, match, start, false)),
    };
  }

  #describe(
    finding: Finding,
    match: FindingMatch,
    start: number,
    isWithheld: boolean,
  ): EvidenceMatch {
    const bytes = finding.evidence.subarray(start, start + match.length);
    const span = { offset: start, length: match.length };
    const isHidden = finding.secrets.some((secret) => isOverlap(secret, span));
    const isSecret = finding.rule.isSecret || isHidden;
    let masked = WITHHELD;
    // In raw bytes what is hidden may be anything, a login too: not even its ends are shown.
    if (!isWithheld && !(isHidden && finding.buffer === RAW_STREAM)) {
      const text = decoder.decode(bytes.subarray(0, MATCH_CHARS * 4));
      masked = isSecret ? maskMatch(finding, text) : redactText(text);
    }
    return {
      offset: match.offset,
      length: match.length,
      masked: cutText(masked, MATCH_CHARS),
      hmac: createHmac('sha256', this.#key).update(bytes).digest('hex').slice(0, 32),
    };
  }

  #excerpt(finding: Finding, matchStart: number): string {
    const { evidence } = finding;
    const from = Math.max(0, matchStart - BYTES_BEFORE);
    const to = Math.min(evidence.length, matchStart + BYTES_BEHIND);
    const { text, known, at } = this.#decodeWindow(finding, from, to, matchStart);
    const masked = redactText(text, known);
    if (masked.length <= this.#excerptChars) return masked;
    const before = known.filter((shape) => shape.end <= at);
    const matchAt = redactText(text.slice(0, at), before).length;
    return cutAround(masked, matchAt, this.#excerptChars);
  }

  /** The bytes from `from` to `to` as text, the known secrets and the first match in UTF-16 units of it. */
  #decodeWindow(
    finding: Finding,
    from: number,
    to: number,
    matchStart: number,
  ): { text: string; known: SecretShape[]; at: number } {
    const spans = secretSpans(finding)
      .map((span) => ({ ...span, end: Math.min(to, span.offset + span.length) }))
      .filter((span) => span.offset < to && span.end > from);
    const seams = spans.flatMap((span) => [Math.max(from, span.offset), span.end]);
    seams.push(from, matchStart, to);
    seams.sort((a, b) => a - b);
    // Decoded piece by piece: then every seam has a place in the text, also inside a broken character.
    const units = new Map<number, number>();
    let text = '';
    let last = from;
    for (const seam of seams) {
      text += decoder.decode(finding.evidence.subarray(last, seam));
      units.set(seam, text.length);
      last = seam;
    }
    const known = spans.map((span): SecretShape => {
      const start = units.get(Math.max(from, span.offset)) ?? 0;
      const end = units.get(span.end) ?? text.length;
      return span.isOwn ? hiddenPart(finding, text.slice(start, end), start) : whole(start, end);
    });
    if (from > 0 || finding.evidenceOffset > 0) known.push(whole(0, EDGE_CHARS));
    if (to < finding.evidence.length) known.push(whole(text.length - EDGE_CHARS, text.length));
    return { text, known, at: units.get(matchStart) ?? 0 };
  }
}

interface KnownSpan extends SecretSpan {
  /** Matched by the rule of the finding; others are hidden as a whole. */
  readonly isOwn: boolean;
}

function whole(start: number, end: number): SecretShape {
  return { start, end, isWhole: true };
}

/** A match of a secret rule as it may be shown. */
function maskMatch(finding: Finding, text: string): string {
  const isPassword = PASSWORD_DETECTIONS.has(factsOf(finding.rule).detection);
  return isPassword ? maskPassword(text) : maskValue(text);
}

/** What of a secret of this rule is hidden: all behind its label, or all but its ends. */
function hiddenPart(finding: Finding, value: string, start: number): SecretShape {
  const masked = maskMatch(finding, value);
  const end = start + value.length;
  if (!masked.endsWith(WITHHELD)) return { start, end, isWhole: false };
  const label = masked.slice(0, -WITHHELD.length);
  return whole(start + (value.startsWith(label) ? label.length : 0), end);
}

function isOverlap(a: SecretSpan, b: SecretSpan): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

function isInEvidence(finding: Finding, match: FindingMatch): boolean {
  const start = match.offset - finding.evidenceOffset;
  return (
    match.buffer === finding.buffer &&
    match.region === finding.region &&
    start >= 0 &&
    start + match.length <= finding.evidence.length
  );
}

/** Does the buffer hold what the sensor worked out itself? Nothing of it is hidden. */
export function isHashText(buffer: number): boolean {
  return HASHES.has(buffer);
}

/** Does the buffer hold what a login carries? Then nothing of it is shown. */
export function isCredentialText(
  buffer: number,
  { name, ns }: Pick<Finding['stanza'], 'name' | 'ns'>,
): boolean {
  if (NAME_BUFFERS.has(buffer)) return false;
  return CREDENTIAL_ELEMENTS.has(name) || ns.some((uri) => CREDENTIAL_NAMESPACES.has(uri));
}

/** Secrets of the evidence, the matches of a `secret` rule among them: widened, sorted, merged. */
function secretSpans(finding: Finding): readonly KnownSpan[] {
  const own = !finding.rule.isSecret
    ? []
    : finding.matches
        .filter((match) => isInEvidence(finding, match))
        .map((match) => ({
          offset: match.offset - finding.evidenceOffset,
          length: match.length,
          isOwn: true,
        }));
  const others = finding.secrets
    .filter((secret) => !own.some((match) => isOverlap(secret, match)))
    .map((secret) => ({ ...secret, isOwn: false }));
  const spans = [...own, ...others].map((span) => widen(finding.evidence, span));
  spans.sort((a, b) => a.offset - b.offset);
  const merged: KnownSpan[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && span.offset < last.offset + last.length) {
      const end = Math.max(last.offset + last.length, span.offset + span.length);
      const isOwn = last.isOwn && span.isOwn;
      merged[merged.length - 1] = { offset: last.offset, length: end - last.offset, isOwn };
    } else merged.push(span);
  }
  return merged;
}

/** A pattern may match a prefix of a token only: what follows without a break belongs to it. */
function widen(bytes: Uint8Array, span: KnownSpan): KnownSpan {
  let start = Math.max(0, Math.min(span.offset, bytes.length));
  let end = Math.min(bytes.length, span.offset + span.length);
  const lowest = Math.max(0, start - WIDEN_BYTES);
  const highest = Math.min(bytes.length, end + WIDEN_BYTES);
  while (start > lowest && isTokenByte(bytes[start - 1] as number)) start--;
  while (end < highest && (isTokenByte(bytes[end] as number) || bytes[end] === 0x3d)) end++;
  return { offset: start, length: end - start, isOwn: span.isOwn };
}

/** Letters, digits, `+ / _ -` and everything beyond ASCII. */
function isTokenByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2f ||
    byte === 0x5f ||
    byte >= 0x80
  );
}

/** At most `length` UTF-16 units, an ellipsis in place of what was cut. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${wholePairs(text.slice(0, length - 1))}…`;
}

/** `length` UTF-16 units of a longer text with position `at` about a third from their start. */
function cutAround(text: string, at: number, length: number): string {
  const start = Math.max(0, Math.min(at - Math.floor(length / 3), text.length - length));
  if (start === 0) return cutText(text, length);
  const rest = text.slice(start + 1);
  return `…${cutText(wholePairs(rest), length - 1)}`;
}

/** Without the half of a surrogate pair that a cut left at either end. */
function wholePairs(text: string): string {
  return text.replace(/^[\udc00-\udfff]/, '').replace(/[\ud800-\udbff]$/, '');
}
