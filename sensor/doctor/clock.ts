/** Times in alerts are what analysts compare with other logs: is the clock right? */
import { span } from '../core/index.ts';
import { ok, unknown, warn, type Check } from './types.ts';

export interface ClockFacts {
  /** Undefined: nobody here can tell; `by`: who said so. */
  readonly synchronised: { readonly is: boolean; readonly by: string } | undefined;
  /** IANA name. */
  readonly zone: string;
  /** Time of the newest record minus the clock, seconds; undefined where none can be read. */
  readonly newestAheadSeconds: number | undefined;
}

const FUTURE_SECONDS = 60;

export function judgeClock({ synchronised, zone, newestAheadSeconds }: ClockFacts): Check[] {
  return [sync(synchronised), zoneOf(zone), ...records(newestAheadSeconds)];
}

function sync(synchronised: ClockFacts['synchronised']): Check {
  if (synchronised === undefined) {
    return unknown(
      'clock.synchronised',
      'Whether the clock is synchronised cannot be told: no timedatectl, chronyc or ntpq answers',
      'In a container the host keeps the clock: look there (timedatectl)',
    );
  }
  const { is, by } = synchronised;
  if (is) return ok('clock.synchronised', `The clock is synchronised (${by})`);
  return warn(
    'clock.synchronised',
    `The clock is not synchronised (${by})`,
    'Run: timedatectl set-ntp true (or start chronyd)',
  );
}

function zoneOf(zone: string): Check {
  return ok('clock.zone', `Time zone ${zone}; records are kept in UTC`);
}

function records(ahead: number | undefined): Check[] {
  if (ahead === undefined) return [];
  if (ahead <= FUTURE_SECONDS)
    return [ok('clock.store', 'No record of the store lies in the future')];
  return [
    warn(
      'clock.store',
      `The newest record of the store lies ${span(ahead)} in the future: this clock is slow now, or was fast`,
      'Set the clock (timedatectl); lists that begin with the newest show those records first',
    ),
  ];
}
