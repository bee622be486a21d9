/**
 * Keeps the packets of flows that raise alerts: the latest of all flows that are read in memory, those of an alert's flow
 * on disk (packet-spool.ts), with what comes of it in the seconds behind the alert. Packets are written once.
 *
 * Conversations have a ring of their own; of flows that carry anything else the beginning lies there too, and what
 * follows in a smaller ring, so that a large transfer takes the place of other transfers and of nothing else.
 *
 * Runs on packet time: a replay writes the same packets. Work on the disk is the spool's.
 */
import { type Counters, type LimitValues, type PacketTime } from '../core/index.ts';
import type { CaptureOrigin } from '../capture/index.ts';
import { FlowChains, LANES, type Chain } from './flow-chains.ts';
import { InterfaceNumbers } from './interface-numbers.ts';
import { PacketRing, type RingPacket } from './packet-ring.ts';
import { PacketSpool } from './packet-spool.ts';
import { alertComment } from './spool-index.ts';
import type { PacketAlert } from './types.ts';

/** Share of the ring for what is carried behind the beginning of a flow. */
const CARRIED_SHARE = 4;
const SECOND_USEC = 1_000_000;
/** Alerts that wait for the packet in work to end; further ones of one packet are counted and left. */
const MAX_WAITING = 1024;

export interface PacketKeeperOptions {
  /** `packets` in the data folder. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly maxDays: number;
  readonly worker: number;
  readonly workers: number;
  readonly isLive: boolean;
  /** Name and version, for the files. */
  readonly program: string;
  readonly snaplen: number;
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly retryMs?: number;
}

/** A flow whose packets behind an alert are awaited. */
interface Followed {
  readonly flowId: number;
  readonly communityId: string;
  readonly row: number;
  readonly dueUsec: number;
}

export class PacketKeeper {
  readonly #options: PacketKeeperOptions;
  readonly #rings: readonly [PacketRing, PacketRing];
  readonly #chains = new FlowChains();
  readonly #interfaces = new InterfaceNumbers();
  readonly #spool: PacketSpool;
  /** Id of the flow in work. */
  readonly #id = new Float64Array(1);
  #row = 0;
  #waiting: PacketAlert[] = [];
  /** By flow id, in the order in which they are due. */
  readonly #followed = new Map<number, Followed>();
  /** Earliest of them; Infinity when there is none. */
  readonly #due: PacketTime = Float64Array.of(Infinity);
  /** When packets of an alert that grows were written last, by alert. */
  readonly #again = new Map<string, number>();
  /** What may still be written in this second. */
  #second = 0;
  #alertsLeft = 0;
  #bytesLeft = 0;

  constructor(options: PacketKeeperOptions) {
    this.#options = options;
    const bytes = options.limits.packetsRingBytes;
    const carried = Math.floor(bytes / CARRIED_SHARE);
    this.#rings = [new PacketRing(bytes - carried), new PacketRing(carried)];
    this.#spool = new PacketSpool({ ...options, interfaces: this.#interfaces.list });
  }

  /** Cell the id of the packet's flow is put into before packet(). */
  get flowId(): Float64Array {
    return this.#id;
  }

  /** Bytes of the rings that are filled. */
  get bytes(): number {
    const [first, second] = this.#rings;
    return first.used + second.used;
  }

  /** What the disk complained about last. */
  get problem(): string | undefined {
    return this.#spool.problem;
  }

