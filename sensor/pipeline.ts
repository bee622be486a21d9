/**
 * The composition root: wires the rooms from a packet to records. Everything here runs to completion for one
 * packet before the next is taken, on packet time, without I/O.
 * Length: one short method for each thing a room may tell; what is more than passing on stands in files of its own.
 */
import { join } from 'node:path';
import {
  AnomalyRecorder,
  buildCampaignRecord,
  buildFlowRecord,
  buildSessionRecord,
  createAlerter,
  ephemeralHmacKey,
  isFlowOfInterest,
  loadHmacKey,
  type AlertRecord,
  type Alerter,
  type PacketOrigin,
  type AppProto,
  type SensorRecord,
} from './alert/index.ts';
import type { CaptureOrigin, PacketHandler } from './capture/index.ts';
import { configuredThresholds, limitValues, type SensorConfig } from './config/index.ts';
import {
  COUNTER,
  Counters,
  DIRECTION,
  wallClockUsec,
  type Direction,
  type PacketTime,
} from './core/index.ts';
import {
  LabelPolicy,
  Site,
  createCorrelation,
  type Correlation,
  type FactHandler,
  type ServerFeatures,
  type TableReport,
} from './correlation/index.ts';
import { DECODED, DuplicateFilter, NOT_TCP, PacketView, decodePacket } from './decode/index.ts';
import { createDetectEngine, type DetectEngine } from './detect/index.ts';
import { detectionOptions } from './detection.ts';
import { FileWork } from './file-work.ts';
import { FileStore, type OfferNews } from './files/index.ts';
import { FlowTable, type FlowEndReason } from './flow/index.ts';
import { storesData } from './rule-files.ts';
import { PacketKeeper, packetsFolder, type PacketAlert } from './packets/index.ts';
import type { RuleSet } from './rules/index.ts';
import {
  Transport,
  type HttpInterest,
  type HttpRequest,
  type HttpResponse,
  type SocksRequest,
  type TransportHandler,
} from './transport/index.ts';
import { createTokenizer } from './xml/index.ts';
import {
  createXmpp,
  type LoginOutcome,
  type SessionSummary,
  type StanzaView,
  type Xmpp,
  type XmppEvent,
  type XmppHandler,
  type XmppSession,
} from './xmpp/index.ts';

export interface PipelineOptions {
  readonly config: SensorConfig;
  readonly ruleSet: RuleSet;
  /** Receives every record, redacted. Called within packets(): it must not block. */
  readonly emit: (record: SensorRecord) => void;
  /** What servers were seen to offer in earlier runs. */
  readonly serverFeatures?: readonly ServerFeatures[];
  /** Flow ids count up from here; 1 unless told. */
  readonly firstFlowId?: number;
  /** Packets come from an interface and do not wait. */
  readonly isLive?: boolean;
  /** Pipelines of this sensor, which share the room for kept files; 1 unless told. */
  readonly workers?: number;
  /** Which of them this is; 0 unless told. */
  readonly worker?: number;
  /** Keep packets of alerts, where the configuration says so. */
  readonly keepsPackets?: boolean;
  /** Hears of file offers that other workers should know; they take them by `learnOffer`. */
  readonly onOffer?: (news: OfferNews) => void;
}

