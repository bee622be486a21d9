/** What a rule asks, in words: for `rules explain`, and to tell authors which term did not hold. */
import { BUFFERS, formatAddress } from '../core/index.ts';
import type {
  AddressMatch,
  BitTrack,
  DatasetQuery,
  FiringRate,
  MatchTerm,
  PortMatch,
  RuleTerm,
  Threshold,
} from './types.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes as a content writes them: text where it is text, `|0d 0a|` where it is not. */
export function contentText(bytes: Uint8Array): string {
  const text = asText(bytes);
  if (text !== undefined) return `"${text.replace(/[|"\\]/g, escapeSign)}"`;
  let result = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    const isPlain = byte >= 0x20 && byte < 0x7f && !'|"\\'.includes(char);
    result += isPlain ? char : `|${byte.toString(16).padStart(2, '0')}|`;
  }
  return `"${result.replaceAll('||', ' ')}"`;
}

function escapeSign(sign: string): string {
  return sign === '|' ? '|7c|' : `\\${sign}`;
}

/** Undefined for bytes that are no text a reader could tell apart. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes);
    return /[\p{C}\p{M}\p{Zl}\p{Zp}]/u.test(text) || /[^\P{Zs} ]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A content or pcre as the rule has it, in libhs syntax. */
export function matchText(term: MatchTerm): string {
  return term.kind === 'pcre' ? `/${term.expression}/${term.pcreFlags}` : contentText(term.bytes);
}

/** What one term demands of a text of its buffer: `holds "abc" within 20 bytes behind the match before`. */
export function describeTerm(term: RuleTerm): string {
  switch (term.kind) {
    case 'content': {
      const verb = term.negated ? 'does not hold' : 'holds';
      const parts = [`${verb} ${contentText(term.bytes)}`, ...placeWords(term)];
      return term.nocase ? [...parts, 'in small or capital letters'].join(', ') : parts.join(', ');
    }
    case 'pcre': {
      const verb = term.negated ? 'does not match' : 'matches';
      const place = term.relative ? ' behind the match before' : '';
      return `${verb} ${matchText(term)}${place}`;
    }
    case 'bsize':
      return `${term.negated ? 'is not' : 'is'} ${sizeWords(term.min, term.max)} long`;
    case 'isdataat': {
      const verb = term.negated ? 'has fewer than' : 'has at least';
      const place = term.relative ? ' behind the match before' : '';
      return `${verb} ${bytesWords(term.min)}${place}`;
    }
    case 'validate': {
      const argument = term.argument === '' ? '' : ` ${term.argument}`;
      return `that match passes the check ${term.validator}${argument}`;
    }
    case 'dataset':
      return describeQuery(term);
  }
}

/** What is asked of a list, or done to it. */
export function describeQuery({ command, dataset, reputation }: DatasetQuery): string {
  if (reputation !== undefined) {
    return `has a reputation ${reputation.operator} ${reputation.value} in dataset ${dataset}`;
  }
  switch (command) {
    case 'isset':
      return `is listed in dataset ${dataset}`;
    case 'isnotset':
      return `is not listed in dataset ${dataset}`;
    case 'set':
      return `is new in dataset ${dataset}, and is added to it`;
    case 'unset':
      return `is listed in dataset ${dataset}, and is taken out of it`;
  }
}

function placeWords(term: MatchTerm): string[] {
  const { offset = 0, depth, distance, within } = term;
  const words: string[] = [];
  if (term.startswith) words.push('at its start');
  if (depth !== undefined) {
    words.push(
      offset === 0
        ? `within its first ${bytesWords(depth)}`
        : `within the ${bytesWords(depth)} from offset ${offset}`,
    );
  } else if (offset > 0) words.push(`from offset ${offset} on`);
  if (distance !== undefined || within !== undefined) words.push(relativeWords(distance, within));
  if (term.endswith) words.push('at its end');
  return words;
}

function relativeWords(distance = 0, within?: number): string {
  if (within === undefined) {
    if (distance === 0) return 'anywhere behind the match before';
    return distance > 0
      ? `at least ${bytesWords(distance)} behind the match before`
      : `at the earliest ${bytesWords(-distance)} before the end of the match before`;
  }
  if (distance === 0) return `within ${bytesWords(within)} behind the match before`;
  return distance > 0
    ? `within ${bytesWords(within)} behind the match before, not counting the first ${distance}`
    : `within ${bytesWords(within)} from ${bytesWords(-distance)} before the end of the match before`;
}

