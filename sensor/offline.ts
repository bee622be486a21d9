/** `read`: captures through the whole pipeline into the sinks, in one process. */
import type { SensorRecord } from './alert/index.ts';
import {
  listCaptureFiles,
  readCapture,
  type PacketHandler,
  type ReadProgress,
} from './capture/index.ts';
import { learnedFolder, limitValues, type SensorConfig } from './config/index.ts';
import { OperatorError, errorText, eventId, monotonicMs, type Counters } from './core/index.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import { ReplayStats } from './replay-stats.ts';
import { requireRules, rulesInForce, storesData } from './rule-files.ts';
import { Supervisor } from './supervisor.ts';
import { DatasetKeeper, type RuleSet } from './rules/index.ts';

/** Records are handed to the sinks in batches: one transaction each. */
const BATCH = 2000;
/** Name of the only "worker" of an offline run in the metrics. */
const WORKER = '0';
/** How old what the sensor tells of itself may be in a replay, milliseconds. */
const UPDATE_MS = 100;

export interface OfflineRun {
  readonly config: SensorConfig;
  /** Files, folders, or '-' for standard input. */
  readonly paths: readonly string[];
  readonly version: string;
  readonly onProgress: (progress: ReadProgress, alerts: number) => void;
  /** Stops reading; what was read is finished and flushed. */
  readonly signal: AbortSignal;
  /** Rules to use in place of the configured ones (selftest). */
  readonly ruleSet?: RuleSet;
  /** Told of every record beside the sinks. */
  readonly onRecord?: (record: SensorRecord) => void;
}

/** What could hold XMPP and was not read. */
export interface Unread {
  /** Packets without TCP of their own: UDP, ARP, and tunnels into which the sensor does not look. */
  readonly otherPackets: number;
  readonly fragments: number;
  /** Packets of captures whose link type is not read. */
  readonly foreignLinkPackets: number;
  /** Cut or contradictory. */
  readonly malformedPackets: number;
  readonly encryptedFlows: number;
}

export interface OfflineSummary {
  readonly files: number;
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
  readonly sessions: number;
  readonly stanzas: number;
  /** Alerts by severity, index 1 to 4; folded repeats count. */
  readonly alerts: readonly number[];
  /** Stream bytes read out of those known to exist, percent. */
  readonly seenPercent: number;
  readonly unread: Unread;
  readonly seconds: number;
  readonly megabytesPerSecond: number;
  readonly rulesLoaded: number;
  readonly rulesFailed: number;
  /** Inputs that were unreadable, truncated or corrupt; their good part was read. */
  readonly problems: readonly string[];
  /** A sink failed: data may be missing. */
  readonly sinkProblem: string | undefined;
}

export interface OfflineResult {
  readonly summary: OfflineSummary;
  /** Still open, so that the demo can serve what was found; close() it. */
  readonly supervisor: Supervisor;
}

/** Reads everything, then flushes the sinks. Throws OperatorError for configuration, rules and sinks. */
export async function runOffline(run: OfflineRun): Promise<OfflineResult> {
  const { config } = run;
  const stateDir = storesData(config) ? learnedFolder(config) : undefined;
  const ruleSet = run.ruleSet ?? requireRules(config, { stateDir });
  const supervisor = await Supervisor.open(config, {
    version: run.version,
    source: run.paths.join(', '),
    isLive: false,
    hasHttp: config.http.enabled,
    rules: rulesInForce(ruleSet),
  });
  supervisor.workerReady(WORKER);
  try {
    const summary = await new OfflineReader(run, ruleSet, supervisor).run();
    if (stateDir !== undefined && run.ruleSet === undefined) {
      await new DatasetKeeper(stateDir, 0).keep(ruleSet.savedDatasets);
    }
    return { summary, supervisor };
  } catch (error) {
    await supervisor.close().catch(() => undefined);
    throw error;
  }
}

class OfflineReader {
  readonly #run: OfflineRun;
  readonly #ruleSet: RuleSet;
  readonly #supervisor: Supervisor;
  readonly #pipeline: Pipeline;
  readonly #packetsIn: PacketHandler;
  readonly #problems: string[] = [];
  readonly #alerts = [0, 0, 0, 0, 0];
  #alertCount = 0;
  #updatedMs = 0;
  #batch: SensorRecord[] = [];
  #files = 0;
  #packets = 0;
  #bytes = 0;

