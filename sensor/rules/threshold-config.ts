/**
 * threshold.config: what the operator says about rules without editing them, in Suricata's format.
 *
 *     suppress gen_id 1, sig_id 1580010
 *     suppress gen_id 1, sig_id 1580010, track by_src, ip [192.0.2.0/24,$SCANNERS]
 *     suppress gen_id 1, sig_id 1550010, track by_from_jid, value [bot@corp.example,monitor.example]
 *     threshold gen_id 1, sig_id 1550030, type limit, track by_from_jid, count 1, seconds 3600
 *     rate_filter gen_id 1, sig_id 1520010, track by_src, count 100, seconds 60, \
 *       new_action pass, timeout 300
 *
 * `event_filter` is another word for `threshold`. sig_id 0 stands for every rule of the generator,
 * gen_id 0 with sig_id 0 for every rule. Addresses are given with `ip`, JIDs and domains with
 * `value`.
 */
import { nearest } from '../core/index.ts';
import { parseAddress, type RuleVariables } from './addresses.ts';
import { parseInteger, splitWord } from './draft.ts';
import { RuleError, type Place, type ProblemList } from './problems.ts';
import {
  NamedParts,
  RATE_PARTS,
  THRESHOLD_PARTS,
  oneOf,
  parseRate,
  parseThreshold,
} from './rates.ts';
import { readRules, type Piece, type RuleText } from './rule-text.ts';
import type {
  OverrideTarget,
  RateFilter,
  RuleOverrides,
  Suppression,
  SuppressionTrack,
  ThresholdOverride,
} from './types.ts';

const MAX_ID = 0xffffffff;
const MAX_VALUES = 4096;
/** RFC 7622: three parts of 1023 bytes and the marks between them. */
const MAX_JID_CHARS = 3071;
/** Looking for a similar number costs as much as there are rules. */
const MAX_GUESSES = 20;

type Command = 'suppress' | 'threshold' | 'event_filter' | 'rate_filter';
const COMMANDS: readonly Command[] = ['suppress', 'threshold', 'event_filter', 'rate_filter'];

const IP_TRACKS: readonly SuppressionTrack[] = ['by_src', 'by_dst', 'by_either'];
const VALUE_TRACKS: readonly SuppressionTrack[] = [
  'by_from_jid',
  'by_to_jid',
  'by_domain',
  'by_room',
];
const OTHER_ACTIONS: readonly string[] = ['drop', 'reject', 'sdrop', 'log'];

export interface OverrideLimits {
  readonly rulesRuleChars: number;
  readonly rulesOverrides: number;
}

/** A rule as far as overrides need to know it. */
export interface RuleId {
  readonly gid: number;
  readonly sid: number;
}

/** Reads any number of files; what they say is judged when all rules are known. */
export class OverrideReader {
  readonly #variables: RuleVariables;
  readonly #problems: ProblemList;
  readonly #limits: OverrideLimits;
  readonly #suppressions: Suppression[] = [];
  readonly #thresholds: ThresholdOverride[] = [];
  readonly #rateFilters: RateFilter[] = [];
  /** Lines about one rule, with the place of its number. */
  readonly #targets: { readonly target: OverrideTarget; readonly place: Place }[] = [];
  #count = 0;

  constructor(variables: RuleVariables, problems: ProblemList, limits: OverrideLimits) {
    this.#variables = variables;
    this.#problems = problems;
    this.#limits = limits;
  }

