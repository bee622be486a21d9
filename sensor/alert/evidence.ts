/**
 * From matched bytes to evidence that may leave the sensor (threats.md section 0.1, gate 6): an excerpt around the
 * first match in which every secret is masked, and for each match its place, its mask and a keyed hash.
 *
 * Masking comes before cutting: a secret cut in half is no longer recognised as one.
 */
import { createHmac } from 'node:crypto';
import { BUFFERS, bufferId } from '../core/index.ts';
import type { Finding, FindingMatch, SecretSpan } from '../detect/index.ts';
import type { AlertRecord, EvidenceMatch } from './types.ts';

/** What masks text. Both are pure; alert/redact.ts has the ones the sensor uses. */
export interface Redactor {
  /** The text with everything that looks like a secret masked; the length may change. */
  readonly redactText: (text: string) => string;
  /** A value known to be a secret: ends kept where that is safe, the middle masked. */
  readonly maskValue: (value: string) => string;
}

type Evidence = NonNullable<AlertRecord['evidence']>;

/** Text around the first match that is looked at, in bytes; the excerpt is cut from it. */
const BYTES_BEFORE = 8 * 1024;
const BYTES_BEHIND = 8 * 1024;
/** Dropped at an edge the sensor itself cut: half a secret there would not be recognised. */
const EDGE_CHARS = 128;
/** How far a secret is widened over the characters tokens are made of. */
const WIDEN_BYTES = 256;
const MATCH_CHARS = 128;
const WITHHELD = '********';

const RAW_STANZA = bufferId('xmpp.stanza');
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
const CREDENTIAL_TEXT =
  /(<(?:[\w.-]{1,64}:)?(?:password|passwd|secret|digest|token|initial-response)(?:\s[^<>]*)?>)[^<]+/gi;

export class EvidenceBuilder {
  readonly #redactor: Redactor;
  readonly #key: Uint8Array;
  readonly #excerptChars: number;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** `key`: of the keyed hashes; `excerptChars`: longest excerpt, in UTF-16 units. */
  constructor(redactor: Redactor, key: Uint8Array, excerptChars: number) {
    this.#redactor = redactor;
    this.#key = key;
    this.#excerptChars = excerptChars;
  }

  /** Undefined when the finding rests on no text. */
  build(finding: Finding): Evidence | undefined {
    const buffer = BUFFERS[finding.buffer];
    if (buffer === undefined) return undefined;
    const matches = finding.matches
      .filter((match) => isInEvidence(finding, match))
      .map((match) => ({ match, start: match.offset - finding.evidenceOffset }));
    if (isCredential(finding)) {
      return {
        buffer,
        excerpt: '',
        matches: matches.map(({ match, start }) => this.#describe(finding, match, start, true)),
      };
    }
    const secrets = secretSpans(finding);
    return {
      buffer,
      excerpt: this.#excerpt(finding, secrets, matches[0]?.start ?? 0),
      matches: matches.map(({ match, start }) =>
        this.#describe(finding, match, start, false, secrets),
      ),
    };
  }

  #describe(
    finding: Finding,
    match: FindingMatch,
    start: number,
    isWithheld: boolean,
    secrets: readonly SecretSpan[] = [],
  ): EvidenceMatch {
    const bytes = finding.evidence.subarray(start, start + match.length);
    const end = start + match.length;
    const touchesSecret = secrets.some(
      (span) => span.offset < end && start < span.offset + span.length,
    );
    let masked = WITHHELD;
    if (!isWithheld) {
      const text = this.#decoder.decode(bytes.subarray(0, MATCH_CHARS * 4));
      masked = touchesSecret ? this.#redactor.maskValue(text) : this.#redactor.redactText(text);
    }
    return {
      offset: match.offset,
      length: match.length,
      masked: cutText(masked, MATCH_CHARS),
      hmac: createHmac('sha256', this.#key).update(bytes).digest('hex').slice(0, 32),
    };
  }

  /** Masks piece by piece, so that what is known to be secret is masked whatever it looks like. */
  #excerpt(finding: Finding, secrets: readonly SecretSpan[], matchStart: number): string {
    const { evidence } = finding;
    const from = Math.max(0, matchStart - BYTES_BEFORE);
    const to = Math.min(evidence.length, matchStart + BYTES_BEHIND);
    let text = '';
    let matchAt = 0;
    const addClear = (start: number, end: number): void => {
      if (start >= end) return;
      // The match itself is a seam only for finding its place again in the masked text.
      if (start < matchStart && matchStart < end) {
        matchAt = text.length + this.#clear(finding, start, matchStart).length;
      } else if (matchStart === start) matchAt = text.length;
      text += this.#clear(finding, start, end);
    };
    let at = from;
    for (const span of secrets) {
      const end = span.offset + span.length;
      if (end <= from || span.offset >= to) continue;
      addClear(at, Math.max(at, span.offset));
      if (span.offset <= matchStart && matchStart < end) matchAt = text.length;
      text += this.#redactor.maskValue(
        this.#decoder.decode(evidence.subarray(Math.max(at, span.offset), end)),
      );
      at = Math.max(at, end);
    }
    addClear(at, to);
    const isCutBefore = from > 0 || finding.evidenceOffset > 0;
    const start = isCutBefore ? Math.min(EDGE_CHARS, matchAt) : 0;
    const end = to < evidence.length ? Math.max(start, text.length - EDGE_CHARS) : text.length;
    return cutAround(text.slice(start, end), Math.max(0, matchAt - start), this.#excerptChars);
  }

