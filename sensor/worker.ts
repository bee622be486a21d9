/**
 * A capture worker: its own process with its own libpcap handles, started for the supervisor (live.ts) by a process that
 * gave it its rights. It runs the pipeline and hands records over in batches with credit. It owns no file and no socket.
 */
import { Socket } from 'node:net';
import { AlertBatcher } from './alert/index.ts';
import { openLive, shardFilter, type LiveCapture } from './capture/index.ts';
import { learnedFolder, limitValues } from './config/index.ts';
import {
  OperatorError,
  errorText,
  log,
  monotonicMs,
  setLogLevel,
  wallClockUsec,
} from './core/index.ts';
import type { OfferNews } from './files/index.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { ProcessLine } from './process-line.ts';
import { requireRules, requireRulesInTurns } from './rule-files.ts';
import { DatasetKeeper, type RuleSet } from './rules/index.ts';
import { warmUp } from './warm-up.ts';
import {
  WORKER_LINE_FD,
  type FromWorker,
  type ToWorker,
  type WorkerAssignment,
} from './worker-messages.ts';

/** How often records that wait are sent: an alert is in the store within a fraction of a second. */
const FLUSH_MS = 50;
const SNAPSHOT_MS = 500;
/** How often lists that rules fill are written; and when the sensor stops. */
const KEEP_MS = 60_000;

class CaptureWorker {
  readonly #assignment: WorkerAssignment;
  readonly #pipeline: Pipeline;
  readonly #batcher: AlertBatcher;
  readonly #captures: LiveCapture[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #keeper: DatasetKeeper;
  #ruleSet: RuleSet;
  #isStopping = false;
  /** Lists that rules fill, and files to be kept, are on disk. */
  #isKept = false;

