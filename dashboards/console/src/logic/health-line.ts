/** The health in the top bar: one state and one line. Apart from the page's words, since every page loads it. */
import type { Health, HealthCheck } from '../../../../sensor/api/contract.ts';

export interface HealthLine {
  /** 'unknown' is neutral: nothing is wrong, and nothing runs that could be well. */
  readonly state: HealthCheck['state'] | 'unknown';
  readonly words: string;
}

const STATES: readonly HealthCheck['state'][] = ['ok', 'warning', 'bad'];

/** `isLost`: the last request found nobody. */
export function healthLine(
  health: Pick<Health, 'checks' | 'isLive'> | undefined,
  isLost: boolean,
): HealthLine {
  if (isLost) {
    const words = health?.isLive === false ? 'Console unreachable' : 'Sensor unreachable';
    return { state: 'bad', words };
  }
  if (health === undefined) return { state: 'unknown', words: 'Health unknown' };
  const { checks, isLive } = health;
  const [worst] = [...checks].sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state));
  if (worst !== undefined && worst.state !== 'ok') return { state: worst.state, words: worst.text };
  if (isLive) {
    return worst === undefined
      ? { state: 'unknown', words: 'Health unknown' }
      : { state: 'ok', words: 'All well' };
  }
  // A store tells of the sensor that fills it, if there is one.
  const sensor = checks.find(({ name }) => name === 'sensor');
  return { state: 'unknown', words: sensor?.text ?? 'No sensor runs: a store is shown' };
}
