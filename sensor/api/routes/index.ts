/** Every route of the API. */
import type { Route } from '../route.ts';
import { ALERT_ROUTES } from './alerts.ts';
import { PEOPLE_ROUTES } from './people.ts';
import { RULE_ROUTES } from './rules.ts';
import { SENSOR_ROUTES } from './sensor.ts';

export const ROUTES: readonly Route[] = [
  ...ALERT_ROUTES,
  ...PEOPLE_ROUTES,
  ...RULE_ROUTES,
  ...SENSOR_ROUTES,
];
