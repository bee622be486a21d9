/** How much a listener learns from a login by each mechanism. */

/** Strength of a mechanism; the higher, the less a listener gets. Those nobody can compare have none. */
export const STRENGTH = { none: 0, clear: 1, digest: 2, scram: 3, bound: 4 } as const;

const STRENGTHS: readonly (readonly [RegExp, number])[] = [
  [/^SCRAM-.*-PLUS$/, STRENGTH.bound],
  [/^(?:SCRAM-|OPAQUE|ECDH-X25519|SRP)/, STRENGTH.scram],
  [/^(?:DIGEST-MD5|CRAM-MD5|NTLM|XEP-0078 DIGEST)/, STRENGTH.digest],
  [/^(?:PLAIN|LOGIN|XEP-0078 PLAINTEXT|X-OAUTH2|OAUTHBEARER|X-GOOGLE-TOKEN)$/, STRENGTH.clear],
];

export function strengthOf(mechanism: string): number {
  const name = mechanism.toUpperCase();
  return STRENGTHS.find(([pattern]) => pattern.test(name))?.[1] ?? STRENGTH.none;
}

/** The best of an offer. */
export function strongest(mechanisms: readonly string[]): number {
  return mechanisms.reduce<number>((best, one) => Math.max(best, strengthOf(one)), STRENGTH.none);
}
