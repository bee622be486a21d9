/** `flowbits` and `xbits`: what one rule leaves behind for another. */
import type { KeywordTable, RuleDraft } from '../draft.ts';
import { parseInteger, splitPiece } from '../draft.ts';
import { RuleError } from '../problems.ts';
import { NamedParts, oneOf } from '../rates.ts';
import type { Piece } from '../rule-text.ts';
import type { BitTrack } from '../types.ts';

const COMMANDS = ['set', 'unset', 'toggle', 'isset', 'isnotset', 'noalert'] as const;

/** Suricata's words for addresses, ours for JIDs. */
const XBIT_TRACKS: readonly BitTrack[] = [
  'ip_src',
  'ip_dst',
  'ip_pair',
  'by_from_jid',
  'by_to_jid',
  'by_jid_pair',
];

const MAX_NAMES = 16;
/** Seconds a bit lasts when the rule does not say: Suricata's default. */
const DEFAULT_EXPIRE = 30;
const MAX_EXPIRE = 0xffffffff;

/** `isset,a|b`: case matters in names, white space cannot be part of them. */
function parseNames(piece: Piece | undefined, keyword: Piece): Piece[] {
  if (piece === undefined || piece.text === '') {
    throw new RuleError(keyword.at, `${keyword.text} lacks the name of a bit`);
  }
  const names = splitPiece(piece, '|');
  for (const name of names) {
    if (!/^[^\s,|]{1,128}$/.test(name.text)) {
      throw new RuleError(
        name.at,
        `"${name.text.slice(0, 64)}" is no name of a bit`,
        'one to 128 characters without spaces and commas',
      );
    }
  }
  if (names.length > MAX_NAMES) {
    throw new RuleError(piece.at, `More than ${MAX_NAMES} bits in one ${keyword.text}`);
  }
  return names;
}

function addBit(
  draft: RuleDraft,
  keyword: Piece,
  command: (typeof COMMANDS)[number],
  names: readonly Piece[],
  track: BitTrack,
  expireSeconds: number,
): void {
  if (command === 'isset' || command === 'isnotset') {
    const test = {
      track,
      names: names.map(({ text }) => text),
      wantsSet: command === 'isset',
    };
    draft.bitTests.push({ test, at: keyword.at });
    return;
  }
  const [name, second] = names;
  if (command === 'noalert' || name === undefined) return;
  if (second !== undefined) {
    throw new RuleError(
      second.at,
      `${keyword.text}:${command} takes one bit`,
      'lists with | are for isset and isnotset; give the keyword once for each bit',
    );
  }
  draft.bitChanges.push({ track, name: name.text, action: command, expireSeconds });
}

function applyFlowbits(draft: RuleDraft, value: Piece, keyword: Piece): void {
  const [first = value, names, excess] = splitPiece(value, ',');
  const command = oneOf(first, 'flowbits command', COMMANDS);
  const tooMuch = command === 'noalert' ? names : excess;
  if (tooMuch !== undefined) {
    throw new RuleError(tooMuch.at, `flowbits:${command} takes no further value`);
  }
  if (command === 'noalert') draft.noalert = true;
  else addBit(draft, keyword, command, parseNames(names, keyword), 'flow', Infinity);
}

function applyXbits(draft: RuleDraft, value: Piece, keyword: Piece): void {
  const [first = value, names, ...rest] = splitPiece(value, ',');
  const command = oneOf(first, 'xbits command', COMMANDS);
  if (command === 'noalert') {
    if (names !== undefined) {
      throw new RuleError(names.at, 'xbits:noalert takes no further value');
    }
    draft.noalert = true;
    return;
  }
  const list = parseNames(names, keyword);
  const parts = new NamedParts(keyword, rest, ['track', 'expire']);
  const track = parts.take('track', `xbits:${command},name,track ip_pair,expire 60;`);
  const expire = parts.find('expire');
  // isset and isnotset may name a time, as in Suricata; it is that of the set that counts.
  const seconds =
    expire === undefined ? DEFAULT_EXPIRE : parseInteger(expire, 'expire', 1, MAX_EXPIRE);
  addBit(draft, keyword, command, list, oneOf(track, 'xbits track', XBIT_TRACKS), seconds);
}

export const BIT_KEYWORDS: KeywordTable = {
  flowbits: { value: 'required', isRepeatable: true, apply: applyFlowbits },
  xbits: { value: 'required', isRepeatable: true, apply: applyXbits },
};