  #clear(finding: Finding, start: number, end: number): string {
    const text = this.#decoder.decode(finding.evidence.subarray(start, end));
    const redacted = this.#redactor.redactText(text);
    if (finding.buffer !== RAW_STANZA) return redacted;
    return redacted.replace(CREDENTIAL_TEXT, `$1${WITHHELD}`);
  }
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

/** Does the buffer hold what a login carries? Then nothing of it is shown. */
function isCredential(finding: Finding): boolean {
  if (NAME_BUFFERS.has(finding.buffer)) return false;
  const { name, ns } = finding.stanza;
  return CREDENTIAL_ELEMENTS.has(name) || ns.some((uri) => CREDENTIAL_NAMESPACES.has(uri));
}

/** Secrets of the evidence, the matches of a `secret` rule among them: widened, sorted, merged. */
function secretSpans(finding: Finding): readonly SecretSpan[] {
  const spans: SecretSpan[] = [...finding.secrets];
  if (finding.rule.isSecret) {
    for (const match of finding.matches) {
      if (!isInEvidence(finding, match)) continue;
      spans.push({ offset: match.offset - finding.evidenceOffset, length: match.length });
    }
  }
  const widened = spans.map((span) => widen(finding.evidence, span));
  widened.sort((a, b) => a.offset - b.offset);
  const merged: SecretSpan[] = [];
  for (const span of widened) {
    const last = merged.at(-1);
    if (last !== undefined && span.offset <= last.offset + last.length) {
      const end = Math.max(last.offset + last.length, span.offset + span.length);
      merged[merged.length - 1] = { offset: last.offset, length: end - last.offset };
    } else merged.push(span);
  }
  return merged;
}

/** A pattern may match a prefix of a token only: what follows without a break belongs to it. */
function widen(bytes: Uint8Array, span: SecretSpan): SecretSpan {
  let start = Math.max(0, Math.min(span.offset, bytes.length));
  let end = Math.min(bytes.length, span.offset + span.length);
  const lowest = Math.max(0, start - WIDEN_BYTES);
  const highest = Math.min(bytes.length, end + WIDEN_BYTES);
  while (start > lowest && isTokenByte(bytes[start - 1] as number)) start--;
  while (end < highest && (isTokenByte(bytes[end] as number) || bytes[end] === 0x3d)) end++;
  return { offset: start, length: end - start };
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

/** At most `length` UTF-16 units of text with position `at` about a third from its start. */
function cutAround(text: string, at: number, length: number): string {
  if (text.length <= length) return text;
  const start = Math.max(0, Math.min(at - Math.floor(length / 3), text.length - length));
  if (start === 0) return cutText(text, length);
  const rest = text.slice(start + 1);
  return `…${cutText(wholePairs(rest), length - 1)}`;
}

/** Without the half of a surrogate pair that a cut left at either end. */
function wholePairs(text: string): string {
  return text.replace(/^[\udc00-\udfff]/, '').replace(/[\ud800-\udbff]$/, '');
}
