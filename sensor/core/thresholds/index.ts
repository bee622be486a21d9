/**
 * Every threshold of a stateful detector: `detection.thresholds: { NAME: VALUE }` in the configuration changes it,
 * `rules explain` shows it. One file a family; the keys are unique over all of them.
 */
import { ALERTS_THRESHOLDS } from './alerts.ts';
import { DLP_THRESHOLDS } from './dlp.ts';
import { FEDERATION_THRESHOLDS } from './federation.ts';
import { FILES_THRESHOLDS } from './files.ts';
import { LOGIN_THRESHOLDS } from './login.ts';
import { MALWARE_THRESHOLDS } from './malware.ts';
import { POLICY_THRESHOLDS } from './policy.ts';
import { SERVICES_THRESHOLDS } from './services.ts';
import { SMUGGLING_THRESHOLDS } from './smuggling.ts';
import { SPIM_THRESHOLDS } from './spim.ts';
import { SPOOFING_THRESHOLDS } from './spoofing.ts';
import { STATE_THRESHOLDS } from './state.ts';
import type { ThresholdInfo } from './threshold.ts';
import { TRANSFER_THRESHOLDS } from './transfer.ts';
import { TRANSPORT_THRESHOLDS } from './transport.ts';

export type { ThresholdInfo } from './threshold.ts';

export const THRESHOLDS = {
  ...ALERTS_THRESHOLDS,
  ...SMUGGLING_THRESHOLDS,
  ...SPOOFING_THRESHOLDS,
  ...SERVICES_THRESHOLDS,
  ...LOGIN_THRESHOLDS,
  ...DLP_THRESHOLDS,
  ...TRANSFER_THRESHOLDS,
  ...FILES_THRESHOLDS,
  ...TRANSPORT_THRESHOLDS,
  ...FEDERATION_THRESHOLDS,
  ...SPIM_THRESHOLDS,
  ...MALWARE_THRESHOLDS,
  ...POLICY_THRESHOLDS,
  ...STATE_THRESHOLDS,
} as const;

export type ThresholdName = keyof typeof THRESHOLDS;

/** Values in force: defaults overlaid with what the configuration says. */
export type ThresholdValues = Readonly<Record<ThresholdName, number>>;

/** Defaults, with `byName` (names as the configuration spells them) laid over them. */
export function thresholdValues(byName: Readonly<Record<string, number>> = {}): ThresholdValues {
  const infos = Object.entries<ThresholdInfo>(THRESHOLDS);
  const values = infos.map(([key, info]) => [key, byName[info.name] ?? info.default]);
  return Object.fromEntries(values) as ThresholdValues;
}
