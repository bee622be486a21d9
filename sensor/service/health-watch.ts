/** Watches a running sensor for its health: what was counted lately, how long it is silent, who died how often. */
import type { InterfaceHealth, WorkerHealth } from '../api/index.ts';
import { COUNTER, monotonicMs, wallClockUsec, type CounterName } from '../core/index.ts';
import type { Figures, HealthFacts } from './health-facts.ts';

const SAMPLE_MS = 10_000;
/** Five minutes of samples. */
const SAMPLES = 31;

interface Sample {
  readonly ms: number;
  readonly values: Float64Array;
}

/** What a worker told last. */
export interface WorkerFacts {
  readonly interfaces: readonly {
    readonly interfaceName: string;
    readonly isCapturing: boolean;
    readonly packets: number;
    readonly bytes: number;
    readonly droppedKernel: number;
    readonly droppedInterface: number;
    readonly droppedShed: number;
  }[];
  readonly memory: Readonly<Record<string, number>>;
  readonly lagSeconds: number;
  /** Time of its latest packet. */
  readonly packetUsec?: number | undefined;
}

interface Watched {
  facts: WorkerFacts | undefined;
  isUp: boolean;
  restarts: number;
}

export class HealthWatch {
  readonly #workers = new Map<string, Watched>();
  readonly #samples: Sample[] = [];
  readonly #startMs = monotonicMs();
  #packets = 0;
  #packetMs: number | undefined;
  #aheadSeconds: number | undefined;

  workerReady(id: string): void {
    const known = this.#workers.get(id);
    if (known === undefined) this.#workers.set(id, { facts: undefined, isUp: true, restarts: 0 });
    else {
      if (!known.isUp) known.restarts++;
      known.isUp = true;
    }
  }

  workerLost(id: string): void {
    const known = this.#workers.get(id);
    if (known === undefined) return;
    known.isUp = false;
    known.facts = undefined;
  }

  /** `totals`: counters over all workers by COUNTER index; asked only when a sample is due. */
  update(id: string, facts: WorkerFacts, packets: number, totals: () => Float64Array): void {
    const known = this.#workers.get(id);
    if (known === undefined) this.#workers.set(id, { facts, isUp: true, restarts: 0 });
    else known.facts = facts;
    const ms = monotonicMs();
    if (packets > this.#packets) {
      this.#packets = packets;
      this.#packetMs = ms;
      const { packetUsec = 0 } = facts;
      if (packetUsec > 0) this.#aheadSeconds = (packetUsec - wallClockUsec()) / 1e6;
    }
    const latest = this.#samples.at(-1);
    if (latest !== undefined && ms - latest.ms < SAMPLE_MS) return;
    this.#samples.push({ ms, values: totals() });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  /** Everything that is known here; `totals` are the counters now. */
  facts(
    totals: Float64Array,
    limits: Readonly<Record<string, number>>,
  ): Pick<
    HealthFacts,
    'totals' | 'lately' | 'interfaces' | 'workers' | 'silentSeconds' | 'aheadSeconds' | 'memory'
  > {
    const ms = monotonicMs();
    const [first] = this.#samples;
    const before = first?.values;
    return {
      totals: figuresOf((index) => totals[index] ?? 0),
      lately: {
        seconds: (ms - (first?.ms ?? this.#startMs)) / 1000,
        counted: figuresOf((index) => Math.max(0, (totals[index] ?? 0) - (before?.[index] ?? 0))),
      },
      interfaces: this.#interfaces(),
      workers: this.#workerRows(),
      silentSeconds: this.#packetMs === undefined ? undefined : (ms - this.#packetMs) / 1000,
      aheadSeconds: this.#aheadSeconds,
      memory: this.#memory(limits),
    };
  }

  #workerRows(): WorkerHealth[] {
    return [...this.#workers].map(([id, { facts, isUp, restarts }]) => {
      return { id, isUp, restarts, lagSeconds: facts?.lagSeconds ?? 0 };
    });
  }

  /** Workers share an interface: its packets are spread over them, and it captures when all of them do. */
  #interfaces(): InterfaceHealth[] {
    const byName = new Map<string, InterfaceHealth>();
    for (const { facts } of this.#workers.values()) {
      for (const { interfaceName: name, ...each } of facts?.interfaces ?? []) {
        const known = byName.get(name);
        byName.set(
          name,
          known === undefined
            ? { name, ...each }
            : {
                name,
                isCapturing: known.isCapturing && each.isCapturing,
                packets: known.packets + each.packets,
                bytes: known.bytes + each.bytes,
                droppedKernel: known.droppedKernel + each.droppedKernel,
                droppedInterface: known.droppedInterface + each.droppedInterface,
                droppedShed: known.droppedShed + each.droppedShed,
              },
        );
      }
    }
    return [...byName.values()];
  }

  /** A limit is each worker's own; the fullest counts. */
  #memory(limits: Readonly<Record<string, number>>): HealthFacts['memory'] {
    const used = new Map<string, number>();
    for (const { facts } of this.#workers.values()) {
      for (const [pool, bytes] of Object.entries(facts?.memory ?? {})) {
        used.set(pool, Math.max(used.get(pool) ?? 0, bytes));
      }
    }
    return [...used].map(([pool, bytes]) => ({ pool, used: bytes, limit: limits[pool] ?? 0 }));
  }
}

function figuresOf(valueAt: (index: number) => number): Figures {
  const figures: Partial<Record<CounterName, number>> = {};
  for (const [name, index] of Object.entries(COUNTER))
    figures[name as CounterName] = valueAt(index);
  return figures;
}