  constructor(assignment: WorkerAssignment) {
    this.#assignment = assignment;
    const { config } = assignment;
    const limits = limitValues(config);
    this.#keeper = new DatasetKeeper(learnedFolder(config), assignment.index);
    this.#ruleSet = requireRules(config, { stateDir: learnedFolder(config) });
    this.#pipeline = createPipeline({
      config,
      ruleSet: this.#ruleSet,
      firstFlowId: assignment.firstFlowId,
      serverFeatures: assignment.serverFeatures,
      isLive: true,
      workers: assignment.count,
      worker: assignment.index,
      keepsPackets: true,
      // What is offered on one connection may come on another, and that may be another worker's.
      ...(assignment.count > 1 && {
        onOffer: (news) => {
          if (line.isFull) this.#pipeline.counters.add('filesNewsDropped', 1);
          else send({ type: 'offer', news });
        },
      }),
      emit: (record) => {
        this.#batcher.add(record);
      },
    });
    this.#batcher = new AlertBatcher({
      counters: this.#pipeline.counters,
      limits,
      send: (records) => {
        send({ type: 'records', records });
      },
    });
    this.#openCaptures();
    this.#every(FLUSH_MS, () => {
      this.#pipeline.settle();
      this.#batcher.flush();
    });
    this.#every(SNAPSHOT_MS, () => {
      this.#pipeline.sweep(wallClockUsec());
      // Counters are sums: to a supervisor that stalls, the next one says the same.
      if (!line.isFull) this.#snapshot();
    });
    this.#every(KEEP_MS, () => {
      void this.#keeper.keep(this.#ruleSet.savedDatasets);
    });
    send({ type: 'ready' });
  }

  acknowledge(): void {
    this.#batcher.acknowledge();
    if (this.#isStopping) this.#finishWhenDrained();
  }

  learnOffer(news: OfferNews): void {
    this.#pipeline.learnOffer(news);
  }

  /** New rules beside the old ones; the old ones stay on any failure. */
  async reload(request: number): Promise<void> {
    let error = '';
    try {
      const { config } = this.#assignment;
      const ruleSet = await requireRulesInTurns(config, {
        stateDir: learnedFolder(config),
        previousDatasets: this.#ruleSet.datasets,
      });
      if (this.#isStopping) return;
      const start = monotonicMs();
      this.#pipeline.replaceRules(ruleSet);
      log('debug', 'rules', `changed over in ${Math.round(monotonicMs() - start)} ms`);
      this.#ruleSet = ruleSet;
    } catch (failure) {
      error = errorText(failure);
    }
    send({ type: 'reloaded', request, error });
  }

  /** Ends all flows, hands over what is left, then says so. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const capture of this.#captures) capture.close();
    this.#pipeline.shutdown();
    this.#snapshot();
    this.#batcher.flush();
    const lists = this.#keeper.keep(this.#ruleSet.savedDatasets);
    void Promise.all([lists, this.#pipeline.flush()]).then(() => {
      this.#isKept = true;
      // Files that were kept leave audit rows.
      this.#batcher.flush();
      this.#finishWhenDrained();
    });
  }

  #openCaptures(): void {
    const { config, interfaces, filter, index, count } = this.#assignment;
    for (const interfaceName of interfaces) {
      this.#captures.push(
        openLive(
          {
            interfaceName,
            filter: shardFilter(filter, index, count),
            snaplen: config.capture.snaplen,
            ringBytes: config.capture.ring_bytes,
            promiscuous: config.capture.promiscuous,
            dispatchMs: config.capture.dispatch_ms,
          },
          this.#pipeline.packets,
          this.#pipeline.counters,
        ),
      );
    }
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms));
  }

  #snapshot(): void {
    for (const capture of this.#captures) capture.updateStats();
    const { values, events } = this.#pipeline.counters;
    send({
      type: 'snapshot',
      snapshot: {
        values,
        events,
        interfaces: this.#captures.map((capture) => ({
          interfaceName: capture.interfaceName,
          isCapturing: capture.isCapturing,
          ...capture.stats,
        })),
        memory: this.#pipeline.memory(),
        suppressed: this.#pipeline.suppressed(),
        tables: this.#pipeline.tables(),
        lagSeconds: this.#pipeline.takeLagSeconds(),
        packetUsec: this.#pipeline.nowUsec,
      },
    });
  }

  #finishWhenDrained(): void {
    if (!this.#isKept) return;
    if (!this.#batcher.isDrained) {
      this.#batcher.flush();
      return;
    }
    send({ type: 'done' });
    line.end();
  }
}

const line = new ProcessLine<FromWorker, ToWorker>(new Socket({ fd: WORKER_LINE_FD }), onMessage);

/** To the supervisor; when it is gone there is nobody left to work for. */
function send(message: FromWorker): void {
  if (line.isOpen) line.send(message);
}

let worker: CaptureWorker | undefined;

async function start(assignment: WorkerAssignment): Promise<void> {
  setLogLevel(assignment.config.log_level);
  await warmUp(assignment.config);
  if (!line.isOpen) return;
  try {
    worker = new CaptureWorker(assignment);
  } catch (error) {
    const { code, hint } =
      error instanceof OperatorError ? error : { code: 'USAGE' as const, hint: undefined };
    const text =
      error instanceof OperatorError || !(error instanceof Error)
        ? errorText(error)
        : (error.stack ?? error.message);
    send({ type: 'failed', code, message: text, hint });
    line.end();
  }
}

function onMessage(message: ToWorker): void {
  switch (message.type) {
    case 'start':
      void start(message.assignment);
      break;
    case 'acknowledge':
      worker?.acknowledge();
      break;
    case 'reload':
      // One that warms up loads what the files say by then.
      if (worker === undefined) send({ type: 'reloaded', request: message.request, error: '' });
      else void worker.reload(message.request);
      break;
    case 'offer':
      worker?.learnOffer(message.news);
      break;
    case 'stop':
      if (worker === undefined) line.end();
      else worker.stop();
      break;
  }
}

// Ctrl-C reaches the whole process group; the supervisor decides what it means.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => worker?.stop());
void line.closed.then(() => {
  // Timers and captures would keep the process of a supervisor that died.
  process.kill(process.pid, 'SIGKILL');
});
