/**
 * flowbits and xbits. Bits of a flow die with the flow; the others expire in packet time. Both tables
 * are bounded: what was marked longest ago is forgotten first, and counted.
 */
import { COUNTER, type Counters, type LimitValues } from '../core/index.ts';
import type { BitChange } from '../rules/index.ts';

const USEC = 1_000_000;

export class BitTable {
  readonly #maxFlowBits: number;
  readonly #maxXbits: number;
  readonly #counters: Counters;
  /** By flow index; in the order in which flows were marked first. */
  readonly #flows = new Map<number, Set<string>>();
  #flowBits = 0;
  /** Packet time until which a bit is set; in the order of setting. */
  readonly #xbits = new Map<string, number>();

  constructor(limits: LimitValues, counters: Counters) {
    this.#maxFlowBits = limits.detectFlowBits;
    this.#maxXbits = limits.detectXbits;
    this.#counters = counters;
  }

  /** Bits held: of flows, and the others (some of them may have expired). */
  get sizes(): readonly [flowBits: number, xbits: number] {
    return [this.#flowBits, this.#xbits.size];
  }

  clear(): void {
    this.#flows.clear();
    this.#flowBits = 0;
    this.#xbits.clear();
  }

  hasFlowBit(flow: number, name: string): boolean {
    return this.#flows.get(flow)?.has(name) ?? false;
  }

  changeFlowBit(flow: number, name: string, action: BitChange['action']): void {
    const bits = this.#flows.get(flow);
    const isSet = bits?.has(name) ?? false;
    const wantsSet = action === 'toggle' ? !isSet : action === 'set';
    if (wantsSet === isSet) return;
    if (!wantsSet) {
      bits?.delete(name);
      this.#flowBits--;
      return;
    }
    if (this.#flowBits >= this.#maxFlowBits) this.#forgetOldestFlow();
    // The oldest flow may have been this one.
    const own = this.#flows.get(flow);
    if (own === undefined) this.#flows.set(flow, new Set([name]));
    else own.add(name);
    this.#flowBits++;
  }

  /** The flow has ended: its index will be used again. */
  forgetFlow(flow: number): void {
    const bits = this.#flows.get(flow);
    if (bits === undefined) return;
    this.#flowBits -= bits.size;
    this.#flows.delete(flow);
  }

  /** `key` is track, name and what the bit belongs to. */
  hasXbit(key: string, tsUsec: number): boolean {
    const until = this.#xbits.get(key);
    if (until === undefined) return false;
    if (tsUsec <= until) return true;
    this.#xbits.delete(key);
    return false;
  }

  changeXbit(
    key: string,
    action: BitChange['action'],
    expireSeconds: number,
    tsUsec: number,
  ): void {
    const wantsSet = action === 'toggle' ? !this.hasXbit(key, tsUsec) : action === 'set';
    // Setting a bit again sets its time again, and its place in the order.
    this.#xbits.delete(key);
    if (!wantsSet) return;
    if (this.#xbits.size >= this.#maxXbits) this.#forgetOldestXbit(tsUsec);
    this.#xbits.set(key, tsUsec + expireSeconds * USEC);
  }

  #forgetOldestFlow(): void {
    const [oldest] = this.#flows;
    if (oldest === undefined) return;
    const [flow, bits] = oldest;
    this.#count(bits.size);
    this.forgetFlow(flow);
  }

  #forgetOldestXbit(tsUsec: number): void {
    const [oldest] = this.#xbits;
    if (oldest === undefined) return;
    const [key, until] = oldest;
    this.#xbits.delete(key);
    if (tsUsec <= until) this.#count(1);
  }

  #count(bits: number): void {
    const { values } = this.#counters;
    values[COUNTER.bitsForgotten] = (values[COUNTER.bitsForgotten] as number) + bits;
  }
}
