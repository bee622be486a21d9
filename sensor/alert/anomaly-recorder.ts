/**
 * Anomaly records: the first of each kind in a flow, later ones are only counted (`Counters.events`, which the
 * room that saw the event has raised). Called per event, so a repeat costs one bit test and no allocation.
 */
import { EVENTS, type Direction, type LimitValues } from '../core/index.ts';
import type { FlowFacts } from '../flow/index.ts';
import { NO_FLOW, type PacketOrigin } from './flow-facts.ts';
import type { SensorRecord } from './types.ts';

export interface AnomalyRecorderOptions {
  readonly sensorName: string;
  readonly flowFacts: Pick<FlowFacts, 'info'>;
  readonly origin: () => PacketOrigin;
  readonly limits: Pick<LimitValues, 'flowTableFlows'>;
  readonly emit: (record: SensorRecord) => void;
}

const WORDS_PER_FLOW = Math.ceil(EVENTS.length / 32);
/** Events outside a flow (decoder, sensor) are recorded once in this time for each kind. */
const FLOWLESS_INTERVAL_USEC = 60 * 1_000_000;

export class AnomalyRecorder {
  readonly #options: AnomalyRecorderOptions;
  /** One bit per event for each flow of the table. */
  readonly #seen: Uint32Array;
  readonly #lastUsec = new Float64Array(EVENTS.length).fill(-Infinity);

  constructor(options: AnomalyRecorderOptions) {
    this.#options = options;
    this.#seen = new Uint32Array(options.limits.flowTableFlows * WORDS_PER_FLOW);
  }

  /** An event of the catalogue. `flow`: index in the flow table, -1 outside any flow. */
  onEvent(event: number, flow: number, direction: Direction, tsUsec: number): void {
    if (flow >= 0 ? this.#isRepeat(event, flow) : this.#isRecent(event, tsUsec)) return;
    this.#emit(event, flow, direction, tsUsec);
  }

  /** The index will name another flow from now on. */
  onFlowClose(flow: number): void {
    const start = flow * WORDS_PER_FLOW;
    this.#seen.fill(0, start, start + WORDS_PER_FLOW);
  }

  #isRepeat(event: number, flow: number): boolean {
    const word = flow * WORDS_PER_FLOW + (event >>> 5);
    const bit = 1 << (event & 31);
    const bits = this.#seen[word];
    // An index beyond the table (a programmer's error) is reported once too often rather than lost.
    if (bits === undefined) return false;
    this.#seen[word] = bits | bit;
    return (bits & bit) !== 0;
  }

  #isRecent(event: number, tsUsec: number): boolean {
    const elapsed = Math.abs(tsUsec - (this.#lastUsec[event] ?? -Infinity));
    if (elapsed < FLOWLESS_INTERVAL_USEC) return true;
    this.#lastUsec[event] = tsUsec;
    return false;
  }

  #emit(event: number, flow: number, direction: Direction, tsUsec: number): void {
    const info = EVENTS[event];
    if (info === undefined) return;
    const { sensorName, flowFacts, origin, emit } = this.#options;
    const facts = flow < 0 ? NO_FLOW : flowFacts.info(flow);
    const { fileName, packetNumber } = origin();
    const isToServer = direction === 0;
    emit({
      kind: 'anomaly',
      record: {
        tsUsec,
        sensor: sensorName,
        flowId: facts.flowId,
        communityId: facts.communityId,
        srcIp: isToServer ? facts.clientIp : facts.serverIp,
        srcPort: isToServer ? facts.clientPort : facts.serverPort,
        destIp: isToServer ? facts.serverIp : facts.clientIp,
        destPort: isToServer ? facts.serverPort : facts.clientPort,
        ipVersion: flow < 0 ? 0 : facts.ipVersion,
        pcapFilename: fileName,
        pcapCnt: packetNumber,
        layer: info.layer,
        event: info.name,
      },
    });
  }
}
