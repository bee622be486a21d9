/** JSON that is safe to print: the line `cat` shows cannot drive a terminal, nor turn text around in a chat window. */

/**
 * What must not reach a terminal through `cat`: DEL and C1 controls, format characters (bidi overrides, zero
 * width, tags), line and paragraph separators. JSON.stringify has escaped C0 controls and lone surrogates.
 */
const UNPRINTABLE = /[\u007f-\u009f]|\p{Cf}|\p{Zl}|\p{Zp}/u;
const EVERY_UNPRINTABLE = new RegExp(UNPRINTABLE.source, 'gu');
/** Most lines are ASCII, and that is told much faster than Unicode's categories. */
const BEYOND_ASCII = /[^ -~]/;

/** `value` as JSON on one line. These characters occur in JSON inside strings only, where \u means the same. */
export function printableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!BEYOND_ASCII.test(json)) return json;
  return UNPRINTABLE.test(json) ? json.replace(EVERY_UNPRINTABLE, escapeUnits) : json;
}

function escapeUnits(character: string): string {
  let escaped = '';
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
