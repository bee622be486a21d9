/** What the condition of a failed login says about who tried (RFC 6120 section 6.5). */

/** Failures that say nothing about the password: of the server, of the mechanism, or of the account's age. */
const NO_GUESS = new Set([
  'aborted',
  'credentials-expired',
  'encryption-required',
  'incorrect-encoding',
  'invalid-mechanism',
  'mechanism-too-weak',
  'temporary-auth-failure',
  // jabber:iq:auth: the request itself was wrong (XEP-0078 section 3.1).
  'not-acceptable',
  'conflict',
]);

/** May this failure be the answer to a wrong guess? */
export function isGuess(condition: string): boolean {
  return !NO_GUESS.has(condition);
}