  /** Read one file; nothing it holds throws. */
  read(file: string, text: string): void {
    readRules(file, text, this.#limits.rulesRuleChars, {
      onRule: (line) => {
        this.#readLine(line);
      },
      onDisabled: () => undefined,
      onTooLong: (place) => {
        const message = `Line is longer than ${this.#limits.rulesRuleChars} characters`;
        this.#problems.add('error', place, message, 'limit rules.rule_chars');
      },
    });
  }

  /** What was read. Rules that are named and not there are warned about. */
  finish(rules: readonly RuleId[]): RuleOverrides {
    if (this.#targets.length > 0) this.#checkTargets(rules);
    return {
      suppressions: this.#suppressions,
      thresholds: this.#thresholds,
      rateFilters: this.#rateFilters,
    };
  }

  #readLine(line: RuleText): void {
    if (++this.#count > this.#limits.rulesOverrides) {
      if (this.#count > this.#limits.rulesOverrides + 1) return;
      const message = `More than ${this.#limits.rulesOverrides} lines: the rest is left out`;
      this.#problems.add('error', line.place(0), message, 'limit rules.overrides');
      return;
    }
    try {
      this.#readCommand(line);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      this.#problems.add('error', line.place(error.at), error.message, error.hint);
    }
  }

  #readCommand(line: RuleText): void {
    const [first = { text: '', at: 0 }, second, ...pieces] = splitOutsideBrackets({
      text: line.text,
      at: 0,
    });
    const { word, rest } = splitWord(first);
    const command = oneOf(word, 'Command', COMMANDS);
    const gidPiece = idPiece(rest, 'gen_id', word);
    const sidPiece = idPiece(second, 'sig_id', word);
    const gid = parseInteger(gidPiece, 'gen_id', 0, MAX_ID);
    const sid = parseInteger(sidPiece, 'sig_id', 0, MAX_ID);
    if (gid === 0 && sid !== 0) {
      throw new RuleError(
        gidPiece.at,
        'gen_id 0 stands for every rule and needs sig_id 0',
        `write gen_id 1, sig_id ${sid}`,
      );
    }
    const { file, line: number } = line;
    const target: OverrideTarget = { gid, sid, file, line: number };
    switch (command) {
      case 'suppress':
        this.#addSuppression(target, word, pieces, line);
        break;
      case 'rate_filter':
        this.#rateFilters.push({ ...target, ...readRateFilter(word, pieces) });
        break;
      default: {
        const threshold = parseThreshold(new NamedParts(word, pieces, THRESHOLD_PARTS));
        this.#thresholds.push({ ...target, threshold });
      }
    }
    if (sid !== 0) this.#targets.push({ target, place: line.place(sidPiece.at) });
  }

  #addSuppression(
    target: OverrideTarget,
    word: Piece,
    pieces: readonly Piece[],
    line: RuleText,
  ): void {
    const suppression = { ...target, ...readSuppression(word, pieces, this.#variables) };
    this.#suppressions.push(suppression);
    if (target.sid !== 0 || suppression.track !== undefined) return;
    const whose = target.gid === 0 ? 'every rule' : `every rule of generator ${target.gid}`;
    this.#problems.add(
      'warning',
      line.place(word.at),
      `This silences ${whose}`,
      'add track and ip, or name one rule with sig_id',
    );
  }

  #checkTargets(rules: readonly RuleId[]): void {
    const known = new Set(rules.map(({ gid, sid }) => `${gid}:${sid}`));
    let guesses = 0;
    for (const { target, place } of this.#targets) {
      if (known.has(`${target.gid}:${target.sid}`)) continue;
      const other = rules.find(({ sid }) => sid === target.sid);
      const guess = guesses++ < MAX_GUESSES ? nearestSid(target, rules) : undefined;
      let hint = 'the rule may be disabled or gone; the line does nothing';
      if (other !== undefined) hint = `sid ${target.sid} has gen_id ${other.gid}`;
      else if (guess !== undefined) hint = `did you mean ${guess}? ${hint}`;
      const message = `No rule has gen_id ${target.gid}, sig_id ${target.sid}`;
      this.#problems.add('warning', place, message, hint);
    }
  }
}

function nearestSid({ gid, sid }: OverrideTarget, rules: readonly RuleId[]): string | undefined {
  const sids = rules.filter((rule) => rule.gid === gid).map((rule) => String(rule.sid));
  const guess = nearest(String(sid), sids);
  // Sids of one block are all alike: only a slip of the finger is worth a guess.
  return guess?.length === String(sid).length ? guess : undefined;
}

/** The number behind `gen_id` or `sig_id`. */
function idPiece(piece: Piece | undefined, name: string, command: Piece): Piece {
  const { word, rest } = splitWord(piece ?? { text: '', at: command.at });
  if (word.text === name && rest.text !== '') return rest;
  throw new RuleError(
    word.text === '' ? command.at : word.at,
    `${command.text} lacks ${name} here`,
    `write ${command.text} gen_id 1, sig_id 1580010`,
  );
}

