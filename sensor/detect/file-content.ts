/**
 * What was found in the text of a file, in words and numbers: by detection, with the gravest first. Numbers with a
 * check digit are many in tables, and chance passes one in ten: where no more pass than chance lets through, that is
 * said, and weighs as a note.
 */
import type { ThresholdValues } from '../core/index.ts';
import type { RuleHits } from './file-hits.ts';

/** Severities: 1 critical .. 4 info. */
const CRITICAL = 1;
const NOTE = 4;
const CARDS = 'dlp-pan';

/** One and several of what a detection finds. */
const WORDS: Readonly<Record<string, readonly [one: string, several: string]>> = {
  'dlp-pan': ['payment card number', 'payment card numbers'],
  'dlp-iban': ['bank account number', 'bank account numbers'],
  'dlp-natid': ['identity number', 'identity numbers'],
  'dlp-privkey': ['private key', 'private keys'],
  'dlp-dev-token': ['access token', 'access tokens'],
  'dlp-jwt': ['web token', 'web tokens'],
  'dlp-password': ['password', 'passwords'],
  'dlp-connstring': ['connection secret', 'connection secrets'],
  'dlp-wallet': ['wallet key', 'wallet keys'],
  'dlp-marking': ['classification mark', 'classification marks'],
  'dlp-aesgcm-key': ['link with its key', 'links with their keys'],
  'dlp-side-creds': ['secret of the protocol', 'secrets of the protocol'],
  'dlp-pii-geo': ['list of contacts', 'lists of contacts'],
};

/** All rules of one detection. */
export interface FoundContent {
  readonly detection: string;
  readonly severity: number;
  /** Different values; a value that several rules know counts once. */
  readonly values: number;
  /** No more than chance lets through. */
  readonly isChance: boolean;
  /** The gravest of its rules. */
  readonly hits: RuleHits;
}

/** By severity, then by number. */
export function foundContent(all: readonly RuleHits[], limits: ThresholdValues): FoundContent[] {
  const byDetection = new Map<string, RuleHits[]>();
  for (const hits of all) {
    const detection = detectionOf(hits);
    const others = byDetection.get(detection);
    if (others === undefined) byDetection.set(detection, [hits]);
    else others.push(hits);
  }
  return [...byDetection]
    .map(([detection, hits]) => describeDetection(detection, hits, limits))
    .sort((a, b) => a.severity - b.severity || b.values - a.values);
}

/** Rules that name no detection speak by their own names. */
function detectionOf({ compiled: { rule } }: RuleHits): string {
  return rule.metadata.get('detection')?.[0] ?? `sid:${rule.sid}`;
}

function describeDetection(
  detection: string,
  all: readonly RuleHits[],
  limits: ThresholdValues,
): FoundContent {
  const sure = all.filter((hits) => !isChance(hits, limits));
  const isByChance = sure.length === 0;
  const counted = isByChance ? all : sure;
  const values = new Set(counted.flatMap((hits) => [...hits.values])).size;
  const gravest = counted.toSorted(
    (a, b) => a.compiled.rule.severity - b.compiled.rule.severity || b.times - a.times,
  )[0] as RuleHits;
  const isBulk = detection === CARDS && values >= limits.filesBulkCards;
  const severity = isByChance ? NOTE : isBulk ? CRITICAL : gravest.compiled.rule.severity;
  return { detection, severity, values, isChance: isByChance, hits: gravest };
}

function isChance({ hasCheckDigits, checked, times }: RuleHits, limits: ThresholdValues): boolean {
  return (
    hasCheckDigits &&
    checked >= limits.filesChanceNumbers &&
    100 * times <= limits.filesChancePercent * checked
  );
}

/** `3 payment card numbers, 1 private key`. */
export function contentWords(found: readonly FoundContent[]): string {
  return found
    .map(({ detection, values, isChance: isDoubtful, hits }) => {
      const name = hits.compiled.rule.msg;
      const [one, several] = WORDS[detection] ?? [`match of "${name}"`, `matches of "${name}"`];
      const what = `${values.toLocaleString('en')} ${values === 1 ? one : several}`;
      return isDoubtful ? `${what} (as many as chance gives)` : what;
    })
    .join(', ');
}
