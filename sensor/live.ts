/**
 * `run`: a supervisor process and capture workers (ARCHITECTURE.md section 2). The supervisor owns sinks, metrics
 * and HTTP and sees no packet; a worker that dies costs its share of the traffic until it is started again, by a process
 * of its own, since the supervisor itself may not capture (confinement.ts).
 */
import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { SensorConfig } from './config/index.ts';
import { COUNTER, EXIT, OperatorError, errorText, log, monotonicMs } from './core/index.ts';
import { loadHmacKey } from './alert/index.ts';
import { RuleBuilder } from './rule-builder.ts';
import { storesData } from './rule-files.ts';
import { PacketExpiry, packetsFolder } from './packets/index.ts';
import { ProcessLine } from './process-line.ts';
import { RunRecord } from './run-record.ts';
import { RunSignals } from './run-signals.ts';
import type { StarterLink, WorkerProcess } from './starter-link.ts';
import { Supervisor, makeFolder } from './supervisor.ts';
import type { OfferNews } from './files/index.ts';
import { NewsValve } from './news-valve.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const RESTART_MIN_MS = 250;
const RESTART_MAX_MS = 30_000;
/** A worker that lived this long starts with a short pause again. */
const HEALTHY_MS = 60_000;
/** Flow ids of different workers, and of a worker's lives, are apart: 2^32 for each of 1024 starts. */
const MAX_STARTS = 1024;
const FLOW_IDS_PER_START = 2 ** 32;
/** How long workers may take to hand over what they hold when the sensor stops. */
const STOP_MS = 15_000;

export interface LiveRun {
  readonly config: SensorConfig;
  /** Starts workers; it ends with the run. */
  readonly starter: StarterLink;
  readonly interfaces: readonly string[];
  readonly filter: string;
  readonly version: string;
  /** Told once every worker captures: the URL of console and API, '' without them. */
  readonly onReady: (url: string) => void;
}

/** Runs until TERM or INT. Resolves to the exit status; rejects with an OperatorError when it cannot start. */
export async function runLive(run: LiveRun): Promise<number> {
  const { config } = run;
  const signals = new RunSignals();
  const count =
    config.capture.workers === 'auto'
      ? Math.max(1, availableParallelism() - 1)
      : config.capture.workers;
  // From before the rules are read: who changes them meanwhile finds somebody to tell.
  let record: RunRecord | undefined;
  try {
    record = openRecord(config);
    return await runRecorded(run, count, signals, record);
  } finally {
    run.starter.close();
    record?.remove();
  }
}

async function runRecorded(
  run: LiveRun,
  count: number,
  signals: RunSignals,
  record: RunRecord | undefined,
): Promise<number> {
  const { config } = run;
  const builder = new RuleBuilder(config);
  // All rules are checked before a packet is taken; the workers find them compiled.
  const rules = await builder.build();
  const supervisor = await Supervisor.open(config, {
    version: run.version,
    source: run.interfaces.join(', '),
    isLive: true,
    hasHttp: config.http.enabled,
    rules,
    reload: () => reloads.request(),
  });
  // Before several workers want to.
  if (storesData(config)) loadHmacKey(config.data_dir);
  const fleet = new WorkerFleet(run, supervisor, count);
  const reloads = new RuleReloads(builder, supervisor, fleet, record);
  const expiry = new PacketExpiry(packetsFolder(config.data_dir), config.packets.max_days);
  try {
    await fleet.start();
  } catch (error) {
    expiry.stop();
    await fleet.stop();
    await supervisor.close().catch(() => undefined);
    throw error;
  }
  run.onReady(supervisor.url);
  supervisor.warm();
  signals.serve({
    reopen: () => {
      supervisor.reopen();
    },
    reload: () => {
      void reloads.request();
    },
  });
  const status = await Promise.race([signals.ended, starterLost(run.starter)]);
  expiry.stop();
  await fleet.stop();
  await supervisor.close();
  await builder.close();
  return status;
}

/** Without the starter a worker that dies stays dead: what started the sensor is to start it anew. */
async function starterLost(starter: StarterLink): Promise<number> {
  await starter.lost;
  log('error', 'run', 'the process that starts capture workers died: the sensor ends');
  return EXIT.usage;
}

