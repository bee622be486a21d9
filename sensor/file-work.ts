/**
 * Files, from the bytes transport/ and stanzas carry to alerts and records: the desk puts them together, the inspector
 * looks into them, the rules judge them. A file ends in the middle of a stanza or packet, when the engine is busy: it is
 * taken down with what is known of its flow, and judged when the packet is done, or when the inspector has answered.
 */
import {
  NO_FLOW,
  buildFileRecord,
  fileIdOf,
  type PacketOrigin,
  type SensorRecord,
} from './alert/index.ts';
import type { Counters, LimitValues, ThresholdValues } from './core/index.ts';
import type { EndpointsOf, FileTransfer, FlowTeller } from './correlation/index.ts';
import type { DetectEngine } from './detect/index.ts';
import {
  createFileDesk,
  createFiles,
  createInspector,
  viewOfFile,
  type FileDeskControl,
  type FileStore,
  type Files,
  type FinishedFile,
  type Inspection,
  type Inspector,
  type OfferNews,
} from './files/index.ts';
import type { FlowFacts, FlowInfo } from './flow/index.ts';
import type { XmppSession } from './xmpp/index.ts';

export interface FileWorkOptions {
  readonly sensorName: string;
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly flows: FlowFacts;
  readonly sessionOf: (flow: number) => XmppSession | undefined;
  readonly detect: () => DetectEngine;
  readonly teller: FlowTeller;
  /** Where the packet in work came from. */
  readonly origin: () => PacketOrigin;
  readonly emit: (record: SensorRecord) => void;
  /** Live: the inspector answers later. Otherwise it is waited for, so that every replay gives the same. */
  readonly isLive: boolean;
  /** Where content of whole files is kept; undefined when none is. */
  readonly store: FileStore | undefined;
  /** A file ended on a flow, for those who count what goes where. */
  readonly onTransfer: (transfer: FileTransfer) => void;
  readonly onOffer?: ((news: OfferNews) => void) | undefined;
}

/** A file that ended, with its flow as it was then: the flow's index may name another one when it is judged. */
interface Taken {
  readonly file: FinishedFile;
  readonly flow: number;
  readonly info: FlowInfo;
  readonly endpoints: ReturnType<EndpointsOf>;
  readonly session: XmppSession | undefined;
  readonly origin: PacketOrigin;
}

export class FileWork {
  readonly files: Files;
  readonly #options: FileWorkOptions;
  readonly #desk: FileDeskControl;
  readonly #inspector: Inspector;
  #taken: Taken[] = [];
  /** The one that is judged. */
  #judged: Taken | undefined;

  constructor(options: FileWorkOptions) {
    this.#options = options;
    const { counters, limits, thresholds, teller, isLive, onOffer } = options;
    this.#desk = createFileDesk({
      counters,
      limits,
      onFile: (file) => {
        this.#take(file);
      },
    });
    this.#inspector = createInspector({ mode: isLive ? 'later' : 'wait', counters, limits });
    this.files = createFiles({
      counters,
      limits,
      thresholds,
      desk: this.#desk,
      endpointsOf: (flow) => options.flows.endpoints(flow),
      teller,
      ...(onOffer === undefined ? {} : { onOffer }),
    });
  }

  /** Bytes of files in memory. */
  get bytes(): number {
    return this.#desk.bytes;
  }

  get openFiles(): number {
    return this.#desk.openFiles;
  }

  /** Files the inspector has. */
  get pending(): number {
    return this.#inspector.pending;
  }

  /** Kept files are on disk. Never rejects. */
  async flush(): Promise<void> {
    await this.#options.store?.flush();
  }

  /** Why files are not kept; undefined when all is well. */
  get problem(): string | undefined {
    return this.#options.store?.problem;
  }

  /** Facts of flows for alerts: of the file that is judged, as they were when it ended. */
  readonly flowFacts: Pick<FlowFacts, 'info' | 'hasGap'> = {
    info: (flow) => (this.#isJudged(flow) ? this.#facts.info : this.#options.flows.info(flow)),
    hasGap: (flow) =>
      this.#isJudged(flow) ? this.#facts.file.lack === 'gap' : this.#options.flows.hasGap(flow),
  };

  readonly endpointsOf: EndpointsOf = (flow) =>
    this.#isJudged(flow) ? this.#facts.endpoints : this.#options.flows.endpoints(flow);

  /** Behind every packet and sweep: files that ended go to the inspector. */
  run(): void {
    if (this.#taken.length === 0) return;
    const taken = this.#taken;
    this.#taken = [];
    for (const one of taken) {
      const { content, offer, isContentWhole } = one.file;
      if (content.length === 0) {
        this.#judge(one, undefined);
        continue;
      }
      const job = {
        name: offer?.name ?? '',
        mime: offer?.mime ?? '',
        // The inspector moves them away, the rules want them as well.
        bytes: new Uint8Array(content),
        isWhole: isContentWhole,
      };
      this.#inspector.inspect(job, (inspection) => {
        this.#judge(one, inspection);
      });
    }
  }

  /** The sensor stops: what is open ends. Answers that are not there yet are not waited for. */
  finish(tsUsec: number): void {
    this.files.finish(tsUsec);
    this.#desk.finish(tsUsec);
    this.run();
    this.#inspector.close();
  }

  #take(file: FinishedFile): void {
    const { flows, sessionOf, origin } = this.#options;
    const { flow } = file.start;
    const info = this.#infoOf(file);
    this.#taken.push({
      file,
      flow,
      info,
      endpoints: info === NO_FLOW ? undefined : flows.endpoints(flow),
      session: info === NO_FLOW ? undefined : sessionOf(flow),
      origin: origin(),
    });
  }

  /** A file may outlive the flow it began on; then that index is free or another flow's. */
  #infoOf({ start }: FinishedFile): FlowInfo {
    const { flows } = this.#options;
    if (flows.endpoints(start.flow) === undefined) return NO_FLOW;
    const info = flows.info(start.flow);
    return info.startUsec > start.tsUsec ? NO_FLOW : info;
  }

  #judge(taken: Taken, inspection: Inspection | undefined): void {
    const { file, info, session } = taken;
    const { sensorName, detect, emit, store, onTransfer } = this.#options;
    this.#judged = taken;
    const fileId = fileIdOf(sensorName, file, info);
    const { found, unseen } = detect().onFile(viewOfFile(file, inspection, { session, fileId }));
    const { from = '', to = '' } = file.offer ?? {};
    const { tsUsec } = file.end;
    onTransfer({ flow: taken.flow, tsUsec, bytes: file.seenBytes, from, to });
    this.#judged = undefined;
    const look = inspection === undefined || unseen === '' ? inspection : { ...inspection, unseen };
    emit({
      kind: 'file',
      record: buildFileRecord(sensorName, file, info, taken.origin, look, found),
    });
    // Last: the content is the store's from now on.
    if (file.isContentWhole && file.lack === '') store?.keep(file.sha256, file.content);
  }

  #isJudged(flow: number): boolean {
    return this.#judged !== undefined && this.#judged.flow === flow;
  }

  get #facts(): Taken {
    if (this.#judged === undefined) throw new Error('no file is judged');
    return this.#judged;
  }
}
