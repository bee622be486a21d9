/**
 * What an analyst asks about rules: which there are, what one says, what a stanza would fire, and how the site tunes
 * them (contract: api/services.ts). Rules are loaded and stanzas tried in a thread of its own, since loading takes long
 * and what is pasted is hostile.
 */
import type { ReloadAnswer, RuleService, StoreService } from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError } from '../core/index.ts';

/** The rules of a running sensor. */
export interface RuleSensor {
  /** What is in force now, and why the latest reload failed. Asked often: cheap, never blocks. */
  status(): ReloadAnswer;
  /** Put what the files say in force, as USR2 does; resolves when that has worked or failed. */
  reload(): Promise<ReloadAnswer>;
}

export interface RuleServiceOptions {
  readonly config: SensorConfig;
  /** Where firings are counted; without it all rules have none. */
  readonly store?: Pick<StoreService, 'top'> | undefined;
  /** Undefined over a store alone: what is tuned is written, and a sensor takes it at its next reload. */
  readonly sensor?: RuleSensor | undefined;
}

/** The service, and how to end its thread. */
export interface RuleServiceControl extends RuleService {
  close(): Promise<void>;
}

export function createRuleService(options: RuleServiceOptions): RuleServiceControl {
  const away = (): never => {
    throw new OperatorError('USAGE', `Rules of ${options.config.sensor_name} cannot be asked yet`);
  };
  return {
    rows: async () => Promise.resolve().then(away),
    detail: async () => Promise.resolve().then(away),
    try: async () => Promise.resolve().then(away),
    tuning: async () => Promise.resolve().then(away),
    tune: async () => Promise.resolve().then(away),
    untune: async () => Promise.resolve().then(away),
    reload: async () => Promise.resolve().then(away),
    close: async () => Promise.resolve(),
  };
}
