/** Why nobody would hear of a finding: for who asks when the engine has spoken. */
import type { Suppression } from '../rules/index.ts';
import { Occasion, type EndpointsOf } from './occasion.ts';
import { isSuppressed } from './tracks.ts';
import type { Finding } from './types.ts';

/** The first of these lines that keeps the finding back; rooms are told from the recipient. */
export function suppressionOf(
  finding: Finding,
  suppressions: readonly Suppression[],
  endpointsOf: EndpointsOf,
): Suppression | undefined {
  const occasion = new Occasion(finding, endpointsOf, { stanza: finding.stanza });
  return suppressions.find((suppression) => isSuppressed(suppression, occasion));
}
