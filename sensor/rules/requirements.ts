/**
 * `requires`: what a rule needs of the sensor that reads it. It is looked at before every other
 * keyword, so that a rule for another sensor may use words this one does not know: such a rule is
 * skipped, which is no mistake.
 */
import { splitPiece, splitWord } from './draft.ts';
import { RuleError } from './problems.ts';
import type { Piece, RuleSyntax } from './rule-text.ts';

/** The Suricata whose rule language this is: what `version` is compared with. */
const LANGUAGE_VERSION: Version = [7, 0, 15];

/** Names a shared rule file may ask for to be read by Stanzawatch alone. */
const FEATURES: readonly string[] = ['stanzawatch', 'xmpp'];

type Version = readonly [major: number, minor: number, patch: number];

/** Why the rule must be skipped; undefined when it need not be. Throws RuleError. */
export function unmetRequirement(
  { options }: RuleSyntax,
  hasKeyword: (name: string) => boolean,
): string | undefined {
  let reason: string | undefined;
  for (const { name, value } of options) {
    if (name.text !== 'requires') continue;
    reason ??= checkRequires(name, value ?? { text: '', at: name.at }, hasKeyword);
  }
  return reason;
}

function checkRequires(
  keyword: Piece,
  value: Piece,
  hasKeyword: (name: string) => boolean,
): string | undefined {
  let reason: string | undefined;
  let hasVersion = false;
  for (const part of splitPiece(value, ',')) {
    const { word, rest } = splitRequirement(part);
    if (word.text === '') {
      const example = 'write requires:feature stanzawatch, version >= 7.0.0, keyword xbits;';
      throw new RuleError(part.at, 'requires lacks a requirement', example);
    }
    if (word.text === 'version') {
      if (hasVersion) throw new RuleError(word.at, 'requires names version twice');
      hasVersion = true;
      if (!meetsVersion(rest, keyword)) reason ??= `it requires version ${rest.text}`;
    } else if (word.text === 'feature') {
      if (!FEATURES.includes(rest.text)) reason ??= `it requires feature ${rest.text}`;
    } else if (word.text === 'keyword') {
      if (!hasKeyword(rest.text)) reason ??= `it requires keyword ${rest.text}`;
    } else reason ??= `it requires ${word.text} ${rest.text}`.trimEnd();
  }
  return reason;
}

/** `version>=7` may stand without a space. */
function splitRequirement(part: Piece): { word: Piece; rest: Piece } {
  const match = /^version(?=[<>=])/.exec(part.text);
  if (match === null) return splitWord(part);
  const { length } = match[0];
  return {
    word: { text: match[0], at: part.at },
    rest: { text: part.text.slice(length), at: part.at + length },
  };
}

/** `>= 7.0.3 < 8 | >= 8.0.3`: one of the parts between bars, all comparisons in it. */
function meetsVersion(expression: Piece, keyword: Piece): boolean {
  return splitPiece(expression, '|')
    .map((alternative) => {
      const parts = [
        ...alternative.text.matchAll(/\s*(<=|>=|<|>)\s*(\d{1,3}(?:\.\d{1,3}){0,2})/gy),
      ];
      const length = parts.reduce((sum, [whole]) => sum + whole.length, 0);
      if (length === 0 || length !== alternative.text.length) {
        throw new RuleError(
          alternative.text === '' ? keyword.at : alternative.at + length,
          'requires version is not a comparison',
          'write version >= 7.0.3, or version >= 7.0.3 < 8 | >= 8.0.3',
        );
      }
      return parts.every(([, sign = '', version = '']) => isMet(sign, version));
    })
    .includes(true);
}

function isMet(sign: string, text: string): boolean {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  const wanted: Version = [major, minor, patch];
  const at = wanted.findIndex((part, i) => part !== LANGUAGE_VERSION[i]);
  const difference = at < 0 ? 0 : (LANGUAGE_VERSION[at] as number) - (wanted[at] as number);
  if (sign === '>=') return difference >= 0;
  if (sign === '<=') return difference <= 0;
  return sign === '>' ? difference > 0 : difference < 0;
}
