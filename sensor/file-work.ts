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
import {
  monotonicMs,
  type Counters,
  type LimitValues,
  type ThresholdValues,
} from './core/index.ts';
import type { EndpointsOf, FileTransfer, FlowTeller } from './correlation/index.ts';
import type { DetectEngine, FileFindings } from './detect/index.ts';
import {
  asAnnounced,
  createFileDesk,
  createFiles,
  createInspector,
  keptContent,
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

interface Looked {
  /** As it is told. */
  readonly taken: Taken;
  readonly inspection: Inspection | undefined;
  /** As it was sent. */
  readonly sent: FinishedFile;
}

/** Files the inspector and the rules have in hand at once; more wait with their bytes only. */
const AHEAD = 2;
/** Of `files.inspect_jobs`: files that wait, most of them without their bytes. */
const MOST_TAKEN = 4;
/** How long packets may wait for the judgement of a file, milliseconds. */
const SLICE_MS = 5;
const NO_BYTES = new Uint8Array(0);

export class FileWork {
  readonly files: Files;
  readonly #options: FileWorkOptions;
  readonly #desk: FileDeskControl;
  readonly #inspector: Inspector;
  /** Wait for the inspector, with the bytes they hold. */
  readonly #taken: Taken[] = [];
  #takenBytes = 0;
  /** Wait for the rules. */
  readonly #looked: Looked[] = [];
  /** The first of those, as far as it has come. */
  #work: { engine: DetectEngine; pieces: Generator<undefined, FileFindings> } | undefined;
  /** Set while the rules are at work. */
  #judged: Taken | undefined;
  #isScheduled = false;
  #isFinishing = false;

  constructor(options: FileWorkOptions) {
    this.#options = options;
    const { counters, limits, thresholds, teller, isLive, onOffer } = options;
    this.#desk = createFileDesk({
      counters,
      limits,
      flowIdOf: (flow) => options.flows.endpoints(flow)?.flowId ?? 0,
      onFile: (file, flowId) => {
        this.#take(file, flowId);
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
      bytesOf: (flow) => {
        const { bytesToServer, bytesToClient } = options.flows.info(flow);
        return bytesToServer + bytesToClient;
      },
      ...(onOffer === undefined ? {} : { onOffer }),
    });
  }

  /** Bytes of files in memory. */
  get bytes(): number {
    return this.#desk.bytes + this.#takenBytes;
  }

  get openFiles(): number {
    return this.#desk.openFiles;
  }

  /** Files that ended and are not told yet. */
  get pending(): number {
    return this.#taken.length + this.#inspector.pending + this.#looked.length;
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
    while (this.#taken.length > 0 && this.#looked.length + this.#inspector.pending < AHEAD) {
      const taken = this.#taken.shift() as Taken;
      this.#takenBytes -= taken.file.content.length;
      this.#inspect(taken);
    }
  }

  /** The sensor stops: what is open ends. Answers of the inspector that are not there yet are not waited for. */
  finish(tsUsec: number): void {
    this.files.finish(tsUsec);
    this.#desk.finish(tsUsec);
    this.#isFinishing = true;
    if (this.#options.isLive) this.#inspector.close();
    this.#judgeAll();
    this.run();
    this.#inspector.close();
  }

  #take(file: FinishedFile, flowId: number): void {
    const { flows, sessionOf, origin, counters, limits, isLive } = this.#options;
    const { flow } = file.start;
    // A file may outlive the flow it began on; then that index is free or another flow's.
    const endpoints = flows.endpoints(flow);
    const isItsFlow = endpoints !== undefined && endpoints.flowId === flowId;
    const bytes = file.content.length;
    const { filesInspectJobs, filesInspectBytes } = limits;
    // Where packets wait, so many files end at once only at the end; what they hold the desk has bounded.
    const hasRoom =
      !isLive ||
      (this.#taken.length < filesInspectJobs && this.#takenBytes + bytes <= filesInspectBytes);
    if (!hasRoom) counters.add('filesInspectRefused', 1);
    const taken = {
      // It is told all the same, as one nobody looked into.
      file: hasRoom ? file : { ...file, content: NO_BYTES, isContentWhole: false },
      flow,
      info: isItsFlow ? flows.info(flow) : NO_FLOW,
      endpoints: isItsFlow ? endpoints : undefined,
      session: isItsFlow ? sessionOf(flow) : undefined,
      origin: origin(),
    };
    // Even those without bytes are bounded: what is known of one more is told at once, no rule judges it.
    if (!hasRoom && this.#taken.length >= MOST_TAKEN * filesInspectJobs) {
      this.#emit(taken, undefined, {});
      return;
    }
    this.#takenBytes += taken.file.content.length;
    this.#taken.push(taken);
  }

  #inspect(taken: Taken): void {
    const { content, offer, isContentWhole } = taken.file;
    if (content.length === 0) {
      this.#onLooked(taken, undefined);
      return;
    }
    const job = {
      name: offer?.name ?? '',
      mime: offer?.mime ?? '',
      // The inspector moves them away, the rules want them as well.
      bytes: new Uint8Array(content),
      isWhole: isContentWhole,
    };
    this.#inspector.inspect(job, (inspection) => {
      this.#onLooked(taken, inspection);
    });
  }

  #onLooked(taken: Taken, inspection: Inspection | undefined): void {
    const told = asAnnounced(taken.file, inspection);
    const { file: sent } = taken;
    this.#looked.push({ taken: { ...taken, file: told.file }, inspection: told.inspection, sent });
    if (!this.#options.isLive || this.#isFinishing) this.#judgeAll();
    else this.#later();
  }

  #judgeAll(): void {
    while (this.#looked.length > 0) this.#step();
  }

  /** Between packets: a slice of work, then the event loop. */
  #later(): void {
    if (this.#isScheduled || this.#looked.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const end = monotonicMs() + SLICE_MS;
      while (this.#looked.length > 0 && monotonicMs() < end) this.#step();
      this.run();
      this.#later();
    });
  }

  /** One piece of judging the first file that was looked into. */
  #step(): void {
    const looked = this.#looked[0] as Looked;
    const { taken, inspection } = looked;
    const engine = this.#options.detect();
    // New rules: from the beginning, with all of them.
    if (this.#work?.engine !== engine) {
      const { file, info, session } = taken;
      const fileId = fileIdOf(this.#options.sensorName, file, info);
      const view = viewOfFile(file, inspection, { session, fileId });
      this.#work = { engine, pieces: engine.judgeFile(view) };
    }
    this.#judged = taken;
    const piece = this.#work.pieces.next();
    if (piece.done === true) {
      this.#looked.shift();
      this.#work = undefined;
      this.#tell(looked, piece.value);
    }
    this.#judged = undefined;
  }

  #tell({ taken, inspection, sent }: Looked, { found, unseen }: FileFindings): void {
    const { store, onTransfer } = this.#options;
    const { file, flow } = taken;
    const { from = '', to = '' } = file.offer ?? {};
    onTransfer({ flow, tsUsec: file.end.tsUsec, bytes: file.seenBytes, from, to });
    const look = inspection === undefined || unseen === '' ? inspection : { ...inspection, unseen };
    this.#emit(taken, look, found);
    // Last: the content is the store's from now on.
    if (store === undefined || !sent.isContentWhole || sent.lack !== '') return;
    const { sha256, content } = keptContent(file, sent);
    store.keep(sha256, content);
  }

  #emit(
    { file, info, origin }: Taken,
    look: Inspection | undefined,
    found: FileFindings['found'],
  ): void {
    const { sensorName, emit } = this.#options;
    emit({ kind: 'file', record: buildFileRecord(sensorName, file, info, origin, look, found) });
  }

  #isJudged(flow: number): boolean {
    return this.#judged !== undefined && this.#judged.flow === flow;
  }

  get #facts(): Taken {
    if (this.#judged === undefined) throw new Error('no file is judged');
    return this.#judged;
  }
}
