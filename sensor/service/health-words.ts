/** How checks are written. */
import type { HealthCheck } from '../api/index.ts';
import type { HealthFacts } from './health-facts.ts';

export { bytes, counted, percent, span } from '../core/index.ts';

/** Undefined where it does not apply. */
export type Check = (facts: HealthFacts) => HealthCheck | undefined;

export function ok(name: string, text: string): HealthCheck {
  return { name, state: 'ok', text, fix: '' };
}

export function warning(name: string, text: string, fix: string): HealthCheck {
  return { name, state: 'warning', text, fix };
}

export function bad(name: string, text: string, fix: string): HealthCheck {
  return { name, state: 'bad', text, fix };
}
