/** How often: the parts `type`, `track`, `count`, `seconds` of keywords and of threshold.config alike. */
import { nearest } from '../core/index.ts';
import { parseInteger, splitWord } from './draft.ts';
import { RuleError } from './problems.ts';
import type { Piece } from './rule-text.ts';
import type { FiringRate, Threshold, ThresholdTrack, ThresholdType } from './types.ts';

const MAX_COUNT = 0xffffffff;
/** As in Suricata: beyond it the second alert would never come. */
const MAX_MULTIPLIER = 65535;

const THRESHOLD_TYPES: readonly ThresholdType[] = ['limit', 'threshold', 'both', 'backoff'];

const TRACKS: readonly ThresholdTrack[] = [
  'by_src',
  'by_dst',
  'by_both',
  'by_rule',
  'by_flow',
  'by_from_jid',
  'by_to_jid',
  'by_domain',
  'by_room',
];

export const THRESHOLD_PARTS: readonly string[] = [
  'type',
  'track',
  'count',
  'seconds',
  'multiplier',
];
export const RATE_PARTS: readonly string[] = ['track', 'count', 'seconds'];

/** One of a few words; the error names the nearest. */
export function oneOf<T extends string>(piece: Piece, what: string, values: readonly T[]): T {
  const found = values.find((value) => value === piece.text);
  if (found !== undefined) return found;
  const guess = nearest(piece.text, values);
  throw new RuleError(
    piece.at,
    `${what} "${piece.text.slice(0, 64)}" is not supported`,
    guess === undefined ? `one of: ${values.join(', ')}` : `did you mean ${guess}?`,
  );
}

/** `name value` parts, in any order, each once. */
export class NamedParts {
  readonly #owner: Piece;
  readonly #values = new Map<string, Piece>();

  /** `owner` is the word they belong to: errors about what is missing point there. */
  constructor(owner: Piece, parts: readonly Piece[], allowed: readonly string[]) {
    this.#owner = owner;
    for (const part of parts) {
      const { word, rest } = splitWord(part);
      const name = oneOf(word, `${owner.text} option`, allowed);
      if (rest.text === '') throw new RuleError(word.at, `${name} lacks its value`);
      if (this.#values.has(name)) throw new RuleError(word.at, `${name} is given twice`);
      this.#values.set(name, rest);
    }
  }

  find(name: string): Piece | undefined {
    return this.#values.get(name);
  }

  /** Throws when it is missing; `example` shows how all of it is written. */
  take(name: string, example: string): Piece {
    const value = this.#values.get(name);
    if (value !== undefined) return value;
    throw new RuleError(this.#owner.at, `${this.#owner.text} lacks ${name}`, `write ${example}`);
  }
}

/** `track`, `count` and `seconds`. */
export function parseRate(parts: NamedParts, example: string): FiringRate {
  return {
    track: oneOf(parts.take('track', example), 'track', TRACKS),
    count: parseInteger(parts.take('count', example), 'count', 1, MAX_COUNT),
    seconds: parseInteger(parts.take('seconds', example), 'seconds', 1, MAX_COUNT),
  };
}

/** The parts of a threshold; `seconds` for windows, `multiplier` for backoff. */
export function parseThreshold(parts: NamedParts): Threshold {
  const example = 'type limit, track by_src, count 1, seconds 60';
  const type = oneOf(parts.take('type', example), 'threshold type', THRESHOLD_TYPES);
  const multiplier = parts.find('multiplier');
  if (type === 'backoff') return parseBackoff(parts);
  if (multiplier !== undefined) {
    throw new RuleError(multiplier.at, `multiplier is for type backoff, not for ${type}`);
  }
  return { type, ...parseRate(parts, example), multiplier: 0 };
}

function parseBackoff(parts: NamedParts): Threshold {
  const example = 'type backoff, track by_flow, count 1, multiplier 10';
  const seconds = parts.find('seconds');
  if (seconds !== undefined) {
    throw new RuleError(seconds.at, 'type backoff has no window of seconds', `write ${example}`);
  }
  const track = parts.take('track', example);
  if (track.text !== 'by_flow') {
    throw new RuleError(
      track.at,
      `type backoff counts by_flow, not ${track.text.slice(0, 64)}`,
      'without a window only the end of the flow starts the count anew',
    );
  }
  return {
    type: 'backoff',
    track: 'by_flow',
    count: parseInteger(parts.take('count', example), 'count', 1, MAX_COUNT),
    seconds: 0,
    multiplier: parseInteger(parts.take('multiplier', example), 'multiplier', 2, MAX_MULTIPLIER),
  };
}