function bytesWords(count: number): string {
  return `${count} byte${count === 1 ? '' : 's'}`;
}

function sizeWords(min: number, max: number): string {
  if (min === max) return `exactly ${bytesWords(min)}`;
  if (max === Infinity) return `at least ${bytesWords(min)}`;
  return min === 0 ? `at most ${bytesWords(max)}` : `${min} to ${max} bytes`;
}

/** `src port` of a header: `any`, or the addresses and ports it names. */
export function describeEndpoint(address: AddressMatch, port: PortMatch): string {
  return `${addressWords(address)} ${portWords(port)}`;
}

function addressWords(match: AddressMatch): string {
  if (match.any) return 'any';
  const entries = match.entries.map(({ negated, words, prefix }) => {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
    const isIpv4 = w0 === 0 && w1 === 0 && w2 === 0xffff;
    const length = isIpv4 ? prefix - 96 : prefix;
    const whole = length === (isIpv4 ? 32 : 128);
    return `${negated ? '!' : ''}${formatAddress(w0, w1, w2, w3)}${whole ? '' : `/${length}`}`;
  });
  return `${match.negated ? '!' : ''}${listWords(entries)}`;
}

function portWords(match: PortMatch): string {
  if (match.any) return 'any';
  return listWords(
    match.entries.map(
      ({ negated, from, to }) => `${negated ? '!' : ''}${from}${from === to ? '' : `:${to}`}`,
    ),
  );
}

function listWords(entries: readonly string[]): string {
  return entries.length === 1 ? (entries[0] ?? '') : `[${entries.join(',')}]`;
}

const TRACK_WORDS: Readonly<Record<FiringRate['track'], string>> = {
  by_src: 'for each source address',
  by_dst: 'for each destination address',
  by_both: 'for each pair of addresses',
  by_rule: 'in all',
  by_flow: 'for each connection',
  by_from_jid: 'for each sender (bare JID)',
  by_to_jid: 'for each addressee (bare JID)',
  by_domain: 'for each sending domain',
  by_room: 'for each room',
};

/** `by_src` in words. */
export function describeTrack(track: FiringRate['track']): string {
  return TRACK_WORDS[track];
}

/** What a threshold lets through. */
export function describeThreshold(threshold: Threshold): string {
  const { type, count, seconds, track } = threshold;
  const times = count === 1 ? 'once' : `${count} times`;
  const per = TRACK_WORDS[track];
  switch (type) {
    case 'limit':
      return `alerts at most ${times} in ${durationWords(seconds)}, counted ${per}`;
    case 'threshold':
      return `alerts at every ${ordinal(count)} firing within ${durationWords(seconds)}, counted ${per}`;
    case 'both':
      return `alerts once in ${durationWords(seconds)}, at the ${ordinal(count)} firing, counted ${per}`;
    case 'backoff':
      return `alerts at the ${ordinal(count)} firing, then each time after ${threshold.multiplier} times as many, counted ${per}`;
  }
}

/** What must have happened before a rule with detection_filter fires. */
export function describeFilter({ count, seconds, track }: FiringRate): string {
  return `fires only after ${count} matches within ${durationWords(seconds)}, counted ${TRACK_WORDS[track]}`;
}

function ordinal(count: number): string {
  const last = count % 10;
  const isTeen = Math.floor((count % 100) / 10) === 1;
  const ending = isTeen ? 'th' : last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th';
  return `${count}${ending}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];

/** 3600 -> `1 hour`; what is no whole unit stays in seconds. */
export function durationWords(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds >= unit && seconds % unit === 0) ?? [
    1,
    'second',
  ];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

const BIT_WORDS: Readonly<Record<BitTrack, string>> = {
  flow: 'the connection',
  ip_src: 'the source address',
  ip_dst: 'the destination address',
  ip_pair: 'the pair of addresses',
  by_from_jid: 'the sender (bare JID)',
  by_to_jid: 'the addressee (bare JID)',
  by_jid_pair: 'the pair of sender and addressee',
};

/** What a flowbit or xbit belongs to. */
export function describeBitTrack(track: BitTrack): string {
  return BIT_WORDS[track];
}

/** Name of a buffer id. */
export function bufferName(buffer: number): string {
  return BUFFERS[buffer] ?? '';
}
