/** What an operator is told once: settings without which the sensor works, but says less. */
import type { SensorConfig } from './schema.ts';

/** '' when there is nothing to say. */
export function directionHint({ dlp }: Pick<SensorConfig, 'dlp'>): string {
  return dlp.internal_domains.length > 0
    ? ''
    : 'leaks weigh the same in every direction until dlp.internal_domains names your XMPP domains';
}
