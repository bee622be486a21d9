/** Door of service/: what an analyst may ask for, put together for the API. */
import type { ApiServices, SensorService } from '../api/index.ts';
import { limitValues, storeFile, type SensorConfig } from '../config/index.ts';
import { StoreClient } from '../output/index.ts';
import { createPacketService } from './packets.ts';
import { createRuleService, type RuleSensor } from './rules.ts';

export { createPacketService, type PacketAnswers } from './packets.ts';
export { createRuleService, type RuleSensor, type RuleServiceControl } from './rules.ts';
export { diskSpace } from './disk-space.ts';
export { healthChecks, healthOf } from './health-checks.ts';
export type { Figures, HealthFacts } from './health-facts.ts';
export { HealthWatch } from './health-watch.ts';
export { StoredSensor } from './stored-sensor.ts';

/** The store in its thread. */
export type StoreBehind = StoreClient;

export interface ServiceOptions {
  readonly config: SensorConfig;
  readonly sensor: SensorService;
  /** Rules of a running sensor; undefined over a store alone. */
  readonly rules?: RuleSensor | undefined;
  /** The store, where it is open already; closed with the services all the same. */
  readonly store?: StoreBehind | undefined;
}

export interface Services extends ApiServices {
  /** Loads in the background what the first question would wait for. */
  warm(): void;
  close(): Promise<void>;
}

/** The store of a configuration, asked in a thread of its own. */
export function openStoreClient(config: SensorConfig): StoreBehind {
  return new StoreClient({ path: storeFile(config), limits: limitValues(config) });
}

export function createServices({ config, sensor, rules, store }: ServiceOptions): Services {
  const asked = store ?? openStoreClient(config);
  const ruleService = createRuleService({ config, store: asked, sensor: rules });
  const packets = createPacketService({ config });
  return {
    ...{ store: asked, rules: ruleService, packets, sensor },
    warm: () => {
      ruleService.warm();
      asked.warm();
    },
    close: async () => {
      await Promise.all([ruleService.close(), packets.close(), asked.close()]);
    },
  };
}
