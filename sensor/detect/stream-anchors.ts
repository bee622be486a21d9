/** What an expression asks of the text around its match: it decides when a stream can be judged. */

export interface PcreAnchors {
  /** `^`, `\A`: where the text begins. */
  readonly start: boolean;
  /** `$`, `\z`, `\Z`: where the text ends. */
  readonly end: boolean;
  /** `\b`, `\B`: the character behind a match decides about it. */
  readonly word: boolean;
}

/** `expression` is in libhs syntax: escapes are two characters, classes stand in brackets. */
export function pcreAnchors(expression: string): PcreAnchors {
  let start = false;
  let end = false;
  let word = false;
  let isClass = false;
  for (let i = 0; i < expression.length; i++) {
    const char = expression[i];
    if (char === '\\') {
      const escaped = expression[++i];
      if (isClass) continue;
      start ||= escaped === 'A';
      end ||= escaped === 'z' || escaped === 'Z';
      word ||= escaped === 'b' || escaped === 'B';
    } else if (isClass) {
      isClass = char !== ']';
    } else if (char === '[') {
      isClass = true;
      if (expression[i + 1] === '^') i++;
      // A bracket right at the start of a class is one of its characters.
      if (expression[i + 1] === ']') i++;
    } else {
      start ||= char === '^';
      end ||= char === '$';
    }
  }
  return { start, end, word };
}
