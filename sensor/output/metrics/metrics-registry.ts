/**
 * The Prometheus side of the sensor. Rooms bump plain counters; workers send them from time to time; here they
 * become metrics when somebody scrapes.
 */
import { Counter, Gauge, Registry, type Metric } from 'prom-client';
import {
  defaultLimits,
  wallClockUsec,
  type CounterName,
  type LimitValues,
} from '../../core/index.ts';
import type { SensorRecord } from '../../alert/index.ts';
import type { StoreStatus } from '../sqlite/sqlite-sink.ts';
import type { WebhookStatus } from '../webhook/webhook-types.ts';
import { DUTY_COUNTERS, webhookSamples } from './duty-metrics.ts';
import { FILE_COUNTERS, FileTotals } from './file-metrics.ts';
import {
  CONNECTIONS,
  DECODE_LAYERS,
  ENCRYPTED,
  FLOW_ENDS,
  METRICS,
  POOL_LIMITS,
  PREFIX,
  SCAN_SECONDS,
  STANZA_KINDS,
  XML_ERRORS,
  addAlerts,
  type EventGroups,
  type MetricKey,
} from './metric-table.ts';
import type { MetricInfo, Sample } from './metric-info.ts';
import { RecordTotals, newSeverities } from './record-metrics.ts';
import { WorkerTotals, type WorkerCounts } from './worker-totals.ts';

export interface MetricsOptions {
  readonly version: string;
  /** Limits in force; the defaults unless told. */
  readonly limits?: LimitValues;
}

const NO_STORE: StoreStatus = { rows: 0, bytes: 0, queueLength: 0, writeErrors: 0, dropped: 0 };
const UNLABELLED: Sample['labels'] = {};