/** One shard of the sensor, from packets to records. */
export interface Pipeline {
  readonly packets: PacketHandler;
  readonly counters: Counters;
  /** Ends what has timed out by `nowUsec`; for live capture, when no packets come. */
  sweep(nowUsec: number): void;
  /** Emits alerts that are held back for the stanza in work; call when the input pauses. */
  settle(): void;
  /** New rules from the next stanza on. Throws, and keeps the old ones, when they cannot be compiled. */
  replaceRules(ruleSet: RuleSet): void;
  /** An offer another worker saw. */
  learnOffer(news: OfferNews): void;
  /** Ends all flows and sessions; their records go out. */
  shutdown(): void;
  /** Files and packets to be kept are on disk, and audit rows emitted. Never rejects. */
  flush(): Promise<void>;
  /** Why files or packets are not kept; undefined when all is well. */
  readonly problem: string | undefined;
  /** Bytes in use by memory pool. */
  memory(): Record<string, number>;
  /** Findings held back by thresholds so far, by sid. */
  suppressed(): (readonly [sid: number, count: number])[];
  /** How full the tables of stateful detection are. */
  tables(): TableReport[];
  /** Files that ended and are not told yet; always 0 where packets wait. */
  readonly filesInWork: number;
  /** Time of the latest packet, microseconds. */
  readonly nowUsec: number;
  /** Largest delay between a packet's time and its turn since the last call, seconds. */
  takeLagSeconds(): number;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  return new SensorPipeline(options);
}

/** How often the delay of packets is looked at. */
const LAG_EVERY_PACKETS = 4096;

class SensorPipeline implements Pipeline, PacketHandler, TransportHandler, XmppHandler {
  readonly counters = new Counters();
  readonly #options: PipelineOptions;
  readonly #view = new PacketView();
  readonly #duplicates: DuplicateFilter | undefined;
  readonly #flows: FlowTable;
  readonly #transport: Transport;
  readonly #xmpp: Xmpp;
  readonly #alerter: Alerter;
  readonly #anomalies: AnomalyRecorder;
  readonly #correlation: Correlation;
  /** Undefined when files are not to be looked at. */
  readonly #fileWork: FileWork | undefined;
  /** Undefined when packets are not to be kept. */
  readonly #keeper: PacketKeeper | undefined;
  readonly #emit: (record: SensorRecord) => void;
  #detect: DetectEngine;
  /** Origin of the packet in work, and its number there. */
  #origin: CaptureOrigin = { interfaceName: '', fileName: '' };
  #packetNumber = 0;
  #nowUsec = 0;
  #lagUsec = 0;
  #untilLag = 1;

