/** Hands every batch to every sink. A sink that fails, fails alone: the others still get the batch. */
import { OperatorError, errorText, log } from '../core/index.ts';
import type { RecordSink, SensorRecord } from '../alert/index.ts';

export interface SinkProblem {
  readonly sink: string;
  readonly problem: string;
}

export class SinkSet implements RecordSink {
  readonly name = 'sinks';
  readonly #sinks: readonly RecordSink[];
  /** What a sink threw: a fault of ours, for sinks report trouble by `problem`. */
  readonly #faults = new Map<string, string>();

  constructor(sinks: readonly RecordSink[]) {
    this.#sinks = sinks;
  }

  /** Sinks in trouble, in the order given. */
  get problems(): readonly SinkProblem[] {
    return this.#sinks.flatMap((sink) => {
      const problem = sink.problem ?? this.#faults.get(sink.name);
      return problem === undefined ? [] : [{ sink: sink.name, problem }];
    });
  }

  /** Every sink by name: is it well? */
  get health(): ReadonlyMap<string, boolean> {
    const troubled = new Set(this.problems.map(({ sink }) => sink));
    return new Map(this.#sinks.map(({ name }) => [name, !troubled.has(name)]));
  }

  get problem(): string | undefined {
    const { problems } = this;
    if (problems.length === 0) return undefined;
    return problems.map(({ sink, problem }) => `${sink}: ${problem}`).join('; ');
  }

  write(records: readonly SensorRecord[]): void {
    for (const sink of this.#sinks) {
      this.#isolate(sink, () => {
        sink.write(records);
      });
    }
  }

  reopen(): void {
    for (const sink of this.#sinks) {
      this.#isolate(sink, () => {
        sink.reopen();
      });
    }
  }

  /** Flushes all; rejects with the first failure after all have tried. */
  async flush(): Promise<void> {
    await settleAll(this.#sinks.map((sink) => sink.flush()));
  }

  /** Closes all; rejects with the first failure after all have tried. */
  async close(): Promise<void> {
    await settleAll(this.#sinks.map((sink) => sink.close()));
  }

  #isolate(sink: RecordSink, act: () => void): void {
    try {
      act();
      this.#faults.delete(sink.name);
    } catch (error) {
      if (!this.#faults.has(sink.name)) log('error', 'output', `${sink.name}: ${errorText(error)}`);
      this.#faults.set(sink.name, errorText(error));
    }
  }
}

async function settleAll(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1 && first instanceof Error) throw first;
  const code = first instanceof OperatorError ? first.code : 'STORE_UNWRITABLE';
  throw new OperatorError(code, failures.map(errorText).join('; '));
}