/** Undefined where nothing is stored: there is no folder to leave it in. */
function openRecord(config: SensorConfig): RunRecord | undefined {
  if (!storesData(config)) return undefined;
  const folder = config.data_dir;
  makeFolder(folder);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const uid = process.geteuid?.() ?? '';
    throw new OperatorError(
      'STORE_UNWRITABLE',
      `User ${uid} may not write into the data folder ${folder}: ${errorText(error)}`,
      `Hand it over with: chown -R ${uid} ${folder}; or choose another with -l`,
      { cause: error },
    );
  }
  return new RunRecord(folder);
}

/**
 * USR2: a new rule set is built beside the one in force, then every worker changes over between two packets. One
 * reload at a time; what is asked for meanwhile is one more afterwards.
 */
class RuleReloads {
  readonly #builder: RuleBuilder;
  readonly #supervisor: Supervisor;
  readonly #fleet: WorkerFleet;
  readonly #record: RunRecord | undefined;
  #running: Promise<void> | undefined;
  #isWanted = false;

  constructor(
    builder: RuleBuilder,
    supervisor: Supervisor,
    fleet: WorkerFleet,
    record: RunRecord | undefined,
  ) {
    this.#builder = builder;
    this.#supervisor = supervisor;
    this.#fleet = fleet;
    this.#record = record;
  }

  /** Resolves when a reload that began after this has worked or failed; the supervisor knows which. */
  request(): Promise<void> {
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      log('debug', 'rules', 'reload begins');
      this.#record?.begin();
      try {
        const rules = await this.#builder.build();
        await this.#fleet.reload();
        this.#supervisor.rulesReloaded(rules);
      } catch (error) {
        this.#supervisor.reloadFailed(errorText(error));
      }
      this.#record?.end(this.#supervisor.rules);
    }
  }
}

/** The capture workers of a sensor, kept alive. */
class WorkerFleet {
  readonly #supervisor: Supervisor;
  readonly #workers: Worker[];
  #isStopping = false;

