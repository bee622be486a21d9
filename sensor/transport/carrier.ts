/** What travels on a judged flow belongs to a carrier, which unwraps it for the handler. */
import type { Direction } from '../core/index.ts';
import type { FlowEndReason } from '../flow/index.ts';

/** Reads flows of one kind. `false`: nothing more of the flow is wanted. */
export interface Carrier {
  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean;
  onGap(flow: number, direction: Direction, length: number): boolean;
  /** The flow is over; 'ignored': it is read no more. */
  onClose(flow: number, reason: FlowEndReason | 'ignored'): void;
  /** Takes a flow in hand; false when there is no room. */
  open(flow: number): boolean;
  /** The flow nobody wanted anything of for longest, when there is no room for another. */
  readonly pressed: number | undefined;
}

/** Rows of the flows a carrier has in hand, and which of them it still has to judge. */
export class CarriedFlows<Row> {
  readonly #rows = new Map<number, Row>();
  /** In the order of their beginning, or of what the handler looked at last. */
  readonly #undecided = new Set<number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#rows.size >= this.#max;
  }

  get pressed(): number | undefined {
    if (!this.isFull) return undefined;
    for (const flow of this.#undecided) return flow;
    return undefined;
  }

  get(flow: number): Row | undefined {
    return this.#rows.get(flow);
  }

  add(flow: number, row: Row): void {
    this.#rows.set(flow, row);
    this.#undecided.add(flow);
  }

  /** The handler wants it: it is no longer given up for another. */
  decide(flow: number): void {
    this.#undecided.delete(flow);
  }

  /** The handler did not want what came, and may want what follows: those that said less go before it. */
  postpone(flow: number): void {
    if (this.#undecided.delete(flow)) this.#undecided.add(flow);
  }

  delete(flow: number): Row | undefined {
    const row = this.#rows.get(flow);
    this.#rows.delete(flow);
    this.#undecided.delete(flow);
    return row;
  }
}
