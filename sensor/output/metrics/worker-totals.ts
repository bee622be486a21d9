/**
 * Sums over capture workers. Counters never fall: what a worker counted before it died, or before it started
 * again from zero, stays in the sum. Gauges are those of the workers alive.
 */
import { COUNTER, COUNTER_COUNT, EVENTS, type CounterName } from '../../core/index.ts';
import { GAUGES } from './metric-table.ts';

/** Counters of one interface of a worker. */
export interface InterfaceCounts {
  readonly interfaceName: string;
  readonly packets: number;
  readonly bytes: number;
  readonly droppedKernel: number;
  readonly droppedInterface: number;
  readonly droppedShed: number;
}

/** One table of stateful detection. */
export interface TableCounts {
  readonly name: string;
  readonly count: number;
  readonly evictions: number;
  /** Bytes when it is full. */
  readonly limitBytes: number;
}

/** What a worker tells from time to time. Arrays are copied. */
export interface WorkerCounts {
  readonly values: ArrayLike<number>;
  readonly events: ArrayLike<number>;
  /** Empty for files: then the totals count, under the interface name ''. */
  readonly interfaces: readonly InterfaceCounts[];
  /** Bytes in use by memory pool. */
  readonly memory: Readonly<Record<string, number>>;
  readonly lagSeconds: number;
  /** Findings held back so far, by sid. */
  readonly suppressed?: readonly (readonly [sid: number, count: number])[];
  readonly tables?: readonly TableCounts[];
}

/** Counters of an interface in a fixed order. */
const INTERFACE_COUNTS = [
  'packets',
  'bytes',
  'droppedKernel',
  'droppedInterface',
  'droppedShed',
] as const satisfies readonly (keyof InterfaceCounts)[];

const IS_GAUGE = new Uint8Array(COUNTER_COUNT);
for (const name of GAUGES) IS_GAUGE[COUNTER[name]] = 1;

/** One series of a worker: its counters grow until the worker starts again. */
class Series {
  /** Counted by earlier lives. */
  readonly #base: Float64Array;
  #latest: Float64Array;

  constructor(length: number) {
    this.#base = new Float64Array(length);
    this.#latest = new Float64Array(length);
  }

  update(values: ArrayLike<number>): void {
    const length = this.#latest.length;
    for (let i = 0; i < length; i++) {
      const value = values[i] ?? 0;
      const before = this.#latest[i] as number;
      if (value < before) this.#base[i] = (this.#base[i] as number) + before;
      this.#latest[i] = value;
    }
  }