  constructor(run: LiveRun, supervisor: Supervisor, count: number) {
    this.#supervisor = supervisor;
    this.#workers = Array.from(
      { length: count },
      (_, index) =>
        new Worker(index, count, run, supervisor, (news) => {
          for (const other of this.#workers) {
            if (other.index !== index) other.tellNews(news);
          }
        }),
    );
  }

  /** Starts all; rejects with the first refusal. */
  async start(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.start()));
    for (const worker of this.#workers) void this.#keepAlive(worker);
  }

  /** Resolves when the new rules are in force everywhere; rejects with the first worker's reason. */
  async reload(): Promise<void> {
    const results = await Promise.allSettled(this.#workers.map((worker) => worker.reload()));
    for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  async #keepAlive(worker: Worker): Promise<void> {
    let pauseMs = RESTART_MIN_MS;
    for (;;) {
      const startedMs = monotonicMs();
      await worker.gone;
      if (this.#isStopping) return;
      if (monotonicMs() - startedMs > HEALTHY_MS) pauseMs = RESTART_MIN_MS;
      log(
        'error',
        'run',
        `capture worker ${worker.index} died; starting it again in ${pauseMs} ms`,
      );
      this.#supervisor.workerLost(worker.id);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 2, RESTART_MAX_MS);
      if (this.#stopped()) return;
      await worker.start().catch((error: unknown) => {
        if (!this.#stopped())
          log('error', 'run', `capture worker ${worker.index}: ${errorText(error)}`);
      });
    }
  }

  #stopped(): boolean {
    return this.#isStopping;
  }
}

/** One worker process and its successor after a crash. */
class Worker {
  readonly index: number;
  readonly id: string;
  /** Settles when the current process has ended. */
  gone: Promise<void> = Promise.resolve();
  readonly #count: number;
  readonly #run: LiveRun;
  readonly #supervisor: Supervisor;
  readonly #onOffer: (news: OfferNews) => void;
  #process: WorkerProcess | undefined;
  #line: ProcessLine<ToWorker, FromWorker> | undefined;
  #news: NewsValve | undefined;
  #starts = 0;
  #reloads = 0;
  #onReloaded: (request: number, error: string) => void = () => undefined;

  /** `onOffer`: this worker saw a file being offered. */
  constructor(
    index: number,
    count: number,
    run: LiveRun,
    supervisor: Supervisor,
    onOffer: (news: OfferNews) => void,
  ) {
    this.index = index;
    this.id = String(index);
    this.#count = count;
    this.#run = run;
    this.#supervisor = supervisor;
    this.#onOffer = onOffer;
  }

  /** Starts a process and waits until it captures. */
  async start(): Promise<void> {
    const started = await this.#run.starter.start();
    let onAnswer: (failure: OperatorError | undefined) => void = () => undefined;
    const answer = new Promise<OperatorError | undefined>((resolve) => {
      onAnswer = resolve;
    });
    const line = new ProcessLine<ToWorker, FromWorker>(started.line, (message) => {
      if (message.type === 'ready') onAnswer(undefined);
      else if (message.type === 'failed')
        onAnswer(new OperatorError(message.code, message.message, message.hint));
      this.#onMessage(message);
    });
    // What it said last may come behind the news of its end.
    const gone = Promise.all([started.ended, line.closed]);
    this.gone = gone.then(() => {
      if (this.#process === started) this.#process = undefined;
    });
    this.#process = started;
    this.#line = line;
    this.#news = new NewsValve((news, onSent) => line.send({ type: 'offer', news }, onSent));
    const { config, interfaces, filter } = this.#run;
    this.tell({
      type: 'start',
      assignment: {
        config,
        interfaces,
        filter,
        index: this.index,
        count: this.#count,
        firstFlowId: (this.index * MAX_STARTS + this.#starts++) * FLOW_IDS_PER_START + 1,
        serverFeatures: this.#supervisor.serverFeatures(),
      },
    });
    const failure = await Promise.race([answer, gone.then(([how]) => this.#endedAtOnce(how))]);
    if (failure !== undefined) throw failure;
  }

  /** A worker that dies meanwhile is no failure: its successor loads the new rules. */
  reload(): Promise<void> {
    const request = ++this.#reloads;
    const answer = new Promise<void>((resolve, reject) => {
      this.#onReloaded = (answered, error) => {
        if (answered !== request) return;
        if (error === '') resolve();
        else reject(new Error(`capture worker ${this.index} keeps the old rules: ${error}`));
      };
    });
    this.tell({ type: 'reload', request });
    return Promise.race([answer, this.gone]);
  }

  tell(message: ToWorker): void {
    // The line may close at any moment; then there is nobody to tell, and `gone` says so.
    if (this.#line?.isOpen === true) this.#line.send(message);
  }

  /** Another worker saw a file being offered; left out while this one stalls. */
  tellNews(news: OfferNews): void {
    this.#news?.tell(news);
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.tell({ type: 'stop' });
    const timer = setTimeout(() => {
      log('error', 'run', `capture worker ${this.index} does not stop; killing it`);
      running.kill();
    }, STOP_MS);
    await this.gone;
    clearTimeout(timer);
  }

  #endedAtOnce(how: string): OperatorError {
    const message = `Capture worker ${this.index} ended at once (${how})`;
    return new OperatorError('NATIVE_MISSING', message, 'Run npm run setup');
  }

  #onMessage(message: FromWorker): void {
    switch (message.type) {
      case 'records':
        this.#supervisor.accept(message.records);
        this.tell({ type: 'acknowledge' });
        break;
      case 'snapshot':
        this.#countNews(message.snapshot.values);
        this.#supervisor.update(this.id, message.snapshot);
        break;
      case 'ready':
        this.#supervisor.workerReady(this.id);
        break;
      case 'reloaded':
        this.#onReloaded(message.request, message.error);
        break;
      case 'offer':
        this.#onOffer(message.news);
        break;
      case 'failed':
      case 'done':
        break;
    }
  }

  /** What it was not told was dropped here. */
  #countNews(values: Float64Array): void {
    const { filesNewsDropped } = COUNTER;
    values[filesNewsDropped] = (values[filesNewsDropped] as number) + (this.#news?.dropped ?? 0);
  }
}
