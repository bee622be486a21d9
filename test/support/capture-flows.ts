/** Runs a capture of shared/data through reading, decoding and the flow table, for tests. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../sensor/capture/index.ts';
import { Counters, defaultLimits, eventName, type Direction } from '../../sensor/core/index.ts';
import { DECODED, PacketView, decodePacket } from '../../sensor/decode/index.ts';
import {
  FlowTable,
  type FlowEndReason,
  type FlowHandler,
  type FlowInfo,
  type FlowTableOptions,
} from '../../sensor/flow/index.ts';

/** Third-party captures: beside the project, never in it. */
export const DATA = join(process.cwd(), '..', 'shared', 'data');
export const hasData = existsSync(DATA);

/** A flow as its handler saw it. */
export interface SeenFlow {
  info: FlowInfo;
  reason: FlowEndReason;
  /** Text of both directions, Latin-1, '[n]' where n bytes were given up. */
  readonly text: [string, string];
  /** Names of the events raised, without repeats. */
  readonly events: Set<string>;
}

export interface CaptureFlows {
  readonly flows: SeenFlow[];
  readonly counters: Counters;
}

class Recorder implements FlowHandler {
  readonly flows: SeenFlow[] = [];
  readonly #live = new Map<number, SeenFlow>();
  readonly #table: FlowTable;

  constructor(table: FlowTable) {
    this.#table = table;
  }

  onOpen(flow: number): void {
    const info = this.#table.info(flow);
    const seen: SeenFlow = { info, reason: 'shutdown', text: ['', ''], events: new Set() };
    this.#live.set(flow, seen);
    this.flows.push(seen);
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const part = Buffer.from(bytes.subarray(offset, offset + length));
    this.#get(flow).text[direction] += part.toString('latin1');
  }

  onGap(flow: number, direction: Direction, length: number): void {
    this.#get(flow).text[direction] += `[${length}]`;
  }

  onEvent(flow: number, _direction: Direction, event: number): void {
    this.#get(flow).events.add(eventName(event));
  }

  onClose(flow: number, reason: FlowEndReason): void {
    const seen = this.#get(flow);
    seen.info = this.#table.info(flow);
    seen.reason = reason;
    this.#live.delete(flow);
  }

  #get(flow: number): SeenFlow {
    const seen = this.#live.get(flow);
    if (seen === undefined) throw new Error(`Flow ${flow} is not open`);
    return seen;
  }
}

/** All flows of a capture, in the order in which they began. */
export async function captureFlows(
  file: string,
  options: Partial<FlowTableOptions> = {},
): Promise<CaptureFlows> {
  const counters = new Counters();
  const table = new FlowTable({ counters, limits: defaultLimits(), ...options });
  const recorder = new Recorder(table);
  table.connect(recorder);
  await feed(file, table);
  return { flows: recorder.flows, counters };
}

/** Read a capture into a table whose handler is connected, to its end. */
export async function feed(file: string, table: FlowTable): Promise<void> {
  const view = new PacketView();
  await readCapture(join(DATA, file), {
    packet(bytes, offset, caplen, wirelen, time, linkType) {
      const verdict = decodePacket(bytes, offset, caplen, wirelen, time, linkType, view);
      if (verdict === DECODED) table.process(view);
    },
  });
  table.shutdown();
}
