/** How the sensor behind a store is, told by what it last wrote: health and news for servers that capture nothing. */
import { dirname } from 'node:path';
import type { ApiCounts, Health, LiveAlert, SensorService, StoreService } from '../api/index.ts';
import { storeFile, type SensorConfig } from '../config/index.ts';
import { errorText, log, wallClockUsec } from '../core/index.ts';
import { MetricsRegistry, type PacksNews } from '../output/index.ts';
import { diskSpace } from './disk-space.ts';
import { healthOf } from './health-checks.ts';
import type { Figures, HealthFacts } from './health-facts.ts';

const POLL_MS = 1000;

type Listener = (alert: LiveAlert & { readonly isUpdate: boolean }) => void;
type Store = Pick<StoreService, 'latestStats' | 'newsSince'>;

export interface StoredSensorOptions {
  readonly config: SensorConfig;
  readonly version: string;
  readonly store: Store;
  /** What there is to say about packs. */
  readonly packs?: () => PacksNews | undefined;
}

export class StoredSensor implements SensorService {
  readonly #options: StoredSensorOptions;
  readonly #news: NewsPoll;
  readonly #metrics: MetricsRegistry;

  constructor(options: StoredSensorOptions) {
    this.#options = options;
    this.#news = new NewsPoll(options.store);
    this.#metrics = new MetricsRegistry({ version: options.version });
  }

  async health(): Promise<Health> {
    const { config, version, store } = this.#options;
    const { stats, rows, bytes } = await store.latestStats();
    const totals: Figures = stats?.counters ?? {};
    const uptimeSeconds = stats?.uptimeSeconds ?? 0;
    const facts: HealthFacts = {
      ...{ nowUsec: wallClockUsec(), isLive: false, source: 'the store', uptimeSeconds, totals },
      // Of the last minutes nothing is known: losses are told by the sensor itself.
      lately: { seconds: 0, counted: {} },
      ...{ interfaces: [], workers: [], silentSeconds: undefined, aheadSeconds: undefined },
      store: {
        ...{ rows, bytes, maxBytes: config.output.sqlite.max_bytes, queueLength: 0 },
        ...{ queueLimit: 0, dropped: 0, writeErrors: 0 },
      },
      disk: await diskSpace(dirname(storeFile(config))),
      ...{ sinks: [], webhooks: { lost: 0, waiting: 0 }, memory: [] },
      rules: { loaded: 0, failed: 0, generation: 0, reloadedUsec: undefined, problem: '' },
      reportedUsec: stats?.tsUsec,
      packs: this.#options.packs?.(),
    };
    return healthOf(facts, { sensor: stats?.sensor ?? config.sensor_name, version });
  }

  async metricsText({ refused, eventReaders }: ApiCounts): Promise<string> {
    this.#metrics.updateApi(refused, eventReaders);
    try {
      const { rows, bytes } = await this.#options.store.latestStats();
      this.#metrics.updateStore({ rows, bytes, queueLength: 0, writeErrors: 0, dropped: 0 });
    } catch (error) {
      // The figures before stay: /readyz says that the store cannot be read.
      log('debug', 'api', `metrics: ${errorText(error)}`);
    }
    return await this.#metrics.text();
  }

  onAlert(listener: Listener): () => void {
    return this.#news.add(listener);
  }
}

/** Asks the store for alerts that came or grew, once a second, while somebody listens. */
class NewsPoll {
  readonly #store: Pick<StoreService, 'newsSince'>;
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  #cursor: string | undefined;
  #isAsking = false;

  constructor(store: Pick<StoreService, 'newsSince'>) {
    this.#store = store;
  }

  /** Returns how to stop. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => {
        void this.#ask();
      }, POLL_MS);
      void this.#ask();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      // Who listens next is told of what comes from then on.
      this.#cursor = undefined;
    };
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const { alerts, cursor } = await this.#store.newsSince(this.#cursor);
      if (this.#listeners.size > 0) this.#cursor = cursor;
      for (const alert of alerts) for (const listener of this.#listeners) listener(alert);
    } catch (error) {
      log('debug', 'api', `news: ${errorText(error)}`);
    } finally {
      this.#isAsking = false;
    }
  }
}
