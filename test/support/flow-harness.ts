/**
 * Drives a flow table in tests with real frames (built, decoded, checksums right) of one
 * connection, and records what its handler hears as text: 'open', 'C abc', 'S [3]' for a gap, 'C
 * !flow.ttl_changed', 'close reset'.
 */
import {
  Counters,
  defaultLimits,
  eventName,
  packetTime,
  type Direction,
  type LimitValues,
} from '../../sensor/core/index.ts';
import { DECODED, PacketView, decodePacket } from '../../sensor/decode/index.ts';
import {
  FlowTable,
  type FlowEndReason,
  type FlowHandler,
  type FlowInfo,
  type FlowTableOptions,
} from '../../sensor/flow/index.ts';
import { LINK, START_USEC, buildPacket, tcpOptions, type PacketSpec } from './packets.ts';

const CLIENT_ISN = 1000;
const SERVER_ISN = 900_000;

export type Who = 'C' | 'S';

/** One packet: fields of PacketSpec, with sequence numbers as stream offsets. */
export interface Step extends Omit<PacketSpec, 'seq' | 'ack' | 'flags' | 'payload'> {
  /** Stream offset of the first byte (a SYN stands at -1); where the sender is, unless told. */
  readonly at?: number;
  /** Stream offset acknowledged; all the peer has sent, unless told. */
  readonly ack?: number;
  /** Initial sequence numbers other than the usual ones. */
  readonly ownIsn?: number;
  readonly peerIsn?: number;
  /** Microseconds since the packet before; 100 unless told. */
  readonly afterUsec?: number;
  readonly windowScale?: number;
  /** Bytes the snap length leaves of the frame. */
  readonly caplen?: number;
}

export interface FlowHarnessOptions extends Partial<Omit<FlowTableOptions, 'counters' | 'limits'>> {
  readonly limits?: Partial<LimitValues>;
  readonly clientPort?: number;
  readonly serverPort?: number;
}

export class FlowHarness implements FlowHandler {
  readonly counters = new Counters();
  readonly table: FlowTable;
  readonly log: string[] = [];
  /** Info of each flow as it was when it closed. */
  readonly closed: FlowInfo[] = [];
  /** Index of the last flow opened. */
  flow = -1;
  nowUsec = START_USEC;
  /** When set, called with the first data of a flow. */
  onFirstData: ((flow: number) => void) | undefined;
  readonly #options: FlowHarnessOptions;
  readonly #view = new PacketView();
  /** Stream offset behind the last byte each side has sent. */
  readonly #sent = { C: 0, S: 0 };

  constructor(options: FlowHarnessOptions = {}) {
    this.#options = options;
    const limits = { ...defaultLimits(), ...options.limits };
    this.table = new FlowTable({ ...options, counters: this.counters, limits });
    this.table.connect(this);
  }

  /** Log lines since the last call. */
  take(): string[] {
    return this.log.splice(0);
  }

  /** SYN, SYN-ACK, ACK. */
  handshake(): this {
    this.send('C', 'S').send('S', 'SA').send('C', 'A');
    return this;
  }

  /** One packet. Data given as text is Latin-1. */
  send(who: Who, flags: string, data: string | Uint8Array = '', step: Step = {}): this {
    const payload = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    const peer = who === 'C' ? 'S' : 'C';
    const isSyn = flags.includes('S');
    const at = step.at ?? (isSyn ? -1 : this.#sent[who]);
    const ownIsn = step.ownIsn ?? (who === 'C' ? CLIENT_ISN : SERVER_ISN);
    const peerIsn = step.peerIsn ?? (who === 'C' ? SERVER_ISN : CLIENT_ISN);
    const hasAck = flags.includes('A');
    const client = { ip: '192.0.2.10', port: this.#options.clientPort ?? 40000 };
    const server = { ip: '198.51.100.5', port: this.#options.serverPort ?? 5222 };
    const [from, to] = who === 'C' ? [client, server] : [server, client];
    const bytes = buildPacket({
      src: from.ip,
      dst: to.ip,
      srcPort: from.port,
      dstPort: to.port,
      options: isSyn ? tcpOptions({ windowScale: step.windowScale ?? 0 }) : new Uint8Array(0),
      ...step,
      seq: (ownIsn + 1 + at) >>> 0,
      ack: hasAck ? (peerIsn + 1 + (step.ack ?? this.#sent[peer])) >>> 0 : 0,
      flags,
      payload,
    });
    const end = at + payload.length + (isSyn ? 1 : 0) + (flags.includes('F') ? 1 : 0);
    this.#sent[who] = Math.max(this.#sent[who], end);
    this.nowUsec += step.afterUsec ?? 100;
    this.frame(bytes, step.caplen);
    return this;
  }

  /** A frame as captured; it is overwritten after the call, as a capture ring does. */
  frame(bytes: Uint8Array, caplen = bytes.length): void {
    const verdict = decodePacket(
      bytes,
      0,
      caplen,
      bytes.length,
      packetTime(this.nowUsec),
      LINK.ethernet,
      this.#view,
    );
    if (verdict === DECODED) this.table.process(this.#view);
    bytes.fill(0xee);
  }

  /** Let packet time pass. */
  wait(usec: number): this {
    this.nowUsec += usec;
    this.table.sweep(this.nowUsec);
    return this;
  }

  onOpen(flow: number): void {
    this.flow = flow;
    this.log.push('open');
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const text = Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1');
    this.log.push(`${who(direction)} ${text}`);
    const first = this.onFirstData;
    this.onFirstData = undefined;
    first?.(flow);
  }

  onGap(_flow: number, direction: Direction, length: number): void {
    this.log.push(`${who(direction)} [${length}]`);
  }

  onEvent(_flow: number, direction: Direction, event: number): void {
    this.log.push(`${who(direction)} !${eventName(event)}`);
  }

  onClose(flow: number, reason: FlowEndReason): void {
    this.closed.push(this.table.info(flow));
    this.log.push(`close ${reason}`);
  }
}

function who(direction: Direction): Who {
  return direction === 0 ? 'C' : 'S';
}
