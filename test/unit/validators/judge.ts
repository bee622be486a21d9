/** Helper of the validator tests: ask a validator about a stretch of a text. */
import assert from 'node:assert/strict';
import { VALIDATORS } from '../../../sensor/detect/validators/index.ts';

const encoder = new TextEncoder();

/**
 * Judge the part of `text` between the marks `[[` and `]]`, or all of it where there are none.
 */
export function judge(name: string, text: string, argument = ''): boolean {
  const validator = VALIDATORS.get(name);
  assert.ok(validator !== undefined, `no validator ${name}`);
  const open = text.indexOf('[[');
  const close = text.indexOf(']]');
  if (open < 0 || close < 0) {
    const bytes = encoder.encode(text);
    return validator(bytes, 0, bytes.length, argument);
  }
  const before = encoder.encode(text.slice(0, open));
  const inside = encoder.encode(text.slice(open + 2, close));
  const bytes = encoder.encode(
    text.slice(0, open) + text.slice(open + 2, close) + text.slice(close + 2),
  );
  return validator(bytes, before.length, before.length + inside.length, argument);
}

/** Every text is accepted (or refused); the message names the one that is not. */
export function judgeAll(
  name: string,
  expected: boolean,
  texts: readonly string[],
  argument = '',
): void {
  for (const text of texts) {
    assert.equal(judge(name, text, argument), expected, `${name} ${argument}: ${text}`);
  }
}