  constructor(options: PipelineOptions) {
    const { config } = options;
    this.#options = options;
    const limits = limitValues(config);
    const { counters } = this;
    this.#keeper = this.#createKeeper();
    this.#emit = this.#createEmit();
    this.#duplicates = config.capture.deduplicate ? new DuplicateFilter() : undefined;
    this.#flows = new FlowTable({
      counters,
      limits,
      checksums: config.checksums,
      overlapPolicy: config.reassembly.overlap_policy,
      firstFlowId: options.firstFlowId ?? 1,
    });
    this.#transport = new Transport({ handler: this, flows: this.#flows, counters, limits });
    this.#flows.connect(this.#transport);
    const origin = (): PacketOrigin => this.#packetOrigin();
    const site = new Site(
      config.detection.internal_networks,
      config.detection.no_chat_networks,
      config.dlp.internal_domains,
    );
    this.#fileWork = config.files.inspect ? this.#createFileWork(origin) : undefined;
    const shared = {
      sensorName: config.sensor_name,
      flowFacts: this.#fileWork?.flowFacts ?? this.#flows,
      origin,
      limits,
      emit: this.#emit,
    };
    this.#alerter = createAlerter({
      ...shared,
      hmacKey: evidenceKey(config),
      counters,
      thresholds: configuredThresholds(config),
      borders: site,
    });
    this.#anomalies = new AnomalyRecorder(shared);
    this.#xmpp = createXmpp({
      createTokenizer: (handler) => createTokenizer(limits, handler),
      limits,
      counters,
      handler: this,
      config: { redirectAllow: config.detection.redirect_allow },
    });
    this.#correlation = createCorrelation({
      counters,
      limits,
      thresholds: configuredThresholds(config),
      endpointsOf: (flow) => this.#flows.endpoints(flow),
      watches: (watchOptions) => this.#fileWork?.files.watches(watchOptions) ?? [],
      raise: (event, incident) => {
        this.#hear(event);
        this.#detect.onEvent(event, incident);
      },
      raiseOnFlow: (flow, event, tsUsec, incident, context, parties) => {
        this.#anomalies.onEvent(event, flow, DIRECTION.toServer, tsUsec);
        this.#detect.onFlowEvent(
          flow,
          DIRECTION.toServer,
          event,
          tsUsec,
          undefined,
          context,
          incident,
          parties,
        );
      },
      isWaiting: (flow) => this.#flows.isWaiting(flow),
      botAllow: config.detection.bot_allow,
      site,
      labelPolicy: new LabelPolicy({
        labels: config.dlp.labels,
        ceilings: config.dlp.label_ceilings,
        required: config.dlp.label_required,
      }),
      facts: this.#facts(),
      isOn: config.detection.stateful,
      serverFeatures: options.serverFeatures ?? [],
    });
    this.#detect = this.#createDetect(options.ruleSet);
  }

  get packets(): PacketHandler {
    return this;
  }

  packet(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    time: PacketTime,
    linkType: number,
    origin: CaptureOrigin,
    packetNumber: number,
  ): void {
    const { values } = this.counters;
    values[COUNTER.capturePackets] = (values[COUNTER.capturePackets] as number) + 1;
    values[COUNTER.captureBytes] = (values[COUNTER.captureBytes] as number) + caplen;
    if (origin.fileName !== this.#origin.fileName) this.#flows.newCapture();
    this.#origin = origin;
    this.#packetNumber = packetNumber;
    this.#nowUsec = time[0] as number;
    if (--this.#untilLag === 0) this.#measureLag();
    const view = this.#view;
    const code = decodePacket(bytes, offset, caplen, wirelen, time, linkType, view);
    if (code !== DECODED) {
      this.#notDecoded(code);
      return;
    }
    values[COUNTER.decodedTcp] = (values[COUNTER.decodedTcp] as number) + 1;
    if (view.anomaly !== 0) this.#decoderEvent(view.anomaly);
    if (this.#duplicates?.isDuplicate(view) === true) {
      values[COUNTER.captureDuplicates] = (values[COUNTER.captureDuplicates] as number) + 1;
      return;
    }
    this.#flows.process(view);
    const keeper = this.#keeper;
    if (keeper === undefined) {
      this.#fileWork?.run();
      return;
    }
    const flow = this.#flows.latestFlow;
    if (flow >= 0 && this.#flows.isLatestRead) {
      this.#flows.idInto(flow, keeper.flowId);
      keeper.packet(flow, bytes, offset, caplen, wirelen, time, linkType, origin);
    }
    this.#fileWork?.run();
    if (keeper.hasAlerts) keeper.work(this.#nowUsec);
  }

  sweep(nowUsec: number): void {
    this.#nowUsec = Math.max(this.#nowUsec, nowUsec);
    this.#flows.sweep(nowUsec);
    this.#correlation.onTick(this.#nowUsec);
    this.#fileWork?.files.sweep(this.#nowUsec);
    this.#fileWork?.run();
    this.#alerter.sweep(this.#nowUsec);
    this.#keeper?.sweep(this.#nowUsec);
  }

  settle(): void {
    this.#alerter.settle();
    this.#keeper?.work(this.#nowUsec);
  }

  replaceRules(ruleSet: RuleSet): void {
    const old = this.#detect;
    this.#detect = this.#createDetect(ruleSet, old);
    old.close();
  }

  learnOffer(news: OfferNews): void {
    this.#fileWork?.files.learnOffer(news);
  }

  shutdown(): void {
    this.#flows.shutdown();
    // Watches end the files they hold as what they are; the desk would as unfinished.
    this.#correlation.finish();
    this.#fileWork?.finish(this.#nowUsec);
    this.#alerter.shutdown();
    this.#keeper?.finish(this.#nowUsec);
  }

  async flush(): Promise<void> {
    await this.#fileWork?.flush();
    await this.#keeper?.flush();
  }

  get problem(): string | undefined {
    return this.#fileWork?.problem ?? this.#keeper?.problem;
  }

  memory(): Record<string, number> {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      flow: this.counters.get('flowMemuse'),
      reassembly: this.counters.get('reassemblyMemuse'),
      state: this.#correlation.memory.bytes + (this.#fileWork?.files.memory.bytes ?? 0),
      files: this.#fileWork?.bytes ?? 0,
      packets: this.#keeper?.bytes ?? 0,
      heap: heapUsed,
      rss,
    };
  }

  suppressed(): (readonly [sid: number, count: number])[] {
    return this.#detect.suppressedBySid();
  }

  tables(): TableReport[] {
    return [...this.#correlation.report(), ...(this.#fileWork?.files.report() ?? [])];
  }

  get filesInWork(): number {
    return this.#fileWork?.pending ?? 0;
  }

  get nowUsec(): number {
    return this.#nowUsec;
  }

  takeLagSeconds(): number {
    const lag = this.#lagUsec / 1e6;
    this.#lagUsec = 0;
    return lag;
  }

  // What transport/ found.

  onConnect(flow: number): void {
    this.#correlation.onConnect(flow, this.#nowUsec);
  }

  onXmppOpen(flow: number, midstream: boolean): void {
    const keeper = this.#keeper;
    if (keeper !== undefined) {
      this.#flows.idInto(flow, keeper.flowId);
      keeper.onXmpp(flow, keeper.flowId);
    }
    this.#xmpp.open(
      flow,
      midstream,
      this.#flows.clientPort(flow),
      this.#flows.serverPort(flow),
      this.#nowUsec,
    );
    this.#detect.streams?.open(flow, midstream);
  }

  onXml(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#xmpp.data(flow, direction, bytes, offset, length, this.#nowUsec);
    // Behind the stanzas: then the login and the secrets in these bytes are known.
    const { streams } = this.#detect;
    if (streams === undefined) return;
    const session = this.#xmpp.session(flow);
    streams.data(flow, direction, bytes, offset, length, this.#nowUsec, session);
  }

  onNextLayer(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#xmpp.data(flow, direction, bytes, offset, length, this.#nowUsec);
  }

  onXmlGap(flow: number, direction: Direction, length: number): void {
    this.#xmpp.gap(flow, direction, length);
    this.#detect.streams?.gap(flow, direction, this.#nowUsec, this.#xmpp.session(flow));
  }

  onFlowEvent(flow: number, direction: Direction, event: number): void {
    this.#anomalies.onEvent(event, flow, direction, this.#nowUsec);
    this.#detect.onFlowEvent(flow, direction, event, this.#nowUsec, this.#xmpp.session(flow));
  }

  onSocks(flow: number, request: SocksRequest): boolean {
    return this.#fileWork?.files.onSocks(flow, request, this.#nowUsec) ?? false;
  }

  onSocksReply(flow: number, code: number): void {
    this.#fileWork?.files.onSocksReply(flow, code, this.#nowUsec);
  }

  onSocksData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#fileWork?.files.onSocksData(flow, direction, bytes, offset, length, this.#nowUsec);
  }

  onSocksGap(flow: number, direction: Direction, length: number): void {
    this.#fileWork?.files.onSocksGap(flow, direction, length, this.#nowUsec);
  }

  onHttpRequest(flow: number, request: HttpRequest): HttpInterest {
    return this.#fileWork?.files.onHttpRequest(flow, request, this.#nowUsec) ?? false;
  }

  onHttpResponse(flow: number, response: HttpResponse): boolean {
    return this.#fileWork?.files.onHttpResponse(flow, response, this.#nowUsec) ?? false;
  }

  onHttpBody(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#fileWork?.files.onHttpBody(flow, direction, bytes, offset, length, this.#nowUsec);
  }

  onHttpBodyGap(flow: number, direction: Direction, length: number): void {
    this.#fileWork?.files.onHttpBodyGap(flow, direction, length, this.#nowUsec);
  }

  onHttpBodyEnd(flow: number, direction: Direction, isWhole: boolean): void {
    this.#fileWork?.files.onHttpBodyEnd(flow, direction, isWhole, this.#nowUsec);
  }

  onClose(flow: number, reason: FlowEndReason, appProto: AppProto): void {
    this.#detect.streams?.close(flow, this.#nowUsec, this.#xmpp.session(flow));
    this.#xmpp.close(flow, reason, this.#nowUsec);
    this.#correlation.onDisconnect(flow, this.#nowUsec);
    this.#fileWork?.files.onClose(flow, this.#nowUsec, reason);
    const ports = {
      clientPort: this.#flows.clientPort(flow),
      serverPort: this.#flows.serverPort(flow),
    };
    // Most flows of a network are not ours: the facts (and their hash) are made for those that are.
    if (isFlowOfInterest(ports, appProto)) {
      const info = this.#flows.info(flow);
      const record = buildFlowRecord(
        this.#options.config.sensor_name,
        info,
        reason,
        appProto,
        this.#packetOrigin(),
      );
      this.#emit({ kind: 'flow', record });
    }
    this.#anomalies.onFlowClose(flow);
    this.#detect.onFlowClose(flow);
  }

  // What xmpp/ found.

  onSessionOpen(session: XmppSession): void {
    this.#correlation.onSessionOpen(session);
  }

  onStanza(stanza: StanzaView): void {
    this.#detect.onStanza(stanza);
  }

  onEvent(event: XmppEvent): void {
    this.#hear(event);
    this.#detect.onEvent(event);
    this.#correlation.onEvent(event);
  }

  onEncrypted(flow: number, how: 'starttls' | 'compressed'): void {
    this.#transport.setEncrypted(flow, how);
  }

  onSealed(flow: number): void {
    this.#transport.stopReading(flow);
  }

  onLogin(login: LoginOutcome): void {
    this.#correlation.onLogin(login);
  }

  onSessionEnd(session: XmppSession, summary: SessionSummary): void {
    this.#correlation.onSessionEnd(session, summary);
    const info = this.#flows.info(session.flow);
    const record = buildSessionRecord(
      this.#options.config.sensor_name,
      session,
      summary,
      info,
      this.#packetOrigin(),
    );
    this.#emit({ kind: 'session', record });
  }

  #hear(event: XmppEvent): void {
    this.#anomalies.onEvent(event.event, event.session.flow, event.direction, event.tsUsec);
  }

  /** What correlation/ learns, as records. */
  #facts(): FactHandler {
    const { config } = this.#options;
    const emit = this.#emit;
    return {
      onCampaign: (campaign) => {
        emit({ kind: 'campaign', record: buildCampaignRecord(config.sensor_name, campaign) });
      },
      onServerFeatures: (record) => {
        emit({ kind: 'server_features', record });
      },
    };
  }

  /** Where the packet in work came from. */
  #packetOrigin(): PacketOrigin {
    const { fileName, interfaceName } = this.#origin;
    return { fileName, interfaceName, packetNumber: this.#packetNumber };
  }

  #notDecoded(code: number): void {
    const { values } = this.counters;
    if (code === NOT_TCP)
      values[COUNTER.decodedOther] = (values[COUNTER.decodedOther] as number) + 1;
    else this.#decoderEvent(code);
  }

  #decoderEvent(event: number): void {
    const { events } = this.counters;
    events[event] = (events[event] as number) + 1;
    this.#anomalies.onEvent(event, -1, DIRECTION.toServer, this.#nowUsec);
    this.#detect.onFlowEvent(-1, DIRECTION.toServer, event, this.#nowUsec, undefined);
  }

  #measureLag(): void {
    this.#untilLag = LAG_EVERY_PACKETS;
    this.#correlation.onTick(this.#nowUsec);
    this.#fileWork?.files.sweep(this.#nowUsec);
    const lag = wallClockUsec() - this.#nowUsec;
    if (lag > this.#lagUsec) this.#lagUsec = lag;
  }

  #createKeeper(): PacketKeeper | undefined {
    const { config, isLive, worker, workers, keepsPackets } = this.#options;
    if (keepsPackets !== true || !config.packets.keep || !storesData(config)) return undefined;
    return new PacketKeeper({
      folder: packetsFolder(config.data_dir),
      maxBytes: config.packets.max_bytes,
      maxDays: config.packets.max_days,
      worker: worker ?? 0,
      workers: workers ?? 1,
      isLive: isLive ?? false,
      program: 'stanzawatch',
      snaplen: config.capture.snaplen,
      counters: this.counters,
      limits: limitValues(config),
    });
  }

  /** Alerts on their way out name the flows whose packets are kept. */
  #createEmit(): (record: SensorRecord) => void {
    const { emit } = this.#options;
    const keeper = this.#keeper;
    if (keeper === undefined) return emit;
    return (entry) => {
      if (entry.kind === 'alert') keeper.alert(packetAlert(entry.record));
      else if (entry.kind === 'alert_update') {
        keeper.growth(packetAlert(entry.record), this.#nowUsec);
      }
      emit(entry);
    };
  }

  #createFileWork(origin: () => PacketOrigin): FileWork {
    const { config, isLive, onOffer } = this.#options;
    return new FileWork({
      sensorName: config.sensor_name,
      counters: this.counters,
      limits: limitValues(config),
      thresholds: configuredThresholds(config),
      flows: this.#flows,
      sessionOf: (flow) => this.#xmpp.session(flow),
      detect: () => this.#detect,
      teller: {
        raiseOnFlow: (...event) => {
          this.#correlation.raiseOnFlow(...event);
        },
      },
      origin,
      emit: this.#emit,
      isLive: isLive ?? false,
      store: config.files.store ? this.#createFileStore() : undefined,
      onTransfer: (transfer) => {
        this.#correlation.onFile(transfer);
      },
      onOffer,
    });
  }

  #createFileStore(): FileStore {
    const { config, isLive, workers } = this.#options;
    const emit = this.#emit;
    return new FileStore({
      folder: join(config.data_dir, 'files'),
      maxBytes: config.files.store_bytes,
      workers: workers ?? 1,
      isLive: isLive ?? false,
      counters: this.counters,
      limits: limitValues(config),
      onKept: (sha256, bytes) => {
        const record = {
          ...{ tsUsec: wallClockUsec(), actor: config.sensor_name, action: 'file_kept' },
          ...{ object: sha256, detail: { bytes } },
        };
        emit({ kind: 'audit', record });
      },
    });
  }

  #createDetect(ruleSet: RuleSet, old?: DetectEngine): DetectEngine {
    const engine = createDetectEngine({
      ...detectionOptions(this.#options.config, ruleSet, this.counters, this.#correlation),
      counters: this.counters,
      handler: this.#alerter,
      flowEndpoints: this.#fileWork?.endpointsOf ?? ((flow) => this.#flows.endpoints(flow)),
      ...(old === undefined ? {} : { state: old.state }),
    });
    this.#xmpp.wantBuffers(engine.buffers);
    return engine;
  }
}

/** What of an alert its packets are kept by. */
function packetAlert({ alert, ...record }: AlertRecord): PacketAlert {
  const { alertId, tsUsec, flowId, communityId, detection } = record;
  const { gid, sid, rev } = alert;
  return { alertId, tsUsec, flowId, communityId, detection, gid, sid, rev };
}

/** A stored hash must compare with the next run's; what is only printed needs no key on disk. */
function evidenceKey(config: SensorConfig): Uint8Array {
  return storesData(config) ? loadHmacKey(config.data_dir) : ephemeralHmacKey();
}
