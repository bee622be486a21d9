/** Checks in short: what a test says of them. */
import assert from 'node:assert/strict';
import type { Check, CheckState } from '../../sensor/doctor/types.ts';

/** The check of that id; there must be exactly one. */
export function one(checks: readonly Check[], id: Check['id']): Check {
  const found = checks.filter((check) => check.id === id);
  assert.equal(found.length, 1, `${found.length} checks ${id} of ${statesOf(checks)}`);
  return found[0] ?? assert.fail();
}

/** Is that check in this state, and does it say so? Whatever is not ok says what to do. */
export function says(
  checks: readonly Check[],
  id: Check['id'],
  state: CheckState,
  found: RegExp,
  advice = /^/,
): void {
  const check = one(checks, id);
  assert.equal(check.state, state, `${id}: ${check.found}`);
  assert.match(check.found, found);
  assert.match(check.advice, advice);
  if (state !== 'ok') assert.notEqual(check.advice, '', `${id} does not say what to do`);
}

export function statesOf(checks: readonly Check[]): string {
  return checks.map(({ id, state }) => `${id} ${state}`).join(', ');
}

/** All of them ok? */
export function allOk(checks: readonly Check[]): void {
  assert.notEqual(checks.length, 0);
  for (const { id, state, found } of checks) assert.equal(state, 'ok', `${id}: ${found}`);
}
