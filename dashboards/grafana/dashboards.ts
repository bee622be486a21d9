/** All dashboards. */
import type { Dashboard } from './builder.ts';
import { DATA_LEAK } from './data-leak.ts';
import { PLAINTEXT_EXPOSURE } from './plaintext-exposure.ts';
import { SENSOR_HEALTH } from './sensor-health.ts';
import { SOC_OVERVIEW } from './soc-overview.ts';
import { SPIM_CAMPAIGNS } from './spim-campaigns.ts';

export const DASHBOARDS: readonly Dashboard[] = [
  SOC_OVERVIEW,
  SPIM_CAMPAIGNS,
  DATA_LEAK,
  PLAINTEXT_EXPOSURE,
  SENSOR_HEALTH,
];
