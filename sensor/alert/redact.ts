/**
 * Masking (threats.md 0.1, gate 6). Everything the sensor stores, prints or sends of somebody's text
 * goes through here: what looks like a secret is hidden, the rest stays readable.
 *
 * A password is hidden as a whole. Of other secrets the ends stay, so that an analyst can tell which
 * card or key it was: two characters from eight on, four from sixteen on.
 */
import { readingsOf } from './readings.ts';
import { PASSWORD_LABEL, findSecrets, type SecretShape, type TextKind } from './secret-shapes.ts';
import { TRAIT, traitsOf } from './text-traits.ts';

const MASK = '********';
const NONE: readonly SecretShape[] = [];

/** Digit groups, or an account number: its separators are no label. */
const NUMBER = /^(?:[\d .\u00a0-]+|[A-Z]{2}\d{2}[A-Z0-9 .\u00a0-]+)$/i;

/**
 * `text` with every secret masked: card and account numbers, key blocks, tokens, passwords behind
 * their label, in URLs, elements and headers. Secrets written as references, cut by comments or
 * tags, or parted by zero-width characters are recognised too. The length may change. `known`:
 * stretches that are secret whatever they look like.
 */
export function redactText(text: string, known: readonly SecretShape[] = NONE): string {
  return mask(text, [...known, ...secretsIn(text, 'text')]);
}

/** A text with its secrets masked, for those who must know what stands where in it. */
export interface PlacedText {
  readonly text: string;
  /** What is masked: stretches of the original, in order and apart. */
  readonly secrets: readonly SecretShape[];
  /** Where a place of the original is now; what is masked begins and ends with its mask. */
  placeOf(offset: number): number;
}

/** Where an identifier stands in a text. */
export interface IdentifierSpan {
  readonly start: number;
  readonly end: number;
}

/** As redactText(), but identifiers in it as redactIdentifier(). */
export function redactPlaced(
  text: string,
  known: readonly SecretShape[] = NONE,
  identifiers: readonly IdentifierSpan[] = [],
): PlacedText {
  const shapes = identifiers.reduce(
    (found, { start, end }) => [
      ...found.filter((shape) => shape.start < start || shape.end > end),
      ...secretsIn(text.slice(start, end), 'identifier').map((shape) => {
        return { ...shape, start: start + shape.start, end: start + shape.end };
      }),
    ],
    secretsIn(text, 'text'),
  );
  const secrets = merged([...known, ...shapes]);
  const masks = secrets.map(({ start, end, isWhole }) =>
    isWhole ? MASK : withEnds(text.slice(start, end)),
  );
  const placeOf = (offset: number): number => {
    let place = offset;
    for (const [i, { start, end }] of secrets.entries()) {
      if (offset <= start) break;
      const { length } = masks[i] ?? '';
      if (offset < end) return place - offset + start + Math.min(offset - start, length);
      place += length - (end - start);
    }
    return place;
  };
  return { text: mask(text, secrets), secrets, placeOf };
}

/** The name of a file with every secret masked; dates, numbers and hashes, of which names are full, stay. */
export function redactName(name: string): string {
  return mask(name, secretsIn(name, 'name'));
}

/**
 * An id, a resource, the name of a program: such things are random by nature, and analysts look for them elsewhere.
 * Masked is what is known to be a secret: cards, accounts, tokens by their prefix, whatever stands behind its label.
 */
export function redactIdentifier(text: string): string {
  return mask(text, secretsIn(text, 'identifier'));
}

/** A JID: the account says who it is about and stays as it is, the resource may be any text (RFC 7622 section 3.4). */
export function redactJid(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? jid : jid.slice(0, slash + 1) + redactIdentifier(jid.slice(slash + 1));
}

function secretsIn(text: string, kind: TextKind): SecretShape[] {
  const traits = traitsOf(text);
  const secrets = findSecrets(text, traits, kind);
  if ((traits & TRAIT.otherReading) !== 0) addReadings(text, secrets, kind);
  return secrets;
}

function mask(text: string, secrets: readonly SecretShape[]): string {
  if (secrets.length === 0) return text;
  let masked = '';
  let at = 0;
  for (const { start, end, isWhole } of merged(secrets)) {
    masked += text.slice(at, start) + (isWhole ? MASK : withEnds(text.slice(start, end)));
    at = end;
  }
  return masked + text.slice(at);
}

/** The secrets of what the text reads as, where they stand in the text. */
function addReadings(text: string, secrets: SecretShape[], kind: TextKind): void {
  for (const reading of readingsOf(text)) {
    const traits = traitsOf(reading.text);
    for (const { start, end, isWhole } of findSecrets(reading.text, traits, kind)) {
      const from = reading.starts[start];
      const to = reading.ends[end - 1];
      if (from !== undefined && to !== undefined) secrets.push({ start: from, end: to, isWhole });
    }
  }
}

/**
 * A value known to hold a secret, masked: of `label: value` the label stays and the value goes, of a
 * bare value the ends stay where it is long enough.
 */
export function maskValue(value: string): string {
  if (NUMBER.test(value)) return withEnds(value);
  // Not `=` at the end: that is the padding of base64, and what stands before it the secret.
  const label = /^([^:=]{0,64}[:=]+[ \t"'`]{0,4})[^\s:=]/.exec(value)?.[1];
  if (label !== undefined) return redactText(label) + MASK;
  const firstWord = /^([^\s\d]{1,32}\s+)\S/.exec(value)?.[1];
  return firstWord === undefined ? withEnds(value) : firstWord + MASK;
}

/**
 * A value known to hold a password, masked: `password: ********`, and nothing but the mask where no word says that
 * what stands before the separator is no part of it. Passwords have colons, equals signs and spaces in them, too.
 */
export function maskPassword(value: string): string {
  return (PASSWORD_LABEL.exec(value)?.[0] ?? '') + MASK;
}

/** Overlapping stretches as one; what is whole in any of them is whole in all. */
function merged(secrets: readonly SecretShape[]): SecretShape[] {
  const sorted = secrets.toSorted((a, b) => a.start - b.start);
  const result: SecretShape[] = [];
  for (const secret of sorted) {
    const last = result.at(-1);
    if (last === undefined || secret.start >= last.end) {
      result.push(secret);
      continue;
    }
    result[result.length - 1] = {
      start: last.start,
      end: Math.max(last.end, secret.end),
      isWhole: last.isWhole || secret.isWhole,
    };
  }
  return result;
}

/** First and last characters of a secret around the mask; code points, so no half of a pair. */
function withEnds(secret: string): string {
  const kept = secret.length < 8 ? 0 : secret.length < 16 ? 2 : 4;
  const head = Array.from(secret.slice(0, 2 * kept))
    .slice(0, kept)
    .join('');
  const tail = Array.from(secret.slice(secret.length - 2 * kept))
    .slice(-kept)
    .join('');
  return kept === 0 ? MASK : head + MASK + tail;
}