export class MetricsRegistry {
  readonly #registry = new Registry();
  readonly #workers = new WorkerTotals();
  readonly #workersUp = new Map<string, boolean>();
  readonly #alerts = new Map<string, Map<string, number>>();
  readonly #files = new FileTotals();
  readonly #records: RecordTotals;
  readonly #options: Required<MetricsOptions>;
  #store = NO_STORE;
  #api: { readonly refused: Readonly<Record<string, number>>; readonly eventReaders: number } = {
    refused: {},
    eventReaders: 0,
  };
  #sinks: ReadonlyMap<string, boolean> = new Map();
  #webhooks: readonly WebhookStatus[] = [];
  #rules = { loaded: 0, failed: 0, generation: 0, loadedAtSeconds: 0, failures: 0 };
  #restarts = 0;

  constructor(options: MetricsOptions) {
    this.#options = { limits: defaultLimits(), ...options };
    this.#records = new RecordTotals(this.#options.limits);
    for (const [key, info] of Object.entries(METRICS)) this.#register(key as MetricKey, info);
    this.#registerScanSeconds();
  }

  /** Counters of a worker at this moment. */
  update(workerId: string, counts: WorkerCounts): void {
    this.#workers.update(workerId, counts);
  }

  workerUp(workerId: string): void {
    if (this.#workersUp.has(workerId)) this.#restarts++;
    this.#workersUp.set(workerId, true);
  }

  workerDown(workerId: string): void {
    this.#workersUp.set(workerId, false);
    this.#workers.end(workerId);
  }

  /** Rules are in force; `categories`: those of the rules, whose series then start at 0. */
  rulesLoaded(
    loaded: number,
    failed: number,
    generation: number,
    categories: Iterable<string> = [],
  ): void {
    const { failures } = this.#rules;
    const loadedAtSeconds = Math.floor(wallClockUsec() / 1e6);
    this.#rules = { loaded, failed, generation, failures, loadedAtSeconds };
    for (const category of categories) {
      if (!this.#alerts.has(category)) this.#alerts.set(category, newSeverities());
    }
  }

  reloadFailed(): void {
    this.#rules = { ...this.#rules, failures: this.#rules.failures + 1 };
  }

  updateStore(status: StoreStatus): void {
    this.#store = status;
  }

  /** Sink -> is it well? And the webhooks in the order of the configuration. */
  updateSinks(sinks: ReadonlyMap<string, boolean>, webhooks: readonly WebhookStatus[] = []): void {
    this.#sinks = sinks;
    this.#webhooks = webhooks;
  }

  /** What the API counts of itself: refused requests by reason, readers of live events. */
  updateApi(refused: Readonly<Record<string, number>>, eventReaders: number): void {
    this.#api = { refused, eventReaders };
  }

  /** Counts alerts, files, campaigns and sessions among records on their way to the sinks. */
  countRecords(records: readonly SensorRecord[]): void {
    addAlerts(this.#alerts, records);
    this.#files.count(records);
    this.#records.count(records);
  }

  /** One counter over all workers. */
  total(name: CounterName): number {
    return this.#workers.value(name);
  }

  /** All counters and events over all workers, for stats records. */
  totals(): { readonly values: Float64Array; readonly events: Float64Array } {
    return this.#workers.totals();
  }

  /** Prometheus text format, version 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #register(key: MetricKey, info: MetricInfo): void {
    const Kind = info.type === 'counter' ? Counter : Gauge;
    const samples = (): readonly Sample[] => this.#samples(key);
    new Kind({
      name: PREFIX + info.name,
      help: info.help,
      labelNames: info.labels,
      registers: [this.#registry],
      collect() {
        // Values are sums kept elsewhere and only ever grow: the metric is a view of them.
        this.reset();
        for (const { labels, value } of samples()) this.inc(labels, value);
      },
    });
  }

  /** prom-client's summaries want each observation; the workers have sum and count. */
  #registerScanSeconds(): void {
    const name = PREFIX + SCAN_SECONDS.name;
    const get = (): object => ({
      name,
      help: SCAN_SECONDS.help,
      type: 'summary',
      aggregator: 'sum',
      values: [
        { metricName: `${name}_sum`, labels: {}, value: this.total('scanNanoseconds') / 1e9 },
        { metricName: `${name}_count`, labels: {}, value: this.total('scans') },
      ],
    });
    // A registry asks of a metric its name and get() only.
    const summary: unknown = { name, get: () => Promise.resolve(get()) };
    this.#registry.registerMetric(summary as Metric);
  }

  #samples(key: MetricKey): readonly Sample[] {
    const { loaded, failed, generation, loadedAtSeconds, failures } = this.#rules;
    switch (key) {
      case 'buildInfo':
        return [{ labels: { version: this.#options.version }, value: 1 }];
      case 'up':
        return one(1);
      case 'capturePackets':
        return this.#interfaceSamples([[0, {}]]);
      case 'captureBytes':
        return one(this.total('captureBytes'));
      case 'captureDropped':
        return this.#interfaceSamples([
          [2, { reason: 'kernel' }],
          [3, { reason: 'interface' }],
          [4, { reason: 'shed' }],
        ]);
      case 'decodeErrors':
        return this.#eventSamples('layer', DECODE_LAYERS);
      case 'flowsActive':
        return one(this.total('flowsActive'));
      case 'flows':
        return this.#counterSamples(FLOW_ENDS);
      case 'gapBytes':
        return one(this.total('tcpGapBytes'));
      case 'overlapConflicts':
        return one(this.total('tcpOverlapConflicts'));
      case 'unseenAck':
        return one(this.total('tcpUnseenAck'));
      case 'checksumErrors':
        return one(this.total('tcpChecksumErrors'));
      case 'sessionsActive':
        return this.#counterSamples(CONNECTIONS);
      case 'stanzas':
        return this.#counterSamples(STANZA_KINDS);
      case 'xmlErrors':
        return this.#eventSamples('error', XML_ERRORS);
      case 'encryptedFlows':
        return this.#counterSamples(ENCRYPTED);
      case 'alerts':
        return this.#alertSamples();
      case 'incidentFirings':
        return one(this.total('incidentFirings'));
      case 'incidentsOpen':
        return one(this.total('incidentsOpen'));
      case 'incidentsEvicted':
        return one(this.total('incidentsEvicted'));
      case 'alertsSuppressed':
        return samplesBy('sid', this.#workers.suppressed());
      case 'alertCopies':
        return one(this.total('alertsCopies'));
      case 'rulesLoaded':
        return one(loaded);
      case 'rulesFailed':
        return one(failed);
      case 'rulesGeneration':
        return one(generation);
      case 'reloadSuccess':
        return one(loadedAtSeconds);
      case 'reloadFailures':
        return one(failures);
      case 'files':
        return this.#files.files();
      case 'fileBytes':
        return this.#files.bytes();
      case 'filesOpen':
      case 'fileInspections':
      case 'filesForgotten':
      case 'filesRetold':
      case 'filesNotFollowed':
      case 'filesOverlooked':
      case 'filesNewsDropped':
      case 'filesStored':
        return this.#counterSamples(FILE_COUNTERS[key]);
      case 'familyAlerts':
      case 'campaigns':
      case 'campaignMessages':
      case 'campaignsActive':
      case 'exposures':
      case 'sessionsEnded':
        return this.#records.samples(key);
      case 'sinkUp':
        return samplesBy('sink', new Map([...this.#sinks].map(([name, up]) => [name, Number(up)])));
      case 'webhookDeliveries':
      case 'webhookRetries':
      case 'webhookQueue':
        return webhookSamples(key, this.#webhooks);
      case 'apiRefused':
        return Object.entries(this.#api.refused).map(([reason, value]) => {
          return { labels: { reason }, value };
        });
      case 'apiEventReaders':
        return one(this.#api.eventReaders);
      case 'flowsDegraded':
      case 'limitsReached':
      case 'packetsKept':
      case 'packetsNotKept':
      case 'packetSpoolBytes':
      case 'seenBytes':
      case 'sessions':
      case 'duplicates':
        return this.#counterSamples(DUTY_COUNTERS[key]);
      case 'pipelineLag':
        return one(this.#workers.lagSeconds());
      case 'storeWriteErrors':
        return one(this.#store.writeErrors);
      case 'storeRows':
        return one(this.#store.rows);
      case 'storeBytes':
        return one(this.#store.bytes);
      case 'storeQueue':
        return one(this.#store.queueLength);
      case 'recordsDropped':
        return one(this.total('recordsDropped') + this.#store.dropped);
      case 'memoryUsed':
        return samplesBy('pool', this.#workers.memory());
      case 'memoryLimit':
        return [
          ...POOL_LIMITS.map(([pool, limit]) => ({
            labels: { pool },
            value: this.#options.limits[limit],
          })),
          { labels: { pool: 'state' }, value: this.#workers.tableLimitBytes() },
        ];
      case 'stateEntries':
        return samplesBy('table', this.#workers.tableEntries());
      case 'stateEvictions':
        return samplesBy('table', this.#workers.evictions());
      case 'workerUp':
        return [...this.#workersUp].map(([worker, isUp]) => ({
          labels: { worker },
          value: Number(isUp),
        }));
      case 'workerRestarts':
        return one(this.#restarts);
      case 'seenRatio':
        return one(ratio(this.total('tcpSeenBytes'), this.total('tcpGapBytes')));
    }
  }

  #counterSamples(
    samples: readonly (readonly [Sample['labels'], CounterName])[],
  ): readonly Sample[] {
    return samples.map(([labels, name]) => ({ labels, value: this.total(name) }));
  }

  #eventSamples(label: string, groups: EventGroups): readonly Sample[] {
    return [...groups].map(([group, ids]) => ({
      labels: { [label]: group },
      value: ids.reduce((sum, id) => sum + this.#workers.event(id), 0),
    }));
  }

  /** For each interface the counters asked for by their place in INTERFACE_COUNTS. */
  #interfaceSamples(wanted: readonly (readonly [number, Sample['labels']])[]): readonly Sample[] {
    return [...this.#workers.interfaces()].flatMap(([name, counts]) =>
      wanted.map(([index, labels]) => ({
        labels: { interface: name, ...labels },
        value: counts[index] ?? 0,
      })),
    );
  }

  #alertSamples(): readonly Sample[] {
    return [...this.#alerts].flatMap(([category, bySeverity]) =>
      [...bySeverity].map(([severity, value]) => ({ labels: { category, severity }, value })),
    );
  }
}

function samplesBy(label: string, values: ReadonlyMap<string | number, number>): readonly Sample[] {
  return [...values].map(([key, value]) => ({ labels: { [label]: String(key) }, value }));
}

function one(value: number): readonly Sample[] {
  return [{ labels: UNLABELLED, value }];
}

/** 1 while nothing is known to be missing. */
function ratio(seen: number, missing: number): number {
  return seen + missing === 0 ? 1 : seen / (seen + missing);
}