function readSuppression(
  word: Piece,
  pieces: readonly Piece[],
  variables: RuleVariables,
): Pick<Suppression, 'track' | 'addresses' | 'values'> {
  const parts = new NamedParts(word, pieces, ['track', 'ip', 'value']);
  const ip = parts.find('ip');
  const value = parts.find('value');
  if (pieces.length === 0) return { track: undefined, addresses: undefined, values: [] };
  const track = oneOf(parts.take('track', 'track by_src, ip 192.0.2.1'), 'track', [
    ...IP_TRACKS,
    ...VALUE_TRACKS,
  ]);
  if (IP_TRACKS.includes(track)) {
    if (value !== undefined) {
      throw new RuleError(
        value.at,
        `track ${track} is about addresses`,
        'write ip in place of value',
      );
    }
    const piece = parts.take('ip', `track ${track}, ip 192.0.2.0/24`);
    return { track, addresses: parseAddress(piece, variables), values: [] };
  }
  if (ip !== undefined) {
    throw new RuleError(
      ip.at,
      `track ${track} is not about addresses`,
      'write value in place of ip',
    );
  }
  const piece = parts.take('value', `track ${track}, value ${exampleOf(track)}`);
  return { track, addresses: undefined, values: readValues(piece, track) };
}

function exampleOf(track: SuppressionTrack): string {
  if (track === 'by_domain') return 'corp.example';
  return track === 'by_room' ? 'team@rooms.example' : 'bot@corp.example';
}

/** One JID or domain, or a list of them in brackets. */
function readValues(piece: Piece, track: SuppressionTrack): string[] {
  const isList = piece.text.startsWith('[');
  if (isList && !piece.text.endsWith(']')) {
    throw new RuleError(piece.at, 'List is not closed with a bracket');
  }
  const items = isList
    ? splitOutsideBrackets({ text: piece.text.slice(1, -1), at: piece.at + 1 })
    : [piece];
  if (items.length > MAX_VALUES) {
    throw new RuleError(
      piece.at,
      `List has more than ${MAX_VALUES} entries`,
      'a pass rule with a dataset is made for such lists',
    );
  }
  return items.map((item) => readValue(item, track));
}

/** A JID or domain in the form tracks are compared in: small letters, but for the resource. */
function readValue({ text, at }: Piece, track: SuppressionTrack): string {
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const domain = bare.slice(bare.indexOf('@') + 1);
  const isJid = /^(?:[^\s@/[\]<>"&]+@)?[^\s@/[\]<>"&,;:]+$/.test(bare) && slash !== text.length - 1;
  if (!isJid || text.length > MAX_JID_CHARS || domain.startsWith('.') || domain.includes('..')) {
    throw new RuleError(
      at,
      `"${text.slice(0, 64)}" is neither a JID nor a domain`,
      `for example ${exampleOf(track)}`,
    );
  }
  const allowsResource = track === 'by_from_jid' || track === 'by_to_jid';
  if (text !== domain && track === 'by_domain') {
    throw new RuleError(
      at,
      'track by_domain takes domains',
      `write ${domain}, or track by_from_jid`,
    );
  }
  if (slash >= 0 && !allowsResource) {
    throw new RuleError(at + slash, 'A room has no resource here', `write ${bare}`);
  }
  return bare.toLowerCase() + text.slice(bare.length);
}

function readRateFilter(
  word: Piece,
  pieces: readonly Piece[],
): Omit<RateFilter, keyof OverrideTarget> {
  const example = 'track by_src, count 100, seconds 60, new_action pass, timeout 300';
  const parts = new NamedParts(word, pieces, [...RATE_PARTS, 'new_action', 'timeout']);
  const action = parts.take('new_action', example);
  if (OTHER_ACTIONS.includes(action.text)) {
    throw new RuleError(
      action.at,
      `new_action ${action.text} is not supported: the sensor only listens`,
      'use pass to keep quiet, alert to speak',
    );
  }
  return {
    ...parseRate(parts, example),
    newAction: oneOf(action, 'new_action', ['alert', 'pass'] as const),
    timeout: parseInteger(parts.take('timeout', example), 'timeout', 0, MAX_ID),
  };
}

/** Parts between commas, those inside brackets kept together; trimmed, with their offsets. */
function splitOutsideBrackets(piece: Piece): Piece[] {
  const parts: Piece[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= piece.text.length; i++) {
    const char = piece.text[i];
    if (char === '[') depth++;
    else if (char === ']') depth--;
    if (char !== undefined && (char !== ',' || depth > 0)) continue;
    const part = piece.text.slice(start, i);
    const trimmed = part.trimStart();
    parts.push({ text: trimmed.trimEnd(), at: piece.at + start + part.length - trimmed.length });
    start = i + 1;
  }
  return parts;
}