  constructor(run: OfflineRun, ruleSet: RuleSet, supervisor: Supervisor) {
    this.#run = run;
    this.#ruleSet = ruleSet;
    this.#supervisor = supervisor;
    this.#pipeline = createPipeline({
      config: run.config,
      ruleSet,
      keepsPackets: true,
      serverFeatures: supervisor.serverFeatures(),
      emit: (record) => {
        this.#take(record);
      },
    });
    this.#packetsIn = this.#sampled(this.#pipeline.packets);
  }

  async run(): Promise<OfflineSummary> {
    const startMs = monotonicMs();
    for (const path of this.#run.paths) {
      if (this.#run.signal.aborted) break;
      await this.#readPath(path);
    }
    this.#pipeline.shutdown();
    await this.#pipeline.flush();
    this.#handOver();
    this.#supervisor.update(WORKER, this.#snapshot());
    this.#supervisor.writeReplayStats(this.#pipeline.nowUsec);
    const sinkProblem = await this.#supervisor.flush().then(
      () => this.#supervisor.sinkProblem ?? this.#pipeline.problem,
      (error: unknown) => errorText(error),
    );
    return this.#summary((monotonicMs() - startMs) / 1000, sinkProblem);
  }

  /** A folder is read in name order; flow state goes on from file to file. */
  async #readPath(path: string): Promise<void> {
    const files: string[] = [];
    await this.#noting(async () => {
      files.push(...(path === '-' ? ['-'] : await listCaptureFiles(path)));
    });
    for (const file of files) {
      if (this.#run.signal.aborted) return;
      await this.#noting(() => this.#readFile(file));
    }
  }

  /** An input that cannot be read is a problem to report; the others are read all the same. */
  async #noting(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#problems.push(error.message);
    }
  }

  async #readFile(file: string): Promise<void> {
    const result = await readCapture(file, this.#packetsIn, {
      signal: this.#run.signal,
      limits: limitValues(this.#run.config),
      onProgress: (progress) => {
        this.#run.onProgress(progress, this.#alertCount);
        this.#updateNow();
      },
    });
    this.#files++;
    this.#packets += result.packets;
    this.#bytes += result.bytes;
    if (result.problem !== undefined) this.#problems.push(result.problem);
  }

  /** A snapshot for each megabyte would cost a tenth of the time. */
  #updateNow(): void {
    const now = monotonicMs();
    if (now - this.#updatedMs < UPDATE_MS) return;
    this.#updatedMs = now;
    this.#supervisor.update(WORKER, this.#snapshot());
  }

  /** Leaves samples of the counters on the way of the packets. */
  #sampled(packets: PacketHandler): PacketHandler {
    const stats = new ReplayStats((tsUsec) => {
      this.#supervisor.update(WORKER, this.#snapshot());
      this.#supervisor.writeReplayStats(tsUsec);
    });
    return {
      packet: (bytes, offset, caplen, wirelen, time, linkType, origin, packetNumber) => {
        stats.packet(time[0] as number);
        packets.packet(bytes, offset, caplen, wirelen, time, linkType, origin, packetNumber);
      },
    };
  }

  #take(record: SensorRecord): void {
    if (record.kind === 'alert') {
      const { severity, count } = record.record.alert;
      this.#alerts[severity] = (this.#alerts[severity] ?? 0) + count;
      this.#alertCount += count;
    }
    this.#run.onRecord?.(record);
    this.#batch.push(record);
    if (this.#batch.length >= BATCH) this.#handOver();
  }

  #handOver(): void {
    if (this.#batch.length === 0) return;
    this.#supervisor.accept(this.#batch);
    this.#batch = [];
  }

  #snapshot(): Parameters<Supervisor['update']>[1] {
    const { values, events } = this.#pipeline.counters;
    return {
      values,
      events,
      interfaces: [],
      memory: this.#pipeline.memory(),
      suppressed: this.#pipeline.suppressed(),
      tables: this.#pipeline.tables(),
      lagSeconds: 0,
    };
  }

  #summary(seconds: number, sinkProblem: string | undefined): OfflineSummary {
    const { counters } = this.#pipeline;
    return {
      files: this.#files,
      packets: this.#packets,
      bytes: this.#bytes,
      flows: counters.get('flowsOpened'),
      sessions: counters.get('sessionsOpened'),
      stanzas: countStanzas(counters),
      alerts: this.#alerts,
      seenPercent: seenPercent(counters),
      unread: unread(counters),
      seconds,
      megabytesPerSecond: seconds > 0 ? this.#bytes / 1e6 / seconds : 0,
      rulesLoaded: this.#ruleSet.rules.length,
      rulesFailed: this.#ruleSet.failed,
      problems: this.#problems,
      sinkProblem,
    };
  }
}

/** Messages, presences and IQs of both directions. */
function countStanzas(counters: Counters): number {
  return (
    counters.get('stanzasMessageToServer') +
    counters.get('stanzasMessageToClient') +
    counters.get('stanzasPresenceToServer') +
    counters.get('stanzasPresenceToClient') +
    counters.get('stanzasIqToServer') +
    counters.get('stanzasIqToClient')
  );
}

function unread(counters: Counters): Unread {
  const events = (...names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (counters.events[eventId(name)] ?? 0), 0);
  const otherPackets = counters.get('decodedOther');
  const fragments = events('decoder.ipv4.fragment', 'decoder.ipv6.fragment');
  const foreignLinkPackets = events('decoder.link.unsupported');
  const known = counters.get('decodedTcp') + otherPackets + fragments + foreignLinkPackets;
  return {
    ...{ otherPackets, fragments, foreignLinkPackets },
    malformedPackets: counters.get('capturePackets') - known,
    encryptedFlows:
      counters.get('encryptedStarttls') +
      counters.get('encryptedDirect') +
      counters.get('encryptedCompressed'),
  };
}

/** Share of the stream bytes known to exist that was read, percent with one decimal. */
function seenPercent(counters: Counters): number {
  const seen = counters.get('tcpSeenBytes');
  const known = seen + counters.get('tcpGapBytes');
  return known === 0 ? 100 : Math.floor((seen / known) * 1000) / 10;
}
