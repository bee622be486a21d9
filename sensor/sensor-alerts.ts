/**
 * Alerts about the sensor itself (ARCHITECTURE.md section 8): a dead worker, shed packets, a limit. They come from
 * rules like any other, so that an analyst can tune them; each kind speaks at most once in ten minutes.
 */
import { createAlerter, ephemeralHmacKey, type Alerter, type SensorRecord } from './alert/index.ts';
import { configuredThresholds, limitValues, type SensorConfig } from './config/index.ts';
import { Counters, eventId, wallClockUsec } from './core/index.ts';
import { NO_STANZA } from './detect/index.ts';
import type { Rule } from './rules/index.ts';

const QUIET_USEC = 600 * 1_000_000;

export class SensorAlerts {
  #rules: readonly Rule[];
  readonly #alerter: Alerter;
  readonly #lastUsec = new Map<string, number>();

  constructor(config: SensorConfig, rules: readonly Rule[], emit: (record: SensorRecord) => void) {
    this.#rules = rules;
    this.#alerter = createAlerter({
      sensorName: config.sensor_name,
      // Such alerts carry no evidence, so nothing is hashed with this key.
      hmacKey: ephemeralHmacKey(),
      flowFacts: {
        info: () => {
          throw new RangeError('An alert about the sensor has no flow');
        },
        hasGap: () => false,
      },
      origin: () => ({ fileName: '', interfaceName: '', packetNumber: 0 }),
      counters: new Counters(),
      limits: limitValues(config),
      thresholds: configuredThresholds(config),
      emit,
    });
  }

  /** New rules are in force. */
  replaceRules(rules: readonly Rule[]): void {
    this.#rules = rules;
  }

  /** Raises what the rules make of a `sensor.*` event. */
  raise(event: string, context: Readonly<Record<string, string | number>>): void {
    const tsUsec = wallClockUsec();
    if (tsUsec - (this.#lastUsec.get(event) ?? 0) < QUIET_USEC) return;
    this.#lastUsec.set(event, tsUsec);
    const id = eventId(event);
    for (const rule of this.#rules) {
      if (rule.events.includes(id)) this.#tell(rule, tsUsec, { event, ...context });
    }
    this.#alerter.settle();
  }

  #tell(rule: Rule, tsUsec: number, context: Readonly<Record<string, string | number>>): void {
    this.#alerter.onFinding({
      rule,
      session: undefined,
      flow: -1,
      direction: 0,
      tsUsec,
      stanza: NO_STANZA,
      buffer: -1,
      region: -1,
      evidence: new Uint8Array(0),
      evidenceOffset: 0,
      matches: [],
      secrets: [],
      context,
    });
  }
}
