/**
 * Letters that look like ASCII letters: a small skeleton in the spirit of Unicode TS 39, for the
 * scripts spam is disguised with. Full-width and mathematical letters are not here: NFKC turns
 * them into ASCII already.
 *
 * Keys are lower case, because folding lowers case first: a look-alike of either case is enough
 * (Cyrillic "В" looks like "B", so "в" is folded as well). Text in these scripts folds to something
 * no reader would write, so whatever is compared with folded text must be folded by the same table.
 */
const PAIRS: readonly (readonly [ascii: string, lookAlikes: string])[] = [
  ['a', '\u0251\u03b1\u0430'],
  ['b', '\u0185\u03b2\u0432\u044c\u0253'],
  ['c', '\u0441\u1d04\u2ca5'],
  ['d', '\u0256\u0257\u0501'],
  ['e', '\u03b5\u0435\u0454\u04bd\u212e'],
  ['f', '\u0192\u03dd\ua799'],
  ['g', '\u018d\u0261\u0581'],
  ['h', '\u043d\u04a3\u04a5\u04bb\u04c8\u0570'],
  ['i', '\u0131\u0269\u026a\u03b9\u0456\u1d7b'],
  ['j', '\u03f3\u0458'],
  ['k', '\u03ba\u043a\u049b\u049d\u049f\u04a1\u2c95'],
  ['l', '\u01c0\u04cf'],
  ['m', '\u028d\u043c\u2c99'],
  ['n', '\u0273\u03b7\u0578\u057c'],
  ['o', '\u03bf\u03c3\u043e\u0585\u2c9f'],
  ['p', '\u03c1\u0440\u2ca3'],
  ['q', '\u051b\u0563\u0566'],
  ['r', '\u0433\u1d26\u2c85'],
  ['s', '\u01bd\u0455\ua731'],
  ['t', '\u03c4\u0442\u1d1b'],
  ['u', '\u028b\u03c5\u057d\u1d1c'],
  ['v', '\u03bd\u0475\u1d20'],
  ['w', '\u026f\u0461\u051d\u0561\u1d21'],
  ['x', '\u00d7\u03c7\u0445\u04b3\u2cad'],
  ['y', '\u0263\u028f\u03b3\u0443\u04af'],
  ['z', '\u03b6\u1d22'],
];

/** Code point of a look-alike -> code point of the ASCII letter it stands for. */
export const CONFUSABLES: ReadonlyMap<number, number> = new Map(
  PAIRS.flatMap(([ascii, lookAlikes]) =>
    Array.from(lookAlikes, (one): [number, number] => [
      one.codePointAt(0) as number,
      ascii.charCodeAt(0),
    ]),
  ),
);
