/**
 * Where records arrive: sinks, metrics, console and API. It sees no packet, so that a slow disk or a slow reader
 * costs no packet (ARCHITECTURE.md section 2). `read` and `run` share it.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CopyFilter,
  FileCopies,
  IncidentMerger,
  alertInBrief,
  buildStatsRecord,
  type RecordSink,
  type SensorRecord,
  type ServerFeaturesRecord,
} from './alert/index.ts';
import type {
  ApiCounts,
  Health,
  LiveAlert,
  Readiness,
  ReloadAnswer,
  SensorService,
} from './api/index.ts';
import {
  configuredThresholds,
  eveFile,
  limitValues,
  replicaFile,
  storeFile,
  type SensorConfig,
} from './config/index.ts';
import { COUNTER, OperatorError, errorText, log, wallClockUsec } from './core/index.ts';
import { EveSink, MetricsRegistry, SinkSet, SqliteSink, WebhookSink } from './output/index.ts';
import { openHttp, type HttpDoor } from './http-door.ts';
import type { RulesInForce } from './rule-files.ts';
import { SensorAlerts } from './sensor-alerts.ts';
import { HealthWatch, diskSpace, healthOf, type RuleSensor } from './service/index.ts';
import type { WorkerSnapshot } from './worker-messages.ts';

export interface SupervisorOptions {
  readonly version: string;
  /** What is read: interfaces or files, for people. */
  readonly source: string;
  readonly isLive: boolean;
  readonly hasHttp: boolean;
  readonly rules: RulesInForce;
  /** Loads the rules anew, as USR2 does; undefined where they cannot change. */
  readonly reload?: (() => Promise<void>) | undefined;
}

type AlertListener = (alert: LiveAlert & { readonly isUpdate: boolean }) => void;

export class Supervisor implements SensorService {
  readonly #config: SensorConfig;
  readonly #options: SupervisorOptions;
  readonly #sqlite: SqliteSink | undefined;
  readonly #webhooks: WebhookSink | undefined;
  readonly #sinks: SinkSet;
  readonly #metrics: MetricsRegistry;
  /** Two legs of one stanza may be read by two workers. */
  readonly #copies: CopyFilter;
  readonly #fileCopies: FileCopies;
  /** Their flows, or those of a worker and its successor, may belong to one attack. */
  readonly #incidents: IncidentMerger;
  readonly #sensorAlerts: SensorAlerts;
  readonly #workers = new Map<string, WorkerSnapshot>();
  readonly #startUsec = wallClockUsec();
  readonly #watch = new HealthWatch();
  readonly #listeners = new Set<AlertListener>();
  #http: HttpDoor | undefined;
  #statsTimer: NodeJS.Timeout | undefined;
  /** Text of a failed reload, '' after a good one. */
  #rulesProblem = '';
  #rules: RulesInForce;
  /** When they were loaded. */
  #rulesUsec = wallClockUsec();
  /** Counts the rule sets that were in force: 1 at the start, one more for each good reload. */
  #generation = 1;
  /** Losses told already. */
  #shed = 0;
  #degraded = 0;
  #notKept = 0;