  /** The worker is gone; what it counted stays. */
  end(): void {
    this.update(new Float64Array(this.#latest.length));
  }

  /** Total over all lives. */
  total(index: number): number {
    return (this.#base[index] ?? 0) + (this.#latest[index] ?? 0);
  }

  /** What the present life says. */
  latest(index: number): number {
    return this.#latest[index] ?? 0;
  }
}

interface Worker {
  readonly values: Series;
  readonly events: Series;
  readonly interfaces: Map<string, Series>;
  readonly suppressed: Map<number, Series>;
  /** Evictions by table. */
  readonly evictions: Map<string, Series>;
  counts: WorkerCounts | undefined;
}

export class WorkerTotals {
  readonly #workers = new Map<string, Worker>();

  update(workerId: string, counts: WorkerCounts): void {
    const worker = this.#worker(workerId);
    worker.counts = counts;
    worker.values.update(counts.values);
    worker.events.update(counts.events);
    for (const each of counts.interfaces) {
      seriesOf(worker.interfaces, each.interfaceName, INTERFACE_COUNTS.length).update(
        INTERFACE_COUNTS.map((name) => each[name]),
      );
    }
    for (const [sid, count] of counts.suppressed ?? []) {
      seriesOf(worker.suppressed, sid, 1).update([count]);
    }
    for (const { name, evictions } of counts.tables ?? []) {
      seriesOf(worker.evictions, name, 1).update([evictions]);
    }
  }

  /** The worker died: its next life, if any, counts from zero. */
  end(workerId: string): void {
    const worker = this.#worker(workerId);
    worker.counts = undefined;
    worker.values.end();
    worker.events.end();
    for (const map of [worker.interfaces, worker.suppressed, worker.evictions]) {
      for (const series of map.values()) series.end();
    }
  }

  /** A counter over all workers and lives, or a gauge over the workers alive. */
  value(name: CounterName): number {
    return this.#valueAt(COUNTER[name]);
  }

  event(id: number): number {
    return this.#sum(({ events }) => events.total(id));
  }

  /** In the form of `Counters`, for stats records. */
  totals(): { readonly values: Float64Array; readonly events: Float64Array } {
    return {
      values: Float64Array.from({ length: COUNTER_COUNT }, (_, index) => this.#valueAt(index)),
      events: Float64Array.from(EVENTS, (_, id) => this.event(id)),
    };
  }

  /** Interface name -> counters in the order of INTERFACE_COUNTS. Files have no interface: the name is ''. */
  interfaces(): ReadonlyMap<string, readonly number[]> {
    const sums = new Map<string, number[]>();
    for (const worker of this.#workers.values()) {
      if (worker.interfaces.size === 0) addTo(sums, '', captureTotals(worker));
      for (const [name, series] of worker.interfaces) {
        addTo(
          sums,
          name,
          INTERFACE_COUNTS.map((_, i) => series.total(i)),
        );
      }
    }
    return sums;
  }

  suppressed(): ReadonlyMap<number, number> {
    return this.#sumBy(({ suppressed }) => suppressed);
  }

  /** Table -> entries forgotten for room. */
  evictions(): ReadonlyMap<string, number> {
    return this.#sumBy(({ evictions }) => evictions);
  }

  /** Table -> entries, over the workers alive. */
  tableEntries(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { name, count } of this.#tables()) sums.set(name, (sums.get(name) ?? 0) + count);
    return sums;
  }

  /** Bytes of all tables when full, over the workers alive. */
  tableLimitBytes(): number {
    return this.#tables().reduce((sum, { limitBytes }) => sum + limitBytes, 0);
  }

  /** Pool -> bytes in use, over the workers alive. */
  memory(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { counts } of this.#workers.values()) {
      for (const [pool, bytes] of Object.entries(counts?.memory ?? {})) {
        sums.set(pool, (sums.get(pool) ?? 0) + bytes);
      }
    }
    return sums;
  }

  /** Of the worker that is furthest behind. */
  lagSeconds(): number {
    let worst = 0;
    for (const { counts } of this.#workers.values()) {
      worst = Math.max(worst, counts?.lagSeconds ?? 0);
    }
    return worst;
  }

  #tables(): readonly TableCounts[] {
    return [...this.#workers.values()].flatMap(({ counts }) => counts?.tables ?? []);
  }

  #sumBy<K>(seriesOfWorker: (worker: Worker) => ReadonlyMap<K, Series>): ReadonlyMap<K, number> {
    const sums = new Map<K, number>();
    for (const worker of this.#workers.values()) {
      for (const [key, series] of seriesOfWorker(worker)) {
        sums.set(key, (sums.get(key) ?? 0) + series.total(0));
      }
    }
    return sums;
  }

  #valueAt(index: number): number {
    const isGauge = IS_GAUGE[index] === 1;
    return this.#sum(({ values }) => (isGauge ? values.latest(index) : values.total(index)));
  }

  #sum(valueOf: (worker: Worker) => number): number {
    let sum = 0;
    for (const worker of this.#workers.values()) sum += valueOf(worker);
    return sum;
  }

  #worker(workerId: string): Worker {
    const known = this.#workers.get(workerId);
    if (known !== undefined) return known;
    const worker: Worker = {
      values: new Series(COUNTER_COUNT),
      events: new Series(EVENTS.length),
      interfaces: new Map(),
      suppressed: new Map(),
      evictions: new Map(),
      counts: undefined,
    };
    this.#workers.set(workerId, worker);
    return worker;
  }
}

function seriesOf<K>(map: Map<K, Series>, key: K, length: number): Series {
  const series = map.get(key) ?? new Series(length);
  map.set(key, series);
  return series;
}

function addTo(sums: Map<string, number[]>, name: string, counts: readonly number[]): void {
  const sum = sums.get(name);
  sums.set(name, sum === undefined ? [...counts] : sum.map((value, i) => value + (counts[i] ?? 0)));
}

function captureTotals({ values }: Worker): number[] {
  const names = [
    'capturePackets',
    'captureBytes',
    'captureDroppedKernel',
    'captureDroppedInterface',
    'captureDroppedShed',
  ] as const satisfies readonly CounterName[];
  return names.map((name) => values.total(COUNTER[name]));
}