  /** The flow in this row of the table speaks XMPP: all of it is of interest. */
  onXmpp(row: number, id: Float64Array): void {
    if (!this.#chains.isIn(row, id)) this.#begin(row, id);
    this.#chains.setXmpp(row);
  }

  /** A packet of the flow in that row, whose id is in `flowId`. It is copied. */
  packet(
    row: number,
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    time: PacketTime,
    linkType: number,
    origin: CaptureOrigin,
  ): void {
    const id = this.#id;
    const chains = this.#chains;
    if (!chains.isIn(row, id)) this.#begin(row, id);
    this.#row = row;
    const lane = chains.laneOf(row, caplen, this.#options.limits.packetsCarriedBytes);
    const interfaceId = this.#interfaces.numberOf(origin, linkType);
    const ring = lane === 0 ? this.#rings[0] : this.#rings[1];
    const slot = row * LANES + lane;
    ring.write(chains.heads, slot, id, bytes, offset, caplen, wirelen, time, interfaceId);
    if (this.#followed.size > 0) this.#follow(row, time);
  }

  /** An alert; its packets are written by the next work(). */
  alert(alert: PacketAlert): void {
    if (alert.flowId < 1) return;
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(alert);
    else this.#options.counters.add('packetsDroppedBudget', 1);
  }

  /** An alert has grown: what its flow said since is written, unless that was done not long ago. */
  growth(alert: PacketAlert, nowUsec: number): void {
    const before = this.#again.get(alert.alertId) ?? alert.tsUsec;
    const { packetsAgainSeconds, packetsFollowFlows } = this.#options.limits;
    if (Math.abs(nowUsec - before) < packetsAgainSeconds * SECOND_USEC) return;
    if (this.#again.size >= packetsFollowFlows) this.#again.clear();
    this.#again.set(alert.alertId, nowUsec);
    this.alert(alert);
  }

  /** Alerts wait for work(). */
  get hasAlerts(): boolean {
    return this.#waiting.length > 0;
  }

  /** Writes the packets of alerts that came since, behind the packet they came with. */
  work(nowUsec: number): void {
    if (this.#waiting.length === 0) return;
    const alerts = this.#waiting;
    this.#waiting = [];
    this.#refill(nowUsec);
    const byFlow = new Map<number, PacketAlert[]>();
    for (const alert of alerts) {
      const others = byFlow.get(alert.flowId);
      if (others === undefined) byFlow.set(alert.flowId, [alert]);
      else others.push(alert);
    }
    for (const [flowId, own] of byFlow) this.#keep(flowId, own, nowUsec);
  }

  /** For times without packets: what is due by then is written. */
  sweep(nowUsec: number): void {
    this.work(nowUsec);
    this.#writeDue(nowUsec);
    this.#spool.sweep();
  }

  /** The end: what is followed is written as it is. */
  finish(nowUsec: number): void {
    this.work(nowUsec);
    this.#writeDue(Infinity);
  }

  /** All that was taken is on disk, or was given up. Never rejects. */
  flush(): Promise<void> {
    return this.#spool.flush();
  }

  #begin(row: number, id: Float64Array): void {
    for (const followed of this.#followed.values()) {
      if (followed.row === row) this.#end(followed);
    }
    this.#chains.begin(row, id);
  }

  #follow(row: number, time: PacketTime): void {
    if (this.#chains.arrived(row)) {
      const followed = this.#followed.get(this.#id[0] as number);
      if (followed !== undefined) this.#end(followed);
    }
    if ((time[0] as number) >= (this.#due[0] as number)) this.#writeDue(time[0] as number);
  }

  #keep(flowId: number, alerts: readonly PacketAlert[], nowUsec: number): void {
    const [first] = alerts;
    const chain = this.#chains.find(flowId, this.#row);
    if (chain === undefined || first === undefined) return;
    if (this.#alertsLeft < 1 || this.#bytesLeft <= 0) {
      this.#options.counters.add('packetsDroppedBudget', alerts.length);
      return;
    }
    this.#alertsLeft -= alerts.length;
    this.#write(chain, first.communityId, alerts);
    this.#await(chain, first.communityId, nowUsec);
  }

  /** Packets behind the alert are the answer: they are written together when they are all there. */
  #await({ flowId }: Chain, communityId: string, nowUsec: number): void {
    const row = this.#chains.rowOf(flowId, this.#row);
    if (row < 0 || this.#followed.has(flowId)) return;
    const { limits } = this.#options;
    if (this.#followed.size >= limits.packetsFollowFlows) {
      const [oldest] = this.#followed.values();
      if (oldest !== undefined) this.#end(oldest);
    }
    const dueUsec = nowUsec + limits.packetsFollowSeconds * SECOND_USEC;
    this.#followed.set(flowId, { flowId, communityId, row, dueUsec });
    this.#chains.await(row, limits.packetsFollowPackets);
    this.#due[0] = Math.min(this.#due[0] as number, dueUsec);
  }

  #writeDue(nowUsec: number): void {
    for (const followed of this.#followed.values()) {
      // A clock that was set back ends what it leaves behind.
      const isEarly = followed.dueUsec - nowUsec > 2 * this.#followUsec;
      if (followed.dueUsec > nowUsec && !isEarly) break;
      this.#end(followed);
    }
    const [next] = this.#followed.values();
    this.#due[0] = next?.dueUsec ?? Infinity;
  }

  get #followUsec(): number {
    return this.#options.limits.packetsFollowSeconds * SECOND_USEC;
  }

  #end({ flowId, communityId, row }: Followed): void {
    this.#followed.delete(flowId);
    this.#chains.await(row, 0);
    const chain = this.#chains.find(flowId, row);
    if (chain !== undefined) this.#write(chain, communityId, []);
  }

  /** All packets of a flow that were not written yet, as far as they are still there. */
  #write(chain: Chain, communityId: string, alerts: readonly PacketAlert[]): void {
    const packets = this.#packetsOf(chain);
    if (packets.length === 0 && alerts.length === 0) return;
    const comments = packets.map((): string[] => []);
    for (const alert of alerts) {
      const at = packets.findLastIndex(({ tsUsec }) => tsUsec <= alert.tsUsec);
      comments[at]?.push(alertComment(alert));
    }
    const entry = {
      ...{ flowId: chain.flowId, communityId, alerts },
      packets: packets.map((packet, i) => ({ ...packet, comments: comments[i] ?? [] })),
    };
    this.#bytesLeft -= packets.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (this.#spool.write(entry)) chain.setWritten();
  }

  #packetsOf(chain: Chain): RingPacket[] {
    const { packetsFlowBytes, packetsCarriedBytes } = this.#options.limits;
    const mosts = [packetsFlowBytes, packetsCarriedBytes];
    const [conversation = [], carried = []] = this.#rings.map((ring, lane) => {
      const found: RingPacket[] = [];
      let bytes = 0;
      for (const packet of ring.back(chain.head(lane), chain.mark(lane), chain.flowId)) {
        bytes += packet.bytes.length;
        if (bytes > (mosts[lane] as number)) break;
        found.push(packet);
      }
      return found.reverse();
    });
    if (carried.length === 0) return conversation;
    return [...conversation, ...carried].sort((a, b) => a.tsUsec - b.tsUsec);
  }

  /** The budget is one of packet time, so that a replay keeps the same. */
  #refill(nowUsec: number): void {
    const second = Math.floor(nowUsec / SECOND_USEC);
    if (second === this.#second) return;
    this.#second = second;
    this.#alertsLeft = this.#options.limits.packetsAlertsPerSecond;
    this.#bytesLeft = this.#options.limits.packetsBytesPerSecond;
  }
}