  private constructor(config: SensorConfig, options: SupervisorOptions) {
    this.#config = config;
    this.#options = options;
    this.#rules = options.rules;
    const limits = limitValues(config);
    this.#metrics = new MetricsRegistry({ version: options.version, limits });
    this.#copies = new CopyFilter(limits);
    this.#fileCopies = new FileCopies(limits);
    this.#incidents = new IncidentMerger({ limits, thresholds: configuredThresholds(config) });
    this.#sensorAlerts = new SensorAlerts(config, options.rules.sensorRules, (record) => {
      this.accept([record]);
    });
    const { sqlite, eve, webhooks } = config.output;
    const sinks: RecordSink[] = [];
    // Before anything is opened: it may refuse its configuration.
    if (options.isLive && webhooks.length > 0) {
      this.#webhooks = new WebhookSink(
        webhooks.map(({ url, secret_file: secretFile, min_severity: minSeverity }) => {
          return { url, secretFile, minSeverity };
        }),
        limits,
      );
      sinks.push(this.#webhooks);
    }
    if (sqlite.enabled) {
      const path = storeFile(config);
      makeFolder(dirname(path));
      this.#sqlite = new SqliteSink({
        path,
        limits,
        retentionDays: sqlite.retention_days,
        maxBytes: sqlite.max_bytes,
        replica:
          sqlite.replica_seconds > 0
            ? { copy: replicaFile(config), seconds: sqlite.replica_seconds }
            : undefined,
      });
      sinks.push(this.#sqlite);
    }
    if (eve.enabled) {
      const path = eveFile(config);
      if (path !== '-') makeFolder(dirname(path));
      sinks.push(
        new EveSink({
          path,
          types: eve.types,
          limits,
          ...(options.isLive ? {} : { patienceMs: Infinity }),
        }),
      );
    }
    this.#sinks = new SinkSet(sinks);
    this.#countRules();
  }

  /** Opens sinks and HTTP. Throws OperatorError for those that cannot be opened. */
  static async open(config: SensorConfig, options: SupervisorOptions): Promise<Supervisor> {
    if (config.output.sqlite.enabled || config.output.eve.enabled) makeFolder(config.data_dir);
    const supervisor = new Supervisor(config, options);
    try {
      if (options.hasHttp) supervisor.#http = await supervisor.#openHttp();
    } catch (error) {
      await supervisor.close().catch(() => undefined);
      throw error;
    }
    if (options.isLive) {
      supervisor.#statsTimer = setInterval(() => {
        supervisor.#writeStats();
      }, config.output.stats_seconds * 1000);
    }
    return supervisor;
  }

  /** URL of console and API, '' without HTTP. */
  get url(): string {
    return this.#http?.url ?? '';
  }

  /** Everything runs: what the first question of an analyst would wait for is loaded now. */
  warm(): void {
    this.#http?.warm();
  }

  /** What is in force now, and why the latest reload failed. */
  get rules(): ReloadAnswer {
    const { loaded, failed } = this.#rules;
    const problem = this.#rulesProblem;
    return { isOk: problem === '', loaded, failed, generation: this.#generation, problem };
  }

  /** What is wrong with the sinks, undefined when all is well. */
  get sinkProblem(): string | undefined {
    return this.#sinks.problem;
  }

  /** What servers were seen to offer in earlier runs (PipelineOptions.serverFeatures). */
  serverFeatures(): readonly ServerFeaturesRecord[] {
    return this.#sqlite?.serverFeatures() ?? [];
  }

  accept(batch: readonly SensorRecord[]): void {
    const records = this.#options.isLive ? this.#gather(batch) : batch;
    this.#metrics.countRecords(records);
    if (this.#listeners.size > 0) this.#tellListeners(records);
    this.#sinks.write(records);
  }

  update(workerId: string, snapshot: WorkerSnapshot): void {
    this.#workers.set(workerId, snapshot);
    this.#metrics.update(workerId, snapshot);
    this.#watch.update(
      workerId,
      snapshot,
      this.#metrics.total('capturePackets'),
      () => this.#metrics.totals().values,
    );
    if (!this.#options.isLive) return;
    const shed =
      this.#metrics.total('captureDroppedShed') + this.#metrics.total('captureDroppedKernel');
    if (shed > this.#shed) this.#sensorAlerts.raise('sensor.shed', { packets: shed - this.#shed });
    this.#shed = shed;
    const degraded = this.#metrics.total('recordsDropped') + this.#metrics.total('degradedFlows');
    if (degraded > this.#degraded)
      this.#sensorAlerts.raise('sensor.degraded', { count: degraded - this.#degraded });
    this.#degraded = degraded;
    this.#tellNotKept();
  }

  workerReady(workerId: string): void {
    this.#metrics.workerUp(workerId);
    this.#watch.workerReady(workerId);
  }

  workerLost(workerId: string): void {
    this.#metrics.workerDown(workerId);
    this.#watch.workerLost(workerId);
    this.#workers.delete(workerId);
    this.#sensorAlerts.raise('sensor.worker_restarted', { worker: workerId });
  }

  /** New rules are in force everywhere. */
  rulesReloaded(rules: RulesInForce): void {
    this.#rulesProblem = '';
    this.#rules = rules;
    this.#rulesUsec = wallClockUsec();
    this.#generation++;
    this.#sensorAlerts.replaceRules(rules.sensorRules);
    this.#countRules();
    const { loaded, failed } = rules;
    log('info', 'rules', `generation ${this.#generation}: ${loaded} rules, ${failed} refused`);
  }

  /** The rules of before stay in force. */
  reloadFailed(reason: string): void {
    this.#rulesProblem = reason;
    this.#metrics.reloadFailed();
    log('error', 'rules', `reload failed, generation ${this.#generation} stays: ${reason}`);
  }

  reopen(): void {
    this.#sinks.reopen();
  }

  async flush(): Promise<void> {
    await this.#sinks.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#statsTimer);
    if (this.#options.isLive) this.#writeStats();
    await this.#http?.close();
    await this.#sinks.close();
  }

  async metricsText({ refused, eventReaders }: ApiCounts): Promise<string> {
    this.#metrics.updateApi(refused, eventReaders);
    if (this.#sqlite !== undefined) this.#metrics.updateStore(this.#sqlite.status());
    this.#metrics.updateSinks(this.#sinks.health, this.#webhooks?.status);
    return await this.#metrics.text();
  }

  onAlert(listener: AlertListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async health(): Promise<Health> {
    const { sensor_name: sensor, data_dir: dataDir } = this.#config;
    const { version, isLive } = this.#options;
    const { loaded, failed } = this.#rules;
    const limits = limitValues(this.#config);
    const webhooks = this.#webhooks?.status ?? [];
    const lost = webhooks.map(({ refused, expired, overflow }) => refused + expired + overflow);
    return healthOf(
      {
        ...{ nowUsec: wallClockUsec(), isLive, source: this.#source() },
        uptimeSeconds: this.#uptimeSeconds(),
        ...this.#watch.facts(this.#metrics.totals().values, {
          flow: limits.flowMemcapBytes,
          reassembly: limits.reassemblyMemcapBytes,
        }),
        store: this.#storeFigures(),
        disk: await diskSpace(dataDir),
        sinks: this.#sinks.problems,
        webhooks: {
          lost: lost.reduce((sum, count) => sum + count, 0),
          waiting: webhooks.reduce((sum, { queueLength }) => sum + queueLength, 0),
        },
        rules: {
          ...{ loaded, failed, generation: this.#generation, reloadedUsec: this.#rulesUsec },
          problem: this.#rulesProblem,
        },
      },
      { sensor, version },
    );
  }

  /** Is the sensor doing its work? */
  readiness(): readonly Readiness[] {
    return [this.#captureState(), this.#rulesState(), this.#storeState()];
  }

  /** What several workers see of one stanza or one attack is one alert. */
  #gather(batch: readonly SensorRecord[]): readonly SensorRecord[] {
    const isOneWorker = this.#workers.size < 2;
    return batch
      .filter((each) => isOneWorker || !this.#isCopy(each))
      .map((each) => this.#incidents.merge(each));
  }

  #isCopy(each: SensorRecord): boolean {
    if (each.kind === 'alert') return this.#copies.isCopy(each.record);
    return each.kind === 'file' && this.#fileCopies.isCopy(each.record);
  }

  #tellNotKept(): void {
    const full = this.#metrics.total('filesStoreFull');
    const failed = this.#metrics.total('filesStoreFailed');
    if (full + failed > this.#notKept) {
      this.#sensorAlerts.raise('sensor.files_not_kept', { full, failed });
    }
    this.#notKept = full + failed;
  }

  #countRules(): void {
    const { loaded, failed, categories } = this.#rules;
    this.#metrics.rulesLoaded(loaded, failed, this.#generation, categories);
  }

  /** What is read, in a few words. */
  #source(): string {
    const { source } = this.#options;
    return source.length > 80 ? `${source.slice(0, 80)}…` : source;
  }

  #captureState(): Readiness {
    if (!this.#options.isLive)
      return { check: 'capture', isOk: true, text: `reading ${this.#source()}` };
    const interfaces = [...this.#workers.values()].flatMap((worker) => worker.interfaces);
    const lost = interfaces.filter((each) => !each.isCapturing).map((each) => each.interfaceName);
    if (interfaces.length === 0)
      return {
        check: 'capture',
        isOk: false,
        text: 'no capture worker is running; it is started again',
      };
    if (lost.length > 0)
      return {
        check: 'capture',
        isOk: false,
        text: `${lost.join(', ')} is gone: plug it in or bring it up`,
      };
    return { check: 'capture', isOk: true, text: `listening on ${this.#options.source}` };
  }

  #storeFigures(): Health['store'] {
    const { enabled, max_bytes: maxBytes } = this.#config.output.sqlite;
    const status = this.#sqlite?.status();
    return {
      ...{ rows: 0, bytes: 0, queueLength: 0, dropped: 0, writeErrors: 0, ...status },
      maxBytes: enabled ? maxBytes : 0,
      queueLimit: limitValues(this.#config).storeQueue,
    };
  }

  #rulesState(): Readiness {
    if (this.#rulesProblem !== '')
      return {
        check: 'rules',
        isOk: false,
        text: `reload failed, generation ${this.#generation} stays: ${this.#rulesProblem}`,
      };
    const { loaded, failed } = this.#rules;
    const refused = failed === 0 ? '' : `, ${failed} refused`;
    return {
      check: 'rules',
      isOk: loaded > 0,
      text: `${loaded} rules${refused}, generation ${this.#generation}`,
    };
  }

  #storeState(): Readiness {
    // A receiver of webhooks that is away makes no sensor unready.
    const troubled = this.#sinks.problems.filter(({ sink }) => sink !== this.#webhooks?.name);
    const problem = troubled.map((each) => `${each.sink}: ${each.problem}`).join('; ') || undefined;
    return { check: 'store', isOk: problem === undefined, text: problem ?? 'writing' };
  }

  #tellListeners(records: readonly SensorRecord[]): void {
    for (const { kind, record } of records) {
      if (kind !== 'alert' && kind !== 'alert_update') continue;
      const news = { ...alertInBrief(record), isUpdate: kind === 'alert_update' };
      for (const listener of this.#listeners) listener(news);
    }
  }

  #openHttp(): Promise<HttpDoor> {
    const { version, isLive } = this.#options;
    return openHttp({
      ...{ config: this.#config, version, isLive, sensor: this },
      rules: this.#ruleSensor(),
      readiness: () => Promise.resolve(this.readiness()),
    });
  }

  #ruleSensor(): RuleSensor | undefined {
    const { reload } = this.#options;
    if (reload === undefined) return undefined;
    return {
      status: () => this.rules,
      reload: async () => {
        await reload();
        return this.rules;
      },
    };
  }

  /** Counters of a replay, on packet time: the same capture gives the same record. */
  writeReplayStats(tsUsec: number): void {
    const { values, events } = this.#metrics.totals();
    values[COUNTER.scanNanoseconds] = 0;
    const record = buildStatsRecord(this.#config.sensor_name, tsUsec, 0, { values, events });
    this.#sinks.write([{ kind: 'stats', record }]);
  }

  #writeStats(): void {
    const record = buildStatsRecord(
      this.#config.sensor_name,
      wallClockUsec(),
      this.#uptimeSeconds(),
      this.#metrics.totals(),
    );
    this.#sinks.write([{ kind: 'stats', record }]);
  }

  #uptimeSeconds(): number {
    return Math.floor((wallClockUsec() - this.#startUsec) / 1e6);
  }
}

/** The data folder: for its owner and group only (INTERFACE.md section 6). Throws OperatorError STORE_UNWRITABLE. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o750 });
  } catch (error) {
    throw new OperatorError(
      'STORE_UNWRITABLE',
      `Cannot create the folder ${path}: ${errorText(error)}`,
      'Choose a writable folder with -l DIR',
      { cause: error },
    );
  }
}
